"""The rows as they are, and which have changed since when. Pure."""

import secrets
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from argocd_gitops_mcp.errors import InvalidArgument
from argocd_gitops_mcp.fleet import cursor
from argocd_gitops_mcp.fleet.row import Key, Row

T = TypeVar("T")

_STEP = 2_000
"""Rows that are compared within a few milliseconds."""
REMEMBERED = 10_000
"""Changes of sync and health, applications that came and went."""


@dataclass(frozen=True, slots=True)
class Changed:
    """An application then and now; None where it was not there, or is not."""

    before: Row | None
    after: Row | None


class Table:
    """Every application, by its key."""

    def __init__(self) -> None:
        self._rows: dict[Key, Row] = {}
        self._name = secrets.token_hex(4)
        self._serial = 0
        self._forgotten = 0
        self._changes: deque[tuple[int, Key, Row | None]] = deque()

    @property
    def rows(self) -> Mapping[Key, Row]:
        """All of them."""
        return self._rows

    @property
    def cursor(self) -> str:
        """For `since`: all up to now is known."""
        return cursor.moment(self._name, self._serial)

    def put(self, row: Row, now: float) -> None:
        """Take what was told of an application at `now`."""
        before = self._rows.get(row.key)
        if before is not None:
            row.seen = before.seen
            if (before.sync, before.health, before.phase) != (row.sync, row.health, row.phase):
                row.seen = int(now)
        self._rows[row.key] = row
        if before is None or (before.sync, before.health) != (row.sync, row.health):
            self._remember(row.key, before)

    def remove(self, key: Key) -> None:
        """It was deleted."""
        before = self._rows.pop(key, None)
        if before is not None:
            self._remember(key, before)

    def fill(self, rows: dict[Key, Row], told: Mapping[Key, Row | None]) -> None:
        """Begin with these, and what is newer: none of them is news."""
        for key, row in told.items():
            if row is None:
                rows.pop(key, None)
            else:
                rows[key] = row
        self._rows = rows

    def replace(self, rows: Mapping[Key, Row], now: float, told: Collection[Key] = ()) -> Iterator[set[Key]]:
        """Take a whole list, some rows at a step; each step answers what it found otherwise.

        Of those in `told` newer things are known, also where they come to be so between two steps.
        """
        for some in _steps(rows.items()):
            yield {key for key, row in some if key not in told and self._differed(key, row, now)}
        for keys in _steps(self._rows.keys() - rows.keys()):
            gone = set(keys).difference(told)
            for key in gone:
                self.remove(key)
            yield gone

    def _differed(self, key: Key, row: Row, now: float) -> bool:
        before = self._rows.get(key)
        row.seen = before.seen if before is not None else 0
        if before == row:
            return False
        self.put(row, now)
        return True

    def since(self, asked: str) -> dict[Key, Changed]:
        """What is otherwise than it was when this cursor was given.

        Raises:
            InvalidArgument: it is none of ours, or too old.
        """
        serial = cursor.serial(asked, self._name, self._serial)
        if serial < self._forgotten:
            raise InvalidArgument(
                f"since {asked!r} is too old: more than {REMEMBERED} changes were seen since then.",
                hint="Call summary without it for a new one.",
            )
        first: dict[Key, Row | None] = {}
        for at, key, before in reversed(self._changes):
            if at <= serial:
                break
            first[key] = before
        found = {key: Changed(before, self._rows.get(key)) for key, before in first.items()}
        return {key: one for key, one in found.items() if _differs(one.before, one.after)}

    def _remember(self, key: Key, before: Row | None) -> None:
        self._serial += 1
        self._changes.append((self._serial, key, before))
        if len(self._changes) > REMEMBERED:
            self._forgotten = self._changes.popleft()[0]


def _steps(some: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(some)
    while step := list(islice(rest, _STEP)):
        yield step


def _differs(before: Row | None, after: Row | None) -> bool:
    if before is None or after is None:
        return before is not after
    return (before.sync, before.health) != (after.sync, after.health)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What an operation looks at.

    Args:
        rows: every application that the token may see.
        age: seconds since they were known to be right; None where they were listed for this call.
        table: which knows changes; None without an index.
        clusters: names by server address, as far as they are known.
    """

    rows: Collection[Row]
    age: float | None = None
    table: Table | None = None
    clusters: Mapping[str, str] = field(default_factory=dict)
