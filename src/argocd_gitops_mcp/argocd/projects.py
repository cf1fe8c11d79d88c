"""AppProjects as far as we read them, and calls on them. Shapes: ProjectService in Argo CD's swagger 3.6."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field, structs

from argocd_gitops_mcp.argocd.call import Call, path, query
from argocd_gitops_mcp.argocd.models import Empty, ObjectMeta
from argocd_gitops_mcp.effects import Effect

# Other than the list of applications, that of projects takes any field.
_FIELDS = "items.metadata.name,items.spec"
_OWN = ("sync_windows", "permit_only_project_scoped_clusters")


class ProjectDestination(Struct):
    """A permitted cluster, by its URL or its name, and namespace; globs, or with `!` in front what is denied."""

    server: str = ""
    name: str = ""
    namespace: str = ""


class GroupKind(Struct):
    group: str = ""
    kind: str = ""


class ClusterKind(Struct):
    """A cluster-scoped kind, or with a name only the objects called so."""

    group: str = ""
    kind: str = ""
    name: str = ""


class ProjectWindow(Struct, rename="camel"):
    """A sync window as the project defines it."""

    kind: str = ""
    schedule: str = ""
    duration: str = ""
    applications: list[str] | None = None
    namespaces: list[str] | None = None
    clusters: list[str] | None = None
    manual_sync: bool = False
    # Filled in where a window is stored; a document may leave it out.
    time_zone: str = "UTC"
    and_operator: bool = False


class ProjectSpec(Struct, rename="camel"):
    source_repos: list[str] | None = None
    destinations: list[ProjectDestination] | None = None
    cluster_resource_whitelist: list[ClusterKind] | None = None
    cluster_resource_blacklist: list[ClusterKind] | None = None
    namespace_resource_whitelist: list[GroupKind] | None = None
    namespace_resource_blacklist: list[GroupKind] | None = None
    sync_windows: list[ProjectWindow] | None = None
    permit_only_project_scoped_clusters: bool = False


class Project(Struct):
    metadata: ObjectMeta
    spec: ProjectSpec = field(default_factory=ProjectSpec)


class ProjectList(Struct):
    """Null where the token may see none, but never absent."""

    items: list[Project] | None


class GlobalProjects(Struct):
    """`{}` where there are none."""

    items: list[Project] | None = None


class OpenWindows(Struct):
    """`{}` where none is open."""

    windows: list[ProjectWindow] | None = None


def listed() -> Call[ProjectList]:
    """Every project the token may see."""
    return Call("GET", path("projects"), ProjectList, "the list of projects", query=query(fields=_FIELDS))


def named(name: str) -> Call[Project]:
    """One project."""
    return Call("GET", path("projects", name), Project, f"project {name!r}")


def whole(name: str) -> Call[dict[str, Any]]:
    """One project with every field: an update has to repeat what it keeps."""
    return Call("GET", path("projects", name), dict[str, Any], f"project {name!r}")


def create(manifest: Mapping[str, Any]) -> Call[dict[str, Any]]:
    """Create; one of the same spec is answered as it is, another one refused."""
    name = str(manifest["metadata"]["name"])
    return Call(
        "POST",
        path("projects"),
        dict[str, Any],
        f"project {name!r}",
        effect=Effect.WRITE,
        body={"project": manifest},
    )


def replace(manifest: Mapping[str, Any]) -> Call[dict[str, Any]]:
    """Replace the whole object; refused where its `resourceVersion` is not the current one."""
    name = str(manifest["metadata"]["name"])
    return Call(
        "PUT",
        path("projects", name),
        dict[str, Any],
        f"project {name!r}",
        effect=Effect.WRITE,
        body={"project": manifest},
    )


def delete(name: str) -> Call[Empty]:
    """Delete; refused while applications in Argo CD's own namespace are of it. Others are not looked at."""
    return Call("DELETE", path("projects", name), Empty, f"project {name!r}", effect=Effect.DESTRUCTIVE)


def global_projects(name: str) -> Call[GlobalProjects]:
    """The projects whose permissions this one has besides its own."""
    return Call("GET", path("projects", name, "globalprojects"), GlobalProjects, f"project {name!r}")


def open_windows(name: str) -> Call[OpenWindows]:
    """The sync windows that are open now, those of global projects left out."""
    return Call("GET", path("projects", name, "syncwindows"), OpenWindows, f"project {name!r}")


def merged(own: ProjectSpec, others: list[ProjectSpec]) -> ProjectSpec:
    """What a project permits together with its global projects: mergeVirtualProject of Argo CD's util/argo.

    Its sync windows stay its own: which of the others' are open it does not tell.
    """
    lists = [name for name in ProjectSpec.__struct_fields__ if name not in _OWN]
    parts = {name: _joined([getattr(one, name) for one in (own, *others)]) for name in lists}
    return structs.replace(own, **parts)


def _joined(lists: list[list[Any] | None]) -> list[Any] | None:
    return None if all(one is None for one in lists) else [item for one in lists for item in one or ()]
