"""What was deployed before, and the way back to it."""

from typing import Annotated, Literal

from pydantic import Field

from argocd_gitops_mcp.argocd import applications as calls
from argocd_gitops_mcp.argocd import course, health_history, ownership, resources, syncing
from argocd_gitops_mcp.argocd.call import Call
from argocd_gitops_mcp.argocd.course import Course
from argocd_gitops_mcp.argocd.models import Application, HistoryEntry
from argocd_gitops_mcp.effects import Effect
from argocd_gitops_mcp.errors import FailedPrecondition, InvalidArgument, OutcomeUnknown, UnknownHistoryId
from argocd_gitops_mcp.operations import _ending
from argocd_gitops_mcp.operations._arguments import NamedArguments, TimeoutSeconds
from argocd_gitops_mcp.operations._following import follow
from argocd_gitops_mcp.operations._operation import APPLICATION, Deps, operation
from argocd_gitops_mcp.operations._sending import sent
from argocd_gitops_mcp.operations._standing import Standing, refuse_deleting, refuse_windows, standing
from argocd_gitops_mcp.views import history as views
from argocd_gitops_mcp.views.history import revisions
from argocd_gitops_mcp.views.plans import Preview
from argocd_gitops_mcp.views.syncing import OperationView
from argocd_gitops_mcp.views.view import View

_SHOWN = 10


@operation("Get the history", Effect.READ, tool=APPLICATION, verb="history")
async def get_history(deps: Deps, asked: NamedArguments) -> View:
    """List what was deployed, newest first, with the ids that rollback takes."""
    owner = asked.owner
    call = calls.of(owner)
    return views.history(await deps.argocd.send(call))


class RollbackArguments(NamedArguments):
    history_id: Annotated[int | None, Field(ge=0, description="From history")] = None
    to: Annotated[Literal["last_healthy"] | None, Field(description="Instead of history_id")] = None
    prune: Annotated[bool, Field(description="Remove what that deployment did not have")] = False
    wait: Annotated[bool, Field(description="false: only answer an operation_id")] = True
    timeout_seconds: TimeoutSeconds = 40


async def _ready(deps: Deps, asked: RollbackArguments) -> tuple[Standing, HistoryEntry, Call[Application]]:
    if (asked.history_id is None) == (asked.to is None):
        raise InvalidArgument("Give history_id, or to=last_healthy; nothing was sent.")
    found = await standing(deps, asked.owner, "sync", windows=True)
    app = found.app
    refuse_deleting(app)
    if app.operation is not None:
        raise _ending.busy(app)
    entry = await _entry(deps, asked, found)
    if app.spec.automated is not None:
        follows = app.sources()[0].target_revision or "HEAD"
        raise FailedPrecondition(
            f"Auto-sync is on for application {asked.name!r}: it would deploy {follows} again at once, so Argo CD "
            "refuses. Nothing was sent.",
            hint="Best: revert the commit in Git. Else: update with sync_policy=Manual, roll back, mend Git, and set "
            "sync_policy=Automated again.",
        )
    refuse_windows(found)  # Argo CD takes it all the same, and lets it hang until the window opens
    return found, entry, syncing.rollback(found.owner, entry.id, prune=asked.prune)


async def _entry(deps: Deps, asked: RollbackArguments, found: Standing) -> HistoryEntry:
    history = found.app.status.history or []
    if asked.to == "last_healthy":
        events = await deps.argocd.send(resources.events(found.owner))
        entry, why = health_history.last_healthy(found.app, events.items or [])
        if entry is None:
            raise UnknownHistoryId(
                f"The last healthy deployment of application {asked.name!r} is not known: {why}. Nothing was sent.",
                hint=f"Choose a history_id: {_ids(history)}.",
            )
        return entry
    for entry in history:
        if entry.id == asked.history_id:
            return entry
    raise UnknownHistoryId(
        f"application {asked.name!r} has no deployment with id {asked.history_id}; nothing was sent.",
        hint=f"It has: {_ids(history)}.",
    )


def _ids(history: list[HistoryEntry]) -> str:
    shown = [f"{one.id} ({revisions(one)}, {one.deployed_at})" for one in reversed(history[-_SHOWN:])]
    return ", ".join(shown) or "none"


async def _preview_rollback(deps: Deps, asked: RollbackArguments) -> Preview:
    found, entry, call = await _ready(deps, asked)
    app, history = found.app, found.app.status.history or []
    now = history[-1]
    warnings = ["Git stays as it is: the application is OutOfSync afterwards, and the next sync deploys Git again."]
    sources = entry.sources or ([entry.source] if entry.source else [])
    if sources != app.sources():
        warnings.append("That deployment had another source (repository, path or values): it comes back, too.")
    return Preview(
        call,
        f"Roll application {asked.name!r} back to deployment {entry.id} ({revisions(entry)} of {entry.deployed_at})",
        {
            "application": app.metadata.uid,
            "spec": app.spec,
            "history": [one.id for one in history],
            "resources": [(one.kind, one.name, one.status) for one in app.status.resources or []],
        },
        changes=[f"deployed: {revisions(now)} (id {now.id}) -> {revisions(entry)} (id {entry.id})"],
        removes=["whatever that deployment did not have (prune)"] if asked.prune else [],
        warnings=warnings,
        rights=[f"{one}: {one.answer}" for one in found.rights],
        owner=str(ownership.owner(app) or ""),
        resource_version=app.metadata.resource_version,
    )


@operation("Roll an application back", Effect.DESTRUCTIVE, tool=APPLICATION, verb="rollback", preview=_preview_rollback)
async def rollback_application(deps: Deps, asked: RollbackArguments) -> View:
    """Deploy an earlier revision again, with its source, and follow it to its end; needs auto-sync off."""
    found, entry, call = await _ready(deps, asked)
    before = found.app.status.operation_state

    async def look() -> Application | None:
        """Argo CD takes no id for a rollback: what was asked for, and that it is another than the last, must do."""
        owner = found.owner
        app = await deps.argocd.send(calls.of(owner))
        state = app.status.operation_state
        if app.operation is not None and app.operation.sync is not None:
            return app if app.operation.sync.wanted() == entry.deployed() and not app.operation.info else None
        if state is None or (before is not None and course.digest(state) == course.digest(before)):
            return None
        sync = state.operation.sync
        return app if sync is not None and sync.wanted() == entry.deployed() and not state.operation.info else None

    app = await sent(deps, call, look, "get the application and its history")
    handle = course.asked(app.operation) if app.operation is not None else None
    if handle is None:  # after a broken connection it may have ended already
        state = app.status.operation_state
        if state is None:
            raise OutcomeUnknown(f"The rollback of application {asked.name!r} was accepted, but is not to be seen.")
        handle = course.Handle(digest=course.digest(state))
    followed = Course(handle, "operation", app.metadata.resource_version, fits_git=False)
    seconds = asked.timeout_seconds if asked.wait else 1.0
    with _ending.goes_on("", "rollback"):
        await deps.progress("the rollback is sent, and goes on whatever becomes of this call")
        ended = await follow(deps, found.owner, followed, app, seconds)
    view = _ending.answer(asked.name, followed, ended, "rollback", seconds)
    if isinstance(view, OperationView) and view.result.endswith("but not Synced"):
        view.result = f"rolled back to deployment {entry.id}; OutOfSync with Git, as expected"
    return view
