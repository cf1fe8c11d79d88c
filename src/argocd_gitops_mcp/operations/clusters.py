"""The clusters that Argo CD deploys to."""

import time
from typing import TYPE_CHECKING

from argocd_gitops_mcp.argocd import clusters as calls
from argocd_gitops_mcp.argocd.clusters import ClusterDetails
from argocd_gitops_mcp.argocd.token import stamp
from argocd_gitops_mcp.effects import Effect
from argocd_gitops_mcp.later import Later
from argocd_gitops_mcp.operations._instance import KnownArguments, absent, nothing, unmatched
from argocd_gitops_mcp.operations._operation import INSTANCE_READING, Deps, operation
from argocd_gitops_mcp.views.view import Lines, View

if TYPE_CHECKING:
    from argocd_gitops_mcp.views import clusters as views
else:
    views = Later("argocd_gitops_mcp.views.clusters")

_RIGHT = ("clusters", "*")


@operation("List clusters", Effect.READ, tool=INSTANCE_READING, verb="clusters")
async def list_clusters(deps: Deps, asked: KnownArguments) -> View:
    """Clusters: connection, version, applications."""
    now = stamp(time.time())
    if asked.name is not None:
        one = await _one(deps, asked.name)
        following = deps.spelled("list_applications", {"cluster": one.name or one.server})
        return asked.narrowed(views.cluster(one, now, following))
    found = (await deps.argocd.send(calls.detailed())).items or []
    if not found:
        return Lines(head=[await nothing(deps, "clusters", _RIGHT)])
    fitting = [one for one in found if asked.fits(*_texts(one))]
    if not fitting:
        return Lines(head=[unmatched("clusters", len(found), asked.query, [one.name for one in found])])
    return views.clusters(fitting, len(found), now)


async def _one(deps: Deps, name: str) -> ClusterDetails:
    """Argo CD filters by name or by address, which spares the other clusters' many bytes."""
    wanted = calls.detailed(server=name) if "://" in name else calls.detailed(name=name)
    found = (await deps.argocd.send(wanted)).items or []
    if found:
        return found[0]
    visible = (await deps.argocd.send(calls.listed())).items or []
    raise await absent(deps, "Cluster", name, (text for one in visible for text in (one.name, one.server)), _RIGHT)


def _texts(one: ClusterDetails) -> list[str]:
    labels = [f"{name}={value}" for name, value in (one.labels or {}).items()]
    return [one.name, one.server, one.project, one.info.connection_state.status or "Unknown", *labels]
