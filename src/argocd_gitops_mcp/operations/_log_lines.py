"""Which lines of one container's log are kept, line by line, in little memory however long the log is. Pure."""

import re
from collections import deque
from dataclasses import dataclass

LONGEST = 4_000
"""Characters of a line."""
ROOM = 64_000
"""Characters kept of one container: twice what any answer may have."""
_STACK = 30
"""Lines after an error that still belong to it."""
_ERROR = re.compile(
    r"\b(?:ERROR|FATAL|CRITICAL|SEVERE|PANIC|EMERGENCY|ALERT)\b|\b(?:panic|fatal error|Traceback)\b|"
    r"\w*(?:Error|Exception)\b(?=[:\s(]|$)|\blevel[\"']?\s*[=:]\s*[\"']?(?:error|fatal|critical|panic|err)\b|"
    r"\"severity\"\s*:\s*\"(?:ERROR|CRITICAL|ALERT|EMERGENCY)\"|^[EF]\d{4} "
)
_LEVEL = re.compile(r"^\W*(?:\S+\s+){0,3}\W?(?:error|fatal|critical|panic)\b", re.IGNORECASE)
_BELONGS = re.compile(r"^(?:\s+\S|at |Caused by:|Traceback|goroutine |\w+(?:\.\w+)*(?:Error|Exception)\b|[}\])])")
# A time at the beginning of a line, which does not make the same line another.
_TIME = re.compile(r"^\W?\d{4}[-/]\d\d[-/]\d\d[T ]?\d\d:\d\d:\d\d[.,]?\d*(?:Z|[+-]\d\d:?\d\d)?\W*")


@dataclass(slots=True)
class Kept:
    """A line, and how often it was repeated directly after itself; `stamp` is that of the last time."""

    stamp: str
    content: str
    times: int = 1


def is_error(line: str) -> bool:
    """Whether a line tells of an error, by what loggers of several languages write."""
    return bool(_ERROR.search(line) or _LEVEL.search(line))


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
        """One more line."""
        self.seen += 1
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
        self._stack = self._stack - 1 if self._stack and _BELONGS.match(content) else 0
        return self._stack > 0

    def _keep(self, line: Kept) -> None:
        last = self._kept[-1] if self._kept else None
        if last is not None and _bare(last.content) == _bare(line.content):
            last.times += line.times
            last.stamp = line.stamp
            return
        self._kept.append(line)
        self._room -= len(line.content)
        while len(self._kept) > self._most or (self._room < 0 and len(self._kept) > 1):
            gone = self._kept.popleft()
            self._room += len(gone.content)
            self.dropped += len(self._kept) < self._most


def _bare(content: str) -> str:
    return _TIME.sub("", content)
