"""Following a change: merged, seen by Argo CD, synced, healthy, in every application that deploys it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from argocd_gitops_mcp.argocd import applications as calls
from argocd_gitops_mcp.argocd.delivery import ORDER, Delivery, Reached, delivery
from argocd_gitops_mcp.argocd.models import Application
from argocd_gitops_mcp.concurrency import Together
from argocd_gitops_mcp.effects import Effect
from argocd_gitops_mcp.errors import InvalidArgument, ReadOnly, Unavailable, UnknownRevision, Unreachable
from argocd_gitops_mcp.gitops.repository import PullRequest, Repository
from argocd_gitops_mcp.later import Later
from argocd_gitops_mcp.operations._arguments import Revision, TimeoutSeconds
from argocd_gitops_mcp.operations._operation import REPOSITORY, Deps, operation
from argocd_gitops_mcp.operations._repository import PullRequestId, RepositoryArguments
from argocd_gitops_mcp.operations._watching import read
from argocd_gitops_mcp.views.text import line
from argocd_gitops_mcp.views.view import View

if TYPE_CHECKING:
    from argocd_gitops_mcp.operations import _deployers
    from argocd_gitops_mcp.views import repositories as views
else:
    _deployers = Later("argocd_gitops_mcp.operations._deployers")
    views = Later("argocd_gitops_mcp.views.repositories")

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_LOOK_EVERY = 1.0
_REFRESH_EVERY = 15.0
"""Seconds between asking Argo CD to look at Git; by itself it does so every two to three minutes."""
_REFRESHED = 5.0
_BY_ITSELF = "This server is read-only, so Argo CD was not asked to look at Git: it does so every two to three minutes."
_SURE = 5.0
"""Seconds for which what looks like the end must stay so, where the stamps do not prove it."""


class TrackArguments(RepositoryArguments):
    pull_request: PullRequestId | None = None
    commit: Annotated[Revision, Field(description="Commit, instead of pull_request")] = None
    base: Annotated[Revision, Field(description="Branch that is deployed; else the default branch")] = None
    until: Annotated[Reached, Field(description="What is waited for")] = "healthy"
    timeout_seconds: TimeoutSeconds = 40


@dataclass(slots=True)
class _Tracked:
    """One application on the way."""

    deployer: "_deployers.Deployer"
    at: Delivery = field(default_factory=lambda: Delivery("not seen"))
    since: float = 0.0
    refreshed: float = float("-inf")
    can_ask: bool = True
    """Whether Argo CD can be asked to look at Git at once."""

    def is_over(self, until: Reached, now: float) -> bool:
        """Whether it has come far enough, or will not come further."""
        if self.is_there(until, now):
            return True
        return self.at.is_stuck and now - self.since >= _SURE

    def is_there(self, until: Reached, now: float) -> bool:
        """Whether it certainly has come far enough."""
        has_reached = ORDER.index(self.at.reached) >= ORDER.index(until)
        return has_reached and (not self.at.is_doubtful or now - self.since >= _SURE)


@operation("Track a change", Effect.READ, tool=REPOSITORY)
async def track_change(deps: Deps, asked: TrackArguments) -> View:
    """Follow a merged change until every application that deploys it is healthy; tells where it is stuck and why."""
    if bool(asked.pull_request) == bool(asked.commit):
        raise InvalidArgument("track_change needs either pull_request or commit.")
    repository = await deps.repositories.open(asked.repository)
    request = await repository.pull_requests.get(asked.pull_request) if asked.pull_request else None
    if request is not None and request.state != "merged":
        return views.not_merged(repository, request)
    base = (request.base if request else asked.base) or await repository.commits.default_branch() or ""
    commit = await _merged(repository, request, asked.commit, base)
    if commit is None:
        return views.Tracked(
            result=f"not in {base}", repository=repository.name, commit=str(asked.commit), next="merge it first"
        )
    await deps.progress(f"{commit[:8]} is in {base} of {repository.name}")
    found = await _deployers.deployers(deps, repository, base)
    following = [one for one in found if one.follows]
    fixed = [one for one in found if not one.follows]
    changed = await repository.pull_requests.files(request.id) if request is not None else None
    if changed is not None:
        following = await _deployers.reached(repository, commit, following, changed)
    apart = [f"{one.name} is at {', '.join(source.target_revision for source in one.sources)}" for one in fixed]
    if not following:
        return views.Tracked(
            result="merged; no application deploys it",
            repository=repository.name,
            commit=commit[:8],
            not_following=apart,
            next="an Application whose source is this repository and branch deploys it",
        )
    tracked = [_Tracked(one, since=deps.now()) for one in following]
    await _follow(deps, repository, commit, tracked, asked)
    if any(one.at.reached == "not seen" and not one.can_ask for one in tracked):
        deps.notices.append(_BY_ITSELF)
    ended = [views.Ended(one.deployer.name, one.at, one.is_there(asked.until, deps.now())) for one in tracked]
    return views.tracked(repository, commit, ended, asked.until, asked.timeout_seconds, apart)


async def _merged(repository: Repository, request: PullRequest | None, commit: str | None, base: str) -> str | None:
    """The commit that the base has; None where it is not in there."""
    if request is not None:
        return request.merge_commit or request.head
    found = await repository.commits.resolve(str(commit))
    if found is None:
        raise UnknownRevision(f"{repository.name} has no commit {commit!r}.")
    head = await repository.commits.resolve(base)
    if head is None:
        raise UnknownRevision(f"{repository.name} has no branch {base!r}.")
    return found if await repository.commits.contains(head, found) else None


async def _follow(
    deps: Deps, repository: Repository, commit: str, tracked: list[_Tracked], asked: TrackArguments
) -> None:
    """Look at each until all are over, or time is up."""
    known: dict[str, bool] = {commit: True}
    deadline = deps.now() + asked.timeout_seconds
    while True:
        open_ = [one for one in tracked if not one.is_over(asked.until, deps.now())]
        async with Together() as group:
            for one in open_:
                group.start(_look(deps, repository, commit, known, one))
        if all(one.is_over(asked.until, deps.now()) for one in tracked) or deps.now() >= deadline:
            return
        await deps.sleep(_LOOK_EVERY)


async def _look(deps: Deps, repository: Repository, commit: str, known: dict[str, bool], one: _Tracked) -> None:
    app = await _read(deps, one)
    for revision in _revisions(app, one.deployer.positions) - set(known):
        try:
            known[revision] = await repository.commits.contains(revision, commit)
        except UnknownRevision:  # a commit that was force-pushed away is none of the repository's any more
            known[revision] = False
    found = delivery(app, one.deployer.positions, lambda revision: known.get(revision, False))
    if found != one.at:
        one.at, one.since = found, deps.now()
        await deps.progress(line(f"{one.deployer.name}: {found.reached}{f'; {found.why}' if found.why else ''}", 300))


def _revisions(app: Application, positions: Sequence[int]) -> set[str]:
    """The commits of this repository that it was compared with and synced to.

    Other sources' are another repository's, or charts' versions; where nothing was rendered, a branch may stand there.
    """
    result = app.status.operation_state.sync_result if app.status.operation_state is not None else None
    said = [app.status.sync.revisions or [app.status.sync.revision]]
    said += [result.revisions or [result.revision]] if result is not None else []
    found = {revisions[place] for revisions in said for place in positions if place < len(revisions)}
    return {one for one in found if _COMMIT.fullmatch(one)}


async def _read(deps: Deps, one: _Tracked) -> Application:
    """The application, compared anew as long as it has not seen the commit, or what it shows may be from before."""
    is_due = deps.now() - one.refreshed >= _REFRESH_EVERY
    if (one.at.reached == "not seen" and is_due) or (one.at.is_doubtful and one.refreshed < one.since):
        one.refreshed = deps.now()
        # Now and then Argo CD does not answer a refresh; a plain look tells as much a moment later.
        try:
            return await deps.argocd.send(calls.of(one.deployer.owner, refresh="normal"), timeout=_REFRESHED)
        except (Unreachable, Unavailable):
            pass
        except ReadOnly:
            one.can_ask = False
    return await read(deps, one.deployer.owner)
