"""Kubernetes events of an application and of what it consists of."""

import time

from argocd_gitops_mcp.argocd import resources as calls
from argocd_gitops_mcp.argocd.token import stamp
from argocd_gitops_mcp.argocd.tree import descendants, find, nodes
from argocd_gitops_mcp.concurrency import Together
from argocd_gitops_mcp.effects import Effect
from argocd_gitops_mcp.operations import _events
from argocd_gitops_mcp.operations._arguments import Limit, ResourceFilter, need_live
from argocd_gitops_mcp.operations._operation import RESOURCE, Deps, operation
from argocd_gitops_mcp.views import events as views
from argocd_gitops_mcp.views.view import View

_MOST = 40
"""Resources that are asked for: one request each."""


class EventArguments(ResourceFilter):
    limit: Limit = 30


@operation("Get resource events", Effect.READ, tool=RESOURCE)
async def get_resource_events(deps: Deps, asked: EventArguments) -> View:
    """Show Kubernetes events, worst first, of a resource and what it owns, else of all."""
    notes: list[str] = []
    if asked.resource_name is None:
        async with Together() as group:
            tree = group.start(deps.argocd.send(calls.tree(asked.owner)))
            own = group.start(deps.argocd.send(calls.events(asked.owner)))
        wanted, about = nodes(tree.result()), asked.owner.about
        found = {f"Application/{asked.application_name}": list(own.result().items or [])}
    else:
        everything = await deps.argocd.send(calls.tree(asked.owner))
        root = find(everything, asked.wanted(asked.resource_name), asked.application_name)
        need_live(root, "events")
        wanted, about = list(descendants(everything, root)), f"{calls.describe(root)} of {asked.owner.about}"
        found = {}
    chosen = _events.worth_asking(wanted)
    if len(chosen) > _MOST:
        notes.append(f"{_MOST} of {len(chosen)} resources asked for events, the worst first; name one for the others")
    read, unread = await _events.read(deps, asked.owner, chosen[:_MOST], strict=asked.resource_name is not None)
    for (_, kind, _, name), events in read.items():
        found.setdefault(f"{kind}/{name}", []).extend(events)
    return views.events(about, found, asked.limit, stamp(time.time()), [*notes, *unread])
