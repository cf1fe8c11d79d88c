"""Deleting an application, and seeing it gone."""

from typing import Annotated, Literal

from pydantic import Field

from argocd_gitops_mcp.argocd import applications as calls
from argocd_gitops_mcp.argocd import ownership
from argocd_gitops_mcp.argocd.call import Call
from argocd_gitops_mcp.argocd.models import Application, Empty
from argocd_gitops_mcp.effects import Effect
from argocd_gitops_mcp.errors import FailedPrecondition, InvalidArgument, NotFound
from argocd_gitops_mcp.operations import _ending
from argocd_gitops_mcp.operations._arguments import NamedArguments, TimeoutSeconds
from argocd_gitops_mcp.operations._operation import APPLICATION, Deps, operation
from argocd_gitops_mcp.operations._sending import sent
from argocd_gitops_mcp.operations._standing import Standing, owner_warnings, standing
from argocd_gitops_mcp.operations._watching import Gone, Watching, read
from argocd_gitops_mcp.views import changes
from argocd_gitops_mcp.views.plans import Preview
from argocd_gitops_mcp.views.view import View


class DeleteArguments(NamedArguments):
    cascade: Annotated[bool, Field(description="false: leave its resources running")] = True
    propagation_policy: Annotated[
        Literal["foreground", "background"] | None, Field(description="How cascade deletes")
    ] = None
    timeout_seconds: TimeoutSeconds = 40


async def _ready(deps: Deps, asked: DeleteArguments) -> tuple[Standing, Call[Empty]]:
    if asked.propagation_policy is not None and not asked.cascade:
        raise InvalidArgument("propagation_policy goes with cascade=true: without cascade nothing is propagated.")
    found = await standing(deps, asked.owner, "delete")
    if found.app.operation is not None and asked.cascade:
        error = _ending.busy(found.app)
        raise FailedPrecondition(f"{error.message} Argo CD would delete only after its end.", hint=error.hint)
    owner = found.owner
    call = calls.delete(
        owner.name,
        cascade=asked.cascade,
        propagation_policy=asked.propagation_policy,
        project=owner.project,
        app_namespace=owner.app_namespace,
    )
    return found, call


def _resources(app: Application) -> list[str]:
    return [f"{one.kind}/{one.name}" for one in app.status.resources or [] if not one.hook]


async def _preview_delete(deps: Deps, asked: DeleteArguments) -> Preview:
    found, call = await _ready(deps, asked)
    app = found.app
    resources = _resources(app)
    warnings = await owner_warnings(deps, app)
    if not asked.cascade:
        warnings.append(f"Its {len(resources)} resources go on running, and nothing manages them any more.")
    return Preview(
        call,
        f"Delete application {asked.name!r} {'with' if asked.cascade else 'without'} its resources",
        {
            "application": app.metadata.uid,
            "resources": resources,
            "finalizers": app.metadata.finalizers or [],
            "deleting": app.metadata.deletion_timestamp,
        },
        changes=[f"application {asked.name!r}: deleted"],
        removes=resources if asked.cascade else [],
        warnings=warnings,
        rights=[f"{one}: {one.answer}" for one in found.rights],
        owner=str(ownership.owner(app) or ""),
        resource_version=app.metadata.resource_version,
    )


@operation("Delete an application", Effect.DESTRUCTIVE, tool=APPLICATION, verb="delete", preview=_preview_delete)
async def delete_application(deps: Deps, asked: DeleteArguments) -> View:
    """Delete an application, with its deployed resources unless cascade=false; says whether it is gone."""
    found, call = await _ready(deps, asked)
    before, owner = found.app, found.owner
    get = calls.of(owner)

    async def look() -> Empty | None:
        try:
            app = await deps.argocd.send(get)
        except NotFound:
            return Empty()
        is_going = bool(app.metadata.deletion_timestamp) or app.metadata.uid != before.metadata.uid
        return Empty() if is_going else None

    await sent(deps, call, look, "get the application")
    with _ending.goes_on("", "deletion"):
        left = await _gone(deps, found, asked.timeout_seconds)
    resources = _resources(before)
    note = f"resources {'removed with it' if asked.cascade else 'left running'}: {len(resources)}"
    warnings = await owner_warnings(deps, before)
    if left is None:
        return changes.Deleted(result="deleted", name=asked.name, resources=resources, warnings=warnings, note=note)
    if left.metadata.uid != before.metadata.uid:
        return changes.Deleted(
            result="deleted, then created again by its owner (an ApplicationSet, an application)",
            name=asked.name,
            warnings=warnings,
        )
    held = left.metadata.finalizers or []
    return changes.Deleted(
        result="deletion requested, not finished",
        name=asked.name,
        resources=resources,
        finalizers=held,
        warnings=warnings,
        note=f"It was still there after {asked.timeout_seconds:g} s"
        + (f", held by {', '.join(held)}" if held else "")
        + "; get it again to see whether it is gone.",
    )


async def _gone(deps: Deps, found: Standing, seconds: float) -> Application | None:
    """None once it is gone; the application that is there instead, or still."""
    owner, deadline = found.owner, deps.now() + seconds
    await deps.progress(f"waiting until {owner.name} is gone; the deletion goes on whatever becomes of this call")
    told: list[str] = []
    async with Watching(deps, owner, found.app.metadata.uid) as watching:
        while deps.now() < deadline:
            try:
                state = await watching.next(deadline - deps.now())
            except Gone:
                break
            finalizers = (state.metadata.finalizers or []) if state is not None else told
            if finalizers != told:
                told = finalizers
                await deps.progress(f"finalizers left: {', '.join(told) or 'none'}")
    try:
        return await read(deps, owner)
    except NotFound:
        return None
