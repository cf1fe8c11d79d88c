"""Pods that are not even created: quotas, policies and webhooks refuse them. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from argocd_gitops_mcp.argocd.resource_models import Event
from argocd_gitops_mcp.insight.evidence import Evidence, Resource
from argocd_gitops_mcp.insight.finding import Finding
from argocd_gitops_mcp.insight.rule import Find, Rule
from argocd_gitops_mcp.insight.telling import (
    began,
    declaration,
    events,
    name,
    of_resource,
    quoted,
    revision_before,
)
from argocd_gitops_mcp.insight.versions import is_outdated


@dataclass(frozen=True, slots=True)
class _Cause:
    """What a message means; the first group of `says` is a name to be told in place of `{}`."""

    id: str
    summary: str
    says: re.Pattern[str]
    what: str
    remedy: str


# In this order: the first that fits is told. Kubernetes 1.37, all but the service account seen in tests/e2e/stories.
_CAUSES = (
    _Cause(
        "quota",
        "A quota or limit of the namespace keeps pods from being created",
        re.compile(r"exceeded quota: ([\w.-]+)"),
        "ResourceQuota/{} of its namespace is used up",
        "Ask for less in Git (resources.requests, replicas), or have the quota raised.",
    ),
    _Cause(
        "quota",
        "A quota or limit of the namespace keeps pods from being created",
        re.compile(r"failed quota: ([\w.-]+): must specify"),
        "ResourceQuota/{} of its namespace demands that its pods say what they ask for",
        "Set resources.requests and limits of each container in Git, as the message names them.",
    ),
    _Cause(
        "quota",
        "A quota or limit of the namespace keeps pods from being created",
        re.compile(r"(?:maximum|minimum) \S+ (?:usage|limit|request)?.*per (\w+)|max limit to request ratio per (\w+)"),
        "a LimitRange of its namespace does not permit what its pods ask for",
        "Ask in Git for what the message permits, or have the LimitRange changed.",
    ),
    _Cause(
        "pod-security",
        "The namespace's pod security level forbids pods",
        re.compile(r"violates PodSecurity \"([\w.:-]+)\""),
        "the namespace's pod security level {} forbids its pods",
        "Set the securityContext that the message asks for, in Git, or have the namespace's level changed.",
    ),
    _Cause(
        "webhook",
        "An admission webhook refuses pods, or does not answer",
        re.compile(r"fail(?:ed|ure) (?:calling|to call) webhook \"([\w.-]+)\""),
        "admission webhook {} does not answer, so that its pods are not created",
        "Mend the webhook's service in the cluster; nothing in Git is wrong.",
    ),
    _Cause(
        "webhook",
        "An admission webhook refuses pods, or does not answer",
        re.compile(r"admission webhook \"([\w.-]+)\" denied"),
        "admission webhook {} refuses its pods",
        "Meet the webhook's policy in Git, as the message says it.",
    ),
    _Cause(
        "service-account",
        "A service account is missing",
        re.compile(r"serviceaccount \"([\w.-]+)\" not found"),
        "ServiceAccount/{} does not exist",
        "Add the ServiceAccount to Git, or correct serviceAccountName.",
    ),
    _Cause(
        "not-created",
        "Pods are not created for another reason",
        re.compile(r""),
        "its pods are not created",
        "The quoted event says why.",
    ),
)


def _find(wanted: str) -> Find:
    def find(evidence: Evidence) -> Iterator[Finding]:
        for one in evidence.of_kind("ReplicaSet", "StatefulSet", "DaemonSet", "Job", "ReplicationController"):
            found = events(one, "FailedCreate")
            if not found or one.health == "Healthy" or _is_over(evidence, one, found[0].seen_at):
                continue
            cause = next(cause for cause in _CAUSES if cause.says.search(found[0].message))
            if cause.id == wanted:
                yield _finding(evidence, one, cause, found)

    return find


def _is_over(evidence: Evidence, one: Resource, failed: str) -> bool:
    """Whether pods were created since, or are not wanted any more."""
    made = events(one, "SuccessfulCreate")
    return is_outdated(evidence, one) or (bool(made) and made[0].seen_at > failed)


def _finding(evidence: Evidence, one: Resource, cause: _Cause, found: list[Event]) -> Finding:
    owner, since = evidence.owner(one), began(found) or found[-1].seen_at
    named = cause.says.search(found[0].message)
    what = cause.what.format(*(group or "" for group in named.groups())) if named is not None else cause.what
    wanted = int(((owner.live or {}).get("spec") or {}).get("replicas") or 0)
    there = sum(each.node.kind == "Pod" for each in evidence.below(one))
    extent = f" {there} of {wanted} pods exist." if wanted else ""
    return Finding(
        f"{name(owner.node)}: {what}.{extent}",
        "certain",
        owner.node,
        since=since,
        revision=revision_before(evidence, one.node.created_at or since),
        evidence=tuple(quoted(one, found)),
        remedy=cause.remedy,
        next=(
            declaration(evidence, owner),
            of_resource(evidence.application, "get_resource_events", one.node),
        ),
        covers=(one.node,),
    )


RULES = tuple(
    Rule(cause.id, cause.summary, "events of what makes the pods", _find(cause.id))
    for cause in {cause.id: cause for cause in _CAUSES}.values()
)
