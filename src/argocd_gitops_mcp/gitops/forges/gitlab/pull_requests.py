"""Merge requests of a project on GitLab, by its API."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from argocd_gitops_mcp.concurrency import Together
from argocd_gitops_mcp.errors import Conflict, Forbidden, Unauthenticated
from argocd_gitops_mcp.gitops.forges import merging
from argocd_gitops_mcp.gitops.forges.addresses import number, segments
from argocd_gitops_mcp.gitops.forges.api import API
from argocd_gitops_mcp.gitops.forges.gitlab.models import (
    Approval,
    Approvals,
    Diff,
    MergeRequest,
    Note,
    PipelineOfHead,
    Project,
    Reviewer,
    Status,
    Version,
)
from argocd_gitops_mcp.gitops.forges.standing import latest
from argocd_gitops_mcp.gitops.repository import (
    Check,
    CheckState,
    Mergeable,
    PullRequest,
    Review,
    ReviewState,
    State,
)

_STATES: Mapping[str, State] = {"merged": "merged", "closed": "closed"}
_REVIEWS: Mapping[str, ReviewState] = {
    # As long as it stands it is among the approvals, which are counted.
    "approved": "dismissed",
    "requested_changes": "changes requested",
    "reviewed": "commented",
}
_CHECKS: Mapping[str, CheckState] = {
    "success": "success",
    "failed": "failure",
    "canceled": "failure",
    "canceling": "failure",
    "skipped": "neutral",
}
_UNSETTLED = frozenset({"checking", "unchecked", "preparing", "approvals_syncing", ""})
_CONFLICTS = frozenset({"conflict", "broken_status"})
_PAGE = (("per_page", "100"),)


class GitLabPullRequests:
    """The merge requests of one project.

    Args:
        api: the forge.
        name: path of the project, with its groups.
        url: its web page, to name the address of a comment.
    """

    def __init__(self, api: API, name: str, url: str) -> None:
        self._api = api
        self._name = name
        self._url = url
        self._root = f"/projects/{segments(name)}"
        self._requests = f"{self._root}/merge_requests"

    async def find(self, branch: str, base: str) -> PullRequest | None:
        """The open one from this branch into that."""
        return next((_pull_request(one) for one in await self._of(branch, base, "opened")), None)

    async def ended(self, branch: str, base: str) -> bool:
        """Whether one from this branch into that was merged or closed, and none is open."""
        states = {_pull_request(one).state for one in await self._of(branch, base, "all")}
        return bool(states) and "open" not in states

    async def _of(self, branch: str, base: str, state: str) -> Sequence[MergeRequest]:
        query = (("state", state), ("source_branch", branch), ("target_branch", base), *_PAGE)
        pages = await self._api.pages(self._requests, list[MergeRequest], f"merge requests of {self._name}", query)
        return [one for page in pages for one in page if one.source_project_id == one.target_project_id]

    async def open(self, branch: str, base: str, title: str, body: str, *, draft: bool = False) -> PullRequest:
        """Open one; an open one of the same branches is answered instead of a second."""
        found = await self.find(branch, base)
        if found is not None:
            return found
        wanted = {
            "source_branch": branch,
            "target_branch": base,
            "title": f"Draft: {title}" if draft else title,
            "description": body,
        }
        about = f"merge request of {branch} into {base} of {self._name}"
        try:
            return _pull_request(await self._api.send("POST", self._requests, wanted, MergeRequest, about))
        except Conflict:  # 409 for one that was opened meanwhile
            found = await self.find(branch, base)
            if found is None:
                raise
            return found

    async def get(self, request: str) -> PullRequest:
        """One with its approvals, reviewers, pipeline and statuses."""
        found = await self._read(request)
        about, path = f"merge request {found.iid} of {self._name}", f"{self._requests}/{found.iid}"
        statuses_path = f"{self._root}/repository/commits/{segments(found.sha or '')}/statuses"
        async with Together() as together:
            approvals = together.start(self._api.get(f"{path}/approvals", Approvals, f"approvals of {about}"))
            versions = together.start(self._api.get(f"{path}/versions", list[Version], f"versions of {about}", _PAGE))
            reviewers = together.start(self._api.pages(f"{path}/reviewers", list[Reviewer], f"reviewers of {about}"))
            statuses = together.start(self._api.pages(statuses_path, list[Status], f"statuses of {about}", _PAGE))
        given = approvals.result()
        said = [
            Review(one.user.username, _REVIEWS.get(one.state, "requested"))
            for page in reviewers.result()
            for one in page
        ]
        # Also those approve whom nobody asked to.
        said += [_approval(one, versions.result(), found.sha or "") for one in given.approved_by]
        checks = [_check(one) for page in statuses.result() for one in page]
        if found.head_pipeline is not None and found.head_pipeline.sha == found.sha:
            checks.append(_pipeline(found.head_pipeline))
        return replace(
            _pull_request(found),
            reviews=latest(said),
            checks=tuple(checks),
            required_approvals=given.approvals_required,
        )

    async def _read(self, request: str) -> MergeRequest:
        """One without reviews and checks, if possible once GitLab has worked out whether it can be merged."""
        path, about = f"{self._requests}/{number(request)}", f"merge request {request} of {self._name}"
        return await merging.settled(
            lambda: self._api.get(path, MergeRequest, about),
            lambda one: one.state != "opened" or one.detailed_merge_status not in _UNSETTLED,
        )

    async def files(self, request: str) -> Sequence[str]:
        """Paths that it changes, of a renamed file both."""
        path, about = f"{self._requests}/{number(request)}/diffs", f"files of merge request {request} of {self._name}"
        pages = await self._api.pages(path, list[Diff], about, _PAGE)
        return sorted({name for page in pages for one in page for name in (one.new_path, one.old_path)})

    async def comment(self, request: str, text: str) -> str:
        """Comment; answers the comment's address."""
        iid = number(request)
        about = f"merge request {request} of {self._name}"
        note = await self._api.send("POST", f"{self._requests}/{iid}/notes", {"body": text}, Note, about)
        return f"{self._url}/-/merge_requests/{iid}#note_{note.id}"

    async def merge(self, request: str, head: str, message: str) -> str:
        """Merge it if its head is still this commit, in the way that the project's settings have chosen."""
        about, path = f"merge request {request} of {self._name}", f"{self._requests}/{number(request)}/merge"

        async def look() -> PullRequest:
            return _pull_request(await self._read(request))

        async def send(_: PullRequest) -> None:
            project = await self._api.get(self._root, Project, f"project {self._name}")
            body = {"sha": head, "merge_commit_message": message}
            if project.squash_option == "always":
                body["squash_commit_message"] = message
            try:
                await self._api.send("PUT", path, body, MergeRequest, about)
            except Unauthenticated as error:
                # "401: no permission to accept this merge request" in its table of answers: the token is good.
                raise Forbidden(f"The token's user may not merge {about}.", hint="", upstream=error.upstream) from error

        return await merging.merged(look, head, send)


