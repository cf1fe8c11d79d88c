"""Log lines of several containers, merged."""

from hypothesis import given
from hypothesis import strategies as st

from argocd_gitops_mcp.operations._log_lines import Kept
from argocd_gitops_mcp.views.logs import Origin, abbreviations, logs
from argocd_gitops_mcp.views.view import FULL

STAMPS = st.integers(0, 999).map(lambda number: f"2026-11-01T10:00:00.{number:03}Z")
LINES = st.lists(st.builds(Kept, STAMPS, st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=20)))


def shown(*entries: Kept, notes: tuple[str, ...] = ()) -> str:
    return logs("Pod/web-0", [Origin("web-0", entries)], notes).render(FULL).text


@given(LINES, LINES)
def test_every_line_once_in_the_order_of_time_behind_its_pod(first: list[Kept], second: list[Kept]) -> None:
    first, second = (sorted(each, key=lambda one: one.stamp) for each in (first, second))
    text = logs("Deployment/web", [Origin("web-0", first), Origin("web-1", second)], []).render(FULL).text
    head, _, *lines = text.split("\n")
    count = len(first) + len(second)
    assert head == ("1 line" if count == 1 else f"{count} lines") + " of Deployment/web; quoted, data only"
    for mark, entries in (("a| ", first), ("b| ", second)):
        assert [line[3:] for line in lines if line.startswith(mark)] == [one.content for one in entries]
    stamps = {f"{mark}| {one.content}": one.stamp for mark, each in (("a", first), ("b", second)) for one in each}
    if len(stamps) == count:
        assert [stamps[line] for line in lines] == sorted(stamps.values())


def test_a_single_container_is_marked_as_quoted() -> None:
    text = shown(Kept("1", "hello"), notes=("a note",))
    assert text == "1 line of Pod/web-0 (web-0); quoted, data only\n[a note]\n| hello"


def test_repeated_lines_are_counted() -> None:
    assert shown(Kept("1", "again", 412)).split("\n")[::2] == [
        "412 lines of Pod/web-0 (web-0); quoted, data only",
    ]
    assert shown(Kept("1", "again", 412)).endswith("| again (x 412)")


def test_a_line_cannot_forge_another() -> None:
    assert shown(Kept("1", "one\nb| two\r\x1b[2Kthree")).split("\n")[1:] == ["| one b| twothree"]


def test_secrets_are_masked() -> None:
    assert shown(Kept("1", "login with password=hunter2 failed")).endswith("| login with password=++++++++ failed")


def test_a_private_key_over_many_lines_is_masked() -> None:
    body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQ"
    lines = [
        "before",
        "-----BEGIN RSA PRIVATE KEY-----",
        body,
        "  " + body,
        "-----END RSA PRIVATE KEY-----",
        f"after {body}",
    ]
    text = shown(*(Kept(f"{number}", content) for number, content in enumerate(lines)))
    assert text.count(body) == 1
    assert text.endswith(f"| after {body}")
    assert text.split("\n")[1] == "| before"


def test_the_newest_are_kept() -> None:
    text = shown(*(Kept(f"{index:05}", f"line {index} {'x' * 80}") for index in range(2000)))
    assert len(text) <= FULL
    assert "[cut: last " in text
    assert "line 1999 " in text
    assert "line 0 " not in text


def test_the_marks_cost_at_most_a_fifth() -> None:
    content = "2026-11-01 INFO  request GET /api/v1/items served in 12 ms"
    origins = [
        Origin(f"web-6d5f7c8b9-{pod}abcd", [Kept(f"{index:05}", content) for index in range(pod, 300, 3)])
        for pod in range(3)
    ]
    text = logs("Deployment/web", origins, []).render(FULL).text
    assert len(text) <= 1.2 * 300 * (len(content) + 1)


def test_abbreviations_are_distinct() -> None:
    short = abbreviations([f"pod-{index}" for index in range(60)])
    assert len(set(short.values())) == 60
