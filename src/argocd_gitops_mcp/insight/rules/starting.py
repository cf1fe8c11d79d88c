"""Pods that lack what they need to start: settings, volumes, a node. Pure."""

import re
from collections.abc import Iterator
from typing import Any

from argocd_gitops_mcp.argocd.resource_models import Event
from argocd_gitops_mcp.insight.ages import age
from argocd_gitops_mcp.insight.evidence import Evidence, Resource
from argocd_gitops_mcp.insight.finding import Finding, NextCall
from argocd_gitops_mcp.insight.groups import Group, failing
from argocd_gitops_mcp.insight.rule import rule
from argocd_gitops_mcp.insight.telling import (
    began,
    container_quote,
    declaration,
    events,
    name,
    of_application,
    of_resource,
    plain,
    quoted,
    revision_before,
)
from argocd_gitops_mcp.insight.versions import is_outdated

UNBOUND = "unbound immediate PersistentVolumeClaims"
_SHORTLY = 30.0
"""Seconds for which a volume may not be there yet."""
# Kubernetes 1.37: `configmap "tuning" not found`, `couldn't find key SPEED in ConfigMap shop/settings`.
_ABSENT = re.compile(r"(configmap|secret|persistentvolumeclaim) \"([\w.-]+)\" not found")
_NO_KEY = re.compile(r"couldn't find key ([\w.-]+) in (ConfigMap|Secret) [\w.-]+/([\w.-]+)")
_KINDS = {"configmap": "ConfigMap", "secret": "Secret", "persistentvolumeclaim": "PersistentVolumeClaim"}
_VOLUME = re.compile(r"for volume \"([\w.-]+)\"")
_AS_ROOT = "runAsNonRoot"


def _lacks(message: str) -> tuple[str, str, str]:
    """What is not there: kind, name, and the key of it; empty where the message does not say."""
    if found := _NO_KEY.search(message):
        return found[2], found[3], found[1]
    if found := _ABSENT.search(message):
        return _KINDS[found[1]], found[2], ""
    return "", "", ""


def _remedy(evidence: Evidence, kind: str, named: str, key: str) -> tuple[str, NextCall | None]:
    """What to do about it, and a call where that is a sync."""
    app = evidence.application
    declared = [one for one in evidence.resources if (one.node.kind, one.node.name) == (kind, named)]
    if declared and not declared[0].node.uid:
        return "Git declares it, but it was not deployed: sync.", of_application(app, "sync_application")
    if key:
        return f"Add the key to the {kind} in Git, or correct the reference.", None
    return f"Add the {kind or 'object'} to Git, or correct its name.", None


@rule(
    "missing-reference",
    "A ConfigMap, a Secret or a key of one is missing that a container refers to",
    told_by="the container's waiting reason and message",
)
def missing_reference(evidence: Evidence) -> Iterator[Finding]:
    """Find containers that refer to something that is not there."""
    for one in failing(evidence, lambda _, found: found.waiting == "CreateContainerConfigError"):
        kind, named, key = _lacks(one.container.said)
        if named:
            missing = f"key {key} is missing in {kind}/{named}" if key else f"{kind}/{named} does not exist"
            remedy, call = _remedy(evidence, kind, named, key)
            yield _unconfigured(evidence, one, missing, remedy, call)


@rule("container-config", "A container cannot be configured for another reason", told_by="its waiting message")
def container_config(evidence: Evidence) -> Iterator[Finding]:
    """Find containers that kubelet refuses as they are declared."""
    for one in failing(evidence, lambda _, found: found.waiting == "CreateContainerConfigError"):
        said = one.container.said
        if _lacks(said)[1]:
            continue
        # pkg/kubelet/kuberuntime/security_context.go: verifyRunAsNonRoot
        if _AS_ROOT in said:
            remedy = "Set securityContext.runAsUser in Git, or take an image that has a user of its own."
            yield _unconfigured(evidence, one, "it must not run as root, and its image does", remedy)
        else:
            yield _unconfigured(evidence, one, "kubelet's message says why", "Correct in Git what the message names.")


def _unconfigured(evidence: Evidence, one: Group, what: str, remedy: str, call: NextCall | None = None) -> Finding:
    app = evidence.application
    return Finding(
        f"{one.about}: container {one.container.name} cannot be configured: {what}.{one.extent}",
        "certain",
        one.owner.node,
        since=one.since,
        revision=one.revision,
        evidence=(container_quote(one.pod, one.container, one.container.said),),
        remedy=remedy,
        next=(
            *((call,) if call is not None else ()),
            declaration(evidence, one.owner),
            of_resource(app, "get_resource_events", one.pod.node),
        ),
        covers=one.nodes,
    )


@rule("mount-failed", "A volume cannot be mounted", told_by="the pod's events")
def mount_failed(evidence: Evidence) -> Iterator[Finding]:
    """Find pods that wait for a volume."""
    for pod, found in _told(evidence, "FailedMount", "FailedAttachVolume"):
        begun = events(pod, "Pulling", "Pulled", "Created", "Started")
        once = found[0].count < 2 and age(evidence, pod.node.created_at or "") < _SHORTLY  # noqa: PLR2004
        if once or (begun and begun[0].seen_at >= found[0].seen_at):
            continue
        message = found[0].message
        kind, named, key = _lacks(message)
        remedy, call = _remedy(evidence, kind, named, key) if named else (_OF_VOLUME, None)
        volume = _VOLUME.search(message)
        done = "attached" if found[0].reason == "FailedAttachVolume" else "mounted"
        missing = f": {kind}/{named} does not exist" if named else ""
        what = f"volume {volume[1] if volume else ''} cannot be {done}".replace("  ", " ")
        yield _of_pod(evidence, pod, found, f"{what}{missing}, so that its pod does not start.", remedy, call)


