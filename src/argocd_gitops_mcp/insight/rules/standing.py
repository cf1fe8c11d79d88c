"""What stays as it is though Git says otherwise: nobody syncs it, or Argo CD is set not to. Pure."""

from collections.abc import Iterator

from argocd_gitops_mcp.argocd.models import Condition
from argocd_gitops_mcp.insight.ages import age
from argocd_gitops_mcp.insight.deployments import is_deployed, is_settled
from argocd_gitops_mcp.insight.evidence import Evidence
from argocd_gitops_mcp.insight.finding import Finding, Quote
from argocd_gitops_mcp.insight.rule import rule
from argocd_gitops_mcp.insight.telling import foremost, name, of_application, of_resources

_OFTEN_ENOUGH = 3600.0
"""Seconds that a change may wait for somebody to sync it."""
_LOOKED_AT = 120.0
"""Seconds until Argo CD should have compared a new application: it does so at once."""


def _conditions(evidence: Evidence, kind: str, said: str = "") -> list[Condition]:
    return [one for one in evidence.application.status.conditions or [] if one.type == kind and said in one.message]


def _quotes(conditions: list[Condition]) -> tuple[Quote, ...]:
    return tuple(Quote(f"condition {one.type}", one.message) for one in conditions[:2])


@rule("repeated-resource", "The source holds a resource twice", told_by="the condition RepeatedResourceWarning")
def repeated_resource(evidence: Evidence) -> Iterator[Finding]:
    """Find resources that the source declares more than once."""
    if conditions := _conditions(evidence, "RepeatedResourceWarning"):
        yield Finding(
            "The source declares a resource more than once; the last one counts.",
            "certain",
            more=len(conditions) - 1,
            since=conditions[0].last_transition_time or "",
            evidence=_quotes(conditions),
            remedy="Keep one of them in Git.",
            next=(of_resources(evidence.application, "get_application_manifest"),),
        )


@rule("empty-refused", "Auto-sync refuses to remove everything", told_by="the condition SyncError")
def empty_refused(evidence: Evidence) -> Iterator[Finding]:
    """Find commits that would leave nothing of the application."""
    if conditions := _conditions(evidence, "SyncError", "auto-sync will wipe out all resources"):
        yield Finding(
            "The source has no manifests any more, and auto-sync refuses to remove everything.",
            "certain",
            since=conditions[0].last_transition_time or "",
            revision=", ".join(_revisions(evidence)),
            evidence=_quotes(conditions),
            remedy="Bring the manifests back in Git, or correct the path; where it is meant, set allowEmpty or delete "
            "the application.",
            next=(of_application(evidence.application, "get_application", detail="full"),),
        )


@rule(
    "excluded", "Argo CD is set to leave out a resource of the source", told_by="the condition ExcludedResourceWarning"
)
def excluded(evidence: Evidence) -> Iterator[Finding]:
    """Find resources that are never deployed, whatever Git says."""
    if conditions := _conditions(evidence, "ExcludedResourceWarning"):
        yield Finding(
            "The source declares a resource of a kind that Argo CD is set to leave out: it is not deployed.",
            "certain",
            more=len(conditions) - 1,
            since=conditions[0].last_transition_time or "",
            evidence=_quotes(conditions),
            remedy="Take it out of Git, or have resource.exclusions changed in Argo CD's settings.",
            next=(of_resources(evidence.application, "get_application_manifest"),),
        )


@rule("unpruned", "What Git does not have any more is left in the cluster", told_by="the comparison")
def unpruned(evidence: Evidence) -> Iterator[Finding]:
    """Find resources that only a sync with prune would remove, after one without."""
    app = evidence.application
    policy = app.spec.automated
    if app.status.sync.status != "OutOfSync" or app.metadata.deletion_timestamp or (policy and policy.prune):
        return
    left = [
        one.node
        for one in evidence.resources
        if one.node.uid and one.status is not None and one.status.prunable and one.health != "Progressing"
    ]
    if not left or not is_settled(evidence) or not (policy or is_deployed(app)):
        return
    first = foremost(left)[0]
    why = "auto-sync does not prune" if policy is not None else "the last sync did not prune"
    yield Finding(
        f"{name(first)} is not in Git any more and left in the cluster: {why}.",
        "certain",
        first,
        len(left) - 1,
        revision=", ".join(_revisions(evidence)),
        remedy="Sync with prune to remove it, or bring it back in Git.",
        next=(of_application(app, "diff_application"), of_application(app, "sync_application", prune=True)),
    )


@rule(
    "not-synced", "Git has moved on, and nobody has deployed that", told_by="the comparison, the commit", symptom=True
)
def not_synced(evidence: Evidence) -> Iterator[Finding]:
    """Find changes that have waited long for somebody to sync them."""
    app, state = evidence.application, evidence.application.status.operation_state
    is_running = app.operation is not None or (state is not None and state.phase not in ("", "Succeeded"))
    if app.status.sync.status != "OutOfSync" or app.spec.automated is not None or is_running or is_deployed(app):
        return
    revisions = _revisions(evidence)
    dates = [evidence.commits[one].date for one in revisions if one in evidence.commits]
    since = max(dates, default=app.metadata.creation_timestamp or "")
    if age(evidence, since) < _OFTEN_ENOUGH:
        return
    compared = [one.status.status for one in evidence.resources if one.status is not None and one.status.status]
    differ = compared.count("OutOfSync")
    before = "nothing was deployed yet" if not app.status.history else "an older commit is deployed"
    yield Finding(
        f"Git has what nobody has synced: {differ} of {len(compared)} resources differ, {before}, auto-sync is off.",
        "certain",
        since=since,
        revision=", ".join(revisions),
        remedy="Look at the difference, and sync if it is meant to be deployed.",
        next=(of_application(app, "diff_application"), of_application(app, "sync_application")),
    )


@rule("not-compared", "Argo CD does not look at the application", told_by="its status and age", symptom=True)
def not_compared(evidence: Evidence) -> Iterator[Finding]:
    """Find applications that no controller has taken up."""
    app = evidence.application
    created = app.metadata.creation_timestamp or ""
    if app.status.sync.status or app.status.reconciled_at or age(evidence, created) < _LOOKED_AT:
        return
    yield Finding(
        "Argo CD has never compared this application.",
        "possible",
        since=created,
        remedy="Look after argocd-application-controller, and whether it watches the application's namespace.",
        next=(of_application(app, "refresh_application"),),
    )


def _revisions(evidence: Evidence) -> list[str]:
    sync = evidence.application.status.sync
    return sync.revisions or [sync.revision]


RULES = (empty_refused, unpruned, repeated_resource, excluded)
SYMPTOMS = (not_synced, not_compared)
