from copy import deepcopy

from tests.unit.insight.recordings import found, later, only, recorded, what

from argocd_gitops_mcp.argocd.models import Health
from argocd_gitops_mcp.insight.diagnosis import diagnose
from argocd_gitops_mcp.insight.rules.catalogue import RULES


def test_a_resource_of_a_kind_of_its_own_is_told_by_its_conditions() -> None:
    (one,) = found(recorded("custom-resource-degraded"), "degraded")
    assert one.what == "Certificate/shop is Degraded (Ready=False,Failed)."
    assert one.since == "2026-11-26T10:00:00Z"
    assert [quote.source for quote in one.evidence] == [
        "health of Certificate/shop",
        "condition Issuing of Certificate/shop",
    ]


def test_several_of_a_kind_for_the_same_reason_are_one_finding() -> None:
    evidence = recorded("custom-resource-degraded")
    for number in range(3):
        another = deepcopy(only(recorded("custom-resource-degraded"), "Certificate"))
        another.node.name = f"shop-{number}"
        evidence.resources.append(another)
    (one,) = found(evidence, "degraded")
    assert one.what.startswith("Certificate/shop and 3 more of its kind is Degraded")
    assert one.more == 3


def test_a_condition_that_is_bad_when_true_is_told() -> None:
    evidence = recorded("custom-resource-degraded", ('"type": "Ready"', '"type": "Stalled"'), ('"False"', '"True"'))
    assert "(Stalled=True,Failed)" in what(evidence, "degraded")


def test_a_deadline_is_told_where_nothing_explains_it() -> None:
    evidence = recorded("progress-deadline")
    assert [one.rule.id for one in diagnose(evidence, RULES)] == ["readiness-probe"]
    only(evidence, "Pod").events.clear()
    assert [one.finding.what for one in diagnose(evidence, RULES)] == ["Deployment/web did not get on within 5 s."]


def test_a_rollout_is_slow_only_after_a_while() -> None:
    evidence = recorded("rollout-begun")
    assert not found(evidence, "slow")
    assert what(later(evidence, 1_800), "slow").startswith("Deployment/web has been progressing for 30 minutes")


def test_a_job_may_run_for_as_long_as_it_likes() -> None:
    assert not found(later(recorded("job-running"), 86_400), "slow")


def test_a_health_that_cannot_be_told_is_said() -> None:
    evidence = recorded("healthy")
    only(evidence, "Service").node.health = Health(status="Unknown", message="lua: attempt to index a nil value")
    (one,) = found(evidence, "health-unknown")
    assert one.evidence[0].text == "lua: attempt to index a nil value"


def test_of_what_is_well_there_is_no_symptom() -> None:
    for name in ("degraded", "health-unknown", "progress-deadline", "slow"):
        assert not found(recorded("healthy"), name)
