"""What a write did: creation, update, sync, deletion, action. Pure."""

from typing import Any

from msgspec import field

from argocd_gitops_mcp.argocd.models import Application, OperationState, ResourceResult
from argocd_gitops_mcp.views import applications
from argocd_gitops_mcp.views.masking import by_name
from argocd_gitops_mcp.views.text import line, revision
from argocd_gitops_mcp.views.view import Record

_MISSING = object()


class Created(Record):
    result: str
    name: str
    namespace: str = ""
    project: str = ""
    sources: list[str] = field(default_factory=list)
    destination: str = ""
    sync_policy: str = ""
    next: str = ""


class Updated(Record):
    result: str
    name: str
    changed: list[str] = field(default_factory=list)
    note: str = ""


class Synced(Record):
    """The operation this call started; `sync` and `health` were read after its end, or are absent."""

    result: str
    name: str
    request_id: str = ""
    phase: str = ""
    message: str = ""
    revision: str = ""
    started_at: str = ""
    finished_at: str = ""
    resources: list[str] = field(default_factory=list)
    sync: str = ""
    health: str = ""
    problems: list[str] = field(default_factory=list)
    note: str = ""


class Deleted(Record):
    result: str
    name: str
    resources: list[str] = field(default_factory=list)
    finalizers: list[str] = field(default_factory=list)
    note: str = ""


class ActionRun(Record):
    result: str
    action: str
    resource: str
    parameters: dict[str, str] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)
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


def differences(before: Any, after: Any, at: str = "") -> list[str]:
    """Every leaf that differs, as `path: before -> after`."""
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


def _shown(value: Any, at: str) -> str:
    return "(unset)" if value is _MISSING else line(str(by_name(value, at)), 200)


def result_line(one: ResourceResult) -> str:
    """One resource of a sync; `hookPhase` says something only of real hooks."""
    what = f"{one.kind}/{one.name}"
    state = f"{one.hook_type} hook {one.hook_phase}" if one.hook_type else one.status
    return f"{what} {state}: {line(one.message, 300)}" if one.message else f"{what} {state}"


def synced(app: Application, state: OperationState, *, request_id: str, result: str, note: str) -> Synced:
    """The end, or the present state, of the operation that was started."""
    found = state.sync_result
    shown = (found.revisions or [found.revision]) if found else []
    running = not state.finished_at
    return Synced(
        result=result,
        name=app.metadata.name,
        request_id=request_id,
        phase=state.phase,
        message=line(state.message, 600),
        revision=", ".join(revision(one) for one in shown if one),
        started_at=state.started_at or "",
        finished_at="" if running else state.finished_at or "",
        resources=[result_line(one) for one in (found.resources if found else None) or []],
        sync=app.status.sync.status,
        health=app.status.health.status,
        problems=applications.problems(app.status.resources or []),
        note=note,
    )
