"""Clusters as far as we read them, and calls on them. Shapes: ClusterService in Argo CD's swagger 3.6."""

from msgspec import Struct, field

from argocd_gitops_mcp.argocd.call import Call, path, query


class ConnectionState(Struct, rename="camel"):
    """`status` is Successful, Failed, or Unknown of a cluster that nothing is deployed to."""

    status: str = ""
    message: str = ""
    attempted_at: str | None = None


class Cluster(Struct, rename="camel"):
    """Without `info`, which is nearly all of it: the API versions that it serves."""

    server: str = ""
    name: str = ""
    project: str = ""
    connection_state: ConnectionState = field(default_factory=ConnectionState)


class ClusterList(Struct):
    """Null where the token may see none, but never absent."""

    items: list[Cluster] | None


class Cached(Struct, rename="camel"):
    """What the controller holds of a cluster; `{}` where it never read it."""

    resources_count: int = 0
    apis_count: int = 0
    last_cache_sync_time: str | None = None


class ClusterInfo(Struct, rename="camel"):
    """Its `apiVersions`, nearly all of the answer, are skipped while it is read."""

    connection_state: ConnectionState = field(default_factory=ConnectionState)
    server_version: str = ""
    cache_info: Cached = field(default_factory=Cached)
    applications_count: int = 0


class ClusterDetails(Struct, rename="camel"):
    """A cluster as it is registered, and how it is.

    `namespaces` limits what Argo CD reads of it; cluster-scoped objects are then only read with `cluster_resources`.
    """

    server: str = ""
    name: str = ""
    project: str = ""
    info: ClusterInfo = field(default_factory=ClusterInfo)
    namespaces: list[str] | None = None
    cluster_resources: bool = False
    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None
    shard: int | None = None


class ClusterDetailsList(Struct):
    """Null where the token may see none, but never absent."""

    items: list[ClusterDetails] | None


def listed() -> Call[ClusterList]:
    """Every cluster the token may see; Argo CD's own is among them unless it is switched off."""
    return Call("GET", path("clusters"), ClusterList, "the list of clusters")


def detailed(*, name: str = "", server: str = "") -> Call[ClusterDetailsList]:
    """The same with all that is told of them; with a name or a server address the one that has it, or none.

    To ask for one by its own path answers a bare 403 both for a missing and for a forbidden one.
    """
    return Call(
        "GET", path("clusters"), ClusterDetailsList, "the list of clusters", query=query(name=name, server=server)
    )
