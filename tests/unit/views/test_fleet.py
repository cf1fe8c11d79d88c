"""Many applications as small answers: they fit, their counts are of all, and what is cut is told with how to go on."""

import re

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argocd_gitops_mcp.fleet import cursor, grouping
from argocd_gitops_mcp.fleet.row import Row
from argocd_gitops_mcp.fleet.search import Wanted, search
from argocd_gitops_mcp.fleet.table import Changed
from argocd_gitops_mcp.views import fleet as views
from argocd_gitops_mcp.views.text import size
from argocd_gitops_mcp.views.view import NORMAL
from tests.unit.fleet.rows import made

NOW = 1_800_000_000.0


def page(rows: list[Row], limit: int = 100, query: str = "", after: cursor.Place | None = None) -> views.Page:
    found = search(rows, Wanted(query=query), {})
    asked = {"query": query} if query else {}
    return views.Page(
        found,
        found.page(limit, after),
        views.filtered(asked.items()),
        views.aged(2.4, found.of, len(found.rows)),
        frozenset(asked),
        {},
        NOW,
        lambda place: cursor.after(place, asked),
        None if after is None else found.left(after),
    )


def shown(text: str) -> list[str]:
    lines = text.split("\n")
    start = next((index for index, line in enumerate(lines) if line.startswith("NAME ")), len(lines))
    return [line.split()[0] for line in lines[start + 1 :]]


def following(text: str) -> cursor.Place | None:
    found = re.search(r"cursor=(\S+)\]", text)
    return cursor.place(found[1], {}) if found else None


def test_one_that_is_found_is_at_most_150_tokens() -> None:
    rows = [made(f"payments-{index:05}", project=f"team-{index % 40}") for index in range(1000)]
    text = page(rows, query="payments-00042").render(NORMAL).text
    assert text.split("\n")[0] == (
        "1 applications with query=payments-00042: 1 Healthy; 1 Synced [1000 in all, as of 2 s ago]"
    )
    assert shown(text) == ["payments-00042"]
    assert len(text) / 4 <= 150


def test_the_worst_come_first_and_all_are_counted() -> None:
    rows = [made("a"), made("b"), made("slow", health="Progressing"), made("broken", health="Degraded")]
    lines = page(rows, limit=2).render(NORMAL).text.split("\n")
    assert lines[0] == "4 applications: 1 Degraded, 1 Progressing, 2 Healthy; 4 Synced [as of 2 s ago]"
    assert lines[1].startswith("[the 2 worst shown; narrow by a filter, or go on with cursor=")
    assert shown("\n".join(lines)) == ["broken", "slow"]


def test_nothing_found_says_that_rights_matter() -> None:
    assert page([]).render(NORMAL).text == "0 applications that this token may see [as of 2 s ago]"
    text = page([made("shop")], query="zzzzzz").render(NORMAL).text
    assert text == "0 applications with query=zzzzzz that this token may see [1 in all, as of 2 s ago]"


def test_what_only_resembles_is_told_as_such() -> None:
    text = page([made("guestbook"), made("billing")], query="gestbook").render(NORMAL).text
    assert text.startswith("no match; 1 that resemble it with query=gestbook: 1 Healthy")


@given(st.integers(0, 300), st.integers(1, 400), st.integers(300, 3000), st.integers(1, 200))
@settings(deadline=None)
def test_every_row_is_reached_whatever_fits(count: int, limit: int, room: int, length: int) -> None:
    """A name has up to 253 characters, and at least one row is shown each time."""
    rows = [made(f"{'x' * length}-{index:03}", health=("Healthy", "Degraded")[index % 2]) for index in range(count)]
    seen: list[str] = []
    after = None
    for _ in range(count + 1):
        text = page(rows, limit, after=after).render(room + 2 * length).text
        if count and room > 800:
            assert len(text) <= room + 2 * length
        seen += shown(text)
        after = following(text)
        if after is None:
            break
    assert sorted(seen) == sorted(row.name for row in rows)


