"""An edit while it is made: the files as they become, and what is said of each change. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from argocd_gitops_mcp.errors import NothingToChange
from argocd_gitops_mcp.gitops.edits.workloads import Place
from argocd_gitops_mcp.gitops.yaml.changes import Path, drop, put, value_at, values

_SHOWN = 100
_MISSING = object()


@dataclass(frozen=True, slots=True)
class Edit:
    """What an intent comes to.

    Args:
        files: the files that change, whole; None removes one.
        summary: each change in a line: `apps/kustomization.yaml: images payments newTag v1 -> v2`.
        notes: what else there is to know, e.g. who shares a file.
    """

    files: Mapping[str, str | None]
    summary: tuple[str, ...]
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class Draft:
    """Collects changes of files."""

    before: Mapping[str, str]
    after: dict[str, str] = field(default_factory=dict)
    summary: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def text(self, file: str) -> str:
        """A file as it has become."""
        return self.after.get(file, self.before.get(file, ""))

    def value(self, place: Place, missing: Any = None) -> Any:
        """What stands at a place."""
        found = value_at(_document(self.text(place.file), place.document, place.file), place.path, missing)
        if place.inner is None or not isinstance(found, str):
            return missing if place.inner is not None else found
        return value_at(_document(found, place.inner[0], _inside(place)), place.inner[1], missing)

    def put(self, place: Place, value: Any, told: str, effect: tuple[Any, Any] | None = None) -> None:
        """Set a value.

        Args:
            place: where.
            value: of any type that JSON has.
            told: names it in the summary.
            effect: what it was and becomes, where the place alone does not tell.
        """
        was = self.value(place, _MISSING)
        self._change(place, value, drops=False)
        before, after = effect or (was, value)
        new = "" if was is not _MISSING else " (new)"
        change = shown(after) if before is _MISSING or before is None else f"{shown(before)} -> {shown(after)}"
        self.summary.append(f"{place.file}: {told}{new} {change}")

    def drop(self, place: Place, told: str) -> None:
        """Remove a value, if it is there."""
        was = self.value(place, _MISSING)
        if was is not _MISSING:
            self._change(place, None, drops=True)
            self.summary.append(f"{place.file}: {told} {shown(was)} removed")

    def _change(self, place: Place, value: Any, *, drops: bool) -> None:
        text = self.text(place.file)
        path, inner = place.path, place.inner
        if inner is not None:
            held = value_at(_document(text, place.document, place.file), path, "")
            value = _changed(held, inner[1], value, inner[0], _inside(place), drops=drops)
            drops = False
        self.after[place.file] = _changed(text, path, value, place.document, place.file, drops=drops)

    def edit(self, present: str = "") -> Edit:
        """What it came to.

        Raises:
            NothingToChange: it is all so already.
        """
        files = {file: text for file, text in self.after.items() if text != self.before.get(file)}
        if not files:
            raise NothingToChange(f"Nothing to change: {present}." if present else "Nothing to change.")
        return Edit(files, tuple(self.summary), tuple(self.notes))


def _changed(text: str, path: Path, value: Any, document: int, file: str, *, drops: bool) -> str:
    if drops:
        return drop(text, path, document=document, file=file)
    return put(text, path, value, document=document, file=file)


def _document(text: str, index: int, file: str) -> Any:
    found = values(text, file)
    return found[index] if index < len(found) else None


def _inside(place: Place) -> str:
    return f"{place.file} (YAML in it)"


def shown(value: Any) -> str:
    """A value in a line."""
    text = value if isinstance(value, str) and value else repr(value) if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
