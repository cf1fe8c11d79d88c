"""Applications counted by what they share. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Literal

from argocd_gitops_mcp.fleet.row import HEALTH, SYNC, Row, is_well
from argocd_gitops_mcp.fleet.search import cluster_named

By = Literal["project", "cluster", "namespace", "repository", "health", "sync"]


@dataclass(slots=True)
class Group:
    """Applications of one project, cluster, ..."""

    name: str
    total: int = 0
    health: Counter[str] = field(default_factory=Counter)
    sync: Counter[str] = field(default_factory=Counter)
    well: int = 0

    def add(self, health: str, sync: str, count: int) -> None:
        """Count so many more."""
        self.total += count
        self.health[health or "Unknown"] += count
        self.sync[sync or "Unknown"] += count
        self.well += count if is_well(health, sync) else 0

    @property
    def severity(self) -> tuple[int, ...]:
        """The worst is the least: most of the worst health, then of the worst sync, then the largest."""
        health = [-self.health[status] for status in HEALTH[:-1]]
        return *health, *(-self.sync[status] for status in SYNC[:-1]), -self.total


def groups(rows: Iterable[Row], by: By, clusters: Mapping[str, str]) -> list[Group]:
    """Every group, the worst first. An application of several repositories counts in each."""
    fields, names = _SHARED[by]
    found: dict[str, Group] = {}
    # What is counted is few: tens of thousands of applications share some hundred of these.
    for (health, sync, *shared), count in Counter(map(attrgetter("health", "sync", *fields), rows)).items():
        for name in names(clusters, *shared):
            if name not in found:
                found[name] = Group(name)
            found[name].add(health, sync, count)
    return sorted(found.values(), key=lambda group: (group.severity, group.name))


def whole(rows: Iterable[Row]) -> Group:
    """All as one, each counted once."""
    found = Group("")
    for (health, sync), count in Counter(map(attrgetter("health", "sync"), rows)).items():
        found.add(health, sync, count)
    return found


def together(some: Iterable[Group]) -> Group:
    """Several groups as one."""
    whole = Group("")
    for one in some:
        whole.health.update(one.health)
        whole.sync.update(one.sync)
        whole.total += one.total
        whole.well += one.well
    return whole


_SHARED: dict[By, tuple[tuple[str, ...], Callable[..., Sequence[str]]]] = {
    "project": (("project",), lambda _, project: (project,)),
    "cluster": (("server", "cluster"), lambda clusters, server, name: (cluster_named(server, name, clusters),)),
    "namespace": (("target_namespace",), lambda _, namespace: (namespace,)),
    "repository": (("repositories",), lambda _, urls: urls or ("",)),
    "health": (("health",), lambda _, health: (health or "Unknown",)),
    "sync": (("sync",), lambda _, sync: (sync or "Unknown",)),
}
"""What a group's applications have in common, and the groups that those who have it are in."""
