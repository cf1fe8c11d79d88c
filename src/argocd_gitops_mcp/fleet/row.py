"""One application in little memory: what a list shows, filters and sorts by. Pure."""

from datetime import datetime
from functools import lru_cache
from sys import intern

from msgspec import Struct

from argocd_gitops_mcp.argocd.fleet import Item
from argocd_gitops_mcp.gitops.urls import public

HEALTH = ("Degraded", "Missing", "Unknown", "Progressing", "Suspended", "Healthy")
SYNC = ("Unknown", "OutOfSync", "Synced")
PHASES = ("Error", "Failed", "Running", "Terminating", "Succeeded")

Key = tuple[str, str]
"""Namespace and name."""

# What was not looked at yet comes just before what is well.
_HEALTH = {status: rank for rank, status in enumerate((*HEALTH[:-1], "", HEALTH[-1]))}
_SYNC = {status: rank for rank, status in enumerate((*SYNC[:-1], "", SYNC[-1]))}


class Row(Struct, gc=False):
    """An application. Strings that many share are interned; `gc` is off since no row refers to another.

    Args:
        server: of its cluster, where the destination gives that.
        cluster: its cluster's name, where the destination gives that instead.
        target_namespace: where it deploys to.
        repositories: their URLs, without passwords.
        changed: seconds since 1970 of its last change that Argo CD has a time for.
        seen: the same of a change that only the index saw, as that of the sync status.
        text: what is searched, in lower case.
    """

    name: str
    namespace: str
    project: str
    server: str
    cluster: str
    target_namespace: str
    repositories: tuple[str, ...]
    sync: str
    health: str
    phase: str
    revision: str
    labels: dict[str, str]
    deleting: bool
    changed: int
    text: str
    seen: int = 0

    @property
    def key(self) -> Key:
        """What names it."""
        return self.namespace, self.name

    @property
    def last_change(self) -> int:
        """Seconds since 1970."""
        return max(self.changed, self.seen)

    @property
    def severity(self) -> tuple[int, int]:
        """The worst is the least."""
        return _HEALTH.get(self.health, 0), _SYNC.get(self.sync, 0)

    @property
    def is_well(self) -> bool:
        """Healthy and in sync."""
        return is_well(self.health, self.sync)


def is_well(health: str, sync: str) -> bool:
    """Nothing to do."""
    return health == "Healthy" and sync == "Synced"


_NOTHING: dict[str, str] = {}


def row(item: Item) -> Row:
    """The row of an application as Argo CD tells it."""
    meta, spec, status = item.metadata, item.spec, item.status
    labels = {intern(name): intern(value) for name, value in meta.labels.items()} if meta.labels else _NOTHING
    repositories = _shown(tuple(spec.repositories()))
    state = status.operation_state
    words = (
        meta.name,
        meta.namespace,
        spec.project,
        spec.destination.namespace,
        *repositories,
        *(f"{name}={value}" for name, value in labels.items()),
    )
    return Row(
        meta.name,
        intern(meta.namespace),
        intern(spec.project),
        intern(spec.destination.server),
        intern(spec.destination.name),
        intern(spec.destination.namespace),
        repositories,
        intern(status.sync.status),
        intern(status.health.status),
        intern(state.phase) if state is not None else "",
        status.sync.revision,
        labels,
        meta.deletion_timestamp is not None,
        _latest(
            meta.creation_timestamp,
            meta.deletion_timestamp,
            status.health.last_transition_time,
            state.started_at if state is not None else None,
            state.finished_at if state is not None else None,
        ),
        "\n".join(words).lower(),
    )


@lru_cache(maxsize=10_000)
def _shown(urls: tuple[str, ...]) -> tuple[str, ...]:
    """What many share, once."""
    return tuple(intern(public(url)) for url in urls)


def _latest(*stamps: str | None) -> int:
    """Of Kubernetes' times, which are all of one length and in UTC: the last in the alphabet is the latest."""
    given = [one for one in stamps if one]
    return _seconds(max(given)) if given else 0


@lru_cache(maxsize=10_000)
def _seconds(stamp: str) -> int:
    try:
        return int(datetime.fromisoformat(stamp).timestamp())
    except ValueError:
        return 0
