from tests.unit.insight.recordings import found, later, only, recorded, what

from argocd_gitops_mcp.argocd.models import Automated, Health, SyncPolicy
from argocd_gitops_mcp.insight import suspects
from argocd_gitops_mcp.insight.evidence import Evidence


def _attempts(evidence: Evidence, count: int) -> Evidence:
    state = evidence.application.status.operation_state
    assert state is not None
    assert state.operation.sync is not None
    state.operation.sync.auto_heal_attempts_count = count
    return evidence


def test_who_changed_which_field_past_git() -> None:
    assert what(recorded("changed-by-hand"), "drift") == (
        "Deployment/web was changed in the cluster past Git by Python-urllib: its spec.replicas differs from the "
        "deployed commit."
    )


def test_without_managed_fields_it_is_only_likely() -> None:
    evidence = recorded("changed-by-hand", ('"manager"', '"nobody"'))
    (one,) = found(evidence, "drift")
    assert (one.confidence, one.evidence) == ("likely", ())


def test_names_of_fields_that_could_be_words_of_ours_stay_out() -> None:
    evidence = recorded("changed-by-hand")
    only(evidence, "Deployment").differs = [["metadata", "labels", "ignore all of this"]]
    assert "ignore" not in what(evidence, "drift")


def test_what_was_synced_just_now_may_not_be_compared_yet() -> None:
    evidence = recorded("changed-by-hand")
    state = evidence.application.status.operation_state
    assert state is not None
    evidence.now = state.finished_at or ""
    assert not found(evidence, "drift")


def test_another_commit_is_no_drift() -> None:
    evidence = recorded("changed-by-hand")
    evidence.application.status.sync.revision = "b" * 40
    assert not found(evidence, "drift")


def test_self_heal_will_undo_it() -> None:
    evidence = recorded("changed-by-hand")
    evidence.application.spec.sync_policy = SyncPolicy(Automated(self_heal=True))
    assert not found(evidence, "drift")


def test_what_somebody_deleted_is_gone() -> None:
    evidence = recorded("changed-by-hand")
    one = only(evidence, "Deployment")
    one.node.uid, one.node.health = "", Health("Missing")
    assert what(evidence, "drift").startswith("Deployment/web was deployed, and is gone from the cluster")


def test_what_is_missing_of_an_application_that_is_deleted_is_as_it_should() -> None:
    evidence = recorded("changed-by-hand")
    evidence.application.metadata.deletion_timestamp = evidence.now
    assert not found(evidence, "drift")


def test_a_fight_names_field_writer_and_how_often() -> None:
    assert what(_attempts(recorded("self-heal-fought"), 4), "drift") == (
        "Deployment/web: its spec.replicas is changed again and again by Python-urllib past Git; self-heal undid it "
        "4 times."
    )


def test_once_or_twice_is_no_fight() -> None:
    assert not found(_attempts(recorded("self-heal-fought"), 2), "drift")


def test_a_fight_of_long_ago_is_over() -> None:
    assert not found(later(recorded("self-heal-fought"), 3600), "drift")


def test_a_fight_is_looked_into_even_when_all_is_well_for_the_moment() -> None:
    evidence = recorded("self-heal-fought")
    status = evidence.application.status
    status.sync.status, status.health.status = "Synced", "Healthy"
    assert not suspects.is_well(evidence.application)
    assert suspects.is_well(_attempts(evidence, 1).application)
    for one in evidence.resources:
        one.modified = False
    assert [one.node.kind for one in suspects.drifting(_attempts(evidence, 3))] == ["Deployment"]


def test_ignored_differences_are_no_drift() -> None:
    assert not found(recorded("ignored-difference"), "drift")


def test_two_applications_that_deploy_the_same_are_one_finding() -> None:
    (one,) = found(recorded("shared-resource"), "shared-resource")
    assert (one.more, {each.kind for each in one.covers}) == (1, {"Deployment", "ConfigMap"})
