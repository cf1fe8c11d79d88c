"""Jobs, volume claims, addresses, and what is not well without any other reason. Pure."""

from collections.abc import Iterator
from datetime import datetime

from argocd_gitops_mcp.insight.containers import containers
from argocd_gitops_mcp.insight.evidence import Evidence, Resource
from argocd_gitops_mcp.insight.finding import Finding, Quote
from argocd_gitops_mcp.insight.rule import rule
from argocd_gitops_mcp.insight.telling import (
    began,
    events,
    last_words,
    name,
    of_resource,
    quoted,
    revision_before,
)

PATIENCE = 180.0
"""Seconds after which an address or a volume should be there."""


def age(evidence: Evidence, stamp: str) -> float:
    """Seconds since then; 0 where that is not known."""
    try:
        return (datetime.fromisoformat(evidence.now) - datetime.fromisoformat(stamp)).total_seconds()
    except ValueError:
        return 0.0


@rule("job-failed", "A Job failed", told_by="the Job's conditions and events, and the last lines of its pods")
def job_failed(evidence: Evidence) -> Iterator[Finding]:
    """Find Jobs that gave up."""
    for job in evidence.of_kind("Job"):
        conditions = ((job.live or {}).get("status") or {}).get("conditions") or []
        failed = next((one for one in conditions if one.get("type") == "Failed" and one.get("status") == "True"), None)
        if failed is None or job.health != "Degraded":
            continue
        pods = [one for one in evidence.below(job) if one.node.kind == "Pod"]
        words = [quote for pod in pods for one in containers(pod) for quote in last_words(pod, one.name)]
        owner = evidence.owner(job)
        since = str(failed.get("lastTransitionTime", ""))
        yield Finding(
            f"{name(job.node)} failed ({failed.get('reason', '')})"
            + (f", of {name(owner.node)}." if owner is not job else "."),
            "certain",
            job.node,
            0,
            since,
            revision_before(evidence, job.node.created_at or since),
            (*words[:1], *quoted(job, events(job, str(failed.get("reason", ""))))),
            "Its last words say why; a remedy is a commit.",
            (of_resource(evidence.application, "get_workload_logs", job.node),)
            if pods
            else (of_resource(evidence.application, "get_resource_events", job.node),),
            tuple(one.node for one in pods),
        )


@rule("volume-pending", "A volume claim gets no volume", told_by="events of the claim, and of pods that wait for it")
def volume_pending(evidence: Evidence) -> Iterator[Finding]:
    """Find claims that are not bound and somebody waits for, or that cannot be."""
    waiting = [
        pod
        for pod in evidence.of_kind("Pod")
        if any("unbound immediate PersistentVolumeClaims" in one.message for one in events(pod, "FailedScheduling"))
    ]
    for claim in evidence.of_kind("PersistentVolumeClaim"):
        said = events(claim, "ProvisioningFailed", "FailedBinding")
        if claim.health == "Healthy" or not (said or waiting):
            continue
        wanted = ((claim.live or {}).get("spec") or {}).get("storageClassName", "")
        users = [evidence.owner(pod).node for pod in waiting]
        quotes = (*quoted(claim, said), *(quote for pod in waiting[:1] for quote in quoted(pod, events(pod))))
        yield Finding(
            f"{name(claim.node)} gets no volume{f' of storage class {wanted}' if wanted else ''}"
            + (f"; {name(users[0])} waits for it." if users else "."),
            "certain",
            claim.node,
            0,
            began(said) or claim.node.created_at or "",
            revision_before(evidence, claim.node.created_at or ""),
            quotes,
            "Correct storageClassName in Git, or have a volume or a provisioner for it.",
            (of_resource(evidence.application, "get_resource_events", claim.node),),
            (*users, *(pod.node for pod in waiting)),
        )


@rule("address-pending", "A load balancer or an Ingress gets no address", told_by="the resource's health and age")
def address_pending(evidence: Evidence) -> Iterator[Finding]:
    """Find Services and Ingresses that have waited for an address for long."""
    for one in evidence.of_kind("Service", "Ingress"):
        if one.health == "Progressing" and age(evidence, one.node.created_at or "") > PATIENCE:
            yield Finding(
                f"{name(one.node)} has no address yet.",
                "likely",
                one.node,
                0,
                one.node.created_at or "",
                "",
                tuple(quoted(one, events(one))),
                "See whether the cluster has a controller for it, and what that says.",
                (of_resource(evidence.application, "get_resource_events", one.node),),
            )


@rule(
    "progress-deadline",
    "A rollout did not get on within its deadline",
    told_by="the Deployment's health",
    symptom=True,
)
def progress_deadline(evidence: Evidence) -> Iterator[Finding]:
    """Find Deployments that gave up waiting."""
    for one in evidence.of_kind("Deployment"):
        if one.health == "Degraded" and "progress deadline" in one.said:
            yield _unwell(evidence, one, f"{name(one.node)} did not get on within its progress deadline.")


@rule("degraded", "A resource is Degraded", told_by="its health check", symptom=True)
def degraded(evidence: Evidence) -> Iterator[Finding]:
    """Find resources whose health check says no more than that."""
    for one in evidence.resources:
        if one.health == "Degraded" and one.node.uid and not (one.node.kind == "Deployment" and "deadline" in one.said):
            yield _unwell(evidence, one, f"{name(one.node)} is Degraded.")


@rule("health-unknown", "A resource's health cannot be told", told_by="its health check", symptom=True)
def health_unknown(evidence: Evidence) -> Iterator[Finding]:
    """Find resources whose health check failed."""
    for one in evidence.resources:
        if one.health == "Unknown" and one.node.uid:
            yield _unwell(evidence, one, f"The health of {name(one.node)} cannot be told.")


def _unwell(evidence: Evidence, one: Resource, what: str) -> Finding:
    conditions = ((one.live or {}).get("status") or {}).get("conditions") or []
    bad = [
        f"{each.get('type')}={each.get('status')}: {each.get('message', '')}"
        for each in conditions
        if isinstance(each, dict) and each.get("status") != "True"
    ]
    said = [Quote(f"health of {name(one.node)}", one.said)] if one.said else []
    said += [Quote(f"condition of {name(one.node)}", text) for text in bad[:1]]
    return Finding(
        what,
        "certain",
        one.node,
        0,
        began(events(one)),
        "",
        (*said, *quoted(one, events(one))),
        "What it says of itself is the next clue.",
        (of_resource(evidence.application, "get_resource_events", one.node),),
    )


RULES = (job_failed, volume_pending, address_pending)
SYMPTOMS = (progress_deadline, degraded, health_unknown)
