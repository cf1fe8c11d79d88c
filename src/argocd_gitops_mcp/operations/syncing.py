"""Syncing: start, follow, stop, compare anew. What is told of an operation is told of that very one."""

from dataclasses import replace
from typing import Annotated

from pydantic import Field

from argocd_gitops_mcp.argocd import applications as calls
from argocd_gitops_mcp.argocd import course, syncing
from argocd_gitops_mcp.argocd.call import Call
from argocd_gitops_mcp.argocd.course import Course, Going, Handle, Until
from argocd_gitops_mcp.argocd.models import Application, Empty
from argocd_gitops_mcp.effects import Effect
from argocd_gitops_mcp.errors import FailedPrecondition, InvalidArgument, TimedOut
from argocd_gitops_mcp.operations import _ending, _pending
from argocd_gitops_mcp.operations._arguments import NamedArguments, Resources, Revision, Some, TimeoutSeconds
from argocd_gitops_mcp.operations._following import follow
from argocd_gitops_mcp.operations._manifest import SyncOptions, combined
from argocd_gitops_mcp.operations._operation import APPLICATION, Deps, operation
from argocd_gitops_mcp.operations._selection import selected
from argocd_gitops_mcp.operations._sending import sent
from argocd_gitops_mcp.operations._standing import Standing, refuse_deleting, refuse_windows, standing
from argocd_gitops_mcp.views import syncing as views
from argocd_gitops_mcp.views.changes import refreshed
from argocd_gitops_mcp.views.plans import Preview
from argocd_gitops_mcp.views.view import View

_BEGUN = 3.0
"""Seconds for an operation that was asked for to begin; mostly it takes 20 ms."""
_LOOK_EVERY = 0.1
_REFRESHED = 10.0
"""Seconds for a refresh. Argo CD loses one now and then, and then does not answer for minutes."""


class SyncArguments(NamedArguments):
    revision: Revision = None
    revisions: Annotated[Some | None, Field(description="One for each of several sources")] = None
    prune: Annotated[bool, Field(description="Remove resources that are no longer in Git")] = False
    force: Annotated[bool, Field(description="Recreate what cannot be changed in place")] = False
    dry_run: Annotated[bool, Field(description="Only tell what would be applied")] = False
    resources: Resources = None
    apply_out_of_sync_only: Annotated[bool, Field(description="Leave what is in sync")] = False
    sync_options: SyncOptions = None
    retry_limit: Annotated[int | None, Field(ge=0, le=20, description="Further attempts")] = None
    wait: Annotated[bool, Field(description="false: only answer an operation_id")] = True
    timeout_seconds: TimeoutSeconds = 40


def _call(deps: Deps, asked: SyncArguments, app: Standing) -> Call[Application]:
    policy = app.app.spec.sync_policy
    added = [*(asked.sync_options or []), *(["ApplyOutOfSyncOnly=true"] if asked.apply_out_of_sync_only else [])]
    own = (policy.sync_options if policy is not None else None) or []
    chosen = selected(asked.resources, app.app.status.resources or [], asked.name) if asked.resources else None
    return syncing.sync(
        app.owner,
        request_id=deps.request_id,
        revision=asked.revision,
        revisions=asked.revisions,
        prune=asked.prune,
        force=asked.force,
        dry_run=asked.dry_run,
        resources=chosen,
        sync_options=combined(own, added) if added else None,
        retry_limit=asked.retry_limit,
    )


async def _ready(deps: Deps, asked: SyncArguments) -> tuple[Standing, Call[Application]]:
    """Everything that can be refused before anything is sent."""
    found = await standing(deps, asked.owner, "sync", windows=True)
    refuse_deleting(found.app)
    if found.app.operation is not None:
        raise _ending.busy(found.app)
    refuse_windows(found)
    _refuse_revisions(asked, found.app)
    call = _call(deps, asked, found)
    if asked.revision or asked.revisions:
        # A sync to a commit that does not exist is accepted, and fails later.
        await _pending.rendered(deps, found.owner, asked.revision, asked.revisions)
    return found, call


