"""What a write did: creation, update, deletion, action. What an operation did is in syncing. Pure."""

from typing import Any

from msgspec import field

from argocd_gitops_mcp.argocd.models import Application
from argocd_gitops_mcp.views import applications
from argocd_gitops_mcp.views.redaction import masked_values
from argocd_gitops_mcp.views.text import line
from argocd_gitops_mcp.views.view import Record

_MISSING = object()


class Created(Record):
    MORE = "get shows it as it is"

    result: str
    name: str
    namespace: str = ""
    project: str = ""
    sources: list[str] = field(default_factory=list)
    destination: str = ""
    sync_policy: str = ""
    next: str = ""


class Updated(Record):
    MORE = "get with detail=full shows it as it is now"

    result: str
    name: str
    changed: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    note: str = ""


class Refreshed(Record):
    """The application as it was compared just now; `moved` against what was known before."""

    MORE = "get with detail=full shows more; diff what differs"

    result: str
    name: str
    sync: str = ""
    revision: str = ""
    health: str = ""
    moved: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    conditions: list[str] = field(default_factory=list)
    note: str = ""


def refreshed(before: Application, after: Application, note: str) -> Refreshed:
    """What the comparison found, and what of it is new."""
    shown = applications.application(after)
    old = applications.application(before)
    moved = [
        f"{name}: {getattr(old, name) or '(none)'} -> {getattr(shown, name) or '(none)'}"
        for name in ("sync", "revision", "health")
        if getattr(old, name) != getattr(shown, name)
    ]
    return Refreshed(
        result="compared anew" if not note else "compared, but not by this call",
        name=shown.name,
        sync=shown.sync,
        revision=shown.revision,
        health=shown.health,
        moved=moved,
        problems=shown.problems,
        conditions=shown.conditions,
        note=note,
    )


class Deleted(Record):
    MORE = "get tells what is left of it"

    result: str
    name: str
    resources: list[str] = field(default_factory=list)
    finalizers: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    note: str = ""


class ActionRun(Record):
    MORE = "get_resource shows it as it is now"

    result: str
    action: str
    resource: str
    parameters: dict[str, str] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    note: str = ""


def created(app: Application, result: str) -> Created:
    """The application as Argo CD stored it."""
    policy = applications.sync_policy(app)
    return Created(
        result=result,
        name=app.metadata.name,
        namespace=app.metadata.namespace,
        project=app.spec.project,
        sources=[applications.source(one) for one in app.sources()],
        destination=applications.destination(app),
        sync_policy=policy,
        next="sync it (operation sync)"
        if policy == "Manual"
        else "Argo CD syncs it by itself; get it to see how far it is",
    )


def merged(target: Any, patch: Any) -> Any:
    """A value after a merge patch (RFC 7396)."""
    if not isinstance(patch, dict):
        return patch
    base = target if isinstance(target, dict) else {}
    kept = {name: value for name, value in base.items() if name not in patch}
    laid = {name: merged(base.get(name), value) for name, value in patch.items() if value is not None}
    return {**kept, **laid}


def differences(before: Any, after: Any, at: str = "") -> list[str]:
    """Every leaf that differs, as `path: before -> after`; items of lists are told apart by name, or by place."""
    if isinstance(before, list) and isinstance(after, list) and before != after:
        return _lists(before, after, at)
    if isinstance(before, dict) and isinstance(after, dict):
        return [
            change
            for name in sorted({*before, *after})
            for change in differences(
                before.get(name, _MISSING), after.get(name, _MISSING), f"{at}.{name}" if at else name
            )
        ]
    if before == after:
        return []
    return [f"{at}: {_shown(before, at)} -> {_shown(after, at)}"]


def _lists(before: list[Any], after: list[Any], at: str) -> list[str]:
    """Named objects by their names and then their order, as many objects by place, other lists as a whole."""
    old, new = _named(before), _named(after)
    if old and new:
        common = [name for name in old if name in new]
        moved = [name for name in new if name in old] != common
        return differences(old, new, at) + ([f"{at}: order changed to {', '.join(new)}"] if moved else [])
    if len(before) == len(after) and all(isinstance(one, dict) for one in [*before, *after]):
        return [
            change
            for place, (one, other) in enumerate(zip(before, after, strict=True))
            for change in differences(one, other, f"{at}.{place}")
        ]
    return [f"{at}: {_shown(before, at)} -> {_shown(after, at)}"]


def _named(items: list[Any]) -> dict[str, Any]:
    """The items by name, if all have one of their own."""
    found = {one["name"]: one for one in items if isinstance(one, dict) and isinstance(one.get("name"), str)}
    return found if len(found) == len(items) else {}


def _shown(value: Any, at: str) -> str:
    return "(unset)" if value is _MISSING else line(str(masked_values(value, at)), 200)
