"""Reads the events of several resources: Argo CD gives those of one at a time."""

from collections.abc import Iterable

from argocd_gitops_mcp.argocd import resources as calls
from argocd_gitops_mcp.argocd.resource_models import Event, Node
from argocd_gitops_mcp.argocd.resources import Owner, describe
from argocd_gitops_mcp.argocd.tree import Key, key
from argocd_gitops_mcp.concurrency import Together
from argocd_gitops_mcp.errors import Forbidden, Rejected, ServerError
from argocd_gitops_mcp.operations._operation import Deps

_AT_ONCE = 8
_EVENTFUL = (
    *("Pod", "ReplicaSet", "Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Rollout"),
    *("PersistentVolumeClaim", "HorizontalPodAutoscaler", "Service", "Ingress"),
)
_HEALTH = {"Degraded": 0, "Unknown": 1, "Missing": 2, "Progressing": 3}


def worth_asking(found: Iterable[Node]) -> list[Node]:
    """What is in the cluster, in the order in which its events are worth a request."""
    there = [node for node in found if node.uid]
    return sorted(there, key=lambda node: (_health(node), _rank(node), node.name))


def _health(node: Node) -> int:
    return _HEALTH.get(node.health.status, 9) if node.health is not None else 9


def _rank(node: Node) -> int:
    return _EVENTFUL.index(node.kind) if node.kind in _EVENTFUL else len(_EVENTFUL)


async def read(deps: Deps, owner: Owner, found: Iterable[Node]) -> tuple[dict[Key, list[Event]], list[str]]:
    """Events by resource, and what could not be read, each in a sentence."""

    async def of(node: Node) -> list[Event] | str:
        try:
            return (await deps.argocd.send(calls.events(owner, node))).items or []
        except Forbidden:
            return f"events of {describe(node)}: this token may not read them"
        except (Rejected, ServerError):  # it went away meanwhile
            return f"events of {describe(node)}: it is no longer part of the application"

    async with Together(_AT_ONCE) as group:
        asked = {key(node): group.start(of(node)) for node in found}
    results = {at: task.result() for at, task in asked.items()}
    return (
        {at: one for at, one in results.items() if not isinstance(one, str)},
        [one for one in results.values() if isinstance(one, str)],
    )
