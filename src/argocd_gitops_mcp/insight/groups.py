"""Failing containers, together where they are of the same workload: one finding for many pods. Pure."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from argocd_gitops_mcp.argocd.resource_models import Node
from argocd_gitops_mcp.argocd.tree import Key, key
from argocd_gitops_mcp.insight.containers import Container, containers
from argocd_gitops_mcp.insight.evidence import Evidence, Resource
from argocd_gitops_mcp.insight.telling import name, revision_before
from argocd_gitops_mcp.insight.versions import is_outdated, set_of


@dataclass(frozen=True, slots=True)
class Group:
    """One container that fails in one or more pods of a workload.

    Args:
        owner: the workload.
        pod: the newest of the pods.
        container: as it is there.
        pods: how many pods of its version are known to fail like this.
        well: how many of its version do not.
        version: how many pods of its version there are.
        older: pods of other versions, and how many of these are healthy.
        revision: the deployment after which the newest pod was made.
    """

    owner: Resource
    pod: Resource
    container: Container
    pods: int
    well: int
    version: int
    older: tuple[int, int]
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
    def extent(self) -> str:
        """How many pods it concerns, and what still serves: sentences, each after a space."""
        said = ""
        if self.pods > 1 or self.well:
            said += f" {self.pods} of {self.version} pods fail like this."
        if self.older[1]:
            said += f" The previous version still runs: {self.older[1]} of {self.older[0]} old pods ready."
        return said + self._held_back

    @property
    def _held_back(self) -> str:
        """Pods that a StatefulSet makes only after this one."""
        declared = (self.owner.live or {}).get("spec") or {}
        left = int(declared.get("replicas") or 0) - self.version
        if self.owner.node.kind != "StatefulSet" or declared.get("podManagementPolicy") == "Parallel" or left < 1:
            return ""
        return f" It makes its other {left} pod{'' if left == 1 else 's'} only once this one is ready."

    @property
    def since(self) -> str:
        """When the newest pod was made."""
        return self.pod.node.created_at or ""


def failing(evidence: Evidence, fits: Callable[[Resource, Container], bool]) -> Iterator[Group]:
    """Each container that fits, of each workload; pods that a newer version replaces do not count."""
    groups: dict[tuple[Key, str], list[tuple[Resource, Container]]] = defaultdict(list)
    for pod in evidence.of_kind("Pod"):
        found = [one for one in containers(pod) if fits(pod, one)]
        if found and not is_outdated(evidence, pod):
            for one in found:
                groups[key(evidence.owner(pod).node), one.name].append((pod, one))
    for hits in groups.values():
        pod, container = max(hits, key=lambda hit: hit[0].node.created_at or "")
        owner = evidence.owner(pod)
        every = [one for one in evidence.below(owner) if one.node.kind == "Pod"]
        mine, state = set_of(evidence, pod), _state(pod)
        same = [one for one in every if set_of(evidence, one) is mine]
        older = [one for one in every if set_of(evidence, one) is not mine]
        yield Group(
            owner,
            pod,
            container,
            max(len(hits), sum(_state(one) == state for one in same)),
            sum(one.health == "Healthy" for one in same),
            len(same),
            (len(older), sum(one.health == "Healthy" for one in older)),
            revision_before(evidence, pod.node.created_at or ""),
        )


def _state(pod: Resource) -> tuple[str, str]:
    """Health and reason of a pod in the tree: those whose manifests were not read are known by them."""
    info = {one.name: one.value for one in pod.node.info or []}
    return pod.health, info.get("Status Reason", "")
