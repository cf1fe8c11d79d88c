"""Pull requests of a repository on Gitea or Forgejo, by its API."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from argocd_gitops_mcp.concurrency import Together
from argocd_gitops_mcp.errors import Conflict, MergeConflict, MergeRefused, NotFound
from argocd_gitops_mcp.gitops.forges import merging
from argocd_gitops_mcp.gitops.forges.addresses import number, reference, segments
from argocd_gitops_mcp.gitops.forges.api import API
from argocd_gitops_mcp.gitops.forges.gitea import models
from argocd_gitops_mcp.gitops.forges.gitea.models import Branch, Comment, File, Pull, Repo, Statuses
from argocd_gitops_mcp.gitops.forges.standing import latest, with_missing
from argocd_gitops_mcp.gitops.forges.wire import Done
from argocd_gitops_mcp.gitops.repository import Check, CheckState, Mergeable, PullRequest, Review, ReviewState

_REVIEWS: Mapping[str, ReviewState] = {
    "APPROVED": "approved",
    "REQUEST_CHANGES": "changes requested",
    "COMMENT": "commented",
    "REQUEST_REVIEW": "requested",
}
# modules/commitstatus of 1.26: a warning makes the whole a failure, what was skipped counts as a success.
_CHECKS: Mapping[str, CheckState] = {
    "success": "success",
    "skipped": "neutral",
    "pending": "pending",
    "failure": "failure",
    "error": "failure",
    "warning": "failure",
}
_PAGE = (("limit", "50"),)


class GiteaPullRequests:
    """The pull requests of one repository.

    Args:
        api: the forge.
        name: `owner/name`.
    """

    def __init__(self, api: API, name: str) -> None:
        self._api = api
        self._name = name
        self._root = f"/repos/{segments(*name.split('/'))}"

    async def find(self, branch: str, base: str) -> PullRequest | None:
        """The open one from this branch into that."""
        query = (("state", "open"), ("base_branch", base), *_PAGE)
        try:
            pages = await self._api.pages(f"{self._root}/pulls", list[Pull], f"pull requests of {self._name}", query)
        except NotFound:  # also where the repository is empty
            if not (await self._repository()).empty:
                raise
            return None
        for pull in (one for page in pages for one in page):
            is_here = pull.head.repo_id == pull.base.repo_id
            if is_here and (pull.head.ref, pull.base.ref) == (branch, base):
                return _pull_request(pull)
        return None

    async def ended(self, branch: str, base: str) -> bool:
        """Whether one from this branch into that was merged or closed, and none is open."""
        if await self.find(branch, base) is not None:
            return False
        # Any of this pair; a list by branch Gitea has not.
        path = f"{self._root}/pulls/{segments(base)}/{reference(branch)}"
        return await self._api.look(path, Pull, f"pull request of {branch} into {base} of {self._name}") is not None

    async def open(self, branch: str, base: str, title: str, body: str, *, draft: bool = False) -> PullRequest:
        """Open one; an open one of the same branches is answered instead of a second."""
        found = await self.find(branch, base)
        if found is not None:
            return found
        # services/issue of 1.26: the title's prefix is all that makes a draft.
        wanted = {"head": branch, "base": base, "title": f"WIP: {title}" if draft else title, "body": body}
        about = f"pull request of {branch} into {base} of {self._name}"
        try:
            return _pull_request(await self._api.send("POST", f"{self._root}/pulls", wanted, Pull, about))
        except Conflict:
            found = await self.find(branch, base)
            if found is None:
                raise
            return found

    async def get(self, request: str) -> PullRequest:
        """One with its reviews and checks."""
        found = await self._read(request)
        about, path = f"pull request {found.id} of {self._name}", f"{self._root}/pulls/{found.id}"
        statuses = f"{self._root}/commits/{segments(found.head)}/status"
        async with Together() as together:
            reviews = together.start(
                self._api.pages(f"{path}/reviews", list[models.Review], f"reviews of {about}", _PAGE)
            )
            checks = together.start(self._api.pages(statuses, Statuses, f"checks of {about}", _PAGE))
            base = together.start(
                self._api.look(f"{self._root}/branches/{reference(found.base)}", Branch, f"branch {found.base}")
            )
        rules = base.result()
        said = (_review(one, found.head) for page in reviews.result() for one in page)
        reported = (_check(one) for page in checks.result() for one in page.statuses or ())
        required = rules.status_check_contexts or () if rules is not None and rules.enable_status_check else ()
        return replace(
            found,
            reviews=latest(one for one in said if one is not None),
            checks=with_missing(reported, required),
            required_approvals=rules.required_approvals if rules is not None else None,
        )

    async def _read(self, request: str) -> PullRequest:
        """One without reviews and checks; what conflicts is only known once the forge has looked."""
        path, about = f"{self._root}/pulls/{number(request)}", f"pull request {request} of {self._name}"
        pull = await merging.settled(
            lambda: self._api.get(path, Pull, about),
            lambda one: one.mergeable or one.merged or one.draft or one.state != "open",
        )
        return _pull_request(pull, conflicts="conflicts")

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

        async def send(_: PullRequest) -> None:
            how = _style(await self._repository())
            body = {"Do": how, "MergeTitleField": title, "MergeMessageField": rest.strip(), "head_commit_id": head}
            try:
                await self._api.send("POST", path, body, Done, about)
            except Conflict as error:
                # 1.26 has no words for a conflict, and shows it as mergeable for a while after its base moved.
                if error.upstream:
                    raise
                raise MergeConflict(f"Pull request {request} conflicts with its base; nothing was merged.") from error

        return await merging.merged(lambda: self._read(request), head, send)

    async def _repository(self) -> Repo:
        return await self._api.get(self._root, Repo, f"repository {self._name}")


def _style(repo: Repo) -> str:
    styles = {"merge": repo.allow_merge_commits, "squash": repo.allow_squash_merge, "rebase": repo.allow_rebase}
    for style, is_allowed in styles.items():
        if is_allowed:
            return style
    raise MergeRefused("The repository allows neither merge commits, squashing nor rebasing by its API.")


def _pull_request(pull: Pull, *, conflicts: Mergeable = "unknown") -> PullRequest:
    mergeable: Mergeable = "unknown"
    if pull.state == "open" and not pull.draft:
        mergeable = "yes" if pull.mergeable else conflicts
    return PullRequest(
        id=str(pull.number),
        title=pull.title,
        state="merged" if pull.merged else "closed" if pull.state == "closed" else "open",
        branch=pull.head.ref,
        base=pull.base.ref,
        head=pull.head.sha,
        author=pull.user.login if pull.user is not None else "",
        url=pull.html_url,
        is_draft=pull.draft,
        mergeable=mergeable,
        merge_commit=(pull.merge_commit_sha or "") if pull.merged else "",
    )


def _review(given: models.Review, head: str) -> Review | None:
    who = given.user.login if given.user is not None else given.team.name if given.team is not None else ""
    state = _REVIEWS.get(given.state)
    # Of another head: nobody has seen what came after. Gitea's own `stale` says so only a moment after the push.
    if given.dismissed or (state == "approved" and (not given.official or given.commit_id != head)):
        state = "dismissed"
    return Review(who, state) if state is not None else None  # one that is not sent yet is none


def _check(given: models.Status) -> Check:
    return Check(given.context, _CHECKS.get(given.status, "pending"), given.target_url)
