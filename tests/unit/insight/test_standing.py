import pytest
from tests.unit.insight.recordings import found, later, recorded, what

from argocd_gitops_mcp.argocd.models import Automated, Condition, SyncPolicy
from argocd_gitops_mcp.insight.diagnosis import diagnose
from argocd_gitops_mcp.insight.evidence import Evidence
from argocd_gitops_mcp.insight.rules.catalogue import RULES

_DAY = 86_400


# As a real Argo CD 3.6 said it.
@pytest.mark.parametrize(
    ("condition", "rule"),
    [
        (
            Condition("SyncError", f"Skipping sync attempt to [{'a' * 40}]: auto-sync will wipe out all resources"),
            "empty-refused",
        ),
        (
            Condition("ExcludedResourceWarning", "Resource coordination.k8s.io/Lease x is excluded in the settings"),
            "excluded",
        ),
        (
            Condition(
                "RepeatedResourceWarning",
                "Resource /ConfigMap/shop/settings appeared 2 times among resources.",
            ),
            "repeated-resource",
        ),
    ],
)
def test_conditions_are_told(condition: Condition, rule: str) -> None:
    evidence = recorded("healthy")
    evidence.application.status.conditions = [condition]
    (one,) = diagnose(evidence, RULES)
    assert one.rule.id == rule
    assert one.finding.evidence[0].text == condition.message


def test_orphans_are_no_failure() -> None:
    evidence = recorded("healthy")
    evidence.application.status.conditions = [
        Condition("OrphanedResourceWarning", "Application has 1 orphaned resources")
    ]
    assert not diagnose(evidence, RULES)


def test_a_change_that_nobody_synced_is_told_after_an_hour() -> None:
    evidence = recorded("not-yet-deployed")
    assert not diagnose(evidence, RULES)
    (one,) = diagnose(later(evidence, _DAY), RULES)
    assert one.rule.id == "not-synced"
    assert one.finding.what == (
        "Git has what nobody has synced: 1 of 2 resources differ, an older commit is deployed, auto-sync is off."
    )
    assert one.finding.revision == evidence.application.status.sync.revision


def test_what_is_synced_by_itself_waits_for_nobody() -> None:
    evidence = later(recorded("not-yet-deployed"), _DAY)
    evidence.application.spec.sync_policy = SyncPolicy(Automated())
    assert not found(evidence, "not-synced")


def _removed(evidence: Evidence) -> Evidence:
    """Its ConfigMap is no longer in Git, and auto-sync does not prune."""
    evidence.application.status.sync.status = "OutOfSync"
    evidence.application.spec.sync_policy = SyncPolicy(Automated())
    for one in evidence.of_kind("ConfigMap"):
        assert one.status is not None
        one.status.requires_pruning, one.status.status = True, "OutOfSync"
    return later(evidence, 60)


def test_what_auto_sync_leaves_is_told() -> None:
    assert what(_removed(recorded("changed-by-hand")), "unpruned") == (
        "ConfigMap/settings is not in Git any more and left in the cluster: auto-sync does not prune."
    )


def test_what_auto_sync_prunes_is_not_left() -> None:
    evidence = _removed(recorded("changed-by-hand"))
    evidence.application.spec.sync_policy = SyncPolicy(Automated(prune=True))
    assert not found(evidence, "unpruned")


def test_what_cannot_be_compared_is_not_left() -> None:
    assert not found(later(recorded("tag-deleted"), 60), "unpruned")


def test_an_application_that_nothing_compares_is_told_after_two_minutes() -> None:
    evidence = recorded("healthy")
    status = evidence.application.status
    evidence.now = evidence.application.metadata.creation_timestamp or ""
    status.sync.status, status.reconciled_at = "", None
    assert not found(evidence, "not-compared")
    assert found(later(evidence, 180), "not-compared")
