"""Jobs that failed, or are about to. Pure."""

from collections.abc import Iterator
from typing import Any

from argocd_gitops_mcp.insight.containers import Container, containers
from argocd_gitops_mcp.insight.endings import ending
from argocd_gitops_mcp.insight.evidence import Evidence, Resource
from argocd_gitops_mcp.insight.finding import Finding, Quote
from argocd_gitops_mcp.insight.last_words import last_words
from argocd_gitops_mcp.insight.rule import rule
from argocd_gitops_mcp.insight.telling import declaration, events, name, of_resource, plain, quoted, revision_before

# batch/v1: why a Job failed, and what to do about it.
_REMEDIES = {
    "DeadlineExceeded": "Raise activeDeadlineSeconds in Git, or see what it was slow at.",
    "BackoffLimitExceeded": "Mend what its last words tell of, in Git; a Job is only made again under another name, "
    "or after it was deleted.",
}
_OTHERWISE = "The quoted condition says why; a remedy is a commit."


def _status(job: Resource) -> dict[str, Any]:
    found: dict[str, Any] = (job.live or {}).get("status") or {}
    return found


def _unwell(evidence: Evidence) -> Iterator[Resource]:
    """Jobs of which more was read than their health."""
    return (one for one in evidence.of_kind("Job") if one.live and one.health != "Healthy")


def _failure(evidence: Evidence, job: Resource) -> dict[str, Any] | None:
    """The condition that says so; the Job itself says it a moment after its last pod has ended."""
    for one in _status(job).get("conditions") or []:
        if one.get("type") in ("Failed", "FailureTarget") and one.get("status") == "True":
            found: dict[str, Any] = one
            return found
    if _failed(evidence, job) > _tries(job):
        return {"reason": "BackoffLimitExceeded"}
    return None


def _tries(job: Resource) -> int:
    """How often it tries again."""
    return int(((job.live or {}).get("spec") or {}).get("backoffLimit", 6))


def _failed(evidence: Evidence, job: Resource) -> int:
    """How many of its pods have; the Job itself counts them a moment later."""
    pods = [one for one in evidence.below(job) if one.node.kind == "Pod"]
    ended = [one for one in pods if ((one.live or {}).get("status") or {}).get("phase") == "Failed"]
    return max(int(_status(job).get("failed") or 0), len(ended))


def _is_followed(evidence: Evidence, job: Resource, owner: Resource) -> bool:
    """Whether its CronJob has made another since."""
    if owner.node.kind != "CronJob":
        return False
    made = [one for one in evidence.below(owner) if one.node.kind == "Job"]
    return any((one.node.created_at or "") > (job.node.created_at or "") for one in made)


def _ended(evidence: Evidence, job: Resource) -> tuple[Resource, Container] | None:
    """The newest of its pods with a container that ended badly."""
    pods = [one for one in evidence.below(job) if one.node.kind == "Pod"]
    for pod in sorted(pods, key=lambda one: one.node.created_at or "", reverse=True):
        for one in containers(pod):
            if one.ended is not None and one.ended.exit_code:
                return pod, one
    return None


def _said(evidence: Evidence, job: Resource) -> tuple[str, tuple[Quote, ...]]:
    """How its container ended, and its last words."""
    found = _ended(evidence, job)
    if found is None:
        return "", ()
    pod, one = found
    return f"container {one.name} ended with {ending(pod, one)}", tuple(last_words(pod, one.name))


@rule("job-failed", "A Job failed", told_by="the Job's conditions and events, and the last lines of its pods")
def job_failed(evidence: Evidence) -> Iterator[Finding]:
    """Find Jobs that gave up; of a CronJob the last one."""
    for job in _unwell(evidence):
        failed, owner = _failure(evidence, job), evidence.owner(job)
        if failed is None or _is_followed(evidence, job, owner):
            continue
        reason, since = (
            str(failed.get("reason", "")),
            str(failed.get("lastTransitionTime") or job.node.created_at or ""),
        )
        how, words = _said(evidence, job)
        which = f"{name(owner.node)}: its last {name(job.node)}" if owner is not job else name(job.node)
        pods = [one.node for one in evidence.below(job) if one.node.kind == "Pod"]
        said = str(failed.get("message", ""))
        yield Finding(
            f"{which} failed ({plain(reason)}){f': {how}' if how else ''}.",
            "certain",
            owner.node,
            since=since,
            revision=revision_before(evidence, job.node.created_at or since),
            evidence=(*words, *((Quote(f"condition of {name(job.node)}", said),) if said else ())),
            remedy=_REMEDIES.get(reason, _OTHERWISE),
            next=(
                of_resource(evidence.application, "get_workload_logs" if pods else "get_resource_events", job.node),
                declaration(evidence, owner),
            ),
            covers=(job.node, *pods),
        )


@rule("job-retries", "A Job has failed and tries again", told_by="the Job's status, and the last lines of its pods")
def job_retries(evidence: Evidence) -> Iterator[Finding]:
    """Find Jobs whose pods have failed so far."""
    for job in _unwell(evidence):
        times, owner = _failed(evidence, job), evidence.owner(job)
        if not times or job.health != "Progressing" or _failure(evidence, job) is not None:
            continue
        how, words = _said(evidence, job)
        pods = [one.node for one in evidence.below(job) if one.node.kind == "Pod"]
        yield Finding(
            f"{name(job.node)} has failed {times} time{'' if times == 1 else 's'} and tries again, "
            f"{_tries(job) + 1} times at most{f': {how}' if how else ''}.",
            "likely",
            owner.node,
            since=str(_status(job).get("startTime") or ""),
            revision=revision_before(evidence, job.node.created_at or ""),
            evidence=(*words, *quoted(job, events(job, "SuccessfulCreate"))),
            remedy="Mend what its last words tell of, in Git; it may also succeed yet.",
            next=(of_resource(evidence.application, "get_workload_logs", job.node),),
            covers=(job.node, *pods),
        )


RULES = (job_failed, job_retries)
