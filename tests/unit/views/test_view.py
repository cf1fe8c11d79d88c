"""Fitting an answer: never above its limit, and what was cut is said."""

import json
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argocd_gitops_mcp.views import budget
from argocd_gitops_mcp.views.text import size
from argocd_gitops_mcp.views.view import FULL, Lines, Record, table


class Sample(Record):
    name: str = ""
    rows: list[str] = []  # noqa: RUF012 - msgspec copies it
    facts: dict[str, str] = {}  # noqa: RUF012 - the same
    count: int = 0


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=60)
SAMPLES = st.builds(
    Sample,
    name=TEXT,
    rows=st.lists(TEXT, max_size=60),
    facts=st.dictionaries(TEXT, TEXT, max_size=30),
    count=st.integers(0, 9),
)


@given(SAMPLES, st.integers(500, 4000))
def test_a_record_fits_and_says_what_was_cut(sample: Sample, limit: int) -> None:
    whole = json.loads(sample.render(10**9).text)
    rendered = sample.render(limit)
    assert size(rendered.text) <= limit
    shown = json.loads(rendered.text)
    assert shown == rendered.structured
    cut = " ".join(shown.pop("cut", []))
    for name, value in whole.items():
        if shown.get(name) != value:
            assert name in cut
    assert set(shown) <= set(whole)


def test_a_list_keeps_its_beginning() -> None:
    rendered = Sample(name="shop", rows=[f"row {index}" for index in range(500)]).render(1000)
    shown = json.loads(rendered.text)
    assert shown["rows"][0] == "row 0"
    assert shown["cut"] == [f"rows: {len(shown['rows'])} of 500 shown"]
    assert shown["name"] == "shop"


def test_what_is_empty_is_left_out() -> None:
    assert Sample(name="shop").render(1000).text == '{"name":"shop"}'


def test_a_record_is_cleaned_all_through() -> None:
    rendered = Sample(name="a\x1b[31mb", rows=["c\u202ed"], facts={"k\x07": "e\x00f"}).render(1000)
    assert json.loads(rendered.text) == {"name": "ab", "rows": ["cd"], "facts": {"k": "ef"}}


class Nested(Record):
    name: str
    parts: list[dict[str, Any]] = []  # noqa: RUF012 - the same


def test_the_only_element_of_a_list_is_cut_not_dropped() -> None:
    part = {"source": "charts/shop", "effective": {f"value.{index}": "x" * 20 for index in range(200)}}
    rendered = Nested(name="shop", parts=[part]).render(2000)
    assert size(rendered.text) <= 2000
    shown = json.loads(rendered.text)
    assert shown["parts"][0]["source"] == "charts/shop"
    assert shown["parts"][0]["effective"]["value.0"] == "x" * 20
    assert shown["cut"] == [f"parts.effective: {len(shown['parts'][0]['effective'])} of 200 shown"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | TEXT | st.text("x", min_size=200, max_size=400),
    lambda one: st.lists(one, max_size=5) | st.dictionaries(TEXT, one, max_size=5),
    max_leaves=60,
)


@given(st.dictionaries(st.sampled_from("abcd"), JSON), st.integers(700, 3000))
def test_whatever_is_nested_fits(fields: dict[str, Any], limit: int) -> None:
    text = budget.fitted(fields, limit)
    assert size(text) <= limit
    assert json.loads(text) == json.loads(json.dumps(fields))


@given(st.dictionaries(st.sampled_from("abcd"), JSON), st.text("i", min_size=1, max_size=600), st.integers(1500, 3000))
def test_what_must_stay_whole_does(fields: dict[str, Any], plan: str, limit: int) -> None:
    text = budget.fitted({"id": plan, **fields}, limit, whole={"id"})
    assert json.loads(text)["id"] == plan
    assert size(text) <= limit


class Sealed(Record):
    WHOLE = frozenset({"id"})
    MORE = "ask again"

    id: str
    rows: list[str]


