"""What is not well without a reason that another rule knows. Pure."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from argocd_gitops_mcp.insight.ages import age
from argocd_gitops_mcp.insight.evidence import Evidence, Resource
from argocd_gitops_mcp.insight.finding import Confidence, Finding, Quote
from argocd_gitops_mcp.insight.rule import rule
from argocd_gitops_mcp.insight.rules.workloads import PATIENCE
from argocd_gitops_mcp.insight.telling import began, events, name, of_resource, plain, quoted
from argocd_gitops_mcp.insight.versions import is_outdated

_LONG = 600.0
"""Seconds after which a rollout should have come to an end."""
_ENDED_BY_ITSELF = ("Service", "Ingress", "PersistentVolumeClaim", "Job", "Pod", "ReplicaSet")
"""Kinds with rules of their own, kinds that may take as long as they like, and what is told by its owner."""
_BAD_IF_TRUE = re.compile(r"Degraded|Stalled|Fail|Error|Blocked|Conflict")
_DEADLINE = "exceeded its progress deadline"


@rule(
    "progress-deadline",
    "A rollout did not get on within its deadline",
    told_by="the Deployment's health",
    symptom=True,
)
def progress_deadline(evidence: Evidence) -> Iterator[Finding]:
    """Find Deployments that gave up waiting."""
    for one in evidence.of_kind("Deployment"):
        if one.health == "Degraded" and _DEADLINE in one.said:
            seconds = ((one.live or {}).get("spec") or {}).get("progressDeadlineSeconds", "")
            yield _unwell(evidence, [one], f"did not get on within {f'{seconds} s' if seconds else 'its deadline'}.")


@rule("degraded", "A resource is Degraded", told_by="its health check and its conditions", symptom=True)
def degraded(evidence: Evidence) -> Iterator[Finding]:
    """Find resources whose health check says no more than that; those of a kind with the same reason together."""
    groups: dict[tuple[str, str, str], list[Resource]] = defaultdict(list)
    for one in evidence.resources:
        new = one.node.kind == "HorizontalPodAutoscaler" and age(evidence, one.node.created_at or "") < PATIENCE
        if one.health != "Degraded" or not one.node.uid or _DEADLINE in one.said or new or is_outdated(evidence, one):
            continue
        owner = evidence.owner(one)
        reason = "".join(str(each.get("reason", "")) for each in _told(one)[:1])
        groups[one.node.kind, reason, "" if owner is one else name(owner.node)].append(one)
    for same in groups.values():
        reason = plain(_short(_told(same[0])))
        yield _unwell(evidence, same, f"is Degraded{f' ({reason})' if reason else ''}.")


@rule("health-unknown", "A resource's health cannot be told", told_by="its health check", symptom=True)
def health_unknown(evidence: Evidence) -> Iterator[Finding]:
    """Find resources whose health check failed."""
    found = [one for one in evidence.resources if one.health == "Unknown" and one.node.uid]
    for one in found:
        yield _unwell(evidence, [one], "has a health that cannot be told: its check fails, or it does not answer.")


@rule(
    "slow", "Something has been progressing for long", told_by="its health and the ages of all below it", symptom=True
)
def slow(evidence: Evidence) -> Iterator[Finding]:
    """Find what has not come to an end, though nothing about it is new."""
    for one in evidence.resources:
        if one.health != "Progressing" or not one.node.uid or one.node.kind in _ENDED_BY_ITSELF:
            continue
        last = _last_change(evidence, one)
        if age(evidence, last) > _LONG:
            minutes = age(evidence, last) // 60
            yield _unwell(evidence, [one], f"has been progressing for {minutes:.0f} minutes.", "possible", last)


def _last_change(evidence: Evidence, one: Resource) -> str:
    """When anything about it was last made or deployed."""
    status = evidence.application.status
    made = [each.node.created_at or "" for each in evidence.below(one)]
    changed = [str(each.get("lastTransitionTime") or "") for each in _conditions(one)]
    deployed = [each.deployed_at or "" for each in status.history or []]
    return max([*made, *changed, *deployed])


def _conditions(one: Resource) -> list[dict[str, Any]]:
    status = (one.live or {}).get("status") or {}
    found = status.get("conditions") if isinstance(status, dict) else None
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _told(one: Resource) -> Sequence[dict[str, Any]]:
    """Conditions that say what is wrong: first the one that its health repeats."""
    bad = [
        each
        for each in _conditions(one)
        if (each.get("status") == "True") == bool(_BAD_IF_TRUE.search(str(each.get("type", ""))))
    ]
    return sorted(bad, key=lambda each: (each.get("message") != one.said, each.get("type") != "Ready"))


def _short(told: Sequence[dict[str, Any]]) -> str:
    return "".join(f"{one.get('type')}={one.get('status')},{one.get('reason', '')}" for one in told[:1])


def _unwell(
    evidence: Evidence, same: Sequence[Resource], what: str, confidence: Confidence = "certain", since: str = ""
) -> Finding:
    one, told = same[0], _told(same[0])
    said = [Quote(f"health of {name(one.node)}", one.said)] if one.said else []
    said += [
        Quote(f"condition {plain(str(each.get('type', '')))} of {name(one.node)}", str(each.get("message", "")))
        for each in told
        if each.get("message") and each.get("message") != one.said
    ][:1]
    changed = str(told[0].get("lastTransitionTime") or "") if told else ""
    return Finding(
        f"{name(one.node)}{f' and {len(same) - 1} more of its kind' if len(same) > 1 else ''} {what}",
        confidence,
        one.node,
        len(same) - 1,
        since or changed or began(events(one)),
        evidence=(*said, *quoted(one, events(one))),
        remedy="What it says of itself is the next clue; look for its cause in Git, or in the controller of its kind.",
        next=(
            of_resource(evidence.application, "get_resource", one.node),
            of_resource(evidence.application, "get_resource_events", one.node),
        ),
        covers=tuple(each.node for each in same),
    )


RULES = (progress_deadline, degraded, health_unknown, slow)