@pytest.mark.parametrize("letter", ["x", "ж", "件", "🚀"])
@pytest.mark.parametrize("limit", [2_000, 8_000, 32_000])
@pytest.mark.parametrize("count", [1, 4, 900])
def test_every_answer_about_many_fits_in_any_script(letter: str, limit: int, count: int) -> None:
    rows = [
        made(
            f"{'a' * 240}-{index}",
            project=f"{letter * 90}{index}",
            repository=f"https://git.example.com/{letter * 400}",
            revision=letter * 200,
            destination={"name": letter * 150, "namespace": "n" * 63},
        )
        for index in range(count)
    ]
    filters = [("query", letter * 200), ("cluster", letter * 900), ("repository", letter * 900)]
    whole = page(rows).render(limit).text
    assert size(whole) <= limit
    assert len(shown(whole)) == count or following(whole)
    assert size(msgspec.structs.replace(page(rows), filters=views.filtered(filters)).render(limit).text) <= limit
    told = summary(rows).render(limit).text
    assert size(told) <= limit
    assert told.count("\n") == count + 1 or "more: " in told
    news = views.News([Changed(None, row) for row in rows], "", "").render(limit).text
    assert size(news) <= limit
    assert news.count("appeared a") == count or f"of {count} shown; narrow by a filter" in news


def test_text_from_clusters_stays_on_its_line() -> None:
    evil = made("shop", project="a\nNAME b\x1b[31m", repository="https://git.example.com/a b\n", revision="main\nnext")
    text = page([evil]).render(NORMAL).text
    assert len(text.split("\n")) == 3
    assert "\x1b" not in text


@pytest.mark.parametrize(
    ("given_", "cell"),
    [
        ({"phase": "Failed"}, "Failed"),
        ({"deleted": "2026-01-01T00:00:00Z"}, "deleting"),
        ({"namespace": "teams"}, "teams"),
        ({"health": "", "sync": ""}, "Unknown Unknown"),
        ({"destination": {"name": "eu"}}, "eu"),
    ],
)
def test_cells(given_: dict[str, str], cell: str) -> None:
    assert cell in page([made(**given_)]).render(NORMAL).text.split("\n")[-1]


def summary(rows: list[Row], by: grouping.By = "project") -> views.Summary:
    return views.Summary(by, grouping.groups(rows, by, {}), grouping.whole(rows), "", " [as of 1 s ago]", "narrow")


def test_a_summary_of_10000_is_at_most_500_tokens() -> None:
    rows = [
        made(
            f"app-{index}",
            project=f"a-team-of-some-length-{index % 400}",
            health=("Healthy", "Degraded", "Missing", "Progressing")[index % 7 if index % 7 < 4 else 0],
            sync=("Synced", "OutOfSync", "Unknown")[index % 11 if index % 11 < 3 else 0],
        )
        for index in range(10_000)
    ]
    text = summary(rows).render(2000).text
    assert len(text) <= 2000
    assert text.startswith("10000 applications: ")
    assert re.search(r"\n\[\d+ more: \d+ applications, \d+ well; narrow\]$", text)
    totals = [int(line.split()[1]) for line in text.split("\n")[2:-1]]
    rest = re.search(r"more: (\d+) applications", text)
    assert rest is not None
    assert sum(totals) + int(rest[1]) == 10_000


def test_a_column_that_would_be_empty_is_left_out() -> None:
    text = summary([made(), made("b", health="Degraded"), made("c", sync="Unknown")]).render(2000).text
    assert text.split("\n")[1:] == ["PROJECT TOTAL DEGRADED HEALTHY SYNC_UNKNOWN SYNCED", "default 3 1 2 1 2"]


def test_by_health_shows_how_each_is_in_sync() -> None:
    text = summary([made(), made("b", health="Degraded", sync="OutOfSync")], "health").render(2000).text
    assert text.split("\n")[1:] == ["HEALTH TOTAL OUTOFSYNC SYNCED", "Degraded 1 1 -", "Healthy 1 - 1"]


def test_news_tell_the_worst_first_and_how_it_was() -> None:
    ill = made("ill", health="Degraded", sync="OutOfSync")
    changes = [
        Changed(made("cured", health="Degraded"), made("cured")),
        Changed(made("gone"), None),
        Changed(None, made("new")),
        Changed(made("ill"), ill),
    ]
    text = views.News(changes, "", " [as of 0 s ago]; cursor=x-1").render(NORMAL).text
    assert text.split("\n") == [
        "new: 1 worse, 1 appeared, 1 went, 1 better [as of 0 s ago]; cursor=x-1",
        "worse ill (default) Healthy -> Degraded, Synced -> OutOfSync",
        "appeared new (default) - -> Healthy, - -> Synced",
        "went gone (default) Healthy -> -, Synced -> -",
        "better cured (default) Degraded -> Healthy",
    ]
    assert views.News([], "", "").render(NORMAL).text.startswith("nothing is new: ")


def test_many_news_are_cut_and_say_so() -> None:
    changes = [Changed(None, made(f"app-{index}")) for index in range(500)]
    text = views.News(changes, "", "").render(2000).text
    assert len(text) <= 2000
    assert re.search(r"\n\[the \d+ worst of 500 shown; narrow by a filter\]\n", text)
