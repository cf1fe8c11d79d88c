"""Rows as they are, and what changed since when."""

from collections.abc import Collection, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argocd_gitops_mcp.errors import InvalidArgument
from argocd_gitops_mcp.fleet import table
from argocd_gitops_mcp.fleet.row import Key, Row
from argocd_gitops_mcp.fleet.table import Table
from tests.unit.fleet.rows import made

STATES = st.builds(
    made,
    st.sampled_from(["a", "b", "c", "d"]),
    health=st.sampled_from(["Healthy", "Degraded"]),
    sync=st.sampled_from(["Synced", "OutOfSync"]),
    revision=st.sampled_from(["1" * 40, "2" * 40]),
)
STEPS = st.lists(st.one_of(STATES, st.sampled_from(["a", "b", "c", "d"])), max_size=20)


def state(row: Row | None) -> tuple[str, str] | None:
    return None if row is None else (row.health, row.sync)


def keyed(rows: Iterable[Row]) -> dict[Key, Row]:
    return {row.key: row for row in rows}


def replaced(one: Table, rows: Iterable[Row], told: Collection[Key] = ()) -> set[Key]:
    return set[Key]().union(*one.replace(keyed(rows), 0, told))


def play(one: Table, steps: list[Row | str]) -> None:
    for step in steps:
        if isinstance(step, str):
            one.remove(("argocd", step))
        else:
            one.put(step, 0)


@given(STEPS, STEPS)
def test_since_a_cursor_is_the_difference_of_two_states(before: list[Row | str], after: list[Row | str]) -> None:
    one = Table()
    play(one, before)
    then, cursor = dict(one.rows), one.cursor
    play(one, after)
    keys: set[Key] = {*then, *one.rows}
    expected = {key for key in keys if state(then.get(key)) != state(one.rows.get(key))}
    told = one.since(cursor)
    assert set(told) == expected
    for key, changed in told.items():
        assert (state(changed.before), state(changed.after)) == (state(then.get(key)), state(one.rows.get(key)))
    assert one.since(one.cursor) == {}


@given(
    st.lists(STATES, unique_by=lambda row: row.key),
    st.lists(STATES, unique_by=lambda row: row.key),
    st.sets(st.sampled_from("abcd")),
)
def test_a_whole_list_leaves_what_it_says_but_for_what_is_newer(old: list[Row], new: list[Row], told: set[str]) -> None:
    one = Table()
    one.fill(keyed(old), {})
    keys = {("argocd", name) for name in told}
    then = dict(one.rows)
    different = replaced(one, new, keys)
    expected = {row.key: row for row in new if row.key not in keys} | {key: then[key] for key in keys if key in then}
    assert one.rows == expected
    assert different == {key for key in {*then, *expected} if then.get(key) != expected.get(key)}
    assert replaced(one, expected.values()) == set()


def test_a_first_list_is_no_news_and_what_came_meanwhile_is_newer() -> None:
    one = Table()
    one.fill(keyed([made("a"), made("b")]), {("argocd", "a"): made("a", health="Degraded"), ("argocd", "b"): None})
    assert [(row.name, row.health) for row in one.rows.values()] == [("a", "Degraded")]
    assert one.since(one.cursor) == {}
    assert one.cursor.endswith("-0")


def test_a_change_without_a_time_of_its_own_has_ours() -> None:
    one = Table()
    one.put(made("a"), 100)
    assert one.rows["argocd", "a"].seen == 0
    one.put(made("a", sync="OutOfSync"), 200)
    one.put(made("a", sync="OutOfSync", labels={"new": "label"}), 300)
    assert one.rows["argocd", "a"].seen == 200


def test_what_is_too_long_ago_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "REMEMBERED", 3)
    one = Table()
    cursors = []
    for index in range(6):
        cursors.append(one.cursor)
        one.put(made(f"app-{index}"), 0)
    assert len(one.since(cursors[3])) == 3
    with pytest.raises(InvalidArgument, match="too old"):
        one.since(cursors[2])


def test_a_cursor_of_another_table_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="of an index that is no more"):
        Table().since(Table().cursor)


@given(
    st.lists(STATES, unique_by=lambda row: row.key),
    st.lists(STATES, unique_by=lambda row: row.key),
    st.lists(st.one_of(STATES, st.sampled_from("abcd")), max_size=4),
)
def test_what_is_told_between_two_steps_is_newer_than_the_list(
    old: list[Row], new: list[Row], news: list[Row | str]
) -> None:
    one, told = Table(), dict[Key, Row | None]()
    one.fill(keyed(old), {})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(table, "_STEP", 1)
        steps = one.replace(keyed(new), 0, told)
        for step in news:
            next(steps, None)
            play(one, [step])
            told[("argocd", step) if isinstance(step, str) else step.key] = None if isinstance(step, str) else step
        for _ in steps:
            pass
    expected = keyed(new) | told
    assert one.rows == {key: row for key, row in expected.items() if row is not None}
