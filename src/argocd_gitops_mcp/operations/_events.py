"""Reads the events of several resources: Argo CD gives those of one at a time."""

from collections.abc import Iterable

from argocd_gitops_mcp.argocd import resources as calls
from argocd_gitops_mcp.argocd.resource_models import Event, Node
from argocd_gitops_mcp.argocd.resources import Owner, describe
from argocd_gitops_mcp.argocd.tree import Key, key
from argocd_gitops_mcp.concurrency import Together
from argocd_gitops_mcp.errors import Forbidden, GitOpsError, Rejected, ServerError, TimedOut
from argocd_gitops_mcp.operations._operation import Deps

_AT_ONCE = 8
_EVENTFUL = (
    *("Rollout", "Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "PersistentVolumeClaim"),
    *("HorizontalPodAutoscaler", "Pod", "ReplicaSet", "Ingress", "Service"),
)
_HEALTH = {"Degraded": 0, "Unknown": 1, "Missing": 2, "Progressing": 3}


def worth_asking(found: Iterable[Node]) -> list[Node]:
    """What is in the cluster, in the order in which its events are worth a request; of what is alike the newest."""
    there = sorted((node for node in found if node.uid), key=lambda node: node.created_at or "", reverse=True)
    return sorted(there, key=lambda node: (_health(node), _rank(node)))


def _health(node: Node) -> int:
    return _HEALTH.get(node.health.status, 9) if node.health is not None else 9


def _rank(node: Node) -> int:
    return _EVENTFUL.index(node.kind) if node.kind in _EVENTFUL else len(_EVENTFUL)


async def read(
    deps: Deps, owner: Owner, found: Iterable[Node], *, strict: bool = False
) -> tuple[dict[Key, list[Event]], list[str]]:
    """Events by resource, and what could not be read, each in a sentence."""

    async def of(node: Node) -> list[Event] | str:
        try:
            return (await deps.argocd.send(calls.events(owner, node))).items or []
        except (Forbidden, Rejected, ServerError, TimedOut) as error:
            if strict:
                raise
            return _unread(node, error)

    async with Together(_AT_ONCE) as group:
        asked = {key(node): group.start(of(node)) for node in found}
    results = {at: task.result() for at, task in asked.items()}
    return (
        {at: one for at, one in results.items() if not isinstance(one, str)},
        [one for one in results.values() if isinstance(one, str)],
    )


def _unread(node: Node, error: GitOpsError) -> str:
    """Why one resource's events are missing among those of many."""
    what = f"events of {describe(node)}"
    if isinstance(error, Forbidden):
        return f"{what}: this token may not read them"
    if isinstance(error, Rejected):  # of a uid that is not in the tree Argo CD says 400
        return f"{what}: it is no longer part of the application"
    return f"{what}: {error.message}"
