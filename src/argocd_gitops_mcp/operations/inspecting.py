"""Single facts about an application: a resource as it is, images, links, sync windows."""

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from argocd_gitops_mcp.argocd import account, links, projects, syncing
from argocd_gitops_mcp.argocd import applications as application_calls
from argocd_gitops_mcp.argocd import resources as calls
from argocd_gitops_mcp.argocd.models import Application
from argocd_gitops_mcp.argocd.resources import Owner
from argocd_gitops_mcp.argocd.token import stamp
from argocd_gitops_mcp.argocd.tree import find, key
from argocd_gitops_mcp.concurrency import Together, in_thread
from argocd_gitops_mcp.effects import Effect
from argocd_gitops_mcp.errors import Forbidden
from argocd_gitops_mcp.later import Later
from argocd_gitops_mcp.operations._arguments import Detail, NamedArguments, ResourceArguments
from argocd_gitops_mcp.operations._operation import APPLICATION, RESOURCE, Deps, operation
from argocd_gitops_mcp.views import manifests
from argocd_gitops_mcp.views.view import FULL, View

if TYPE_CHECKING:
    from argocd_gitops_mcp.views import images, windows
    from argocd_gitops_mcp.views import inspection as views
else:
    images = Later("argocd_gitops_mcp.views.images")
    views = Later("argocd_gitops_mcp.views.inspection")
    windows = Later("argocd_gitops_mcp.views.windows")

_AT_ONCE = 8
_MOST = 16
"""Workloads whose images in Git are read: one request each."""


class GetResourceArguments(ResourceArguments):
    detail: Detail = "summary"


@operation("Get a resource", Effect.READ, tool=RESOURCE, limit=FULL // 2)
async def get_resource(deps: Deps, asked: GetResourceArguments) -> View:
    """Show a resource: live manifest, masked, what Git would change of it; links, finalizers, owners."""
    async with Together() as group:
        reading = group.start(
            deps.argocd.send(
                application_calls.get(asked.application_name, project=asked.project, app_namespace=asked.app_namespace)
            )
        )
        tree = group.start(deps.argocd.send(calls.tree(asked.owner)))
    app, node = reading.result(), find(tree.result(), asked.wanted(asked.resource_name), asked.application_name)
    declared = any(key(one) == key(node) for one in app.status.resources or [])
    states = ("targetState", "normalizedLiveState", "predictedLiveState")
    async with Together() as group:
        live = group.start(deps.argocd.send(calls.live(asked.owner, node))) if node.uid else None
        managed = (
            group.start(deps.argocd.send(calls.managed(asked.owner, states=states, node=node))) if declared else None
        )
        known = group.start(deps.argocd.send(links.of_resource(asked.owner, node))) if node.uid else None
    items = (managed.result().items or []) if managed is not None else []
    found = views.Resource(
        node,
        manifests.parse(live.result().manifest) if live is not None else {},
        manifests.parse(items[0].target_state) if items else {},
        manifests.parse(items[0].normalized_live_state) if items else {},
        manifests.parse(items[0].predicted_live_state) if items else {},
        (known.result().items or []) if known is not None else [],
    )
    now = stamp(time.time())
    return await in_thread(lambda _: views.resource(app, found, now, whole=asked.detail == "full"))


@operation("List images", Effect.READ, tool=APPLICATION, verb="images")
async def list_images(deps: Deps, asked: NamedArguments) -> View:
    """List the images that run, and where; which differ from Git's or run in several versions."""
    app, owner = await _application(deps, asked)
    differing = images.differing(app)
    async with Together(_AT_ONCE) as group:
        tree = group.start(deps.argocd.send(calls.tree(owner)))
        reading = [
            group.start(deps.argocd.send(calls.managed(owner, states=("targetState", "liveState"), node=node)))
            for node in differing[:_MOST]
        ]
    states = [
        (manifests.parse(one.target_state), manifests.parse(one.live_state))
        for task in reading
        for one in task.result().items or []
    ]
    return images.images(app, tree.result(), states, unread=len(differing[_MOST:]))


@operation("List links", Effect.READ, tool=APPLICATION, verb="links")
async def list_links(deps: Deps, asked: NamedArguments) -> View:
    """List its web addresses: in Argo CD, of what it deploys, deep links."""
    app, owner = await _application(deps, asked)
    async with Together() as group:
        known = group.start(deps.argocd.send(links.of_application(owner)))
        settings = group.start(deps.argocd.send(account.settings()))
    return views.links(app, settings.result().url, known.result().items or [])


@operation("Get sync windows", Effect.READ, tool=APPLICATION, verb="windows")
async def get_sync_windows(deps: Deps, asked: NamedArguments) -> View:
    """Show its sync windows, what opens or closes when, and whether it may sync now."""
    app, owner = await _application(deps, asked)
    found = await deps.argocd.send(syncing.windows(owner))
    known = await _defined(deps, app.spec.project) if found.assigned_windows else []
    return windows.windows(app, found, known, datetime.now(UTC))


async def _defined(deps: Deps, project: str) -> list[projects.ProjectWindow] | None:
    """The windows as projects define them, with their zones; None where this token may not read that."""
    try:
        async with Together() as group:
            own = group.start(deps.argocd.send(projects.named(project)))
            others = group.start(deps.argocd.send(projects.global_projects(project)))
    except Forbidden:
        return None
    every = [own.result(), *(others.result().items or [])]
    return [one for each in every for one in each.spec.sync_windows or []]


async def _application(deps: Deps, asked: NamedArguments) -> tuple[Application, Owner]:
    """The application, and its full name for further calls."""
    app = await deps.argocd.send(application_calls.of(asked.owner))
    return app, Owner(app.metadata.name, app.spec.project, asked.owner.app_namespace)