def _pull_request(given: MergeRequest) -> PullRequest:
    state = _STATES.get(given.state, "open")  # `locked` is one that is being merged
    status = given.detailed_merge_status
    mergeable: Mergeable = "unknown"
    if state == "open" and (given.has_conflicts or status in _CONFLICTS):
        mergeable = "conflicts"
    elif state == "open" and status not in _UNSETTLED:
        mergeable = "yes"
    merged = given.merge_commit_sha or given.squash_commit_sha or given.sha or ""  # the last where it fast-forwards
    return PullRequest(
        id=str(given.iid),
        title=given.title,
        state=state,
        branch=given.source_branch,
        base=given.target_branch,
        head=given.sha or "",
        author=given.author.username if given.author is not None else "",
        url=given.web_url,
        is_draft=given.draft,
        mergeable=mergeable,
        merge_commit=merged if state == "merged" else "",
        blocked=status if state == "open" and status not in _UNSETTLED | {"mergeable"} else "",
    )


def _approval(given: Approval, versions: Sequence[Version], head: str) -> Review:
    """An approval, past where it was given before the head was pushed, as the versions, newest first, tell.

    Taking approvals back at a push is a setting of the paid editions. A head that is no version yet was pushed this
    moment. An approval without its time counts where there was never another head.
    """
    pushed = versions[0].created_at if versions and versions[0].head_commit_sha == head else None
    is_of_head = pushed is not None and (
        len(versions) == 1 if given.approved_at is None else given.approved_at >= pushed
    )
    return Review(given.user.username, "approved" if is_of_head else "dismissed")


def _check(given: Status) -> Check:
    state = _CHECKS.get(given.status, "pending")
    if given.allow_failure and (state == "failure" or given.status == "manual"):
        state = "neutral"
    return Check(given.name, state, given.target_url or "")


def _pipeline(given: PipelineOfHead) -> Check:
    return Check("pipeline", _CHECKS.get(given.status, "pending"), given.web_url)
