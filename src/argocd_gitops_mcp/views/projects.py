"""AppProjects as small answers: what each permits, and who may do what in it. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import field

from argocd_gitops_mcp.ages import short
from argocd_gitops_mcp.argocd.project_details import DetailedProject, Role, RoleToken, WholeProject, WholeSpec
from argocd_gitops_mcp.argocd.projects import ClusterKind, GroupKind, ProjectDestination, ProjectWindow
from argocd_gitops_mcp.fleet.row import Row
from argocd_gitops_mcp.fleet.search import counts
from argocd_gitops_mcp.gitops.urls import public
from argocd_gitops_mcp.views.fleet import tallied
from argocd_gitops_mcp.views.listing import Entry, InDepth, few, listing
from argocd_gitops_mcp.views.text import line
from argocd_gitops_mcp.views.view import Lines, Record


def projects(found: Sequence[WholeProject], total: int, rows: Mapping[str, Sequence[Row]]) -> Lines:
    """One row a project, those with most applications first."""
    head = (
        f"{len(found)} projects{f' of {total}' if len(found) != total else ''}; APPLICATIONS are those this token sees"
    )
    ordered = sorted(found, key=lambda one: (-len(rows.get(one.metadata.name, ())), one.metadata.name))
    columns = ("NAME", "APPLICATIONS", "NOT_WELL", "SOURCES", "DESTINATIONS", "ROLES", "WINDOWS")
    entries = [Entry(_cells(one, rows.get(one.metadata.name, ()))) for one in ordered]
    return listing(head, columns, entries, "projects")


def _cells(one: WholeProject, rows: Sequence[Row]) -> tuple[str, ...]:
    spec, unwell = one.spec, sum(not row.is_well for row in rows)
    windows = [window.kind for window in spec.sync_windows or []]
    return (
        one.metadata.name,
        str(len(rows)),
        str(unwell or ""),
        _counted([line(public(url), 60) for url in spec.source_repos or []]),
        _counted([line(_destination(each), 80) for each in spec.destinations or []]),
        str(len(spec.roles or []) or ""),
        ",".join(f"{windows.count(kind)}_{line(kind, 20)}" for kind in sorted(set(windows))),
    )


def _counted(names: Sequence[str]) -> str:
    """A single one, or how many there are: none permits nothing."""
    return names[0] if len(names) == 1 else str(len(names))


class RoleView(Record):
    """What a role may do, who has it, and how many tokens there are."""

    name: str
    may: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    tokens: str = ""


class ProjectView(InDepth):
    """One project, what its global projects add among it; a pattern with `!` in front denies."""

    project: str
    applications: str
    sources: list[str]
    destinations: list[str]
    cluster_kinds: list[str]
    namespaced_kinds: list[str]
    description: str = ""
    denied_cluster_kinds: list[str] = field(default_factory=list)
    denied_namespaced_kinds: list[str] = field(default_factory=list)
    application_namespaces: list[str] = field(default_factory=list)
    roles: list[RoleView] = field(default_factory=list)
    windows: list[str] = field(default_factory=list)
    orphaned_resources: str = ""
    signature_keys: list[str] = field(default_factory=list)
    service_accounts: list[str] = field(default_factory=list)
    clusters: list[str] = field(default_factory=list)
    only_these_clusters: bool = False
    repositories: list[str] = field(default_factory=list)
    global_projects: list[str] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=dict)
    next: dict[str, Any] = field(default_factory=dict)


def project(found: DetailedProject, rows: Sequence[Row], now: float, following: dict[str, Any]) -> ProjectView:
    """The project.

    Args:
        found: as Argo CD tells it: what global projects permit and deny stands among its own, perhaps twice.
        rows: its applications, as far as this token may see them.
        now: seconds since 1970.
        following: the call that lists its applications.
    """
    one = found.project
    spec = one.spec
    inherited = found.global_projects or []
    notes = ["what the global projects permit and deny is among this"] if inherited else []
    if not spec.source_repos or not spec.destinations:
        notes.append("without sources or destinations no application can be deployed")
    return ProjectView(
        project=one.metadata.name,
        description=line(spec.description, 300),
        applications=f"{len(rows)} that this token sees" + (f": {tallied(*counts(rows))}" if rows else ""),
        sources=_once(line(public(url), 300) for url in spec.source_repos or []),
        destinations=_once(line(_destination(each), 300) for each in spec.destinations or []),
        cluster_kinds=_once(line(_kind(each), 200) for each in spec.cluster_resource_whitelist or []) or ["none"],
        denied_cluster_kinds=_once(line(_kind(each), 200) for each in spec.cluster_resource_blacklist or []),
        namespaced_kinds=_namespaced(spec),
        denied_namespaced_kinds=_once(line(_kind(each), 200) for each in spec.namespace_resource_blacklist or []),
        application_namespaces=[line(name, 253) for name in spec.source_namespaces or []],
        roles=[_role(one, each, now) for each in spec.roles or []],
        windows=[line(_window(each), 300) for each in spec.sync_windows or []],
        orphaned_resources=_orphaned(spec),
        signature_keys=[line(key.key_id, 100) for key in spec.signature_keys or []],
        service_accounts=[
            line(f"{each.default_service_account} in {each.namespace} of {each.server}", 300)
            for each in spec.destination_service_accounts or []
        ],
        clusters=[line(each.name or each.server, 300) for each in found.clusters or []],
        only_these_clusters=spec.permit_only_project_scoped_clusters,
        repositories=[line(public(each.repo), 300) for each in found.repositories or []],
        global_projects=[line(each.metadata.name, 253) for each in inherited],
        labels={line(name, 253): line(value, 253) for name, value in sorted((one.metadata.labels or {}).items())},
        next=following if rows else {},
        notes=notes,
    )


def _once(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(texts))


def _destination(one: ProjectDestination) -> str:
    """`cluster/namespace`, as patterns."""
    return f"{one.name or public(one.server) or '(no cluster)'}/{one.namespace or '(none)'}"


def _kind(one: ClusterKind | GroupKind) -> str:
    named = f" named {one.name}" if isinstance(one, ClusterKind) and one.name else ""
    kind = f"{one.group}/{one.kind}" if one.group else one.kind
    return ("all" if kind == "*/*" else kind) + named


def _namespaced(spec: WholeSpec) -> list[str]:
    """Absent permits every kind, other than of what belongs to the cluster."""
    listed = spec.namespace_resource_whitelist
    return ["all"] if listed is None else _once(line(_kind(each), 200) for each in listed) or ["none"]


def _window(one: ProjectWindow) -> str:
    about = [
        f"{what} {few(names, 3)}"
        for what, names in (
            ("applications", one.applications),
            ("namespaces", one.namespaces),
            ("clusters", one.clusters),
        )
        if names
    ]
    joined = (" and " if one.and_operator else " or ").join(about) or "nothing"
    by_hand = ", syncs by hand permitted" if one.manual_sync else ""
    return f"{one.kind} {one.schedule} ({one.time_zone or 'UTC'}) for {one.duration}{by_hand}: {joined}"


def _orphaned(spec: WholeSpec) -> str:
    watched = spec.orphaned_resources
    if watched is None:
        return ""
    ignored = [f"{key.kind or '*'}/{key.name or '*'}" for key in watched.ignore or []]
    # Argo CD's IsWarn: absent means that it does not warn.
    said = "warned about" if watched.warn else "only shown in trees"
    return said + (line(f", except {few(ignored, 3)}", 300) if ignored else "")


def _role(owner: WholeProject, one: Role, now: float) -> RoleView:
    own = f"proj:{owner.metadata.name}:{one.name}"
    kept = (owner.status.jwt_tokens_by_role or {}).get(one.name)
    tokens = (kept.items if kept is not None else None) or one.jwt_tokens or []
    return RoleView(
        name=line(one.name, 100),
        may=[line(_policy(text, own), 200) for text in one.policies or []],
        groups=[line(name, 200) for name in one.groups or []],
        tokens=expiries(tokens, now),
    )


def _policy(text: str, own: str) -> str:
    """`applications sync shop/* allow` of `p, proj:shop:ci, applications, sync, shop/*, allow`."""
    parts = [part.strip() for part in text.split(",")]
    return " ".join(parts[2:]) if parts[:2] == ["p", own] else text


def expiries(tokens: Sequence[RoleToken], now: float) -> str:
    """How many there are, and when the next one expires; their ids and values are nobody's business here."""
    if not tokens:
        return ""
    dated = sorted(token.exp for token in tokens if token.exp)
    past = sum(end <= now for end in dated)
    coming = next((end for end in dated if end > now), None)
    endless = len(tokens) - len(dated)
    parts = [str(len(tokens))]
    parts += [f"{past} expired"] if past else []
    parts += [f"next expires in {short(coming - now)}"] if coming is not None else []
    parts += [f"{endless} without expiry"] if endless else []
    return ", ".join(parts)