@given(st.integers(0, 20_000), st.integers(0, 300), st.integers(2_000, 32_000))
def test_what_stays_whole_leaves_room_for_the_rest(length: int, count: int, limit: int) -> None:
    shown = Sealed(id="i" * length, rows=["x" * 50] * count).render(limit)
    assert size(shown.text) <= max(limit, length + limit)
    assert size(shown.text) <= FULL
    assert shown.structured is not None
    assert shown.structured["id"] == "i" * length
    assert len(shown.structured["rows"]) >= min(count, 5)
    assert ("ask again" in shown.structured.get("cut", [])) is (len(shown.structured["rows"]) < count)


def test_a_text_of_lines_is_cut_between_them() -> None:
    rendered = Sample(name="\n".join(f"line {number} of many" for number in range(500))).render(3_000)
    shown = json.loads(rendered.text)
    assert size(rendered.text) <= 3_000
    assert size(rendered.text) > 2_800
    assert shown["name"].endswith(" of many\n…")


def test_what_must_stay_whole_does_so_above_the_limit_too() -> None:
    text = budget.fitted({"id": "i" * 500, "rows": ["x" * 50] * 10}, 300, whole={"id"})
    shown = json.loads(text)
    assert shown["id"] == "i" * 500
    assert "rows" not in shown
    assert shown["cut"] == ["rows: left out"]


LINES = st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\n"), max_size=80), max_size=80)


@given(LINES, st.integers(300, 3000), st.sampled_from(["first", "last"]))
def test_lines_fit_and_say_what_was_cut(lines: list[str], limit: int, keep: Literal["first", "last"]) -> None:
    text = Lines(head=["heading"], lines=lines, keep=keep, more="narrow it", unit="rows").render(limit).text
    assert size(text) <= limit
    heading, *rest = text.split("\n")
    assert heading == "heading"
    if rest and rest[0].startswith("[cut: "):
        shown = rest[1:]
        assert rest[0] == f"[cut: {keep} {len(shown)} of {len(lines)} rows shown; narrow it]"
        assert len(shown) < len(lines)
        assert shown == (lines[: len(shown)] if keep == "first" else lines[-len(shown) :])
    else:
        assert rest == lines


@given(LINES, LINES.filter(bool), st.integers(500, 3000))
def test_a_heading_leaves_room_for_what_it_stands_above(lines: list[str], head: list[str], limit: int) -> None:
    text = Lines(head=head, lines=lines, more="narrow it").render(limit).text
    assert size(text) <= limit
    if lines and lines[0]:
        assert lines[0] in text or f"{lines[0][:50]}" in text
    if not all(one in text for one in head):
        assert "left out for size]" in text or "…" in text


def test_one_endless_line_is_shortened() -> None:
    text = Lines(head=["heading"], lines=["x" * 5000], unit="lines").render(1000).text
    assert size(text) <= 1000
    assert text.endswith("x…")


@pytest.mark.parametrize("keep", ["first", "last"])
def test_an_endless_line_among_others_counts_as_shown(keep: Literal["first", "last"]) -> None:
    text = Lines(head=["heading"], lines=["x" * 5000, "y" * 5000], keep=keep).render(1000).text
    assert size(text) <= 1000
    assert f"[cut: {keep} 1 of 2 lines shown]" in text


def test_a_table_leaves_out_empty_columns_and_keeps_cells_apart() -> None:
    assert table(("NAME", "NOTE", "KIND"), [("a b", "", "x"), ("c", "", "")]) == ["NAME KIND", "a_b x", "c -"]


@given(st.lists(st.tuples(TEXT, TEXT, TEXT), max_size=10))
def test_every_row_of_a_table_has_as_many_cells_as_its_heading(rows: list[tuple[str, str, str]]) -> None:
    heading, *lines = table(("A", "B", "C"), rows)
    assert len(lines) == len(rows)
    assert {len(line.split(" ")) for line in lines} <= {len(heading.split(" "))}
