"""Pods that are not even created: quotas, policies and webhooks refuse them. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from argocd_gitops_mcp.insight.evidence import Evidence
from argocd_gitops_mcp.insight.finding import Finding
from argocd_gitops_mcp.insight.rule import Find, Rule
from argocd_gitops_mcp.insight.telling import (
    began,
    events,
    name,
    of_application,
    of_resource,
    quoted,
    revision_before,
    when,
)

_REASONS = ("FailedCreate",)


@dataclass(frozen=True, slots=True)
class _Cause:
    id: str
    summary: str
    says: re.Pattern[str]
    what: str
    remedy: str


# In this order: the first that fits is told. Kubernetes 1.37, seen in tests/e2e/stories.
_CAUSES = (
    _Cause(
        "quota",
        "A quota of the namespace keeps pods from being created",
        re.compile(r"exceeded quota|failed quota|limit ranges?|maximum .* usage per|minimum .* usage per"),
        "a quota or limit of its namespace keeps its pods from being created",
        "Ask for less in Git (or say what it asks for, where the quota demands that), or have the quota raised.",
    ),
    _Cause(
        "pod-security",
        "The namespace's pod security level forbids pods",
        re.compile(r"violates PodSecurity"),
        "the namespace's pod security level forbids its pods",
        "Set the securityContext that the message asks for, in Git, or have the namespace's level changed.",
    ),
    _Cause(
        "webhook",
        "An admission webhook refuses pods, or does not answer",
        re.compile(r"admission webhook|failed calling webhook|failed to call webhook"),
        "an admission webhook refuses its pods, or does not answer",
        "Meet the webhook's policy in Git; one that does not answer has to be mended in the cluster.",
    ),
    _Cause(
        "service-account",
        "A service account is missing",
        re.compile(r"serviceaccount \"[^\"]*\" not found|error looking up service account"),
        "its service account does not exist",
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
            found = events(one, *_REASONS)
            if not found or one.health == "Healthy":
                continue
            cause = next(cause for cause in _CAUSES if cause.says.search(found[0].message))
            if cause.id != wanted:
                continue
            owner, since = evidence.owner(one), began(found) or when(found[-1])
            yield Finding(
                f"{name(owner.node)}: {cause.what}.",
                "certain",
                owner.node,
                0,
                since,
                revision_before(evidence, one.node.created_at or since),
                tuple(quoted(one, found)),
                cause.remedy,
                (
                    of_resource(evidence.application, "get_application_manifest", owner.node),
                    of_application(evidence.application, "diff_application"),
                ),
                (one.node,),
            )

    return find


RULES = tuple(Rule(cause.id, cause.summary, "events of what makes the pods", _find(cause.id)) for cause in _CAUSES)
