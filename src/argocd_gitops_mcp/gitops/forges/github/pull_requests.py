"""Pull requests of a repository on GitHub, by its API."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from argocd_gitops_mcp.concurrency import Together
from argocd_gitops_mcp.errors import Forbidden, MergeRefused, Rejected
from argocd_gitops_mcp.gitops.forges import merging
from argocd_gitops_mcp.gitops.forges.addresses import number, segments
from argocd_gitops_mcp.gitops.forges.api import API
from argocd_gitops_mcp.gitops.forges.github import models
from argocd_gitops_mcp.gitops.forges.github.models import CheckRuns, Comment, File, Pull, Repo, Rule, Sha, Statuses
from argocd_gitops_mcp.gitops.forges.standing import latest, with_missing
from argocd_gitops_mcp.gitops.repository import Check, CheckState, Mergeable, PullRequest, Review, ReviewState

_REVIEWS: Mapping[str, ReviewState] = {
    "APPROVED": "approved",
    "CHANGES_REQUESTED": "changes requested",
    "COMMENTED": "commented",
    "DISMISSED": "dismissed",
}
_STATUSES: Mapping[str, CheckState] = {"success": "success", "pending": "pending"}
_CONCLUSIONS: Mapping[str, CheckState] = {"success": "success", "neutral": "neutral", "skipped": "neutral"}
_BLOCKED = frozenset({"blocked", "behind", "draft"})
_PAGE = (("per_page", "100"),)


class GitHubPullRequests:
    """The pull requests of one repository.

    Args:
        api: the forge.
        name: `owner/name`.
    """

    def __init__(self, api: API, name: str) -> None:
        self._api = api
        self._name = name
        self._owner = name.split("/", maxsplit=1)[0]
        self._root = f"/repos/{segments(*name.split('/'))}"

    async def find(self, branch: str, base: str) -> PullRequest | None:
        """The open one from this branch into that."""
        return next((_pull_request(one) for one in await self._of(branch, base, "open")), None)

    async def ended(self, branch: str, base: str) -> bool:
        """Whether one from this branch into that was merged or closed, and none is open."""
        states = {one.state for one in await self._of(branch, base, "all")}
        return bool(states) and "open" not in states

    async def _of(self, branch: str, base: str, state: str) -> Sequence[Pull]:
        query = (("state", state), ("head", f"{self._owner}:{branch}"), ("base", base), *_PAGE)
        pages = await self._api.pages(f"{self._root}/pulls", list[Pull], f"pull requests of {self._name}", query)
        return [one for page in pages for one in page if self._is_here(one) and _ends(one) == (branch, base)]

    def _is_here(self, pull: Pull) -> bool:
        """A fork of the same owner has branches of the same names."""
        return pull.head.repo is not None and pull.head.repo.full_name.lower() == self._name.lower()

    async def open(self, branch: str, base: str, title: str, body: str, *, draft: bool = False) -> PullRequest:
        """Open one; an open one of the same branches is answered instead of a second."""
        found = await self.find(branch, base)
        if found is not None:
            return found
        wanted = {"title": title, "head": branch, "base": base, "body": body, "draft": draft}
        about = f"pull request of {branch} into {base} of {self._name}"
        try:
            return _pull_request(await self._api.send("POST", f"{self._root}/pulls", wanted, Pull, about))
        except Rejected:  # 422, among others for one that was opened meanwhile
            found = await self.find(branch, base)
            if found is None:
                raise
            return found

    async def get(self, request: str) -> PullRequest:
        """One with its reviews and checks."""
        pull = await self._pull(request)
        about, head = f"pull request {pull.number} of {self._name}", f"{self._root}/commits/{segments(pull.head.sha)}"
        reviews_path = f"{self._root}/pulls/{pull.number}/reviews"
        async with Together() as together:
            reviews = together.start(self._api.pages(reviews_path, list[models.Review], f"reviews of {about}", _PAGE))
            statuses = together.start(self._api.pages(f"{head}/status", Statuses, f"statuses of {about}", _PAGE))
            runs = together.start(self._api.pages(f"{head}/check-runs", CheckRuns, f"checks of {about}", _PAGE))
            rules = together.start(self._rules(pull.base.ref))
            protection = together.start(self._protection(pull.base.ref))
        checks = [_status(one) for page in statuses.result() for one in page.statuses]
        checks += [_check_run(one) for page in runs.result() for one in page.check_runs]
        approvals, required = protection.result()
        for asked in (rule.parameters for rule in rules.result() if rule.parameters is not None):
            if asked.required_approving_review_count is not None:
                approvals.append(asked.required_approving_review_count)
            required += [one.context for one in asked.required_status_checks or ()]
        said = [Review(one.login, "requested") for one in pull.requested_reviewers]
        said += [Review(one.slug, "requested") for one in pull.requested_teams]
        said += _reviews((one for page in reviews.result() for one in page), pull.head.sha)
        return replace(
            _pull_request(pull),
            reviews=latest(said),
            checks=with_missing(checks, dict.fromkeys(required)),
            required_approvals=max(approvals, default=None),
        )

    async def _pull(self, request: str) -> Pull:
        """One without reviews and checks, if possible once GitHub has worked out whether it can be merged."""
        path, about = f"{self._root}/pulls/{number(request)}", f"pull request {request} of {self._name}"
        return await merging.settled(
            lambda: self._api.get(path, Pull, about), lambda one: one.mergeable is not None or one.state != "open"
        )

    async def _rules(self, branch: str) -> Sequence[Rule]:
        """What rulesets ask of a branch; older Enterprise Servers have none."""
        path, about = f"{self._root}/rules/branches/{segments(branch)}", f"rules of branch {branch} of {self._name}"
        return await self._api.look(path, list[Rule], about, _PAGE) or ()

    async def _protection(self, branch: str) -> tuple[list[int], list[str]]:
        """Approvals and checks that the branch's protection asks for; the former only administrators are told."""
        path, about = f"{self._root}/branches/{segments(branch)}", f"branch {branch} of {self._name}"
        found = await self._api.look(path, models.Branch, about)
        if found is None or not found.protected:
            return [], []
        checks = found.protection.required_status_checks if found.protection is not None else None
        try:
            reviews = await self._api.look(
                f"{path}/protection/required_pull_request_reviews", models.RequiredReviews, f"protection of {about}"
            )
        except Forbidden:
            reviews = None
        approvals = [reviews.required_approving_review_count] if reviews is not None else []
        return approvals, list(checks.contexts) if checks is not None else []

    async def files(self, request: str) -> Sequence[str]:
        """Paths that it changes, of a renamed file both."""
        path, about = f"{self._root}/pulls/{number(request)}/files", f"files of pull request {request} of {self._name}"
        pages = await self._api.pages(path, list[File], about, _PAGE)
        return sorted(
            {name for page in pages for one in page for name in (one.filename, one.previous_filename) if name}
        )

    async def comment(self, request: str, text: str) -> str:
        """Comment; answers the comment's address."""
        about = f"pull request {request} of {self._name}"
        path = f"{self._root}/issues/{number(request)}/comments"
        return (await self._api.send("POST", path, {"body": text}, Comment, about)).html_url

    async def merge(self, request: str, head: str, message: str) -> str:
        """Merge it if its head is still this commit: by a merge commit, else a squash, else a rebase, as allowed."""
        about, path = f"pull request {request} of {self._name}", f"{self._root}/pulls/{number(request)}/merge"
        title, _, rest = message.partition("\n")

        async def look() -> PullRequest:
            return _pull_request(await self._pull(request))

        async def send(now: PullRequest) -> None:
            how = await self._method(now.base)
            body = {"sha": head, "merge_method": how, "commit_title": title, "commit_message": rest.strip()}
            await self._api.send("PUT", path, body, Sha, about)

        return await merging.merged(look, head, send)

    async def _method(self, base: str) -> str:
        repo = await self._api.get(self._root, Repo, f"repository {self._name}")
        allowed = {
            "merge": repo.allow_merge_commit,
            "squash": repo.allow_squash_merge,
            "rebase": repo.allow_rebase_merge,
        }
        methods = [how for how, is_allowed in allowed.items() if is_allowed]
        for rule in await self._rules(base):
            asked = rule.parameters.allowed_merge_methods if rule.parameters is not None else None
            if asked is not None:
                methods = [how for how in methods if how in asked]
            if rule.type == "required_linear_history":
                methods = [how for how in methods if how != "merge"]
        if methods:
            return methods[0]
        raise MergeRefused(f"{self._name} allows no way of merging into {base}.")


