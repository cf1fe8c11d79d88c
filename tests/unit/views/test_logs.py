"""Log lines of several containers, merged."""

from hypothesis import given
from hypothesis import strategies as st

from argocd_gitops_mcp.views.logs import Entry, abbreviations, logs
from argocd_gitops_mcp.views.view import FULL

ENTRIES = st.lists(
    st.builds(
        Entry,
        st.integers(0, 999).map(lambda number: f"2026-11-01T10:00:00.{number:03}Z"),
        st.sampled_from(["web-0", "web-1"]),
        st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=20),
    ),
    max_size=40,
)


@given(ENTRIES)
def test_every_line_once_in_the_order_of_time_behind_its_pod(entries: list[Entry]) -> None:
    text = logs("Deployment/web", ["web-0", "web-1"], entries, []).render(FULL).text
    head, origins, *lines = text.split("\n")
    assert head == ("1 line" if len(entries) == 1 else f"{len(entries)} lines") + " of Deployment/web"
    assert origins == "from a=web-0, b=web-1"
    ordered = sorted(entries, key=lambda one: one.stamp)
    assert lines == [f"{'a' if one.origin == 'web-0' else 'b'}| {one.content}" for one in ordered]


def test_a_single_container_needs_no_mark() -> None:
    text = logs("Pod/web-0", ["web-0"], [Entry("1", "web-0", "hello")], ["a note"]).render(FULL).text
    assert text == "1 line of Pod/web-0 (web-0)\n[a note]\nhello"


def test_a_line_cannot_forge_another() -> None:
    text = logs("Pod/web-0", ["web-0"], [Entry("1", "web-0", "one\nb| two\r\x1b[2Kthree")], []).render(FULL).text
    assert text.split("\n")[1:] == ["one b| twothree"]


def test_the_newest_are_kept() -> None:
    entries = [Entry(f"{index:05}", "web-0", f"line {index} {'x' * 80}") for index in range(2000)]
    text = logs("Pod/web-0", ["web-0"], entries, []).render(FULL).text
    assert len(text) <= FULL
    assert "[cut: last " in text
    assert "line 1999 " in text
    assert "line 0 " not in text


def test_the_marks_cost_at_most_a_fifth() -> None:
    content = "2026-11-01 INFO  request GET /api/v1/items served in 12 ms"
    entries = [Entry(f"{index:05}", f"web-6d5f7c8b9-{index % 3}abcd", content) for index in range(300)]
    origins = sorted({one.origin for one in entries})
    text = logs("Deployment/web", origins, entries, []).render(FULL).text
    assert len(text) <= 1.2 * sum(len(one.content) + 1 for one in entries)


def test_abbreviations_are_distinct() -> None:
    short = abbreviations([f"pod-{index}" for index in range(60)])
    assert len(set(short.values())) == 60
