"""What was measured, with its target and verdict, as a table or as JSON. Pure."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

_MARK = "<!-- bench -->"
_WHOLE = frozenset({"tokens", "MB", "calls/s", "lists"})


@dataclass(frozen=True, slots=True)
class Row:
    """One figure. With a target smaller is better; without one it is for information.

    Args:
        bar: its place in the chart, a group's title and a label.
    """

    name: str
    value: float
    unit: str
    kind: Literal["size", "time"]
    target: float | None = None
    detail: str = ""
    bar: tuple[str, str] | None = None

    @property
    def met(self) -> bool:
        """Whether it is within its target; what costs less than nothing was not measured."""
        return self.target is None or 0 <= self.value <= self.target

    @property
    def verdict(self) -> str:
        """In a word."""
        return "" if self.target is None else "ok" if self.met else "DOUBTFUL" if self.value < 0 else "MISSED"


def missed_sizes(rows: Sequence[Row]) -> list[Row]:
    """Sizes above their target; times depend on the machine and on what else it does."""
    return [row for row in rows if row.kind == "size" and not row.met]


def as_json(machine: str, rows: Sequence[Row]) -> dict[str, Any]:
    """Everything, for programs."""
    return {"machine": machine, "rows": [{**asdict(row), "met": row.met} for row in rows]}


def as_markdown(machine: str, rows: Sequence[Row]) -> str:
    """A table that reads in a terminal and in docs/performance.md."""
    cells = [("measured", "value", "target", "verdict", "how")]
    cells += [(row.name, figure(row.value, row.unit), _target(row), row.verdict, row.detail) for row in rows]
    widths = [max(len(line[index]) for line in cells) for index in range(len(cells[0]))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in cells
    ]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([machine, "", lines[0], rule, *lines[1:]])


def in_document(document: str, table: str) -> str:
    """The document with the table in place of all that stood after its mark."""
    before, mark, _ = document.partition(_MARK)
    if not mark:
        raise ValueError(f"the document has no {_MARK}")
    return f"{before}{mark}\n\n{table}\n"


def figure(value: float, unit: str) -> str:
    """A value as it is shown."""
    shown = f"{value:,.0f}" if unit in _WHOLE else f"{value:,.2f}"
    return f"{shown} {unit}".rstrip()


def _target(row: Row) -> str:
    return "" if row.target is None else "≤ " + figure(row.target, row.unit)