_OF_VOLUME = "Correct in Git what the volume is made of, or mend the storage that the message names."
# What the scheduler counts nodes by, and what that means. In this order.
_PLACES = (
    (re.compile(r"untolerated taint"), "it does not tolerate their taints"),
    (re.compile(r"node affinity/selector|node selector"), "they do not fit its nodeSelector or node affinity"),
    (re.compile(r"anti-affinity|pod affinity"), "its pod affinity or anti-affinity forbids them"),
    (re.compile(r"topology spread"), "its topology spread constraints forbid them"),
    (re.compile(r"volume node affinity"), "its volume is bound to another node or zone"),
    (re.compile(r"free ports"), "the ports it wants on the node are taken"),
    (re.compile(r"unschedulable"), "they are cordoned"),
)
_SHORT_OF = re.compile(r"Insufficient ([\w./-]*\w)")


@rule("unschedulable", "No node takes a pod", told_by="the pod's events: FailedScheduling")
def unschedulable(evidence: Evidence) -> Iterator[Finding]:
    """Find pods that find no node; those that wait for a volume claim are told by that."""
    for pod, found in _told(evidence, "FailedScheduling"):
        # What would have to be evicted for it is no reason of its own.
        message = found[0].message.split("preemption:")[0]
        if UNBOUND in message or _spec(pod).get("nodeName"):
            continue
        kind, named, _ = _lacks(message)
        if named:
            remedy, call = _remedy(evidence, kind, named, "")
            what = f"its pod waits for {kind}/{named}, which does not exist."
            yield _of_pod(evidence, pod, found, what, remedy, call)
            continue
        short = [
            f"they have too little {one} left{_asked(pod, one)}" for one in sorted(set(_SHORT_OF.findall(message)))
        ]
        places = [means for says, means in _PLACES if says.search(message)]
        nodes = " and ".join([*short, *places]) + (_selector(pod) if places else "")
        remedies = (_LESS if short else "", _ELSEWHERE if places else "")
        yield _of_pod(
            evidence,
            pod,
            found,
            f"none of the nodes takes its pod: {nodes or 'the scheduler says why'}.",
            " ".join(filter(None, remedies)) or "Mend what the scheduler names.",
        )


_LESS = "Ask for less in Git (resources.requests), or give the cluster more nodes."
_ELSEWHERE = "Correct nodeSelector, affinity or tolerations in Git, or the nodes."


def _spec(pod: Resource) -> dict[str, Any]:
    declared: dict[str, Any] = (pod.live or {}).get("spec") or {}
    return declared


def _asked(pod: Resource, resource: str) -> str:
    """How much of it the pod asks for."""
    every = [((one.get("resources") or {}).get("requests") or {}) for one in _spec(pod).get("containers") or []]
    found = [plain(str(one[resource])) for one in every if one.get(resource)]
    return f" (it asks for {' + '.join(found)})" if found else ""


def _selector(pod: Resource) -> str:
    wanted = _spec(pod).get("nodeSelector") or {}
    shown = plain(",".join(f"{key}={value}" for key, value in wanted.items()))
    return f" (nodeSelector {shown})" if shown else ""


def _told(evidence: Evidence, *reasons: str) -> Iterator[tuple[Resource, list[Event]]]:
    """Of each workload the newest pod that does not run and has such events."""
    seen: set[int] = set()
    pods = sorted(evidence.of_kind("Pod"), key=lambda one: one.node.created_at or "", reverse=True)
    for pod in pods:
        found = events(pod, *reasons)
        owner = evidence.owner(pod)
        if found and pod.health != "Healthy" and id(owner) not in seen and not is_outdated(evidence, pod):
            seen.add(id(owner))
            yield pod, found


def _of_pod(
    evidence: Evidence, pod: Resource, found: list[Event], what: str, remedy: str, call: NextCall | None = None
) -> Finding:
    app, owner = evidence.application, evidence.owner(pod)
    pods = [one for one in evidence.below(owner) if one.node.kind == "Pod"]
    alike = sum(one.health == pod.health for one in pods)
    extent = f" So it is with {alike} of {len(pods)} pods." if len(pods) > 1 else ""
    return Finding(
        f"{name(owner.node)}: {what}{extent}",
        "certain",
        owner.node,
        since=began(found) or pod.node.created_at or "",
        revision=revision_before(evidence, pod.node.created_at or ""),
        evidence=tuple(quoted(pod, found)),
        remedy=remedy,
        next=(
            *((call,) if call is not None else ()),
            declaration(evidence, owner),
            of_resource(app, "get_resource_events", pod.node),
        ),
        covers=(pod.node,),
    )


RULES = (missing_reference, container_config, mount_failed, unschedulable)
