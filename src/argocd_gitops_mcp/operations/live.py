"""Changing live resources past Git: actions, patches, deletion. Each says who will undo it."""

import json
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from argocd_gitops_mcp.argocd import applications as application_calls
from argocd_gitops_mcp.argocd import ownership
from argocd_gitops_mcp.argocd import resources as calls
from argocd_gitops_mcp.argocd.call import Call
from argocd_gitops_mcp.argocd.models import Application, Empty
from argocd_gitops_mcp.argocd.resource_models import Action, LiveResource, Node, ResourceTree
from argocd_gitops_mcp.argocd.tree import descendants, key, nodes
from argocd_gitops_mcp.effects import Effect
from argocd_gitops_mcp.errors import FailedPrecondition, InvalidArgument, UnknownAction
from argocd_gitops_mcp.names import nearest
from argocd_gitops_mcp.operations import _ending
from argocd_gitops_mcp.operations._arguments import Object, ResourceArguments, TimeoutSeconds, need_live, resolved
from argocd_gitops_mcp.operations._operation import RESOURCE, Deps, operation
from argocd_gitops_mcp.operations._sending import sent
from argocd_gitops_mcp.operations._standing import rbac_object
from argocd_gitops_mcp.views import changes, manifests
from argocd_gitops_mcp.views.pending import essence
from argocd_gitops_mcp.views.plans import Preview, masked_patch
from argocd_gitops_mcp.views.view import View

_LOOK_EVERY = 0.3


async def _found(deps: Deps, asked: ResourceArguments, what: str) -> tuple[Application, Node, ResourceTree]:
    app = await deps.argocd.send(
        application_calls.get(asked.application_name, project=asked.project, app_namespace=asked.app_namespace)
    )
    node, tree = await resolved(deps, asked)
    need_live(node, what)
    return app, node, tree


def _right(app: Application, action: str, node: Node) -> str:
    """Rights on single resources cannot be asked for; Argo CD refuses the write without naming them."""
    return f"applications, {action}/{node.group}/{node.kind}/{node.namespace}/{node.name}, {rbac_object(app)}"


def _warnings(app: Application, node: Node) -> list[str]:
    said = ownership.live_warning(app, node)
    return [said] if said else []


class ActionArguments(ResourceArguments):
    action_name: Annotated[str, Field(description="One of get_resource_actions, e.g. restart")]
    action_params: Annotated[Object | None, Field(description='The action\'s parameters, e.g. {"replicas": 3}')] = None


async def _chosen(deps: Deps, asked: ActionArguments) -> tuple[Application, Node, Action, dict[str, str], list[str]]:
    """The application, the resource, the action, the parameters that it has and those that it has not."""
    app, node, _ = await _found(deps, asked, "actions")
    found = (await deps.argocd.send(calls.actions(asked.owner, node))).actions or []
    action = _of_name(asked.action_name, found, calls.describe(node))
    known = {one.name for one in action.params or []}
    given = asked.action_params or {}
    missing = sorted(known - set(given))
    if missing:
        raise InvalidArgument(f"Action {action.name!r} needs action_params {', '.join(missing)}; nothing was sent.")
    parameters = {name: _text(value) for name, value in given.items() if name in known}
    return app, node, action, parameters, sorted(set(given) - known)


def _action_right(app: Application, node: Node, action: Action) -> str:
    return f"applications, action/{node.group}/{node.kind}/{action.name}, {rbac_object(app)}"


def _of_name(name: str, found: list[Action], about: str) -> Action:
    by_name = {one.name: one for one in found}
    action = by_name.get(name)
    if action is None:
        there = ", ".join(sorted(by_name)) or "none"
        close = nearest(name, by_name, 1)
        raise UnknownAction(
            f"{about} has no action {name!r}; there are: {there}." + (f" Did you mean {close[0]!r}?" if close else "")
        )
    if action.disabled:
        # Argo CD would run it all the same.
        raise FailedPrecondition(
            f"Action {action.name!r} is disabled on {about} in its present state; nothing was sent."
        )
    return action


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


