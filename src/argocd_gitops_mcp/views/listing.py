"""A table of what an Argo CD has, with what is wrong of one below it. Pure."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from msgspec import field

from argocd_gitops_mcp.views.redaction import masked_line
from argocd_gitops_mcp.views.view import Lines, Record, table

_SAID = 240
# What gRPC and Go put around the cause, which stands at the end.
_WRAPPING = re.compile(
    r"rpc error: code = \w+ desc = |(?:failed to get server version|error testing repository connectivity): "
)
_TOLD = 8
"""Rows of which it is told what was said: of a thousand that fail, the reasons alone would fill the answer."""
MORE = "narrow with query"
"""How to see what did not fit."""


class InDepth(Record, kw_only=True):
    """One thing with all that is to be said of it; `notes` are ours."""

    MORE = MORE

    notes: list[str] = field(default_factory=list)


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
    return f'\n  (data) "{masked_line(_WRAPPING.sub("", said), _SAID)}"'
