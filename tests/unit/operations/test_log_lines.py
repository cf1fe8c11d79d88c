"""Which lines are kept, however many there are."""

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from argocd_gitops_mcp.operations._log_lines import LONGEST, ROOM, Selection, sortable


def kept(lines: list[str], most: int = 100, text: str | None = None, **how: object) -> list[str]:
    selection = Selection(most, text, **how)  # type: ignore[arg-type]
    for number, line in enumerate(lines):
        selection.take(f"{number:06}", line)
    return [f"{one.content} x{one.times}" if one.times > 1 else one.content for one in selection.lines]


@given(st.lists(st.text("ab 1é", max_size=5)), st.integers(1, 10))
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


def test_colours_do_not_hide_a_line() -> None:
    red = "\x1b[31mERROR\x1b[0m no \x1b[1mroute\x1b[0m"
    assert kept([red], errors=True) == kept([red], text="error no route") == ["ERROR no route"]


@given(st.datetimes(), st.datetimes())
def test_stamps_compare_as_times(one: dt.datetime, other: dt.datetime) -> None:
    """Argo CD leaves zeros at the end out, as seen in tests/contract/test_shapes.py."""

    def written(moment: dt.datetime) -> str:
        return f"{moment:%Y-%m-%dT%H:%M:%S}" + f".{moment:%f}".rstrip("0").rstrip(".") + "Z"

    one, other = one.replace(year=2026), other.replace(year=2026)
    assert (sortable(written(one)) < sortable(written(other))) is (one < other)


def test_a_stamp_of_another_zone_is_the_same_time() -> None:
    assert sortable("2026-11-01T12:00:00.5+02:00").startswith(sortable("2026-11-01T10:00:00.5Z"))
    assert sortable("soon") == "soon"


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
