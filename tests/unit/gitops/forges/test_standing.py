"""What reviews and checks amount to."""

import pytest

from argocd_gitops_mcp.gitops.forges.standing import latest, with_missing
from argocd_gitops_mcp.gitops.repository import Check, Review, ReviewState


@pytest.mark.parametrize(
    ("said", "state"),
    [
        (["commented", "approved"], "approved"),
        (["approved", "commented"], "approved"),
        (["approved", "requested"], "approved"),
        (["changes requested", "commented", "requested"], "changes requested"),
        (["changes requested", "approved"], "approved"),
        (["approved", "changes requested"], "changes requested"),
        (["approved", "dismissed"], "dismissed"),
        (["approved", "dismissed", "commented"], "commented"),
        (["requested", "commented"], "commented"),
    ],
)
def test_the_last_word_of_a_reviewer(said: list[ReviewState], state: ReviewState) -> None:
    assert latest(Review("ann", one) for one in said) == (Review("ann", state),)


def test_each_reviewer_has_a_word() -> None:
    said = [Review("ann", "approved"), Review("bob", "changes requested"), Review("ann", "commented")]
    assert latest(said) == (Review("ann", "approved"), Review("bob", "changes requested"))


def test_a_required_check_that_did_not_report_is_pending() -> None:
    reported = [Check("build", "success"), Check("ci/test", "failure"), Check("lint [all]", "success")]
    found = with_missing(reported, ["build", "ci/*", "lint [all]", "scan", "e2e/*"])
    assert found == (*reported, Check("scan", "pending"), Check("e2e/*", "pending"))
