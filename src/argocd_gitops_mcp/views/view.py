"""The two forms an answer takes: a record (JSON), or lines (tables, trees, logs, manifests). Pure."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Literal, Protocol

import msgspec

from argocd_gitops_mcp.views import budget
from argocd_gitops_mcp.views.text import clean

CHARACTERS_PER_TOKEN = 4
NORMAL = 2_000 * CHARACTERS_PER_TOKEN
"""Characters of an answer, unless more is asked for."""
FULL = 8_000 * CHARACTERS_PER_TOKEN
"""Characters of any answer at most; several clients cut above."""


class Rendered(msgspec.Struct, frozen=True):
    """What reaches the asker; `structured` repeats the text's facts for programs, and is None for lines."""

    text: str
    structured: dict[str, Any] | None = None


class View(Protocol):
    """An answer that can be fitted into a number of characters, and then says what was cut."""

    def render(self, limit: int) -> Rendered: ...


class Record(msgspec.Struct, omit_defaults=True, kw_only=True, rename="camel"):
    """Fields of one thing; empty ones are left out."""

    WHOLE: ClassVar[frozenset[str]] = frozenset()
    """Fields that are never cut."""

    notices: list[str] = msgspec.field(default_factory=list)
    cut: list[str] = msgspec.field(default_factory=list)

    def render(self, limit: int) -> Rendered:
        """As compact JSON of at most `limit` characters."""
        said: dict[str, Any] = msgspec.to_builtins(self)
        fields = {name: value if name in self.WHOLE else _cleaned(value) for name, value in said.items()}
        return Rendered(budget.fitted(fields, limit, self.WHOLE), fields)


class Lines(msgspec.Struct, omit_defaults=True, kw_only=True):
    """A heading and lines; the end of `keep` that matters less is cut, with `more` telling how to get the rest."""

    head: list[str]
    lines: Sequence[str] = ()
    keep: Literal["first", "last"] = "first"
    more: str = ""
    unit: str = "lines"

    def render(self, limit: int) -> Rendered:
        """As text of at most about `limit` characters, cut between lines."""
        room = limit - sum(len(line) + 1 for line in self.head) - 120
        ordered = self.lines if self.keep == "first" else self.lines[::-1]
        kept: list[str] = []
        for line in ordered:
            room -= len(line) + 1
            if room < 0 and kept:
                break
            kept.append(line if room >= 0 else line[: max(room + len(line), 0)] + "…")
        dropped = len(self.lines) - len(kept)
        if self.keep == "last":
            kept.reverse()
        shown = f"{self.keep} {len(kept)} of {len(self.lines)} {self.unit} shown"
        note = [f"[cut: {shown}{'; ' + self.more if self.more else ''}]"] if dropped else []
        return Rendered("\n".join([*self.head, *note, *kept]))


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
