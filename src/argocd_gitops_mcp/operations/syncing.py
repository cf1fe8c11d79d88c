"""Start a sync and follow that very operation."""

from typing import Annotated

from pydantic import Field

from argocd_gitops_mcp.argocd import applications as calls
from argocd_gitops_mcp.argocd.models import Application, Operation, OperationState
from argocd_gitops_mcp.effects import Effect
from argocd_gitops_mcp.errors import FailedPrecondition, GitOpsError, InvalidArgument, OperationFailed, TimedOut
from argocd_gitops_mcp.operations import _manifest
from argocd_gitops_mcp.operations._arguments import AppNamespace, Name, Project, Revision
from argocd_gitops_mcp.operations._manifest import OwnNamespace, SyncOptions
from argocd_gitops_mcp.operations._operation import APPLICATION, Arguments, Deps, operation
from argocd_gitops_mcp.views import changes
from argocd_gitops_mcp.views.view import View

_FOLLOWED = 25.0
"""Seconds a sync is followed; clients give up on a tool after 60."""
_FIRST_LOOK = 0.05
_SLOWEST_LOOK = 1.0
_REFRESHED = 5.0
"""Seconds for the comparison after it. Argo CD loses a refresh request now and then and does not answer for minutes."""
_ENDED = ("Succeeded", "Failed", "Error")


class SyncArguments(Arguments):
    name: Annotated[Name, Field(description="Application name")]
    revision: Revision = None
    prune: Annotated[bool, Field(description="Remove resources that are no longer in Git")] = False
    dry_run: Annotated[bool, Field(description="Only tell what would be applied")] = False
    sync_options: SyncOptions = None
    namespace: OwnNamespace = None
    project: Project = None
    app_namespace: AppNamespace = None


@operation("Sync an application", Effect.WRITE, tool=APPLICATION, verb="sync", destructive_when=("prune",))
async def sync_application(deps: Deps, asked: SyncArguments) -> View:
    """Deploy what Git says and follow this sync to its end; a failed one is an error with its causes."""
    where = _manifest.where(asked.namespace, asked.app_namespace)
    before = await deps.argocd.send(calls.get(asked.name, project=asked.project, app_namespace=where))
    _refuse_early(asked, before)
    project = before.spec.project
    own = (before.spec.sync_policy.sync_options if before.spec.sync_policy else None) or []
    await deps.argocd.send(
        calls.sync(
            asked.name,
            request_id=deps.request_id,
            revision=asked.revision,
            prune=asked.prune,
            dry_run=asked.dry_run,
            sync_options=_manifest.combined(own, asked.sync_options) if asked.sync_options else None,
            project=project,
            app_namespace=where,
        ),
    )
    try:
        app, state = await _followed(deps, asked, project, where)
    except GitOpsError as error:
        error.hint = (
            "The sync was sent and goes on unseen: get the application to learn how it ends; do not send it again."
        )
        raise
    if state is None or state.phase not in _ENDED:
        return _unfinished(deps, asked, app, state)
    if state.phase != "Succeeded":
        raise _failure(asked, state)
    if asked.dry_run:
        return changes.synced(app, state, request_id=deps.request_id, result="dry run: nothing was applied", note="")
    after, note = await _compared(deps, asked, project, where)
    if any(one.prunable for one in after.status.resources or []):
        note += " Resources that are no longer in Git are still there: sync with prune=true removes them."
    elif after.status.health.status == "Progressing":
        note += " Applied; health is still Progressing: get it again to see whether it becomes Healthy."
    return changes.synced(
        after,
        state,
        request_id=deps.request_id,
        result="synced" if after.status.sync.status == "Synced" else "applied, but not Synced",
        note=note.strip(),
    )


