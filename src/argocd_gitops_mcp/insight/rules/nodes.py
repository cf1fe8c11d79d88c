"""Pods that lose their node, or their place on it. Pure."""

from collections.abc import Iterator

from argocd_gitops_mcp.insight.evidence import Evidence, Resource
from argocd_gitops_mcp.insight.finding import Finding, Quote
from argocd_gitops_mcp.insight.rule import rule
from argocd_gitops_mcp.insight.telling import began, events, name, of_resource, quoted, revision_before


@rule("evicted", "A pod was evicted from its node", told_by="the pod's status and events")
def evicted(evidence: Evidence) -> Iterator[Finding]:
    """Find evicted pods of workloads that are not well; what was replaced since does not matter."""
    for pod in evidence.of_kind("Pod"):
        status = (pod.live or {}).get("status") or {}
        owner = evidence.owner(pod)
        if status.get("reason") != "Evicted" or _is_replaced(pod, owner):
            continue
        alone = owner is pod
        yield Finding(
            f"{name(owner.node)}: {'it' if alone else 'its pod ' + pod.node.name} was evicted from its node"
            + (", and nothing makes it again." if alone else "."),
            "certain",
            owner.node,
            0,
            began(events(pod, "Evicted")) or pod.node.created_at or "",
            revision_before(evidence, pod.node.created_at or ""),
            (Quote(f"status of {name(pod.node)}", str(status.get("message", ""))),),
            "Set requests that fit what it takes, in Git; a bare Pod should be made by a Deployment.",
            (of_resource(evidence.application, "get_resource_events", pod.node),),
            (pod.node,),
        )


@rule("node-lost", "A pod's node does not answer", told_by="the pod's events: NodeNotReady, and its condition Ready")
def node_lost(evidence: Evidence) -> Iterator[Finding]:
    """Find workloads that are not well because a node is not."""
    told: set[int] = set()
    for pod in evidence.of_kind("Pod"):
        owner = evidence.owner(pod)
        found = events(pod, "NodeNotReady")
        if not found or _is_ready(pod) or _is_replaced(pod, owner) or id(owner) in told:
            continue
        told.add(id(owner))
        node = str(((pod.live or {}).get("spec") or {}).get("nodeName") or "")
        same = [one for one in evidence.below(owner) if events(one, "NodeNotReady") and not _is_ready(one)]
        yield Finding(
            f"{name(owner.node)}: node {node} does not answer, so that {len(same)} of its pods there "
            f"{'does' if len(same) == 1 else 'do'} not count as ready.",
            "certain",
            owner.node,
            since=began(found),
            evidence=tuple(quoted(pod, found)),
            remedy="Look after the node: nothing in Git is wrong. Pods of Deployments are made again elsewhere after "
            "five minutes, those of StatefulSets only once the node is back or gone.",
            next=(of_resource(evidence.application, "get_resource_events", pod.node),),
            covers=tuple(one.node for one in same),
        )


def _is_ready(pod: Resource) -> bool:
    """As far as its manifest was read."""
    conditions = ((pod.live or {}).get("status") or {}).get("conditions") or []
    return all(one.get("status") == "True" for one in conditions if one.get("type") == "Ready")


def _is_replaced(pod: Resource, owner: Resource) -> bool:
    return owner is not pod and owner.health == "Healthy"


RULES = (node_lost, evicted)
