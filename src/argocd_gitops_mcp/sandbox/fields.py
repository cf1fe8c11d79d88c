"""The query parameter `fields`: a fixed list for the application list, a generic filter for everything else."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from argocd_gitops_mcp.sandbox.world import Application, Object, without_health


@dataclass(frozen=True)
class Selection:
    """The fields to keep, or with `exclude` to drop."""

    names: frozenset[str]
    exclude: bool


def parse(text: str) -> Selection | None:
    if not text:
        return None
    return Selection(frozenset(text.removeprefix("-").split(",")), text.startswith("-"))


# Fields of the application list. The first group is always present (null when unset), as in Go an interface that
# holds a nil pointer is not nil; the second is left out when there is no operation state, operation or resource.
ALWAYS = (
    "metadata.name",
    "metadata.namespace",
    "metadata.annotations",
    "metadata.labels",
    "metadata.creationTimestamp",
    "metadata.deletionTimestamp",
    "spec",
    "spec.destination",
    "spec.project",
    "spec.source",
    "spec.sources",
    "spec.sourceHydrator",
    "spec.syncPolicy",
    "status.sourceHydrator",
    "status.summary",
    "status.sync.status",
    "status.sync.revision",
    "status.health",
)
SOMETIMES = (
    "status.operationState.startedAt",
    "status.operationState.finishedAt",
    "status.operationState.phase",
    "status.operationState.operation.sync",
    "status.resources",
    "operation.sync",
)
EMPTY: Object = {
    "status.sync.revision": "",
    "status.sync.status": "",
    "status.health": {},
    "status.summary": {},
    "status.sourceHydrator": {},
}


def select_application(application: Application, selection: Selection) -> Object:
    """One item of the application list with the selected fields."""
    item: Object = {}
    chosen = _chosen(selection)
    shown = application.view() if "status.resources" in chosen else application.head()
    for field, parts in chosen.items():
        found, value = _value(shown, field, parts)
        if found:
            below = item
            for part in parts[:-1]:
                below = below.setdefault(part, {})
            below[parts[-1]] = value
    return item


@lru_cache(maxsize=100)
def _chosen(selection: Selection) -> dict[str, list[str]]:
    known = {field: field.split(".") for field in ALWAYS + SOMETIMES}
    return {
        field: parts
        for field, parts in known.items()
        if (f"items.{field}" in selection.names) != selection.exclude and not _covered(parts, selection)
    }


def _covered(parts: list[str], selection: Selection) -> bool:
    ancestors = (".".join(parts[:length]) for length in range(1, len(parts)))
    return any(a in ALWAYS and (f"items.{a}" in selection.names) != selection.exclude for a in ancestors)


def _value(shown: Object, field: str, parts: list[str]) -> tuple[bool, Any]:
    value: Any = shown
    for part in parts:
        value = value.get(part) if isinstance(value, dict) else None
    if field in ALWAYS:
        return True, EMPTY.get(field) if value is None else value
    if field == "status.operationState.operation.sync":
        return value is not None, {}
    if field == "status.resources":
        return bool(value), without_health(value or [])
    present = value is not None or (field.endswith("finishedAt") and "operationState" in shown["status"])
    return present, value


def select(value: Any, selection: Selection | None, path: str = "") -> Any:
    """The generic filter: dotted paths, lists passed through."""
    if selection is None:
        return value
    if isinstance(value, list):
        return [select(item, selection, path) for item in value]
    if not isinstance(value, dict):
        return value
    kept = {}
    for name, below in value.items():
        here = f"{path}.{name}" if path else name
        if here in selection.names:
            if not selection.exclude:
                kept[name] = below
        elif selection.exclude or any(wanted.startswith(f"{here}.") for wanted in selection.names):
            kept[name] = select(below, selection, here)
    return kept
