"""Clusters as far as we read them, and calls on them. Shapes: ClusterService in Argo CD's swagger 3.6."""

from msgspec import Struct, field

from argocd_gitops_mcp.argocd.call import Call, path


class ConnectionState(Struct):
    """`status` is Successful, Failed, or Unknown of a cluster that nothing is deployed to."""

    status: str = ""
    message: str = ""


class Cluster(Struct, rename="camel"):
    """Without `info`, which is nearly all of it: the API versions that it serves."""

    server: str = ""
    name: str = ""
    project: str = ""
    connection_state: ConnectionState = field(default_factory=ConnectionState)


class ClusterList(Struct):
    """Null where the token may see none, but never absent."""

    items: list[Cluster] | None


def listed() -> Call[ClusterList]:
    """Every cluster the token may see; Argo CD's own is among them unless it is switched off."""
    return Call("GET", path("clusters"), ClusterList, "the list of clusters")
