"""What stands against the applications and projects of a change in an Argo CD as it is. Pure."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from argocd_gitops_mcp import names
from argocd_gitops_mcp.argocd.applicationsets import ApplicationSet
from argocd_gitops_mcp.argocd.clusters import Cluster
from argocd_gitops_mcp.argocd.models import Application, Destination
from argocd_gitops_mcp.argocd.permission import permits_destination, permits_source
from argocd_gitops_mcp.argocd.projects import ProjectDestination, ProjectSpec, ProjectWindow
from argocd_gitops_mcp.argocd.windows import blocked
from argocd_gitops_mcp.gitops.findings import Finding
from argocd_gitops_mcp.operations._announced import Announced, Announcement
from argocd_gitops_mcp.views.redaction import masked_line

RULES: Mapping[str, str] = MappingProxyType(
    {
        "nonexistent-project": "An application's project that Argo CD does not have, and the change does not bring.",
        "source-not-permitted": "A repository that the application's project does not permit.",
        "destination-not-permitted": "A cluster or namespace that the application's project does not permit.",
        "unknown-cluster": "A destination that is no cluster of Argo CD's, or more than one.",
        "unreachable-cluster": "A cluster that Argo CD cannot reach at present.",
        "already-exists": "An Application, AppProject or ApplicationSet that Argo CD has: the merge updates it.",
        "name-taken": "An application of this name is in another project, and would be moved.",
        "sync-blocked": "A sync window of the project keeps the application from syncing now.",
        "project-breaks-applications": "An AppProject that no longer permits what applications of it have.",
    }
)
"""What each rule of this room finds."""

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Standing:
    """A project as it will be.

    Args:
        spec: with what its global projects add.
        is_of_change: whether it comes with the change.
        are_open: its sync windows that are open; None where that is not known.
    """

    spec: ProjectSpec
    is_of_change: bool = False
    are_open: Sequence[ProjectWindow] | None = None


@dataclass(frozen=True, slots=True)
class Live:
    """An Argo CD as it is, as far as the token may see it.

    Args:
        before: the projects that are there, with what their global projects add.
        projects: those that will be.
        hidden_projects: names that the token may not look at.
        clusters: that it may see.
        sees_clusters: whether these are all.
        applications: that it may see.
        sets: that it may see.
    """

    before: Mapping[str, ProjectSpec] = field(default_factory=dict)
    projects: Mapping[str, Standing] = field(default_factory=dict)
    hidden_projects: Collection[str] = ()
    clusters: Sequence[Cluster] = ()
    sees_clusters: bool = True
    applications: Sequence[Application] = ()
    sets: Sequence[ApplicationSet] = ()

    def having(self, destination: Destination) -> list[Cluster]:
        """The clusters that a destination names."""
        if destination.server:
            server = destination.server.rstrip("/")
            return [one for one in self.clusters if one.server.rstrip("/") == server]
        return [one for one in self.clusters if destination.name and one.name == destination.name]

    def called(self, name: str, namespace: str) -> list[Application]:
        """The applications of a name; without a namespace, of every one."""
        return [
            one for one in self.applications if one.metadata.name == name and namespace in ("", one.metadata.namespace)
        ]

    def made_by(self, name: str, namespace: str) -> frozenset[str] | None:
        """The applications that a set has made; None where there is no such set."""
        for one in self.sets:
            if one.metadata.name == name and namespace in ("", one.metadata.namespace):
                return frozenset(made.name for made in one.status.resources or ())
        return None


def application(one: Announced, live: Live) -> Iterator[Finding]:
    """What stands against one application: its project, and what that permits; its cluster; its name; the time."""
    yield from _name(one, live)
    yield from _cluster(one, live)
    if not one.project:
        return
    project = live.projects.get(one.project)
    if project is None:
        if one.project not in live.hidden_projects:
            near = names.nearest(one.project, live.projects, 3)
            said = f"; did you mean {listed(near)}?" if near else ""
            yield one.finding(
                "nonexistent-project", "error", f"Argo CD has no AppProject `{one.project}`{said}", "project"
            )
        return
    yield from _sources(one, project)
    yield from _destination(one, project, live)
    yield from _window(one, project)


def _name(one: Announced, live: Live) -> Iterator[Finding]:
    there = live.called(one.name, one.namespace) if one.name else []
    if not there:
        return
    own = live.made_by(one.document.name, one.document.namespace) or frozenset() if one.of_set else frozenset()
    if one.name in own:
        return
    where = [*one.declared.metadata, "name"]
    here = [app for app in there if app.spec.project == one.project]
    if not here and one.project:
        said = (
            f"an application `{one.name}` is in project `{there[0].spec.project}` already, and would be moved to "
            f"`{one.project}`: choose another name, unless that is meant"
        )
        yield one.document.finding("name-taken", "error", said, *where)
    elif one.of_set:
        said = f"an application `{one.name}` exists that is not of this set, which would take it over"
        yield one.document.finding("already-exists", "warning", said, *where)
    else:
        yield one.document.finding("already-exists", "info", "it exists in Argo CD: the merge updates it", *where)


def _cluster(one: Announced, live: Live) -> Iterator[Finding]:
    wanted = one.destination
    given = wanted.server or wanted.name
    if not given or not one.is_placed or (wanted.server and wanted.name):
        return  # the house rules say so
    where = ("destination", "server" if wanted.server else "name")
    found = live.having(wanted)
    if len(found) > 1:
        servers = listed(cluster.server for cluster in found)
        said = f"{len(found)} clusters are called `{given}` ({servers}): give the server instead"
        yield one.finding("unknown-cluster", "error", said, *where)
    elif not found and live.sees_clusters:
        known = listed(cluster.server if wanted.server else cluster.name for cluster in live.clusters)
        yield one.finding("unknown-cluster", "error", f"Argo CD has no cluster `{given}`; it has {known}", *where)
    elif found and found[0].connection_state.status == "Failed":
        why = masked_line(found[0].connection_state.message, 200)
        said = f"Argo CD cannot reach cluster `{given}` at present" + (f', it says "{why}"' if why else "")
        yield one.finding("unreachable-cluster", "warning", said, *where)


def _sources(one: Announced, project: Standing) -> Iterator[Finding]:
    for source in one.sources():
        if source.url and not permits_source(project.spec, source.url):
            said = f"{_called(one, project)} does not permit this repository; it permits "
            said += listed(project.spec.source_repos or ()) or "none"
            yield one.document.finding("source-not-permitted", "error", said, *source.at, "repoURL")


def _destination(one: Announced, project: Standing, live: Live) -> Iterator[Finding]:
    found = live.having(one.destination)
    if len(found) != 1 or not one.is_placed:
        return
    namespace = one.destination.namespace
    if permits_destination(project.spec, one.project, found[0], namespace):
        return
    place = f"namespace `{namespace}`" if namespace else "a destination without namespace"
    said = f"{_called(one, project)} does not permit {place} on `{found[0].name or found[0].server}`; it permits "
    said += listed(map(_place, project.spec.destinations or ())) or "no destination"
    if project.spec.permit_only_project_scoped_clusters and found[0].project != one.project:
        said += ", and only clusters that are registered for it"
    yield one.finding("destination-not-permitted", "error", said, "destination")


def _place(one: ProjectDestination) -> str:
    clusters = " or ".join(part for part in (one.server, one.name) if part)
    return f"{one.namespace or '(none)'} on {clusters or '(none)'}"


def _window(one: Announced, project: Standing) -> Iterator[Finding]:
    if project.are_open is None or not one.name:
        return
    found = blocked(project.spec.sync_windows or (), project.are_open, one.name, one.destination)
    if found is None:
        return
    windows = listed(f"`{window.schedule}` for {window.duration}" for window in found.windows)
    reason = f"deny window {windows} is open" if found.is_denied else f"allow window {windows} is closed"
    if found.may_sync_by_hand:
        said = f"it syncs by hand only at present: {reason}"
        yield one.finding("sync-blocked", "info", said, "project")
    else:
        yield one.finding("sync-blocked", "warning", f"it cannot sync at present: {reason}", "project")


def _called(one: Announced, project: Standing) -> str:
    return f"AppProject `{one.project}`" + (" of this change" if project.is_of_change else "")


def projects(change: Announcement, live: Live) -> Iterator[Finding]:
    """What stands against the projects of a change."""
    for name, (document, _) in change.projects.items():
        old = live.before.get(name)
        if old is None:
            continue
        said = "it exists in Argo CD: the merge updates it"
        yield document.finding("already-exists", "info", said, "metadata", "name")
        changed = {(one.name, one.namespace) for one in change.applications}
        broken = [
            f"`{app.metadata.name}` ({what})"
            for app in live.applications
            if app.spec.project == name
            and not changed & {(app.metadata.name, ""), (app.metadata.name, app.metadata.namespace)}
            for what in _broken(app, name, old, live.projects[name].spec, live)
        ]
        if broken:
            said = f"it no longer permits what these applications have, which then cannot sync: {listed(broken)}"
            yield document.finding("project-breaks-applications", "error", said, "spec")


def _broken(app: Application, name: str, old: ProjectSpec, new: ProjectSpec, live: Live) -> Iterator[str]:
    """What an application has that the old project permits, and the new one does not."""
    for source in app.sources():
        if permits_source(old, source.repo_url) and not permits_source(new, source.repo_url):
            yield source.repo_url
    found = live.having(app.spec.destination)
    namespace = app.spec.destination.namespace
    if len(found) != 1 or not permits_destination(old, name, found[0], namespace):
        return
    if not permits_destination(new, name, found[0], namespace):
        yield f"namespace {namespace} on {found[0].name or found[0].server}"


def unchecked(applications: Iterable[Announced], live: Live) -> list[str]:
    """What could not be checked for lack of rights, a sentence each."""
    found = []
    wanted = list(applications)
    hidden = sorted({one.project for one in wanted} & set(live.hidden_projects))
    if hidden:
        said = "this token may not look at them" if len(hidden) > 1 else "this token may not look at it"
        found.append(f"What AppProject {listed(hidden)} permits was not checked: {said}.")
    if not live.sees_clusters:
        lost = {one.destination.server or one.destination.name for one in wanted if not live.having(one.destination)}
        if lost := lost - {""}:
            found.append(f"Destination {listed(sorted(lost))} was not checked: this token may not see every cluster.")
    timed = sorted(
        {
            one.project
            for one in wanted
            if (project := live.projects.get(one.project)) and project.spec.sync_windows and project.are_open is None
        }
    )
    if timed:
        found.append(f"Sync windows of AppProject {listed(timed)} were not checked: Argo CD does not have them so.")
    return found


def listed(words: Iterable[str]) -> str:
    """A few of them, and how many more there are."""
    known = list(words)
    more = [f"{len(known) - _SHOWN} more"] if len(known) > _SHOWN else []
    return ", ".join([*known[:_SHOWN], *more])