async def _preview_action(deps: Deps, asked: ActionArguments) -> Preview:
    app, node, action, parameters, ignored = await _chosen(deps, asked)
    shown = f" with {json.dumps(parameters)}" if parameters else ""
    return Preview(
        calls.run_action(asked.owner, node, action.name, parameters),
        f"Run action {action.name!r}{shown} on {calls.describe(node)} of {asked.owner.about}",
        {"resource": node.uid, "runs of this action": sorted(await _action_events(deps, asked, action, node))},
        changes=[f"{calls.describe(node)}: as the action does"],
        warnings=[*_warnings(app, node), *(f"{name} is no parameter of {action.name}: left out" for name in ignored)],
        rights=[f"{_action_right(app, node, action)}: cannot be asked"],
        resource_version=app.metadata.resource_version,
    )


@operation("Run a resource action", Effect.WRITE, tool=RESOURCE, preview=_preview_action)
async def run_resource_action(deps: Deps, asked: ActionArguments) -> View:
    """Run an action (restart, scale, ...) on a resource; unknown parameters are left out and named."""
    app, node, action, parameters, ignored = await _chosen(deps, asked)
    known = await _action_events(deps, asked, action, node)

    async def look() -> Empty | None:
        return Empty() if await _action_events(deps, asked, action, node) - known else None

    call = calls.run_action(asked.owner, node, action.name, parameters)
    how = "read the application's events (get_resource_events without resource_name)"
    await sent(deps, call, look, how, right=_action_right(app, node, action))
    return changes.ActionRun(
        result="accepted by Argo CD, which does not say what changed",
        action=action.name,
        resource=calls.describe(node),
        parameters=parameters,
        ignored=[f"{name}: not a parameter of {action.name}, not sent" for name in ignored],
        warnings=_warnings(app, node),
        note="Look at the resource tree or events for the effect.",
    )


async def _action_events(deps: Deps, asked: ActionArguments, action: Action, node: Node) -> set[str]:
    """The events that tell of this action on this resource, by name."""
    found = await deps.argocd.send(calls.events(asked.owner))
    said = f"ran action {action.name} on resource {node.group}/{node.kind}/{node.name}"
    return {one.metadata.name for one in found.items or [] if said in one.message}


def _as_text(value: Any) -> Any:
    """A patch as an object or a list is as good as one as text."""
    return value if isinstance(value, str) else json.dumps(value)


class PatchArguments(ResourceArguments):
    patch: Annotated[str, BeforeValidator(_as_text), Field(description='JSON, e.g. {"spec":{"replicas":2}}')]
    patch_type: Annotated[
        Literal["merge", "strategic", "json"], Field(description="merge: RFC 7396; json: RFC 6902")
    ] = "merge"

    @property
    def change(self) -> Any:
        """The patch as JSON.

        Raises:
            InvalidArgument: it is none, or not of its type.
        """
        try:
            found = json.loads(self.patch)
        except ValueError as error:
            raise InvalidArgument(f"patch is not JSON: {error}; nothing was sent.") from error
        if not isinstance(found, list if self.patch_type == "json" else dict):
            kind = "a list of steps" if self.patch_type == "json" else "an object"
            raise InvalidArgument(f"patch of type {self.patch_type} must be {kind}; nothing was sent.")
        return found


def _patch(asked: PatchArguments, node: Node) -> Call[LiveResource]:
    kind = "strategic-merge" if asked.patch_type == "strategic" else asked.patch_type
    return calls.patch(asked.owner, node, json.dumps(asked.change), kind)


async def _live(deps: Deps, asked: ResourceArguments, node: Node) -> dict[str, Any]:
    return essence(manifests.parse((await deps.argocd.send(calls.live(asked.owner, node))).manifest))


async def _preview_patch(deps: Deps, asked: PatchArguments) -> Preview:
    change = asked.change
    app, node, _ = await _found(deps, asked, "patch")
    before = await _live(deps, asked, node)
    call = _patch(asked, node)
    told = [json.dumps(masked_patch(json.dumps(change)))]
    if asked.patch_type == "merge":
        told = changes.differences(before, changes.merged(before, change))
    if node.kind == "Secret":
        call, told = replace(call, body="(masked)"), ["(masked)"]
    return Preview(
        call,
        f"Patch {calls.describe(node)} of {asked.owner.about}",
        {"resource": node.uid, "state": before},
        changes=told,
        warnings=_warnings(app, node),
        rights=[f"{_right(app, 'update', node)}: cannot be asked"],
        resource_version=app.metadata.resource_version,
    )


