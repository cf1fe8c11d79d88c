"""What stands against merging a pull request. Pure."""

from argocd_gitops_mcp.gitops.repository import PullRequest


def against(request: PullRequest, *, has_reviews: bool) -> list[str]:
    """Every reason not to merge it now; empty where nothing stands against it.

    Args:
        request: as it was just read.
        has_reviews: whether there is a forge that knows reviews; then somebody else than the author must approve.
    """
    if request.state != "open":
        return [f"it is {request.state}"]
    reasons = ["it is a draft"] if request.is_draft else []
    reasons += ["it conflicts with its base"] if request.mergeable == "conflicts" else []
    reasons += [f"check {one.name!r} is {one.state}" for one in request.checks if one.state in ("failure", "pending")]
    reasons += [f"{one.reviewer} requests changes" for one in request.reviews if one.state == "changes requested"]
    if has_reviews:
        approvals, needed = len(approvers(request)), max(request.required_approvals or 0, 1)
        if approvals < needed:
            reasons.append(f"it has {approvals} of {needed} approvals by somebody else than its author")
    return reasons


def approvers(request: PullRequest) -> list[str]:
    """Who approved it; the author's own approval does not count."""
    return sorted({one.reviewer for one in request.reviews if one.state == "approved"} - {request.author})
