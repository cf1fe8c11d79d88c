"""A table of what an Argo CD has, with what is wrong of one below it. Pure."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from argocd_gitops_mcp.views.redaction import masked_line
from argocd_gitops_mcp.views.view import Lines, table

_SAID = 200
_TOLD = 8
"""Rows of which it is told what was said: of a thousand that fail, the reasons alone would fill the answer."""
MORE = "narrow with query"
"""How to see what did not fit."""


class Entry(NamedTuple):
    """One row; `said` is foreign text about it, quoted on a line of its own."""

    cells: Sequence[str]
    said: str = ""


def listing(head: str, columns: Sequence[str], entries: Sequence[Entry], unit: str, notes: Iterable[str] = ()) -> Lines:
    """The rows in the order given, with what was said of the first of them."""
    top, *rows = table(columns, [one.cells for one in entries])
    said = [at for at, one in enumerate(entries) if one.said]
    told = frozenset(said[:_TOLD])
    lines = [
        row + (_quoted(one.said) if at in told else "") for at, (row, one) in enumerate(zip(rows, entries, strict=True))
    ]
    more = [f"[reasons of {_TOLD} of {len(said)} shown; name one for its own]"] if len(said) > _TOLD else []
    return Lines(head=[head, *notes, *more, top], lines=lines, more=MORE, unit=unit)


def few(names: Sequence[str], most: int = 2) -> str:
    """`a,b,+3`: the first of some names and how many more there are; `-` in a table where there is none."""
    rest = len(names) - most
    return ",".join([*names[:most], *([f"+{rest}"] if rest > 0 else [])])


def _quoted(said: str) -> str:
    return f'\n  (data) "{masked_line(said, _SAID)}"'
