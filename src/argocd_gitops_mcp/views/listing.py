"""A table of what an Argo CD has, with what is wrong of one below it. Pure."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from argocd_gitops_mcp.views.redaction import masked_line
from argocd_gitops_mcp.views.view import Lines, table

_SAID = 300
_MORE = "narrow with query"


class Entry(NamedTuple):
    """One row; `said` is foreign text about it, quoted on a line of its own."""

    cells: Sequence[str]
    said: str = ""


def listing(head: str, columns: Sequence[str], entries: Sequence[Entry], unit: str, notes: Iterable[str] = ()) -> Lines:
    """The rows in the order given, with what was said of them."""
    top, *rows = table(columns, [one.cells for one in entries])
    lines = [row + _quoted(one.said) for row, one in zip(rows, entries, strict=True)]
    return Lines(head=[head, *notes, top], lines=lines, more=_MORE, unit=unit)


def few(names: Sequence[str], most: int = 2) -> str:
    """`a,b,+3`: the first of some names and how many more there are; `-` in a table where there is none."""
    rest = len(names) - most
    return ",".join([*names[:most], *([f"+{rest}"] if rest > 0 else [])])


def _quoted(said: str) -> str:
    return f'\n  (data) "{masked_line(said, _SAID)}"' if said else ""