def _refuse_revisions(asked: SyncArguments, app: Application) -> None:
    sources = app.sources()
    if asked.revision and app.spec.sources:
        raise InvalidArgument(
            f"application {asked.name!r} has several sources; Argo CD would ignore one revision. Nothing was sent.",
            hint="Give revisions, one for each source, or none: each source's target revision is used then.",
        )
    if asked.revisions and len(asked.revisions) != len(app.spec.sources or []):
        raise InvalidArgument(
            f"revisions must be one for each of the {len(sources)} sources of application {asked.name!r}, in their "
            "order. Nothing was sent."
            if app.spec.sources
            else f"application {asked.name!r} has one source: give revision. Nothing was sent."
        )
    wanted = asked.revisions or ([asked.revision] if asked.revision else [])
    for one, source in zip(wanted, sources, strict=False):
        if app.spec.automated is not None and not asked.dry_run and one != (source.target_revision or "HEAD"):
            raise FailedPrecondition(
                f"Cannot sync to {one!r}: auto-sync follows {source.target_revision or 'HEAD'!r}. Nothing was sent.",
                hint="Change target_revision (operation update), or turn auto-sync off first (sync_policy=Manual).",
            )


async def _preview_sync(deps: Deps, asked: SyncArguments) -> Preview:
    found, call = await _ready(deps, asked)
    chosen = call.body.get("resources") if isinstance(call.body, dict) else None
    return await _pending.preview(
        deps, found, call, revision=asked.revision, revisions=asked.revisions, chosen=chosen, prune=asked.prune
    )


@operation(
    "Sync an application",
    Effect.WRITE,
    tool=APPLICATION,
    verb="sync",
    destructive_when=("prune", "force"),
    preview=_preview_sync,
)
async def sync_application(deps: Deps, asked: SyncArguments) -> View:
    """Deploy what Git says and follow this sync to its end; a failed one is an error with its causes."""
    found, call = await _ready(deps, asked)
    handle = Handle(request_id=deps.request_id)

    async def look() -> Application | None:
        app = await deps.argocd.send(calls.of(found.owner))
        return app if handle.is_asked(app.operation) or handle.is_state(app.status.operation_state) else None

    app = await sent(deps, call, look, f"get the application, or wait with operation_id={deps.request_id!r}")
    if not asked.wait and not asked.dry_run:
        return views.OperationView(
            result="started",
            name=asked.name,
            operation_id=deps.request_id,
            next=f"wait with operation_id={deps.request_id!r}",
        )
    part = bool(asked.resources or asked.revision or asked.revisions)
    followed = Course(handle, "operation", app.metadata.resource_version, fits_git=not part)
    with _ending.goes_on(deps.request_id, "sync"):
        await deps.progress(f"operation {deps.request_id} is sent, and goes on whatever becomes of this call")
        ended = await follow(deps, found.owner, followed, app, asked.timeout_seconds)
    return _ending.answer(asked.name, followed, ended, "sync", asked.timeout_seconds)


class WaitArguments(NamedArguments):
    operation_id: Annotated[str | None, Field(description="Which operation; else the running one")] = None
    until: Annotated[Until, Field(description="Its end, or what should come of it")] = "healthy"
    timeout_seconds: TimeoutSeconds = 40


@operation("Wait for an application", Effect.READ, tool=APPLICATION, verb="wait")
async def wait_for_application(deps: Deps, asked: WaitArguments) -> View:
    """Follow an operation to its end, then sync, then health; tell what still goes on."""
    found = await standing(deps, asked.owner)
    given = course.handle(asked.operation_id) if asked.operation_id else course.current(found.app)
    followed = Course(given, asked.until)
    ended = await follow(deps, found.owner, followed, found.app, asked.timeout_seconds)
    return _ending.answer(asked.name, followed, ended, "operation", asked.timeout_seconds)


