"""What workloads depend on beside their pods: volumes, addresses, numbers to be scaled by. Pure."""

import re
from collections.abc import Iterator

from argocd_gitops_mcp.insight.ages import age
from argocd_gitops_mcp.insight.evidence import Evidence, Resource
from argocd_gitops_mcp.insight.finding import Finding, Quote
from argocd_gitops_mcp.insight.rule import rule
from argocd_gitops_mcp.insight.rules.starting import UNBOUND
from argocd_gitops_mcp.insight.telling import began, events, name, of_resource, plain, quoted, revision_before

PATIENCE = 180.0
"""Seconds after which an address, a volume or metrics should be there."""


@rule("volume-pending", "A volume claim gets no volume", told_by="events of the claim, and of pods that wait for it")
def volume_pending(evidence: Evidence) -> Iterator[Finding]:
    """Find claims that cannot be bound, or that pods wait for."""
    for claim in evidence.of_kind("PersistentVolumeClaim"):
        waiting = [pod for pod in evidence.of_kind("Pod") if _waits(pod, claim)]
        said = events(claim, "ProvisioningFailed", "FailedBinding")
        if claim.health == "Healthy" or not (said or waiting):
            continue
        wanted = plain(str(((claim.live or {}).get("spec") or {}).get("storageClassName") or ""))
        users = list({name(evidence.owner(pod).node): evidence.owner(pod).node for pod in waiting}.values())
        quotes = (*quoted(claim, said), *(quote for pod in waiting[:1] for quote in quoted(pod, events(pod))))
        yield Finding(
            f"{name(claim.node)} gets no volume{f' of storage class {wanted}' if wanted else ''}"
            + (f"; {name(users[0])} waits for it." if users else "."),
            "certain",
            claim.node,
            since=began(said) or claim.node.created_at or "",
            revision=revision_before(evidence, claim.node.created_at or ""),
            evidence=quotes,
            remedy="Correct storageClassName in Git, or have a volume or a provisioner for it.",
            next=(
                of_resource(evidence.application, "get_resource", claim.node),
                of_resource(evidence.application, "get_resource_events", claim.node),
            ),
            covers=(*users, *(pod.node for pod in waiting)),
        )


def _waits(pod: Resource, claim: Resource) -> bool:
    """Whether a pod waits to be scheduled for its claims, of which this is one."""
    volumes = ((pod.live or {}).get("spec") or {}).get("volumes") or []
    wanted = {(one.get("persistentVolumeClaim") or {}).get("claimName") for one in volumes}
    unbound = any(UNBOUND in one.message for one in events(pod, "FailedScheduling"))
    return unbound and pod.health != "Healthy" and claim.node.name in wanted


@rule("address-pending", "A load balancer or an Ingress gets no address", told_by="the resource's health and age")
def address_pending(evidence: Evidence) -> Iterator[Finding]:
    """Find Services and Ingresses that have waited for an address for long."""
    for one in evidence.of_kind("Service", "Ingress"):
        if one.health != "Progressing" or age(evidence, one.node.created_at or "") <= PATIENCE:
            continue
        spec = (one.live or {}).get("spec") or {}
        wanted = plain(str(spec.get("loadBalancerClass") or spec.get("ingressClassName") or ""))
        yield Finding(
            f"{name(one.node)} has had no address for {age(evidence, one.node.created_at or '') // 60:.0f} minutes"
            f"{f' (class {wanted})' if wanted else ''}.",
            "likely",
            one.node,
            since=one.node.created_at or "",
            evidence=tuple(quoted(one, events(one))),
            remedy="See whether the cluster has a controller for it; correct the class in Git where it is another's.",
            next=(
                of_resource(evidence.application, "get_resource_events", one.node),
                of_resource(evidence.application, "get_resource", one.node),
            ),
        )


# pkg/controller/podautoscaler: what it says, what that means, what helps, and whether it may pass by itself.
_SCALING = (
    (
        re.compile(r"could not find the requested resource \(get pods\.metrics\.k8s\.io\)"),
        "the cluster has no metrics API",
        "Have metrics-server installed in the cluster.",
        False,
    ),
    (
        re.compile(r"missing request for"),
        "its pods do not say how much they ask for, of which it takes a percentage",
        "Set resources.requests of each container in Git.",
        False,
    ),
    (
        re.compile(r"unable to get the target's current scale"),
        "what it is to scale does not exist, or cannot be scaled",
        "Correct scaleTargetRef in Git.",
        False,
    ),
    (re.compile(r""), "it cannot read what it scales by", "The quoted message says what it lacks.", True),
)


@rule("autoscaler", "An autoscaler cannot scale", told_by="its health, its events and its age")
def autoscaler(evidence: Evidence) -> Iterator[Finding]:
    """Find autoscalers without numbers or without a target; new ones may have no numbers yet."""
    for one in evidence.of_kind("HorizontalPodAutoscaler"):
        if one.health != "Degraded":
            continue
        why, remedy, passes = next(found[1:] for found in _SCALING if found[0].search(one.said))
        if passes and age(evidence, one.node.created_at or "") < PATIENCE:
            continue
        target = ((one.live or {}).get("spec") or {}).get("scaleTargetRef") or {}
        of = plain(f"{target.get('kind', '')}/{target.get('name', '')}") if target else ""
        yield Finding(
            f"{name(one.node)} does not scale{f' {of}' if of else ''}: {why}.",
            "certain",
            one.node,
            since=began(events(one)) or one.node.created_at or "",
            revision=revision_before(evidence, one.node.created_at or ""),
            evidence=(Quote(f"health of {name(one.node)}", one.said),),
            remedy=remedy,
            next=(
                of_resource(evidence.application, "get_resource_events", one.node),
                of_resource(evidence.application, "get_resource", one.node),
            ),
        )


RULES = (volume_pending, address_pending, autoscaler)
