"""The two forms an answer takes: a record (JSON), or lines (tables, trees, logs, manifests). Pure."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Literal, Protocol

import msgspec

from argocd_gitops_mcp.views import budget
from argocd_gitops_mcp.views.text import bounded, clean, size, within

BYTES_PER_TOKEN = 4
NORMAL = 2_000 * BYTES_PER_TOKEN
"""Bytes of an answer, unless more is asked for, or something else is set."""
FULL = 8_000 * BYTES_PER_TOKEN
"""Bytes of any answer at most; several clients cut above."""
_NOTE = 60
"""Bytes that it takes to say that a heading is cut."""


def allowed(own: int, usual: int) -> int:
    """Bytes of an answer that takes `own` where the usual one takes NORMAL, and not `usual` as is set."""
    return min(own, usual) if own < NORMAL else min(own * usual // NORMAL, FULL)


class Rendered(msgspec.Struct, frozen=True):
    """What reaches the asker; `structured` repeats the text's facts for programs, and is None for lines."""

    text: str
    structured: dict[str, Any] | None = None


class View(Protocol):
    """An answer that can be fitted into a number of bytes, and then says what was cut."""

    def render(self, limit: int) -> Rendered: ...


class Record(msgspec.Struct, omit_defaults=True, kw_only=True, rename="camel"):
    """Fields of one thing; empty ones are left out."""

    WHOLE: ClassVar[frozenset[str]] = frozenset()
    """Fields that are never cut."""
    MORE: ClassVar[str] = ""
    """How to get what had to be cut."""

    notices: list[str] = msgspec.field(default_factory=list)
    cut: list[str] = msgspec.field(default_factory=list)

    def render(self, limit: int) -> Rendered:
        """As compact JSON of at most `limit` bytes; of more only where what must stay whole leaves no room."""
        said: dict[str, Any] = msgspec.to_builtins(self)
        # A text of its own, such as a diff, may fill the answer; what stands in lists is one of many.
        fields = {
            name: value if name in self.WHOLE else clean(value, FULL) if isinstance(value, str) else _cleaned(value)
            for name, value in said.items()
        }
        whole = budget.weight({name: value for name, value in fields.items() if name in self.WHOLE})
        room = max(limit, min(whole + limit // 3, FULL)) if self.WHOLE else limit
        return Rendered(budget.fitted(fields, room, self.WHOLE, self.MORE), fields)


class Lines(msgspec.Struct, omit_defaults=True, kw_only=True):
    """A heading and lines; the end of `keep` that matters less is cut, with `more` telling how to get the rest."""

    head: list[str]
    lines: Sequence[str] = ()
    keep: Literal["first", "last"] = "first"
    more: str = ""
    unit: str = "lines"

    def render(self, limit: int) -> Rendered:
        """As text of at most `limit` bytes, cut between lines."""
        head = headed(self.head, limit // 2 if self.lines else limit)
        room = limit - sum(size(line) + 1 for line in head)
        if sum(size(line) + 1 for line in self.lines) > room:
            room -= size(self._note(len(self.lines))) + 1
        ordered = self.lines if self.keep == "first" else self.lines[::-1]
        kept = list(ordered[: budget.fitting(ordered, room)])
        if self.lines and not kept:
            kept = [within(ordered[0], room - 4) + "…"]
        if self.keep == "last":
            kept.reverse()
        note = [self._note(len(kept))] if len(kept) < len(self.lines) else []
        return Rendered("\n".join([*head, *note, *kept]))

    def _note(self, kept: int) -> str:
        shown = f"{self.keep} {kept} of {len(self.lines)} {self.unit} shown"
        return f"[cut: {shown}{'; ' + self.more if self.more else ''}]"


def headed(head: Sequence[str], room: int) -> list[str]:
    """A heading as it is, unless it is larger than it may be beside what it stands above."""
    if sum(size(line) + 1 for line in head) <= room:
        return list(head)
    kept, left = list[str](), room - _NOTE
    for line in head:
        left -= size(line) + 1
        if left < 0:
            # The beginning of a line tells more than that there is one.
            room = left + size(line) - _NOTE
            kept += [bounded(line, room)] if room > _NOTE or not kept else []
            break
        kept.append(line)
    more = len(head) - len(kept)
    return [*kept, f"[{more} more of these notes left out for size]"] if more else kept


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as text, cells separated by one space and `-` where empty; columns without any content are left out."""
    used = [index for index in range(len(columns)) if any(row[index] for row in rows)]
    return [
        " ".join(columns[index] for index in used),
        *(" ".join(_cell(row[index]) for index in used) for row in rows),
    ]


def _cell(value: str) -> str:
    return value.replace(" ", "_") if value else "-"


def _cleaned(value: Any) -> Any:
    step: Callable[[Any], Any] = _cleaned
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [step(item) for item in value]
    if isinstance(value, dict):
        return {clean(str(name)): step(item) for name, item in value.items()}
    return value
