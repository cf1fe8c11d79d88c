"""Clusters as small answers: those that cannot be reached first. Pure."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from msgspec import field

from argocd_gitops_mcp.ages import ago, seconds, short
from argocd_gitops_mcp.argocd.clusters import ClusterDetails
from argocd_gitops_mcp.gitops.urls import public
from argocd_gitops_mcp.views.listing import Entry, InDepth, few, listing
from argocd_gitops_mcp.views.redaction import masked_line
from argocd_gitops_mcp.views.text import line
from argocd_gitops_mcp.views.view import Lines

_ORDER = {"Failed": 0, "Successful": 2}
_UNUSED = "no application is deployed to it, or it was not looked at yet"


def clusters(found: Sequence[ClusterDetails], total: int, now: str) -> Lines:
    """One row a cluster."""
    states = Counter(_state(one) for one in found)
    counts = ", ".join(f"{states[state]} {line(state, 40)}" for state in sorted(states, key=_rank))
    head = f"{len(found)} clusters{f' of {total}' if len(found) != total else ''}: {counts}"
    ordered = sorted(found, key=lambda one: (_rank(_state(one)), -one.info.applications_count, one.name, one.server))
    columns = ("NAME", "SERVER", "STATE", "KUBERNETES", "APPLICATIONS", "CACHE_AGE", "PROJECT", "NAMESPACES", "LABELS")
    entries = [Entry(_cells(one, now), _wrong(one)) for one in ordered]
    return listing(head, columns, entries, "clusters", [f"[Unknown: {_UNUSED}]"] if states["Unknown"] else [])


def _rank(state: str) -> int:
    return _ORDER.get(state, 1)


def _state(one: ClusterDetails) -> str:
    return one.info.connection_state.status or "Unknown"


def _wrong(one: ClusterDetails) -> str:
    """Of one that is Unknown it always says the same."""
    return one.info.connection_state.message if _state(one) != "Unknown" else ""


def _cells(one: ClusterDetails, now: str) -> tuple[str, ...]:
    info = one.info
    passed = seconds(info.cache_info.last_cache_sync_time or "", now)
    return (
        line(one.name, 100),
        line(public(one.server), 200),
        line(_state(one), 40),
        line(info.server_version, 40),
        str(info.applications_count),
        short(passed) if passed is not None else "",
        line(one.project, 100),
        line(few(one.namespaces or []), 200),
        line(few([f"{name}={value}" for name, value in sorted((one.labels or {}).items())]), 200),
    )


class ClusterView(InDepth):
    """One cluster."""

    name: str
    server: str
    connection: str
    message: str = ""
    kubernetes: str = ""
    applications: int = -1
    cache: str = ""
    project: str = ""
    namespaces: list[str] = field(default_factory=list)
    cluster_scoped: str = ""
    shard: str = ""
    labels: dict[str, str] = field(default_factory=dict)
    annotations: list[str] = field(default_factory=list)
    next: dict[str, Any] = field(default_factory=dict)


def cluster(one: ClusterDetails, now: str, following: dict[str, Any]) -> ClusterView:
    """The cluster; `following` is the call that lists what is deployed to it."""
    info, state = one.info, one.info.connection_state
    cached = info.cache_info
    age = f", read {ago(cached.last_cache_sync_time, now)}" if cached.last_cache_sync_time else ""
    limits = "objects of the whole cluster are managed, too" if one.cluster_resources else "only what is in namespaces"
    return ClusterView(
        name=line(one.name, 253),
        server=line(public(one.server), 300),
        connection=_state(one) + (f", tried {ago(state.attempted_at, now)}" if state.attempted_at else ""),
        message=masked_line(state.message, 1000),
        kubernetes=line(info.server_version, 40),
        applications=info.applications_count,
        cache=f"{cached.resources_count} resources of {cached.apis_count} kinds{age}" if cached.apis_count else "",
        project=line(one.project, 253),
        namespaces=[line(name, 253) for name in one.namespaces or []],
        cluster_scoped=limits if one.namespaces else "",
        shard="" if one.shard is None else str(one.shard),
        labels={line(name, 253): line(value, 253) for name, value in sorted((one.labels or {}).items())},
        annotations=sorted(line(name, 253) for name in one.annotations or {}),
        next=following if info.applications_count else {},
    )
