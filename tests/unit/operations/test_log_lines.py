"""Which lines are kept, however many there are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argocd_gitops_mcp.operations._log_lines import LONGEST, ROOM, Selection, is_error


def kept(lines: list[str], most: int = 100, text: str | None = None, **how: object) -> list[str]:
    selection = Selection(most, text, **how)  # type: ignore[arg-type]
    for number, line in enumerate(lines):
        selection.take(f"{number:06}", line)
    return [f"{one.content} x{one.times}" if one.times > 1 else one.content for one in selection.lines]


@given(st.lists(st.text(max_size=5)), st.integers(1, 10))
def test_the_newest_are_kept(lines: list[str], most: int) -> None:
    selection = Selection(most)
    for line in lines:
        selection.take("", line)
    assert selection.seen == len(lines)
    assert len(selection.lines) <= most
    ends = [one.content for one in selection.lines]
    assert ends[-1:] == lines[-1:]


def test_a_line_that_repeats_is_one_whatever_its_time() -> None:
    assert kept(["boom"] * 412 + ["ok"]) == ["boom x412", "ok"]
    assert kept([f"2026-11-01T10:00:{n:02}Z boom" for n in range(3)]) == ["2026-11-01T10:00:00Z boom x3"]
    assert kept(["request 1", "request 2"]) == ["request 1", "request 2"]


def test_text_with_lines_around_it_each_once() -> None:
    lines = [f"line {number}" for number in range(10)]
    assert kept(lines, text="LINE 5") == ["line 5"]
    assert kept(lines, text="line 5", context=1) == ["line 4", "line 5", "line 6"]
    assert kept(["a", "hit", "b", "hit", "c", "d"], text="hit", context=1) == ["a", "hit", "b", "hit", "c"]
    assert kept(lines, text="!line") == []


@pytest.mark.parametrize(
    "line",
    [
        "2026-11-01 10:00:00 ERROR cannot connect",
        "[error] upstream timed out",
        '{"level":"error","msg":"no route"}',
        "level=fatal msg=bye",
        '{"severity":"CRITICAL","message":"x"}',
        "E1126 10:00:00.000000       1 main.go:12] failed",
        "panic: runtime error: index out of range",
        "java.lang.NullPointerException: null",
        "Traceback (most recent call last):",
        "ConnectionRefusedError: [Errno 111] Connection refused",
    ],
)
def test_an_error_is_known(line: str) -> None:
    assert is_error(line)


@pytest.mark.parametrize(
    "line",
    ["INFO started", "GET /errors 200", "0 errors found", "level=info msg=error-free", "Everything is fine", "terror"],
)
def test_what_is_no_error_is_none(line: str) -> None:
    assert not is_error(line)


def test_a_stack_belongs_to_its_error() -> None:
    lines = ["INFO a", "ERROR b", "Traceback (most recent call last):", "  File x", "ValueError: c", "INFO d", "  e"]
    assert kept(lines, errors=True) == lines[1:5]


def test_memory_is_bounded() -> None:
    selection = Selection(10_000)
    for number in range(100):
        selection.take("", f"{number}" + "x" * 100_000)
    assert sum(len(one.content) for one in selection.lines) <= ROOM + LONGEST
    assert selection.dropped
    assert selection.lines[-1].content.startswith("99")