def _ends(pull: Pull) -> tuple[str, str]:
    return pull.head.ref, pull.base.ref


def _pull_request(pull: Pull) -> PullRequest:
    mergeable: Mergeable = "unknown"
    if pull.state == "open" and pull.mergeable is not None:
        mergeable = "yes" if pull.mergeable else "conflicts"
    return PullRequest(
        id=str(pull.number),
        title=pull.title,
        state="merged" if pull.merged_at else "closed" if pull.state == "closed" else "open",
        branch=pull.head.ref,
        base=pull.base.ref,
        head=pull.head.sha,
        author=pull.user.login if pull.user is not None else "",
        url=pull.html_url,
        is_draft=pull.draft,
        mergeable=mergeable,
        # Before it is merged this is the commit of a trial.
        merge_commit=(pull.merge_commit_sha or "") if pull.merged_at else "",
        blocked=pull.mergeable_state if pull.mergeable_state in _BLOCKED else "",
    )


def _reviews(given: Iterator[models.Review], head: str) -> list[Review]:
    # PENDING ones are not sent yet; a user that is gone is null.
    return [
        Review(one.user.login if one.user is not None else "ghost", _state(one, head))
        for one in given
        if one.state in _REVIEWS
    ]


def _state(one: models.Review, head: str) -> ReviewState:
    """An approval of another head, or of one that is gone, is past: what came after it nobody has seen."""
    state = _REVIEWS[one.state]
    return "dismissed" if state == "approved" and one.commit_id != head else state


def _status(given: models.Status) -> Check:
    return Check(given.context, _STATUSES.get(given.state, "failure"), given.target_url or "")


def _check_run(given: models.CheckRun) -> Check:
    ended = given.status == "completed"
    state = _CONCLUSIONS.get(given.conclusion or "", "failure") if ended else "pending"
    return Check(given.name, state, given.html_url or "")
