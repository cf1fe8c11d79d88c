"""House rules over AppProjects, and over what they allow the applications of the set. Pure."""

import re
from collections.abc import Iterator
from typing import Any

from argocd_gitops_mcp.gitops.documents import Document
from argocd_gitops_mcp.gitops.rules.declared import BOTH, declared
from argocd_gitops_mcp.gitops.rules.globs import may_match
from argocd_gitops_mcp.gitops.rules.rule import PROJECT, Hit, rule
from argocd_gitops_mcp.gitops.rules.schedules import is_duration, refusal
from argocd_gitops_mcp.gitops.rules.shape import Path, is_templated, items, mapping, text
from argocd_gitops_mcp.gitops.rules.surroundings import Surroundings

_ANY = ("*", "**")
_OWN_CLUSTER = ("https://kubernetes.default.svc", "in-cluster")
_LONGEST = 255


@rule(
    "wildcard-source",
    "warning",
    (PROJECT,),
    "A project allows every repository",
    why="Whoever may create applications in it can deploy anything from anywhere. `!` allows all it does not name.",
    remedy="List the team's repositories, such as https://git.example.com/shop/*; deny by leaving out.",
)
def wildcard_source(document: Document, _: Surroundings) -> Iterator[Hit]:
    """Projects open to every source."""
    for index, one in enumerate(items(document.value, "spec", "sourceRepos")):
        if one in _ANY:
            yield ("spec", "sourceRepos", index), "every repository is allowed: list those of the team"
        elif isinstance(one, str) and one.startswith("!") and one != "!*":
            # Seen with IsSourcePermitted of Argo CD 3.6.1, whose documentation says otherwise.
            yield ("spec", "sourceRepos", index), f"`{one}` allows every repository that it does not name: leave it out"


@rule(
    "wildcard-destination",
    "warning",
    (PROJECT,),
    "A project allows every namespace of every cluster, or of Argo CD's own",
    why="Its applications can then write into Argo CD's own namespace and everybody's, and so become administrator.",
    remedy="Name the clusters, and namespaces by prefix, such as shop-*.",
)
def wildcard_destination(document: Document, _: Surroundings) -> Iterator[Hit]:
    """Projects open to every destination."""
    for index, one in enumerate(items(document.value, "spec", "destinations")):
        namespace, server = text(one, "namespace"), text(one, "server") or text(one, "name")
        is_any_server = server in _ANY or server.startswith("!")
        if "!*" in (namespace, server) or not (is_any_server or server in _OWN_CLUSTER):
            continue
        if namespace in _ANY or namespace.startswith("!"):
            which = "every cluster" if is_any_server else "Argo CD's own cluster"
            but = " but what `!` names" if "!" in namespace + server else ""
            where = ("spec", "destinations", index)
            yield where, f"every namespace of {which}{but} is allowed: name those of the team"


@rule(
    "wildcard-cluster-resources",
    "warning",
    (PROJECT,),
    "A project allows every cluster-scoped kind",
    why="That includes ClusterRoleBindings, CRDs and admission webhooks: the whole cluster.",
    remedy="List the kinds that are needed, such as Namespace.",
)
def wildcard_cluster_resources(document: Document, _: Surroundings) -> Iterator[Hit]:
    """Projects open to every cluster-scoped kind."""
    for index, one in enumerate(items(document.value, "spec", "clusterResourceWhitelist")):
        if text(one, "group") == "*" and text(one, "kind") == "*":
            yield ("spec", "clusterResourceWhitelist", index), "every cluster-scoped kind is allowed: list those needed"


@rule(
    "missing-description",
    "info",
    (PROJECT,),
    "A project has no description",
    why="Nobody sees whose it is and what it is for.",
    remedy="Set spec.description.",
)
def missing_description(document: Document, _: Surroundings) -> Iterator[Hit]:
    """Projects that do not say what they are for."""
    if mapping(document.value, "spec") and not text(document.value, "spec", "description"):
        yield ("spec",), "the project has no description: say whose it is and what for"


@rule(
    "invalid-project",
    "error",
    (PROJECT,),
    "A project has entries twice, or a pattern `!*`",
    why="Argo CD takes it from Git, but its API refuses every later change of the project.",
    remedy="Remove what is there twice; deny by leaving out.",
)
def invalid_project(document: Document, _: Surroundings) -> Iterator[Hit]:
    """What ValidateProject of Argo CD refuses, beside policies and windows."""
    spec = mapping(document.value, "spec")
    keyed: dict[str, list[tuple[str, bool]]] = {
        "sourceRepos": [(one, one == "!*") for one in items(spec, "sourceRepos") if isinstance(one, str)],
        "sourceNamespaces": [(one, False) for one in items(spec, "sourceNamespaces") if isinstance(one, str)],
        "destinations": [
            (
                f"{text(one, 'server') or text(one, 'name')} {text(one, 'namespace')}",
                "!*" in (text(one, "server"), text(one, "name"), text(one, "namespace")),
            )
            for one in items(spec, "destinations")
        ],
        "roles": [(text(one, "name"), False) for one in items(spec, "roles")],
    }
    for name, entries in keyed.items():
        seen: set[str] = set()
        for index, (key, denies_all) in enumerate(entries):
            if denies_all:
                yield ("spec", name, index), "`!*` is refused by Argo CD"
            elif key in seen:
                yield ("spec", name, index), f"`{key.strip()}` is there already: remove one"
            seen.add(key)


