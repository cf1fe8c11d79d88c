"""Searching: whatever is asked, what fits is what fits one by one, and the order holds."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argocd_gitops_mcp.fleet import matching
from argocd_gitops_mcp.fleet.row import HEALTH, SYNC, Row
from argocd_gitops_mcp.fleet.search import Found, Wanted, search
from argocd_gitops_mcp.fleet.selector import parsed
from tests.unit.fleet.rows import SERVER, made

EU = "https://eu.example.com"
CLUSTERS = {SERVER: "in-cluster", EU: "eu"}
FLEET = [
    made("guestbook", labels={"team": "web", "tier": "frontend"}),
    made("guestbook-eu", destination={"server": EU, "namespace": "guests"}, sync="OutOfSync"),
    made("billing", project="money", destination={"name": "eu", "namespace": "billing"}, health="Degraded"),
    made("ledger", project="money", repository="git@git.example.com:money/ledger.git", phase="Failed"),
    made(
        "ledger", namespace="teams", project="money", health="Missing", sync="OutOfSync", created="2026-02-01T00:00:00Z"
    ),
    made("waiting", health="", sync=""),
]


def names(found: Found) -> list[str]:
    return [one.row.name for one in found.page(100)]


def ask(**wanted: Any) -> Found:
    return search(FLEET, Wanted(**wanted), CLUSTERS)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, ["billing", "ledger", "waiting", "guestbook-eu", "guestbook", "ledger"]),
        ({"query": "guestbook"}, ["guestbook", "guestbook-eu"]),
        ({"query": "GUESTBOOK eu"}, ["guestbook-eu"]),
        ({"query": "team=web"}, ["guestbook"]),
        ({"query": "money"}, ["billing", "ledger", "ledger"]),
        ({"query": "guests"}, ["guestbook-eu"]),
        ({"project": "money"}, ["billing", "ledger", "ledger"]),
        ({"namespace": "guests"}, ["guestbook-eu"]),
        ({"app_namespace": "teams"}, ["ledger"]),
        ({"cluster": "eu"}, ["billing", "guestbook-eu"]),
        ({"cluster": EU + "/"}, ["billing", "guestbook-eu"]),
        ({"cluster": "in-cluster"}, ["ledger", "waiting", "guestbook", "ledger"]),
        ({"cluster": SERVER}, ["ledger", "waiting", "guestbook", "ledger"]),
        ({"repository": "https://git.example.com/money/ledger"}, ["ledger"]),
        ({"repository": "money/ledger"}, ["ledger"]),
        ({"repository": "ledger.git"}, ["ledger"]),
        ({"repository": "edger"}, []),
        ({"health": frozenset({"Degraded", "Missing"})}, ["billing", "ledger"]),
        ({"health": frozenset({"Unknown"})}, ["waiting"]),
        ({"sync": frozenset({"OutOfSync"}), "project": "default"}, ["guestbook-eu"]),
        ({"phase": frozenset({"Failed"})}, ["ledger"]),
        ({"selector": parsed("tier,team in (web)")}, ["guestbook"]),
        ({"since": 1769904000.0}, ["ledger"]),
        ({"since": 1769904000.0, "health": frozenset({"Healthy"})}, []),
    ],
)
def test_filters(wanted: dict[str, Any], expected: list[str]) -> None:
    found = ask(**wanted)
    assert names(found) == expected
    assert found.of == len(FLEET)
    assert not found.is_near


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("gestbook", "guestbook"),
        ("geustbook", "guestbook"),
        ("guestbokk-eu", "guestbook-eu"),
        ("biling", "billing"),
        ("ledgre", "ledger"),
        ("frontent", "guestbook"),
        ("biling money", "billing"),
    ],
)
def test_typos_are_forgiven_and_told(query: str, first: str) -> None:
    found = ask(query=query)
    assert found.is_near
    assert names(found)[0] == first


def test_what_resembles_nothing_finds_nothing() -> None:
    found = ask(query="kubernetes-dashboard")
    assert (found.rows, found.is_near, found.hints) == ([], False, [])


@pytest.mark.parametrize(
    ("wanted", "hint"),
    [
        ({"project": "mony"}, "no application has project=mony; nearest: money"),
        ({"cluster": "ue"}, "no application has cluster=ue; nearest: eu"),
        ({"namespace": "teams"}, "applications that are themselves in teams: app_namespace=teams"),
        ({"repository": "moni/ledger"}, "no application has repository=moni/ledger"),
    ],
)
def test_a_value_that_nobody_has_is_named_with_the_nearest(wanted: dict[str, Any], hint: str) -> None:
    assert any(said.startswith(hint) for said in ask(**wanted).hints)


def test_values_that_only_do_not_go_together_are_not_blamed() -> None:
    assert ask(project="money", cluster="in-cluster", health=frozenset({"Degraded"})).hints == []


ROWS = st.builds(
    made,
    st.sampled_from(["shop", "shop-eu", "mail", "mail-eu", "search"]),
    namespace=st.sampled_from(["argocd", "teams"]),
    project=st.sampled_from(["default", "money"]),
    health=st.sampled_from([*HEALTH, ""]),
    sync=st.sampled_from([*SYNC, ""]),
    labels=st.dictionaries(st.sampled_from(["team", "tier"]), st.sampled_from(["web", "api"]), max_size=2),
)
FLEETS = st.lists(ROWS, max_size=30, unique_by=lambda one: one.key)


@given(FLEETS, st.integers(1, 7), st.sampled_from(["", "shop", "eu", "web"]))
def test_pages_make_up_the_whole_in_order(rows: list[Row], size: int, query: str) -> None:
    found = search(rows, Wanted(query=query), {})
    whole = [one.row for one in found.page(len(rows) + 1)]
    turned: list[Row] = []
    after = None
    while page := found.page(size, after):
        turned += [one.row for one in page]
        after = page[-1].place
    assert turned == whole
    if not found.is_near:
        assert {one.key for one in whole} == {one.key for one in rows if query in one.text}


@given(FLEETS, FLEETS, st.integers(1, 5))
def test_going_on_survives_what_came_and_went(before: list[Row], later: list[Row], size: int) -> None:
    """What is there both times, as it was, is seen once: neither twice nor never."""
    first = search(before, Wanted(), {}).page(size)
    rest = search(later, Wanted(), {}).page(100, first[-1].place) if first else search(later, Wanted(), {}).page(100)
    seen = [one.row for one in first] + [one.row for one in rest]
    for one in before:
        if one in later:
            assert seen.count(one) == 1


CHECKS: dict[str, Callable[[Row], bool]] = {
    "project": lambda one: one.project == "money",
    "health": lambda one: one.health in ("Degraded", "Missing"),
    "sync": lambda one: one.sync in ("Unknown", ""),
    "selector": lambda one: "tier" in one.labels and one.labels.get("team") != "web",
    "app_namespace": lambda one: one.namespace == "teams",
}
WANTED: dict[str, Any] = {
    "project": "money",
    "health": frozenset({"Degraded", "Missing"}),
    "sync": frozenset({"Unknown"}),
    "selector": parsed("tier,team!=web"),
    "app_namespace": "teams",
}


@given(FLEETS, st.sets(st.sampled_from(sorted(CHECKS))))
def test_any_combination_is_what_fits_all(rows: list[Row], chosen: set[str]) -> None:
    found = search(rows, Wanted(**{name: WANTED[name] for name in chosen}), {})
    fitting = {one.key for one in rows if all(CHECKS[name](one) for name in chosen)}
    assert {one.key for one in found.rows} == fitting


@given(st.text(alphabet="abcdefgh-", min_size=5, max_size=24), st.integers(0, 30), st.sampled_from("xyz"))
def test_one_wrong_letter_never_hides_a_name(name: str, at: int, letter: str) -> None:
    at %= len(name)
    mistyped = name[:at] + letter + name[at + 1 :]
    others = [made(f"other-{index}") for index in range(300)]
    near = matching.resembling([*others, made(name)], matching.words(mistyped))
    assert name in [one.name for _, one in near]


MANY = [made(f"{team}-{number:04d}", project=team) for number in range(1_500) for team in ("payments", "checkout")]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("paymnts-1371", "payments-1371"),
        ("payments-13171", "payments-1371"),
        ("pyaments-1371", "payments-1371"),
        ("chekcout-0007", "checkout-0007"),
        ("checkout0007", "checkout-0007"),
    ],
)
def test_a_typo_finds_one_among_thousands_that_are_almost_called_so(query: str, name: str) -> None:
    found = search(MANY, Wanted(query=query), {})
    assert found.is_near
    assert name in names(found)


def test_a_word_that_thousands_have_almost_is_told_by_a_few() -> None:
    found = search(MANY, Wanted(query="paymnets"), {})
    assert {one.row.project for one in found.page(100)} == {"payments"}
    assert len(found.rows) < 50


@given(FLEETS, st.sampled_from(["", "shop", "eu", "web"]), st.integers(1, 30))
def test_what_is_left_after_a_page_is_counted(rows: list[Row], query: str, size: int) -> None:
    found = search(rows, Wanted(query=query), {})
    page = found.page(size)
    assert found.left(None) == len(found.rows)
    if page:
        assert found.left(page[-1].place) == len(found.rows) - len(page)
