from copy import deepcopy
from typing import Any

from tests.unit.insight.recordings import found, only, recorded, what

from argocd_gitops_mcp.argocd.models import Health
from argocd_gitops_mcp.insight.evidence import Evidence


def job(evidence: Evidence) -> dict[str, Any]:
    live = only(evidence, "Job").live
    assert live is not None
    return live


def going_on(evidence: Evidence, failed: int, tries: int) -> Evidence:
    """The Job has no condition yet."""
    live = job(evidence)
    live["status"] = {"failed": failed, "startTime": "2026-11-26T10:42:20Z"}
    live["spec"]["backoffLimit"] = tries
    only(evidence, "Job").node.health = Health(status="Progressing")
    return evidence


def test_a_failed_job_is_told_with_how_it_ended_and_its_last_words() -> None:
    (one,) = found(recorded("job-failed"), "job-failed")
    assert one.what == (
        "Job/migrate failed (BackoffLimitExceeded): container migrator ended with exit code 1: an error of its own."
    )
    assert one.evidence[0].text.endswith("DuplicateTable: migration 0042_add_orders failed")


def test_a_deadline_has_a_remedy_of_its_own() -> None:
    (one,) = found(recorded("job-deadline"), "job-failed")
    assert one.what == "Job/migrate failed (DeadlineExceeded)."
    assert "activeDeadlineSeconds" in one.remedy


def test_of_a_cron_job_the_last_one_counts() -> None:
    assert what(recorded("cron-job-failed"), "job-failed").startswith("CronJob/report: its last Job/report-")
    evidence = recorded("cron-job-failed")
    later = deepcopy(only(evidence, "Job"))
    later.node.name, later.node.created_at, later.live = "report-later", "2026-11-27T00:00:00Z", None
    later.node.health = Health(status="Healthy")
    evidence.resources.append(later)
    assert not found(evidence, "job-failed")


def test_a_job_that_tries_again_is_told_as_that() -> None:
    evidence = going_on(recorded("job-failed"), failed=1, tries=3)
    assert not found(evidence, "job-failed")
    (one,) = found(evidence, "job-retries")
    assert one.confidence == "likely"
    assert one.what.startswith("Job/migrate has failed 1 time and tries again, 4 times at most: container migrator")


def test_a_job_without_tries_left_has_failed_before_it_says_so() -> None:
    evidence = going_on(recorded("job-failed"), failed=0, tries=0)
    assert "(BackoffLimitExceeded)" in what(evidence, "job-failed")
    assert not found(evidence, "job-retries")


def test_a_job_that_runs_is_not_told() -> None:
    assert not found(recorded("job-running"), "job-failed")
    assert not found(recorded("job-running"), "job-retries")