@rule(
    "sync-window",
    "error",
    (PROJECT,),
    "A sync window is none that Argo CD can read",
    why="Its API refuses the project; where the project comes from Git, what the window matches is never synced.",
    remedy='Give kind, a schedule ("0 22 * * 5"), a duration (60h; Go knows no days), and what it is for.',
)
def sync_window(document: Document, _: Surroundings) -> Iterator[Hit]:
    """What InlineSyncWindow.Validate and ValidateProject of Argo CD refuse."""
    for index, one in enumerate(items(document.value, "spec", "syncWindows")):
        if not isinstance(one, dict):
            continue
        where: Path = ("spec", "syncWindows", index)
        if text(one, "kind") not in {"allow", "deny"}:
            yield (*where, "kind"), "kind is allow or deny"
        if why := refusal(text(one, "schedule")):
            yield (*where, "schedule"), f"no such schedule: {why}"
        if not is_duration(text(one, "duration")):
            yield (
                (*where, "duration"),
                f"`{text(one, 'duration')}` is no duration: write hours and minutes, as in 1h30m",
            )
        if not any(items(one, name) for name in ("applications", "namespaces", "clusters")):
            yield where, "the window is for nothing: give applications, namespaces or clusters"
        if len(text(one, "description")) > _LONGEST:
            yield (*where, "description"), f"the description is longer than {_LONGEST} characters"


def _normal(url: str) -> str:
    bare = url.lower().strip().removesuffix("/").removesuffix(".git").removeprefix("ssh://")
    return re.sub(r"^([^/@:]+@[^/:]+):(?!\d+/)", r"\1/", bare)


def _entries(project: Document, name: str) -> list[Any]:
    return items(project.value, "spec", name)


@rule(
    "source-not-allowed",
    "error",
    BOTH,
    "An application's repository is not among those that its project allows",
    why="Argo CD finds the application's spec invalid.",
    remedy="Add the repository to the AppProject's sourceRepos, or use one that it allows.",
)
def source_not_allowed(document: Document, around: Surroundings) -> Iterator[Hit]:
    """Repositories that the project of the set refuses."""
    app = declared(document)
    project = around.projects.get(text(app.spec, "project"))
    if project is None:
        return
    given = [one for one in _entries(project, "sourceRepos") if isinstance(one, str)]
    if any(one.startswith("!") for one in given):
        return  # allows whatever it does not deny
    allowed = [_normal(one) for one in given]
    for path, source in app.sources():
        url = text(source, "repoURL")
        if url and not is_templated(url) and not any(may_match(glob, _normal(url), "/") for glob in allowed):
            yield (*path, "repoURL"), f"AppProject `{project.name}` does not allow this repository"


@rule(
    "destination-not-allowed",
    "error",
    BOTH,
    "An application's destination is not among those that its project allows",
    why="Argo CD finds the application's spec invalid.",
    remedy="Add the destination to the AppProject, or use one that it allows.",
)
def destination_not_allowed(document: Document, around: Surroundings) -> Iterator[Hit]:
    """Destinations that the project of the set refuses, where server and server or name and name can be compared."""
    app = declared(document)
    project = around.projects.get(text(app.spec, "project"))
    destination = mapping(app.spec, "destination")
    namespace = text(destination, "namespace")
    if project is None or not namespace or is_templated(namespace):
        return
    if not any(_may_allow(one, destination) for one in _entries(project, "destinations")):
        where = (*app.at, "destination", "namespace")
        yield where, f"AppProject `{project.name}` does not allow namespace `{namespace}` on this cluster"


def _may_allow(entry: Any, destination: dict[str, Any]) -> bool:
    if any(text(entry, key).startswith("!") for key in ("server", "name", "namespace")):
        return True  # allows whatever it does not deny
    if not may_match(text(entry, "namespace"), text(destination, "namespace")):
        return False
    for key in ("server", "name"):
        given, glob = text(destination, key), text(entry, key)
        if given and glob and not is_templated(given):
            return may_match(glob.rstrip("/"), given.rstrip("/"))
    return True
