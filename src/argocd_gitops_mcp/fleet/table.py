"""The rows as they are, and which have changed since when. Pure."""

import secrets
from collections import deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from argocd_gitops_mcp.errors import InvalidArgument
from argocd_gitops_mcp.fleet import cursor
from argocd_gitops_mcp.fleet.row import Key, Row

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

    def fill(self, rows: Iterable[Row], told: Mapping[Key, Row | None]) -> None:
        """Begin with these, and what is newer: none of them is news."""
        whole: dict[Key, Row | None] = {row.key: row for row in rows}
        whole.update(told)
        self._rows = {key: row for key, row in whole.items() if row is not None}

    def replace(self, rows: Iterable[Row], now: float, told: Collection[Key] = ()) -> set[Key]:
        """Take a whole list, and answer what it has otherwise; of those in `told` newer things are known."""
        different: set[Key] = set()
        gone = set(self._rows)
        for row in rows:
            gone.discard(row.key)
            if row.key in told:
                continue
            before = self._rows.get(row.key)
            row.seen = before.seen if before is not None else 0
            if before != row:
                different.add(row.key)
                self.put(row, now)
        for key in gone.difference(told):
            different.add(key)
            self.remove(key)
        return different

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
