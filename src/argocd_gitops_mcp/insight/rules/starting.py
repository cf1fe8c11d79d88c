"""Pods that lack what they need to start: settings, volumes, a node, or their own life. Pure."""

import re
from collections.abc import Iterator
from typing import Any

from argocd_gitops_mcp.argocd.resource_models import Event
from argocd_gitops_mcp.insight.evidence import Evidence, Resource
from argocd_gitops_mcp.insight.finding import Finding, Quote
from argocd_gitops_mcp.insight.groups import failing
from argocd_gitops_mcp.insight.rule import rule
from argocd_gitops_mcp.insight.telling import (
    began,
    container_quote,
    events,
    name,
    of_application,
    of_resource,
    quoted,
    revision_before,
)

_PENDING_VOLUME = "unbound immediate PersistentVolumeClaims"
# What the scheduler counts nodes by, as far as it is not the request itself.
_SHORT_OF = re.compile(r"\d+ Insufficient ([\w./-]+)")
_PLACES = re.compile(r"node affinity|node selector|taint|topology spread|anti-affinity|volume node affinity")


@rule(
    "missing-reference",
    "A ConfigMap, a Secret or a key of one is missing that a container refers to",
    told_by="the container's waiting reason and message, the pod's events",
)
def missing_reference(evidence: Evidence) -> Iterator[Finding]:
    """Find containers that cannot be configured."""
    for one in failing(evidence, lambda _, found: found.waiting == "CreateContainerConfigError"):
        yield Finding(
            f"{one.about}: container {one.container.name} cannot be configured: what it refers to is missing."
            f"{one.still_serving}",
            "certain",
            one.owner.node,
            one.pods - 1,
            one.since,
            one.revision,
            (container_quote(one.pod, one.container, one.container.said),),
            "Add the ConfigMap, Secret or key to Git, or correct the reference.",
            (
                of_resource(evidence.application, "get_application_manifest", one.owner.node),
                of_application(evidence.application, "diff_application"),
            ),
            one.nodes,
        )


@rule("mount-failed", "A volume cannot be mounted", told_by="the pod's events")
def mount_failed(evidence: Evidence) -> Iterator[Finding]:
    """Find pods that wait for a volume."""
    for pod, found in _told(evidence, "FailedMount", "FailedAttachVolume"):
        yield _of_pod(
            evidence,
            pod,
            found,
            "a volume cannot be mounted, so that its pod does not start.",
            "Add what the volume is made of (a ConfigMap, Secret or claim) to Git, or correct its name.",
        )


@rule("unschedulable", "No node takes a pod", told_by="the pod's events: FailedScheduling")
def unschedulable(evidence: Evidence) -> Iterator[Finding]:
    """Find pods that find no node; those that wait for a volume claim are told by that."""
    for pod, found in _told(evidence, "FailedScheduling"):
        if _PENDING_VOLUME in found[0].message or _is_scheduled(pod):
            continue
        short = sorted(set(_SHORT_OF.findall(found[0].message)))
        if short:
            asked = ", ".join(filter(None, (_asked(pod, one) for one in short)))
            why = f"too little {' and '.join(short)} left on the nodes{f' (it asks for {asked})' if asked else ''}"
            remedy = "Ask for less in Git (resources.requests), or give the cluster more nodes."
        elif _PLACES.search(found[0].message):
            why = "no node fits its node selector, affinity or tolerations"
            remedy = "Correct nodeSelector, affinity or tolerations in Git, or label or add nodes."
        else:
            why, remedy = "the scheduler's message says why", "Mend what the scheduler names."
        yield _of_pod(evidence, pod, found, f"its pod finds no node: {why}.", remedy)


def _is_scheduled(pod: Resource) -> bool:
    return bool(((pod.live or {}).get("spec") or {}).get("nodeName"))


def _asked(pod: Resource, resource: str) -> str:
    containers: list[dict[str, Any]] = ((pod.live or {}).get("spec") or {}).get("containers") or []
    found = [((one.get("resources") or {}).get("requests") or {}).get(resource) for one in containers]
    return " + ".join(str(one) for one in found if one)


@rule("evicted", "A pod was evicted from its node", told_by="the pod's status and events")
def evicted(evidence: Evidence) -> Iterator[Finding]:
    """Find evicted pods of workloads that are not well; what was replaced since does not matter."""
    for pod in evidence.of_kind("Pod"):
        status = (pod.live or {}).get("status") or {}
        owner = evidence.owner(pod)
        if status.get("reason") != "Evicted" or (owner is not pod and owner.health == "Healthy"):
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


def _told(evidence: Evidence, *reasons: str) -> Iterator[tuple[Resource, list[Event]]]:
    """Of each workload the newest pod that does not run and has such events."""
    seen: set[int] = set()
    pods = sorted(evidence.of_kind("Pod"), key=lambda one: one.node.created_at or "", reverse=True)
    for pod in pods:
        found = events(pod, *reasons)
        owner = evidence.owner(pod)
        if found and pod.health != "Healthy" and id(owner) not in seen:
            seen.add(id(owner))
            yield pod, found


def _of_pod(evidence: Evidence, pod: Resource, found: list[Event], what: str, remedy: str) -> Finding:
    app, owner = evidence.application, evidence.owner(pod)
    pods = [one for one in evidence.below(owner) if one.node.kind == "Pod" and one.health == pod.health]
    return Finding(
        f"{name(owner.node)}: {what}",
        "certain",
        owner.node,
        max(len(pods) - 1, 0),
        began(found) or pod.node.created_at or "",
        revision_before(evidence, pod.node.created_at or ""),
        tuple(quoted(pod, found)),
        remedy,
        (of_application(app, "diff_application"), of_resource(app, "get_resource_events", pod.node)),
        (pod.node,),
    )


RULES = (missing_reference, mount_failed, unschedulable, evicted)