class TerminateArguments(NamedArguments):
    timeout_seconds: TimeoutSeconds = 40


async def _running(deps: Deps, asked: TerminateArguments) -> Standing:
    found = await standing(deps, asked.owner, "sync")
    deadline = deps.now() + _BEGUN
    # What was only asked for cannot be terminated: Argo CD says that nothing is in progress.
    while found.app.operation is not None and found.app.status.operation_state is None and deps.now() < deadline:
        await deps.sleep(_LOOK_EVERY)
        found = replace(found, app=await deps.argocd.send(calls.of(found.owner)))
    if found.app.operation is None:
        raise FailedPrecondition(f"No operation runs on application {asked.name!r}; nothing was sent.")
    return found


async def _preview_terminate(deps: Deps, asked: TerminateArguments) -> Preview:
    found = await _running(deps, asked)
    state = found.app.status.operation_state
    return Preview(
        syncing.terminate(found.owner),
        f"Terminate the running operation of application {asked.name!r} ({course.told(state)})",
        {"operation": course.operation_id(state) if state else "not begun"},
        warnings=["What it has applied stays; the next sync (an automated one, too) begins anew."],
        rights=[f"{one}: {one.answer}" for one in found.rights],
        resource_version=found.app.metadata.resource_version,
    )


@operation("Terminate an operation", Effect.WRITE, tool=APPLICATION, verb="terminate", preview=_preview_terminate)
async def terminate_operation(deps: Deps, asked: TerminateArguments) -> View:
    """Stop the running operation and follow it to its end; what it applied stays."""
    found = await _running(deps, asked)
    handle = course.current(found.app)

    async def look() -> Empty | None:
        app = await deps.argocd.send(calls.of(found.owner))
        state = app.status.operation_state
        return Empty() if app.operation is None or (state is not None and state.phase == "Terminating") else None

    await sent(deps, syncing.terminate(found.owner), look, "get the application")
    followed = Course(handle, "operation", found.app.metadata.resource_version)
    with _ending.goes_on("", "termination"):
        ended = await follow(deps, found.owner, followed, found.app, asked.timeout_seconds)
    if isinstance(ended.step, Going) or followed.state is None or ended.app is None:
        return _ending.answer(asked.name, followed, ended, "operation", asked.timeout_seconds)
    state = followed.state
    result = "terminated" if state.message.startswith("Operation terminated") else "it ended before it was stopped"
    return views.operation(ended.app, state, result=result)


class RefreshArguments(NamedArguments):
    hard: Annotated[bool, Field(description="Past the manifest cache")] = False


def _refresh(asked: RefreshArguments, found: Standing) -> Call[Application]:
    return calls.of(found.owner, refresh="hard" if asked.hard else "normal")


async def _preview_refresh(deps: Deps, asked: RefreshArguments) -> Preview:
    found = await standing(deps, asked.owner)
    return Preview(
        _refresh(asked, found),
        f"Compare application {asked.name!r} with Git and the cluster anew",
        {"application": found.app.metadata.uid},
        warnings=_auto_sync(found.app),
        resource_version=found.app.metadata.resource_version,
    )


def _auto_sync(app: Application) -> list[str]:
    return ["Auto-sync is on: what has changed in Git is deployed."] if app.spec.automated is not None else []


@operation("Refresh an application", Effect.WRITE, tool=APPLICATION, verb="refresh", preview=_preview_refresh)
async def refresh_application(deps: Deps, asked: RefreshArguments) -> View:
    """Compare with Git and the cluster now, and tell what moved."""
    before = await standing(deps, asked.owner)
    note = ""
    try:
        after = await deps.argocd.send(_refresh(asked, before), timeout=_REFRESHED)
    except TimedOut:
        after = await deps.argocd.send(calls.of(before.owner))
        if after.status.reconciled_at == before.app.status.reconciled_at:
            raise
        note = "Argo CD did not answer the refresh; this was read afterwards, from a newer comparison."
    return refreshed(before.app, after, note)
