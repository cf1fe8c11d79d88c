"""Applications counted by what they share. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from argocd_gitops_mcp.fleet.row import HEALTH, SYNC, Row
from argocd_gitops_mcp.fleet.search import cluster_of, counts

By = Literal["project", "cluster", "namespace", "repository", "health", "sync"]


@dataclass(frozen=True, slots=True)
class Group:
    """Applications of one project, cluster, ..."""

    name: str
    total: int
    health: Counter[str] = field(default_factory=Counter)
    sync: Counter[str] = field(default_factory=Counter)
    well: int = 0

    @property
    def severity(self) -> tuple[int, ...]:
        """The worst is the least: most of the worst health, then of the worst sync, then the largest."""
        health = [-self.health[status] for status in HEALTH[:-1]]
        return *health, *(-self.sync[status] for status in SYNC[:-1]), -self.total


def groups(rows: Iterable[Row], by: By, clusters: Mapping[str, str]) -> list[Group]:
    """Every group, the worst first. An application of several repositories counts in each."""
    members: dict[str, list[Row]] = {}
    for row in rows:
        for name in _NAMES[by](row, clusters):
            members.setdefault(name, []).append(row)
    found = [_group(name, some) for name, some in members.items()]
    return sorted(found, key=lambda group: (group.severity, group.name))


def whole(rows: Sequence[Row]) -> Group:
    """All as one, each counted once."""
    return _group("", rows)


def _group(name: str, rows: Sequence[Row]) -> Group:
    return Group(name, len(rows), *counts(rows), well=sum(row.is_well for row in rows))


def together(some: Iterable[Group]) -> Group:
    """Several groups as one."""
    whole = Group("", 0)
    total = well = 0
    for one in some:
        whole.health.update(one.health)
        whole.sync.update(one.sync)
        total += one.total
        well += one.well
    return Group("", total, whole.health, whole.sync, well)


_NAMES: dict[By, Callable[[Row, Mapping[str, str]], tuple[str, ...]]] = {
    "project": lambda row, _: (row.project,),
    "cluster": lambda row, clusters: (cluster_of(row, clusters),),
    "namespace": lambda row, _: (row.target_namespace,),
    "repository": lambda row, _: row.repositories or ("",),
    "health": lambda row, _: (row.health or "Unknown",),
    "sync": lambda row, _: (row.sync or "Unknown",),
}
