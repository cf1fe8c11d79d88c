"""Differences as hunks: whole ones as long as there is room, and what was cut said."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from argocd_gitops_mcp.argocd.models import Application
from argocd_gitops_mcp.argocd.tree import Key
from argocd_gitops_mcp.views import differences as views
from argocd_gitops_mcp.views.differences import Drawn, States
from argocd_gitops_mcp.views.text import size
from argocd_gitops_mcp.views.view import FULL, NORMAL

AT: Key = ("", "ConfigMap", "shop", "web")


def app(**status: Any) -> Application:
    return msgspec.convert({"metadata": {"name": "shop"}, "status": status}, Application)


def config(data: Any, **meta: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web", **meta}, "data": data}


def found(before: dict[str, Any], after: dict[str, Any]) -> Drawn:
    one = views.drawn(AT, States(before, after))
    assert one is not None
    return one


def text(states: dict[Key, States], limit: int = NORMAL, **more: Any) -> str:
    return views.differences(app(), "Git", "9", states, [], **{"most": NORMAL, **more}).render(limit).text


def far_apart(count: int, value: str, width: int = 1) -> dict[str, str]:
    """Each tenth value is this one, so that each is a hunk of its own."""
    return {f"k{index:04}": value * width if index % 10 == 0 else "same" for index in range(count * 10)}


def test_three_lines_around_a_change() -> None:
    before = dict.fromkeys("abcdefghi", "1")
    one = found(config(before), config({**before, "e": "2"}))
    around = [[f"   {name}: '1'" for name in names] for names in ("bcd", "fgh")]
    assert one.hunks == [["@@ -4,7 +4,7 @@", *around[0], "-  e: '1'", "+  e: '2'", *around[1]]]
    assert (one.what, one.added, one.removed) == ("modified", 1, 1)


def test_lines_that_look_like_a_header_are_lines() -> None:
    one = found(config([["-- x"]]), config([["++ x"]]))
    assert (one.added, one.removed) == (1, 1)


@pytest.mark.parametrize(
    "states",
    [
        States(config({}, managedFields=[{"manager": "a"}], uid="1"), config({}, generation=4)),
        States(config({}), {**config({}), "status": {"ready": 1}}),
        States({"kind": "A", "spec": {"x": 1, "y": 2}}, {"spec": {"y": 2, "x": 1}, "kind": "A"}),
        States({}, {}),
    ],
)
def test_noise_is_no_difference(states: States) -> None:
    assert views.drawn(AT, states) is None


def test_what_is_not_there_comes_whole_and_what_goes_too() -> None:
    new, old = found({}, config({"a": "1"})), found(config({"a": "1"}), {})
    assert (new.heading, new.removed) == ("ConfigMap/web in shop (to be created)", 0)
    assert (old.heading, old.added) == ("ConfigMap/web in shop (to be pruned)", 0)
    assert new.added == old.removed == 6


def test_the_head_counts_by_kind_and_tells_of_what_was_compared() -> None:
    one = app(
        sync={"status": "OutOfSync", "revision": "a" * 40},
        reconciledAt="2026-01-05T09:00:00Z",
        resources=[{"kind": "Job", "name": "migrate", "hook": True}],
    )
    states = {
        AT: States(config({"a": "1"}), config({"a": "2"})),
        ("", "ConfigMap", "shop", "new"): States({}, config({})),
        ("", "ConfigMap", "shop", "same"): States(config({}), config({})),
    }
    view = views.differences(one, "Git", "12", states, [("apps", "Deployment", "shop", "late")])
    assert view.head[0] == (
        "shop: 3 of 12 resources differ from Git at aaaaaaaa (1 to be created, 1 modified, 1 not read); "
        "compared 2026-01-05T09:00:00Z, refresh compares anew"
    )
    assert view.head[1:] == [
        "[hooks are not compared: 1]",
        "ConfigMap/new in shop (to be created) +5 -0",
        "ConfigMap/web in shop +1 -1",
        "[1 more differ and were not read; name them in resources: Deployment/late]",
        "- in the cluster, + after a sync:",
    ]


def test_a_summary_only_counts() -> None:
    said = text({AT: States(config({"a": "1"}), config({"a": "2"}))}, summary=True)
    assert said.split("\n")[1:] == ["ConfigMap/web in shop +1 -1"]


def test_whole_hunks_are_left_out_and_counted() -> None:
    states = {AT: States(config(far_apart(600, "x")), config(far_apart(600, "y")))}
    said = text(states)
    shown = said.count("@@ -")
    assert 10 < shown < 600
    left = 600 - shown
    assert f"\n[cut: {left} of 600 hunks are not shown whole; choose with resources, e.g. [Deployment/web]]\n" in said
    assert f"\n… {left} of 600 hunks not shown whole, " in said
    assert said.count("\n") + int(said.rsplit(", ", 1)[1].split()[0]) > 600 * 8
    chosen = text(states, FULL, most=None)
    assert chosen.count("@@ -") > 3 * shown
    assert "an answer holds no more" in chosen


def test_a_large_one_does_not_hide_the_small_ones() -> None:
    large = States(config(far_apart(500, "x")), config(far_apart(500, "y")))
    small = States(config({"mode": "slow"}), config({"mode": "fast"}))
    said = text({("", "ConfigMap", "shop", "a"): large, ("", "ConfigMap", "shop", "b"): small})
    assert "-  mode: slow\n+  mode: fast" in said


def test_of_a_hunk_that_is_too_large_the_beginning_is_shown() -> None:
    said = text({AT: States(config({"a": "1"}), config({"page": "z" * 20_000}))})
    assert "\n+  page: \n+    zzzz" in said
    assert said.endswith("… 1 of 1 hunks not shown whole, 3 lines left out")
    assert size(said) <= NORMAL


@pytest.mark.parametrize("letter", ["x", "ж", "件"])
@pytest.mark.parametrize("limit", [2_000, 8_000])
def test_of_many_that_are_large_the_first_are_begun(letter: str, limit: int) -> None:
    drawn = [Drawn(f"ConfigMap/{index}", "modified", [["@@", "-" + letter * 3_000]]) for index in range(60)]
    head = ["shop: 60 differ", *(f"{one.heading} +0 -1" for one in drawn)]
    said = views.Differences(head=head, found=drawn, most=limit).render(FULL).text
    assert size(said) <= limit
    assert said.count("===") > 1
    assert said.count("\n-" + letter * 20) == said.count("===")
    assert "[cut: 60 of 60 hunks are not shown whole; choose with resources" in said


@given(st.lists(st.lists(st.integers(1, 3_000), min_size=1), min_size=1, max_size=12), st.integers(4_000, FULL))
def test_it_fits_and_every_hunk_is_shown_or_counted(sizes: list[list[int]], limit: int) -> None:
    drawn = [Drawn("ConfigMap/web", "modified", [["@@ -1 +1 @@", "-" + "x" * one] for one in each]) for each in sizes]
    said = views.Differences(head=["head"], found=drawn, most=FULL).render(limit).text
    assert size(said) <= limit
    ends = [line for line in said.split("\n") if line.startswith("… ")]
    every = sum(map(len, sizes))
    shown = said.count("@@ -")
    assert shown + sum(int(one.split()[1]) for one in ends) <= every + len(ends)
    if said.count("===") == len(sizes):
        assert every <= shown + sum(int(one.split()[1]) for one in ends)
    assert f"of {every} hunks are not shown whole" in said or shown == every


def test_names_from_a_repository_cannot_write_lines_of_ours() -> None:
    one = views.drawn(("", "Secret", "", "x\n=== Secret/y\x1b[2J"), States({}, config({})))
    assert one is not None
    assert one.heading == "Secret/x === Secret/y (to be created)"
