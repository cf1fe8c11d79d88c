"""Pull requests: read, comment, merge. Opening one is in changes, since it is a change's way out."""

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from argocd_gitops_mcp.effects import Effect
from argocd_gitops_mcp.errors import Conflict, MergeRefused
from argocd_gitops_mcp.gitops.repository import PullRequest, Repository
from argocd_gitops_mcp.later import Later
from argocd_gitops_mcp.operations._arguments import Revision
from argocd_gitops_mcp.operations._operation import REPOSITORY, Deps, operation
from argocd_gitops_mcp.operations._repository import Body, PullRequestArguments
from argocd_gitops_mcp.views.plans import Preview
from argocd_gitops_mcp.views.view import View

if TYPE_CHECKING:
    from argocd_gitops_mcp.gitops import gate
    from argocd_gitops_mcp.operations import _checks
    from argocd_gitops_mcp.views import repositories as views
else:
    gate = Later("argocd_gitops_mcp.gitops.gate")
    _checks = Later("argocd_gitops_mcp.operations._checks")
    views = Later("argocd_gitops_mcp.views.repositories")


@operation("Get a pull request", Effect.READ, tool=REPOSITORY)
async def get_pull_request(deps: Deps, asked: PullRequestArguments) -> View:
    """Show a pull request: state, reviews, checks, changed files, and what stands against merging it."""
    repository = await deps.repositories.open(asked.repository)
    request = await repository.pull_requests.get(asked.pull_request)
    return views.pull_request(repository, request, await repository.pull_requests.files(asked.pull_request))


class CommentArguments(PullRequestArguments):
    body: Annotated[Body, Field(description="Text, Markdown")]


async def _preview_comment(deps: Deps, asked: CommentArguments) -> Preview:
    _checks.refuse_secret_words(comment=asked.body)
    repository = await deps.repositories.open(asked.repository)
    request = await repository.pull_requests.get(asked.pull_request)
    return Preview(
        f"comment on {repository.name}#{request.id}",
        f"Comment on pull request {request.id} of {repository.name} ({request.title!r})",
        {"pull request": [request.id, request.state]},
        changes=[asked.body],
    )


@operation("Comment on a pull request", Effect.WRITE, tool=REPOSITORY, preview=_preview_comment)
async def comment_pull_request(deps: Deps, asked: CommentArguments) -> View:
    """Comment on a pull request, as the server's own account."""
    _checks.refuse_secret_words(comment=asked.body)
    repository = await deps.repositories.open(asked.repository)
    url = await repository.pull_requests.comment(asked.pull_request, asked.body)
    return views.Commented(result="commented", pull_request=asked.pull_request, url=url)


class MergeArguments(PullRequestArguments):
    head: Annotated[Revision, Field(description="Commit that was agreed to; refused if it moved")] = None


async def _mergeable(deps: Deps, asked: MergeArguments) -> tuple[Repository, PullRequest]:
    repository = await deps.repositories.open(asked.repository)
    request = await repository.pull_requests.get(asked.pull_request)
    if asked.head is not None and not request.head.startswith(asked.head):
        raise Conflict(f"Pull request {request.id} is at {request.head[:8]}, not at {asked.head}; nothing was sent.")
    reasons = gate.against(request, has_reviews=repository.kind != "git")
    if reasons:
        raise MergeRefused(
            f"Pull request {request.id} of {repository.name} is not merged: {'; '.join(reasons)}. Nothing was sent.",
            hint="See get_pull_request; have it reviewed and its checks passed, then call again.",
        )
    return repository, request


async def _preview_merge(deps: Deps, asked: MergeArguments) -> Preview:
    repository, request = await _mergeable(deps, asked)
    approvers = gate.approvers(request)
    warnings = [] if request.checks else ["No check ran on it."]
    warnings += [] if approvers or repository.kind != "git" else ["Nobody reviewed it: there is no forge."]
    return Preview(
        f"merge {repository.name}#{request.id}",
        f"Merge pull request {request.id} of {repository.name} ({request.title!r}, at {request.head[:8]}) "
        f"into {request.base}",
        {"pull request": [request.id, request.state, request.head, request.base]},
        changes=await _files(repository, request),
        warnings=warnings,
    )


async def _files(repository: Repository, request: PullRequest) -> list[str]:
    return list(await repository.pull_requests.files(request.id))


@operation(
    "Merge a pull request", Effect.DESTRUCTIVE, tool=REPOSITORY, preview=_preview_merge, permission="allow_merge"
)
async def merge_pull_request(deps: Deps, asked: MergeArguments) -> View:
    """Merge a pull request that others approved and whose checks are green; off unless the server allows it."""
    repository, request = await _mergeable(deps, asked)
    message = f"Merge {request.branch}: {request.title}"
    commit = await repository.pull_requests.merge(request.id, request.head, message)
    return views.Merged(
        result="merged",
        pull_request=request.id,
        base=request.base,
        commit=commit[:8],
        next=f"track_change with pull_request={request.id!r} follows it until it is healthy",
    )