async def _compared(deps: Deps, asked: SyncArguments, project: str, where: str | None) -> tuple[Application, str]:
    """The application compared once more, as sync and health lag the end of the operation, and what is to be noted."""
    try:
        call = calls.get(asked.name, project=project, app_namespace=where, refresh="normal")
        return await deps.argocd.send(call, timeout=_REFRESHED), ""
    except TimedOut:
        # The operation has succeeded, whatever became of the refresh.
        found = await deps.argocd.send(calls.get(asked.name, project=project, app_namespace=where))
        return found, "Argo CD did not compare it again in time; sync and health are those it last found."


def _refuse_early(asked: SyncArguments, app: Application) -> None:
    if app.metadata.deletion_timestamp:
        raise FailedPrecondition(f"application {asked.name!r} is being deleted; nothing was sent.")
    if app.operation is not None:
        raise FailedPrecondition(
            f"Another operation on application {asked.name!r} is running; nothing was sent.",
            hint="Get the application until that has ended, then sync.",
        )
    if asked.revision and app.spec.sources:
        raise InvalidArgument(
            f"application {asked.name!r} has several sources; Argo CD would ignore one revision. Nothing was sent.",
            hint="Sync without revision: each source's target revision is used.",
        )


async def _followed(
    deps: Deps, asked: SyncArguments, project: str, where: str | None
) -> tuple[Application, OperationState | None]:
    """The application when our operation ended or time ran out, and our operation's state if Argo CD still tells it."""
    deadline = deps.now() + _FOLLOWED
    pause = _FIRST_LOOK
    told = ""
    while True:
        app = await deps.argocd.send(calls.get(asked.name, project=project, app_namespace=where))
        state = app.status.operation_state
        ours = state is not None and _is_ours(state.operation, deps.request_id)
        waiting = app.operation is not None and _is_ours(app.operation, deps.request_id)
        # Between retries finishedAt is set while the phase is Running: only an operation that is gone has ended.
        if not waiting and (not ours or state is None or state.phase in _ENDED):
            return app, state if ours else None
        if deps.now() >= deadline:
            return app, state if ours else None
        if state is not None and ours and state.message != told:
            told = state.message
            await deps.progress(f"{state.phase}: {told}"[:300])
        await deps.sleep(pause)
        pause = min(pause * 1.5, _SLOWEST_LOOK)


def _is_ours(operation: Operation, request_id: str) -> bool:
    return any(one.name == "request-id" and one.value == request_id for one in operation.info or [])


def _unfinished(deps: Deps, asked: SyncArguments, app: Application, state: OperationState | None) -> View:
    if state is None and app.operation is None:
        note = "Another operation came after it, so how this one ended is not known; see the application's events."
        return changes.Synced(result="unknown", name=asked.name, request_id=deps.request_id, note=note)
    note = f"It was still running after {_FOLLOWED:g} s and goes on; get the application to see how it ends."
    if state is None:
        return changes.Synced(
            result="started, not taken up yet", name=asked.name, request_id=deps.request_id, note=note
        )
    # Mid-operation, sync and health are those of an earlier comparison: not reported.
    return changes.Synced(
        result="still running",
        name=asked.name,
        request_id=deps.request_id,
        phase=state.phase,
        message=state.message,
        started_at=state.started_at or "",
        resources=[
            changes.result_line(one) for one in (state.sync_result.resources if state.sync_result else None) or []
        ],
        note=note,
    )


def _failure(asked: SyncArguments, state: OperationState) -> OperationFailed:
    results = (state.sync_result.resources if state.sync_result else None) or []
    failed = [
        changes.result_line(one)
        for one in results
        if one.status == "SyncFailed" or one.hook_phase in ("Failed", "Error")
    ]
    what = "dry run" if asked.dry_run else "sync"
    return OperationFailed(
        f"The {what} of application {asked.name!r} ended {state.phase} at {state.finished_at}"
        + (
            f"; {len(results) - len(failed)} of {len(results)} resources were applied."
            if results
            else "; nothing was applied."
        ),
        hint="Mend the cause in Git (or the cluster) and sync again.",
        upstream="\n".join([state.message, *failed]),
    )
