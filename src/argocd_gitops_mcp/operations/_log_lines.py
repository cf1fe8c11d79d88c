"""Which lines of one container's log are kept, line by line, in little memory however long the log is. Pure."""

import re
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime

from argocd_gitops_mcp.operations._log_levels import is_error, without_time
from argocd_gitops_mcp.views.text import plain

LONGEST = 6_500
"""Characters of a line: more than any view shows, and looks at to mask what its bound would cut."""
ROOM = 100_000
"""Characters kept of one container: three times what any answer may have."""
_STACK = 30
"""Lines after an error that still belong to it."""
_LOOKED_AT = 2_000
_BELONGS = re.compile(r"(?:\s+\S|at |Caused by:|Traceback|goroutine |\w+(?:\.\w+)*(?:Error|Exception)\b|[}\])])")


@dataclass(slots=True)
class Kept:
    """A line, and how often it was repeated directly after itself; `stamp` is that of the last time."""

    stamp: str
    content: str
    times: int = 1


def sortable(stamp: str) -> str:
    """A time as Argo CD writes it, made to compare as text: zeros at its end are missing, so that `Z` is in the way."""
    if stamp.endswith("Z"):
        return stamp[:-1]
    try:
        return datetime.fromisoformat(stamp).astimezone(UTC).replace(tzinfo=None).isoformat()
    except ValueError:
        return stamp


class Selection:
    """Takes every line of a container in its order, and keeps the newest that are wanted.

    Args:
        most: lines kept.
        text: only lines with this text, in any case; with `!` in front those without it.
        errors: only errors with what belongs to them.
        context: lines around each that are kept, too.
    """

    def __init__(self, most: int, text: str | None = None, *, errors: bool = False, context: int = 0) -> None:
        self._most = most
        self._text = text.lower() if text else None
        self._errors = errors
        self._before: deque[Kept] = deque(maxlen=context or None)
        self._context = context
        self._after = 0
        self._stack = 0
        self._room = ROOM
        self._kept: deque[Kept] = deque()
        self.seen = 0
        self.matched = 0
        self.dropped = 0

    @property
    def is_filtered(self) -> bool:
        """Whether not every line is wanted."""
        return self._errors or self._text is not None

    @property
    def lines(self) -> list[Kept]:
        """What was kept, oldest first."""
        return list(self._kept)

    def take(self, stamp: str, content: str) -> None:
        """One more line; `stamp` as `sortable` gives it."""
        self.seen += 1
        # Colours would stand between a filter and what the reader sees.
        if not content.isprintable():
            content = plain(content)
        line = Kept(stamp, content if len(content) <= LONGEST else f"{content[:LONGEST]}…")
        if not self.is_filtered or self._is_wanted(content):
            self.matched += 1
            while self._before:
                self._keep(self._before.popleft())
            self._keep(line)
            self._after = self._context if self.is_filtered else 0
        elif self._after:
            self._after -= 1
            self._keep(line)
        elif self._context:
            self._before.append(line)

    def _is_wanted(self, content: str) -> bool:
        if self._text is not None:
            inverted = self._text.startswith("!")
            if (self._text.removeprefix("!") in content.lower()) is inverted:
                return False
        if not self._errors:
            return True
        if is_error(content):
            self._stack = _STACK
            return True
        self._stack = self._stack - 1 if self._stack and _BELONGS.match(content[:_LOOKED_AT]) else 0
        return self._stack > 0

    def _keep(self, line: Kept) -> None:
        last = self._kept[-1] if self._kept else None
        if last is not None and _is_same(last.content, line.content):
            last.times += line.times
            last.stamp = line.stamp
            return
        self._kept.append(line)
        self._room -= len(line.content)
        while len(self._kept) > self._most or (self._room < 0 and len(self._kept) > 1):
            gone = self._kept.popleft()
            self._room += len(gone.content)
            self.dropped += len(self._kept) < self._most


def _is_same(one: str, other: str) -> bool:
    """Whether two lines are equal but for the time they begin with."""
    return one == other or without_time(one) == without_time(other)
