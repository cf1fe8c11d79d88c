"""Failing containers, together where they are of the same workload: one finding for many pods. Pure."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from argocd_gitops_mcp.argocd.resource_models import Node
from argocd_gitops_mcp.argocd.tree import Key, key
from argocd_gitops_mcp.insight.containers import Container, containers
from argocd_gitops_mcp.insight.evidence import Evidence, Resource
from argocd_gitops_mcp.insight.telling import name, revision_before


@dataclass(frozen=True, slots=True)
class Group:
    """One container that fails in one or more pods of a workload.

    Args:
        owner: the workload.
        pod: the newest of the pods.
        container: as it is there.
        pods: how many pods are known to fail like this.
        well: how many other pods of the workload are healthy.
        revision: the deployment after which the newest pod was made.
    """

    owner: Resource
    pod: Resource
    container: Container
    pods: int
    well: int
    revision: str

    @property
    def about(self) -> str:
        """The workload's name."""
        return name(self.owner.node)

    @property
    def nodes(self) -> tuple[Node, ...]:
        """What a finding about it explains beside the workload."""
        return (self.pod.node,)

    @property
    def still_serving(self) -> str:
        """A sentence, where older pods still do the work."""
        if not self.well:
            return ""
        return f" {self.well} other pod{'' if self.well == 1 else 's'} of it still run{'s' if self.well == 1 else ''}."

    @property
    def since(self) -> str:
        """When the newest pod was made."""
        return self.pod.node.created_at or ""


def failing(evidence: Evidence, fits: Callable[[Resource, Container], bool]) -> Iterator[Group]:
    """Each container that fits, of each workload."""
    groups: dict[tuple[Key, str], list[tuple[Resource, Container]]] = defaultdict(list)
    for pod in evidence.of_kind("Pod"):
        for one in containers(pod):
            if fits(pod, one):
                groups[key(evidence.owner(pod).node), one.name].append((pod, one))
    for hits in groups.values():
        pod, container = max(hits, key=lambda hit: hit[0].node.created_at or "")
        owner = evidence.owner(pod)
        state = _state(pod)
        pods = [one for one in evidence.below(owner) if one.node.kind == "Pod"]
        yield Group(
            owner,
            pod,
            container,
            max(len(hits), sum(_state(one) == state for one in pods)),
            sum(one.health == "Healthy" for one in pods),
            revision_before(evidence, pod.node.created_at or ""),
        )


def _state(pod: Resource) -> tuple[str, str]:
    """Health and reason of a pod in the tree: those whose manifests were not read are known by them."""
    info = {one.name: one.value for one in pod.node.info or []}
    return pod.health, info.get("Status Reason", "")