@operation("Patch a resource", Effect.WRITE, tool=RESOURCE, preview=_preview_patch)
async def patch_resource(deps: Deps, asked: PatchArguments) -> View:
    """Patch a live resource past Git (first aid); tells what changed and what will undo it."""
    change = asked.change
    app, node, _ = await _found(deps, asked, "patch")
    before = await _live(deps, asked, node)

    async def look() -> LiveResource | None:
        """A merge patch that arrived is to be seen; of the others nothing can be said."""
        if asked.patch_type != "merge":
            return None
        found = await deps.argocd.send(calls.live(asked.owner, node))
        now = essence(manifests.parse(found.manifest))
        return found if changes.merged(now, change) == now and now != before else None

    right = _right(app, "update", node)
    found = await sent(deps, _patch(asked, node), look, "read the resource's managed state", right=right)
    changed = changes.differences(before, essence(manifests.parse(found.manifest)))
    return changes.Updated(
        result="patched" if changed else "unchanged: it was so already",
        name=calls.describe(node),
        changed=changed,
        warnings=_warnings(app, node) if changed else [],
    )


class DeleteResourceArguments(ResourceArguments):
    force: Annotated[bool, Field(description="Do not wait for a graceful end")] = False
    orphan: Annotated[bool, Field(description="Leave what it owns")] = False
    timeout_seconds: TimeoutSeconds = 40

    @property
    def confirmed_as(self) -> str:
        """The resource, not its application."""
        return self.resource_name


async def _preview_delete(deps: Deps, asked: DeleteResourceArguments) -> Preview:
    app, node, tree = await _found(deps, asked, "deletion")
    below = [calls.describe(one) for one in descendants(tree, node) if one.uid != node.uid]
    return Preview(
        calls.delete(asked.owner, node, force=asked.force, orphan=asked.orphan),
        f"Delete {calls.describe(node)} of {asked.owner.about}{' by force' if asked.force else ''}",
        # Pods come and go by themselves; their owners do not.
        {"resource": node.uid, "owned": sorted(one for one in below if not one.startswith("Pod/"))},
        changes=[f"{calls.describe(node)}: deleted"],
        removes=[calls.describe(node), *([] if asked.orphan else below)],
        warnings=_warnings(app, node),
        rights=[f"{_right(app, 'delete', node)}: cannot be asked"],
        resource_version=app.metadata.resource_version,
    )


@operation("Delete a resource", Effect.DESTRUCTIVE, tool=RESOURCE, preview=_preview_delete)
async def delete_resource(deps: Deps, asked: DeleteResourceArguments) -> View:
    """Delete a live resource and what it owns, and see it gone; tells whether something makes it again."""
    app, node, _ = await _found(deps, asked, "deletion")

    async def look() -> Empty | None:
        return Empty() if await _successor(deps, asked, node) is not node else None

    call = calls.delete(asked.owner, node, force=asked.force, orphan=asked.orphan)
    await sent(deps, call, look, "read the resource tree", right=_right(app, "delete", node))
    deadline = deps.now() + asked.timeout_seconds
    with _ending.goes_on("", "deletion"):
        left: Node | None = node
        while left is node and deps.now() < deadline:
            await deps.sleep(_LOOK_EVERY)
            left = await _successor(deps, asked, node)
    name = calls.describe(node)
    if left is node:
        note = f"It was still there after {asked.timeout_seconds:g} s: a finalizer may hold it; see its events."
        return changes.Deleted(result="deletion requested, not finished", name=name, note=note)
    if left is not None:
        return changes.Deleted(result="deleted, then created again", name=name, warnings=_warnings(app, node))
    return changes.Deleted(result="deleted", name=name, warnings=_warnings(app, node))


async def _successor(deps: Deps, asked: ResourceArguments, node: Node) -> Node | None:
    """The node itself while it is there; one of its name that came after it; else None."""
    everything = nodes(await deps.argocd.send(calls.tree(asked.owner)))
    if any(one.uid == node.uid for one in everything):
        return node
    same = key(node)
    return next((one for one in everything if one.uid and key(one) == same), None)
