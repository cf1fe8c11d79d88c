"""Single facts about an application: a resource as it is, images, commits, links, sync windows."""

import re
import time
from typing import Annotated

from pydantic import Field

from argocd_gitops_mcp.argocd import account, links, revisions, syncing
from argocd_gitops_mcp.argocd import applications as application_calls
from argocd_gitops_mcp.argocd import resources as calls
from argocd_gitops_mcp.argocd.models import Application
from argocd_gitops_mcp.argocd.resources import Owner
from argocd_gitops_mcp.argocd.token import stamp
from argocd_gitops_mcp.argocd.tree import find
from argocd_gitops_mcp.concurrency import Together, in_thread
from argocd_gitops_mcp.effects import Effect
from argocd_gitops_mcp.errors import InvalidArgument, UnknownRevision
from argocd_gitops_mcp.operations._arguments import Detail, NamedArguments, ResourceArguments, Text
from argocd_gitops_mcp.operations._operation import APPLICATION, RESOURCE, Deps, operation
from argocd_gitops_mcp.views import inspection as views
from argocd_gitops_mcp.views import manifests
from argocd_gitops_mcp.views.view import FULL, View

_SHA = re.compile(r"[0-9a-f]{7,40}")


class GetResourceArguments(ResourceArguments):
    detail: Detail = "summary"


@operation("Get a resource", Effect.READ, tool=RESOURCE, limit=FULL // 2)
async def get_resource(deps: Deps, asked: GetResourceArguments) -> View:
    """Show one resource: its live manifest, masked, and what Git would change of it; links, finalizers, owners."""
    async with Together() as group:
        reading = group.start(
            deps.argocd.send(
                application_calls.get(asked.application_name, project=asked.project, app_namespace=asked.app_namespace)
            )
        )
        tree = group.start(deps.argocd.send(calls.tree(asked.owner)))
    app, node = reading.result(), find(tree.result(), asked.wanted(asked.resource_name), asked.application_name)
    declared = any(
        (one.group, one.kind, one.namespace, one.name) == (node.group, node.kind, node.namespace, node.name)
        for one in app.status.resources or []
    )
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
    """List the images that run, and in what; several versions of one at a time are pointed out."""
    app, owner = await _application(deps, asked)
    return views.images(app, await deps.argocd.send(calls.tree(owner)))


class CommitArguments(NamedArguments):
    revision: Annotated[Text | None, Field(description="Commit; else what is deployed and what Git has")] = None


@operation("Get commits", Effect.READ, tool=APPLICATION, verb="commit")
async def get_commit(deps: Deps, asked: CommitArguments) -> View:
    """Show author, date and message of what is deployed and of what Git has now, or of a revision."""
    app, owner = await _application(deps, asked)
    wanted = _commits(app, asked.revision)
    async with Together() as group:
        reading = [
            group.start(deps.argocd.send(revisions.commit(owner, one.sha, source_index=one.source)))
            if _SHA.fullmatch(one.sha)
            else None
            for one in wanted
        ]
    told = [(one, task.result() if task is not None else None) for one, task in zip(wanted, reading, strict=True)]
    return views.commits(app, told, stamp(time.time()))


def _commits(app: Application, revision: str | None) -> list[views.Wanted]:
    """The revisions to tell of, each with what it is to the application."""
    many = bool(app.spec.sources)
    now = app.status.sync.revisions or [app.status.sync.revision]
    last = max(app.status.history or [], key=lambda one: one.id, default=None)
    deployed = last.deployed() if last is not None else []
    if revision is not None:
        targets = {source.target_revision or "HEAD": index for index, source in enumerate(app.sources())}
        if not _SHA.fullmatch(revision) and revision not in targets:
            raise UnknownRevision(
                f"{revision!r} is no commit, and none of the revisions that application {app.metadata.name!r} follows "
                f"({', '.join(targets)}).",
                hint="Give a commit (7 to 40 hexadecimal digits); Argo CD tells of no other branch or tag.",
            )
        sha = now[targets[revision]] if revision in targets and not _SHA.fullmatch(revision) else revision
        if not sha:
            raise InvalidArgument(f"what {revision!r} means is not known: the application was not compared yet.")
        roles = [
            role
            for role, those in (("deployed", deployed), ("in Git now", now))
            if any(one.startswith(sha) for one in those if one)
        ]
        index = next((place for place, one in enumerate(now) if one.startswith(sha)), 0)
        return [
            views.Wanted(sha, " and ".join(roles) or "neither deployed nor what Git has now", index if many else None)
        ]
    found: dict[tuple[str, int | None], str] = {}
    for role, those in (("deployed", deployed), ("in Git now", now)):
        for index, sha in enumerate(those):
            if sha:
                at = (sha, index if many else None)
                found[at] = f"{found[at]} and {role}" if at in found else role
    return [views.Wanted(sha, role, index) for (sha, index), role in found.items()]


@operation("List links", Effect.READ, tool=APPLICATION, verb="links")
async def list_links(deps: Deps, asked: NamedArguments) -> View:
    """List web addresses: in Argo CD, of what it deploys, and the deep links configured for it."""
    app, owner = await _application(deps, asked)
    async with Together() as group:
        known = group.start(deps.argocd.send(links.of_application(owner)))
        settings = group.start(deps.argocd.send(account.settings()))
    return views.links(app, settings.result().url, known.result().items or [])


@operation("Get sync windows", Effect.READ, tool=APPLICATION, verb="windows")
async def get_sync_windows(deps: Deps, asked: NamedArguments) -> View:
    """Show the sync windows that concern it, which are open, and whether it may be synced now."""
    app, owner = await _application(deps, asked)
    return views.windows(app, await deps.argocd.send(syncing.windows(owner)))


async def _application(deps: Deps, asked: NamedArguments) -> tuple[Application, Owner]:
    """The application, and its full name for further calls."""
    app = await deps.argocd.send(application_calls.of(asked.owner))
    return app, Owner(app.metadata.name, app.spec.project, asked.owner.app_namespace)
