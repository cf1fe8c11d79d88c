"""What an AppProject permits, as Argo CD 3.6 finds it (app_project_types.go of its v1alpha1). Pure.

A pattern with `!` in front denies what it matches, whatever else permits it; what it does not match it permits, so that
`!x` alone permits everything else.
"""

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from argocd_gitops_mcp.argocd import git_urls
from argocd_gitops_mcp.argocd.clusters import Cluster
from argocd_gitops_mcp.argocd.globs import matches
from argocd_gitops_mcp.argocd.projects import ClusterKind, GroupKind, ProjectDestination, ProjectSpec


def permits_source(project: ProjectSpec, url: str) -> bool:
    """Whether its applications may deploy from this repository (IsSourcePermitted)."""
    wanted = git_urls.normal(url)
    found = False
    for pattern in project.source_repos or ():
        denies = pattern.startswith("!")
        plain = git_urls.normal(pattern.removeprefix("!"))
        if _fits(f"!{plain}" if denies else plain, wanted, "/"):
            found = True
        elif denies:
            return False
    return found


def permits_destination(project: ProjectSpec, name: str, cluster: Cluster, namespace: str) -> bool:
    """Whether its applications may deploy into this namespace (IsDestinationPermitted).

    Args:
        project: what it permits.
        name: of the project.
        cluster: the cluster as Argo CD knows it, with URL and name.
        namespace: the destination's; '' where it has none.
    """
    if project.permit_only_project_scoped_clusters and cluster.project != name:
        return False
    return _destination_fits(project.destinations or (), cluster, namespace)


def _destination_fits(destinations: Iterable[ProjectDestination], cluster: Cluster, namespace: str) -> bool:
    found = False
    for one in destinations:
        name = bool(cluster.name) and _fits(one.name, cluster.name)
        server = bool(cluster.server) and _fits(one.server, cluster.server)
        is_in_namespace = _fits(one.namespace, namespace)
        if (server or name) and is_in_namespace:
            found = True
            continue
        is_cluster_denied = (not name and one.name.startswith("!")) or (not server and one.server.startswith("!"))
        if is_cluster_denied and is_in_namespace:
            return False
        if not is_in_namespace and one.namespace.startswith("!") and server:
            return False
    return found


def permits_kind(project: ProjectSpec, group: str, kind: str, name: str, *, is_namespaced: bool) -> bool:
    """Whether its applications may deploy objects of this kind (IsGroupKindNamePermitted)."""
    if is_namespaced:
        allowed = project.namespace_resource_whitelist
        is_allowed = allowed is None or _is_listed(allowed, group, kind)
        return is_allowed and not _is_listed(project.namespace_resource_blacklist or (), group, kind)
    is_allowed = _is_named(project.cluster_resource_whitelist or (), group, kind, name)
    return is_allowed and not _is_named(project.cluster_resource_blacklist or (), group, kind, name)


def _is_listed(kinds: Sequence[GroupKind], group: str, kind: str) -> bool:
    return any(_is_path_match(one.kind, kind) and _is_path_match(one.group, group) for one in kinds)


def _is_named(kinds: Sequence[ClusterKind], group: str, kind: str, name: str) -> bool:
    return any(
        _is_path_match(one.kind, kind)
        and _is_path_match(one.group, group)
        and (not one.name or _is_path_match(one.name, name))
        for one in kinds
    )


def _is_path_match(pattern: str, text: str) -> bool:
    """By Go's filepath.Match, whose classes are denied with `^`; kinds, groups and names hold no slash."""
    return fnmatchcase(text, pattern.replace("[^", "[!"))


def _fits(pattern: str, text: str, separator: str = "") -> bool:
    """By globMatch, with negation."""
    if pattern.startswith("!"):
        return not matches(pattern[1:], text, separator)
    return pattern == "*" or matches(pattern, text, separator)
