"""House rules over where an application goes, and what its syncs may do. Pure."""

from collections.abc import Iterable, Iterator

from argocd_gitops_mcp.gitops.documents import Document
from argocd_gitops_mcp.gitops.rules.declared import BOTH, declared
from argocd_gitops_mcp.gitops.rules.rule import APPLICATION, Hit, rule
from argocd_gitops_mcp.gitops.rules.shape import is_templated, items, mapping, text
from argocd_gitops_mcp.gitops.rules.surroundings import Surroundings

_FINALIZER = "resources-finalizer.argocd.argoproj.io"
_WHOLE = ("", "/spec", "/data", ".", ".spec", ".data")
_SHOWN = 5


@rule(
    "destination-cluster",
    "error",
    BOTH,
    "A destination has both server and name, or neither",
    why="Argo CD finds the spec invalid: it does not know the cluster.",
    remedy="Give server (the cluster's URL) or name. Argo CD's own is https://kubernetes.default.svc, or in-cluster.",
)
def destination_cluster(document: Document, _: Surroundings) -> Iterator[Hit]:
    """Destinations that name no cluster, or two."""
    app = declared(document)
    destination = app.spec.get("destination")
    if not isinstance(destination, dict):
        return  # the schema's
    server, name = destination.get("server"), destination.get("name")
    if server and name:
        yield (*app.at, "destination", "name"), "both server and name are given: keep one of them"
    elif not server and not name:
        yield (*app.at, "destination"), "the destination names no cluster: give server or name"


@rule(
    "missing-namespace",
    "warning",
    BOTH,
    "An application has no destination namespace",
    why="Manifests without a namespace of their own then cannot be synced.",
    remedy="Set spec.destination.namespace, also where every manifest names its own: projects are checked against it.",
)
def missing_namespace(document: Document, _: Surroundings) -> Iterator[Hit]:
    """Destinations without a namespace."""
    app = declared(document)
    destination = app.spec.get("destination")
    if isinstance(destination, dict) and not destination.get("namespace"):
        where = (*app.at, "destination", "namespace")
        yield where, "the destination has no namespace: manifests without their own cannot be synced"


@rule(
    "default-project",
    "warning",
    BOTH,
    "A production application is in the default project",
    why="Unless it was restricted, that project allows every repository, cluster and kind.",
    remedy="Give the application a project of its team that allows just what it needs.",
)
def default_project(document: Document, around: Surroundings) -> Iterator[Hit]:
    """Production in the project that allows everything."""
    app = declared(document)
    if app.spec.get("project") == "default" and app.is_production(document, around):
        yield (*app.at, "project"), "production is in the default project: give it one that allows just what it needs"


@rule(
    "unknown-project",
    "info",
    BOTH,
    "An application's project is not among those of the set",
    why="If nobody else makes it, Argo CD refuses the application.",
    remedy="Check the name, or add the AppProject.",
)
def unknown_project(document: Document, around: Surroundings) -> Iterator[Hit]:
    """Projects that nobody declares where projects are declared."""
    app = declared(document)
    project = text(app.spec, "project")
    if around.projects and project not in {*around.projects, "", "default"} and not is_templated(project):
        yield (*app.at, "project"), f"no AppProject `{project}` is declared here; there are {_listed(around.projects)}"


def _listed(names: Iterable[str]) -> str:
    known = sorted(names)
    return ", ".join([*known[:_SHOWN], *(["..."] if len(known) > _SHOWN else [])])


@rule(
    "allow-empty",
    "warning",
    BOTH,
    "Automated pruning may delete everything (allowEmpty)",
    why="A render of nothing, as after a renamed folder, then deletes all that runs.",
    remedy="Remove allowEmpty; to take an application away, delete the application.",
)
def allow_empty(document: Document, _: Surroundings) -> Iterator[Hit]:
    """The safety catch of pruning, taken off."""
    app = declared(document)
    automated = mapping(app.spec, "syncPolicy", "automated")
    if automated.get("prune") is True and automated.get("allowEmpty") is True and automated.get("enabled") is not False:
        where = (*app.at, "syncPolicy", "automated", "allowEmpty")
        yield where, "with prune and allowEmpty, a render of nothing deletes everything: remove allowEmpty"


@rule(
    "missing-finalizer",
    "info",
    (APPLICATION,),
    "An Application has no resources finalizer",
    why="Deleting the Application with kubectl, or from Git, then leaves all that it deployed running, unmanaged.",
    remedy=f"Add {_FINALIZER} to metadata.finalizers, unless its resources are to survive it.",
)
def missing_finalizer(document: Document, _: Surroundings) -> Iterator[Hit]:
    """Applications whose deletion leaves everything behind."""
    finalizers = items(document.value, "metadata", "finalizers")
    if not any(isinstance(one, str) and one.partition("/")[0] == _FINALIZER for one in finalizers):
        yield ("metadata",), f"without the finalizer {_FINALIZER}, its deletion leaves its resources running"


@rule(
    "ignored-object",
    "warning",
    BOTH,
    "ignoreDifferences covers whole objects",
    why="Argo CD says Synced whatever is live, and with RespectIgnoreDifferences never updates it.",
    remedy="Name the fields that something else owns, such as /spec/replicas.",
)
def ignored_object(document: Document, _: Surroundings) -> Iterator[Hit]:
    """Differences that are all ignored."""
    app = declared(document)
    for index, one in enumerate(items(app.spec, "ignoreDifferences")):
        for kind in ("jsonPointers", "jqPathExpressions"):
            for place, pointer in enumerate(items(one, kind)):
                if isinstance(pointer, str) and pointer in _WHOLE:
                    where = (*app.at, "ignoreDifferences", index, kind, place)
                    yield where, f"`{pointer}` ignores the whole object: name the fields that something else owns"


@rule(
    "default-namespace",
    "info",
    BOTH,
    "An application deploys into the namespace default",
    why="It has no owner and no limits of its own, and everybody's objects meet there.",
    remedy="Use a namespace of the application's own.",
)
def default_namespace(document: Document, _: Surroundings) -> Iterator[Hit]:
    """Deployments into `default`."""
    app = declared(document)
    if text(app.spec, "destination", "namespace") == "default":
        yield (*app.at, "destination", "namespace"), "it deploys into the namespace default: give it its own"
