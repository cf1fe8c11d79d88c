"""What an operation did, or has done so far. Pure."""

from collections import Counter
from collections.abc import Sequence

from msgspec import field

from argocd_gitops_mcp.argocd.course import is_dry, operation_id
from argocd_gitops_mcp.argocd.models import Application, OperationState, ResourceResult
from argocd_gitops_mcp.views import applications
from argocd_gitops_mcp.views.redaction import masked_line
from argocd_gitops_mcp.views.text import revision
from argocd_gitops_mcp.views.view import Record

# The last word of `deployment.apps/web configured`, and what a dry run calls it.
_VERBS = {
    "created": "create",
    "configured": "update",
    "replaced": "replace",
    "unchanged": "unchanged",
    "serverside-applied": "update or unchanged (server-side apply)",
    "pruned": "prune",
}
_FAILED_HOOKS = ("Failed", "Error")


class OperationView(Record):
    """One operation; `sync` and `health` were read after its end, or are absent."""

    MORE = "get_managed_resources and get_resource_tree show how each resource is now"

    result: str
    name: str
    operation_id: str = ""
    phase: str = ""
    message: str = ""
    revision: str = ""
    started_at: str = ""
    finished_at: str = ""
    summary: str = ""
    resources: list[str] = field(default_factory=list)
    sync: str = ""
    health: str = ""
    problems: list[str] = field(default_factory=list)
    note: str = ""
    next: str = ""


def results(state: OperationState | None) -> list[ResourceResult]:
    """What the operation says of each resource."""
    return (state.sync_result.resources if state is not None and state.sync_result else None) or []


def is_failed(one: ResourceResult) -> bool:
    """Whether it is among the causes of a failed operation."""
    return one.status == "SyncFailed" or one.hook_phase in _FAILED_HOOKS


def result_line(one: ResourceResult, *, dry: bool = False) -> str:
    """`Kind/name what happened`; `hookPhase` says something only of real hooks."""
    what, text = f"{one.kind}/{one.name}", one.message.removesuffix(" (dry run)")
    # `configured. Warning: resource x is missing the last-applied annotation ...`, where server-side apply was used.
    text = text.partition(". Warning: ")[0]
    word = text.rpartition(" ")[2]
    if one.hook_type and not dry:
        return f"{what} {one.hook_type} hook {one.hook_phase}" + (f": {masked_line(text, 300)}" if text else "")
    if is_failed(one):
        return f"{what} failed: {masked_line(text, 300)}"
    if one.status == "PruneSkipped":
        return f"{what} kept: {masked_line(text, 100)}"
    if word in _VERBS:
        hook = f" ({one.hook_type} hook)" if one.hook_type else ""
        return f"{what} {_VERBS[word] if dry else word}{hook}"
    return f"{what} {one.status}: {masked_line(text, 300)}" if text else f"{what} {one.status}"


def summary(rows: Sequence[ResourceResult], *, dry: bool = False) -> str:
    """How many of each outcome: `1 create, 2 unchanged`."""
    words = Counter(result_line(one, dry=dry).partition(" ")[2].partition(":")[0] for one in rows)
    return ", ".join(f"{count} {word}" for word, count in sorted(words.items()))


def ended(app: Application, state: OperationState | None, *, result: str, note: str = "") -> OperationView:
    """The end of an operation, without what came of it."""
    view = running(app, state, result=result, note=note)
    if state is not None:
        dry, rows = is_dry(state), results(state)
        view.finished_at = state.finished_at or ""
        view.summary = summary(rows, dry=dry)
        view.resources = [result_line(one, dry=dry) for one in rows]
    return view


def operation(app: Application, state: OperationState, *, result: str, note: str = "") -> OperationView:
    """The end of an operation, with the application as it was found after it."""
    view = ended(app, state, result=result, note=note)
    if not is_dry(state):
        view.sync, view.health = app.status.sync.status, app.status.health.status
        view.problems = applications.problems(app.status.resources or [])
    return view


def running(app: Application, state: OperationState | None, *, result: str, note: str = "") -> OperationView:
    """An operation that goes on: no sync and health, since those are of an earlier comparison."""
    view = OperationView(result=result, name=app.metadata.name, note=note.strip())
    if state is None:
        return view
    found = state.sync_result
    shown = (found.revisions or [found.revision]) if found else []
    view.operation_id = operation_id(state)
    view.phase = state.phase
    # Of a success the phase says it all: "successfully synced (all tasks run)".
    view.message = "" if state.phase == "Succeeded" else masked_line(state.message, 600)
    view.revision = ", ".join(revision(one) for one in shown if one)
    view.started_at = state.started_at or ""
    rows = [one for one in results(state) if is_failed(one) or one.hook_type]
    view.resources = [result_line(one) for one in rows]
    return view
