"""What a sync would do, found by reading: manifests rendered now, beside what Argo CD last compared."""

from collections.abc import Mapping, Sequence
from typing import Any

from argocd_gitops_mcp.argocd import applications as calls
from argocd_gitops_mcp.argocd import ownership, resources
from argocd_gitops_mcp.argocd.call import Call
from argocd_gitops_mcp.argocd.resource_models import ManagedResource, Node
from argocd_gitops_mcp.argocd.resources import Owner
from argocd_gitops_mcp.concurrency import Together
from argocd_gitops_mcp.operations._operation import Deps
from argocd_gitops_mcp.operations._standing import Standing, windows
from argocd_gitops_mcp.views import manifests, pending
from argocd_gitops_mcp.views.plans import Preview
from argocd_gitops_mcp.views.text import revision as shortened

_DRIFTED = 20
"""Resources whose live differences are read; each takes a request."""


async def rendered(deps: Deps, owner: Owner, revision: str | None, revisions: list[str] | None) -> list[dict[str, Any]]:
    """The manifests at these revisions, from Git and not from a cache.

    Raises:
        UnknownRevision: there is no such one.
    """
    found = await deps.argocd.send(
        calls.manifests(
            owner.name,
            revision=revision,
            revisions=revisions,
            project=owner.project,
            app_namespace=owner.app_namespace,
        )
    )
    return [manifests.parse(text) for text in found.manifests or []]


async def preview(
    deps: Deps,
    found: Standing,
    call: Call[Any],
    *,
    revision: str | None,
    revisions: list[str] | None,
    chosen: Sequence[Mapping[str, str]] | None,
    prune: bool,
) -> Preview:
    """The preview of a sync by this call."""
    app, owner = found.app, found.owner
    async with Together() as group:
        wanted = group.start(rendered(deps, owner, revision, revisions))
        compared = group.start(deps.argocd.send(resources.managed(owner, states=("targetState",))))
    objects, items = wanted.result(), compared.result().items or []
    what = pending.pending(objects, items, chosen)
    drifted = await _drift(deps, owner, what.drifted[:_DRIFTED])
    more = [f"{one.kind}/{one.name} (live): differs" for one in what.drifted[_DRIFTED:]]
    changes = [f"{one}: created" for one in what.created] + what.changed + drifted + more
    if what.hooks:
        changes.append(f"hooks run: {', '.join(what.hooks)}")
    at = ", ".join(shortened(one) for one in revisions or ([revision] if revision else [])) or ", ".join(
        source.target_revision or "HEAD" for source in app.sources()
    )
    sync = call.body if isinstance(call.body, dict) else {}
    asked = {"prune": prune, "force": "strategy" in sync, "dry run": "dryRun" in sync}
    switches = ", ".join(name for name, on in asked.items() if on)
    left = f"Left in the cluster, no longer in Git: {', '.join(what.left)}"
    return Preview(
        call,
        f"Sync application {owner.name!r} to {at}{f' with {switches}' if switches else ''}: "
        f"{len(what.created)} created, {len(what.changed) + len(what.drifted)} changed, {what.unchanged} unchanged",
        {
            "spec": app.spec,
            "changes": [*changes, what.unchanged],
            "removes": what.left,
            "manifests": objects,
            "history": [one.id for one in app.status.history or []],
        },
        changes=changes,
        removes=what.left if prune else [],
        warnings=[left] if what.left and not prune else [],
        windows=windows(found.windows) if found.windows is not None else [],
        rights=[f"{one}: {one.answer}" for one in found.rights],
        owner=str(ownership.owner(app) or ""),
        resource_version=app.metadata.resource_version,
    )


async def _drift(deps: Deps, owner: Owner, drifted: Sequence[ManagedResource]) -> list[str]:
    states = ("normalizedLiveState", "predictedLiveState")
    async with Together() as group:
        asked = [
            group.start(deps.argocd.send(resources.managed(owner, states=states, node=_node(one)))) for one in drifted
        ]
    return [
        pending.drift(item)
        for one, answer in zip(drifted, asked, strict=True)
        for item in answer.result().items or []
        if (item.namespace, item.name) == (one.namespace, one.name)
    ]


def _node(one: ManagedResource) -> Node:
    return Node(group=one.group, kind=one.kind, namespace=one.namespace, name=one.name)
