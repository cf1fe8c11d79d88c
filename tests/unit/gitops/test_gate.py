"""What stands against merging."""

from dataclasses import replace

import pytest

from argocd_gitops_mcp.gitops.gate import against, approvers
from argocd_gitops_mcp.gitops.repository import Check, PullRequest, Review

READY = PullRequest(
    "7",
    "Release v2",
    "open",
    "release-v2",
    "main",
    "f" * 40,
    author="bot",
    mergeable="yes",
    reviews=(Review("ana", "approved"),),
    checks=(Check("validate", "success"), Check("lint", "neutral")),
)


def test_what_is_approved_and_green_may_go() -> None:
    assert against(READY, has_reviews=True) == []
    assert approvers(READY) == ["ana"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"state": "merged"}, "it is merged"),
        ({"state": "closed"}, "it is closed"),
        ({"is_draft": True}, "it is a draft"),
        ({"mergeable": "conflicts"}, "it conflicts with its base"),
        ({"checks": (Check("validate", "failure"),)}, "check 'validate' is failure"),
        ({"checks": (Check("validate", "pending"),)}, "check 'validate' is pending"),
        ({"reviews": (Review("ana", "approved"), Review("ben", "changes requested"))}, "ben requests changes"),
        ({"reviews": ()}, "it has 0 of 1 approvals by somebody else than its author"),
        ({"reviews": (Review("bot", "approved"),)}, "it has 0 of 1 approvals by somebody else than its author"),
        ({"reviews": (Review("ana", "dismissed"),)}, "it has 0 of 1 approvals by somebody else than its author"),
        ({"required_approvals": 2}, "it has 1 of 2 approvals by somebody else than its author"),
    ],
)
def test_each_thing_stands_against_it(changes: dict[str, object], reason: str) -> None:
    assert against(replace(READY, **changes), has_reviews=True) == [reason]  # type: ignore[arg-type]


def test_without_a_forge_nobody_can_approve() -> None:
    assert against(replace(READY, reviews=(), checks=()), has_reviews=False) == []


def test_what_the_forge_does_not_know_is_left_to_it() -> None:
    assert against(replace(READY, mergeable="unknown"), has_reviews=True) == []
