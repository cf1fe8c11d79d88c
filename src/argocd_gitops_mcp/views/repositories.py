"""Repositories, pull requests and changes on their way, as small answers. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from msgspec import field

from argocd_gitops_mcp.argocd.delivery import ORDER, Delivery, Reached
from argocd_gitops_mcp.gitops import gate
from argocd_gitops_mcp.gitops.repository import PullRequest, Repository
from argocd_gitops_mcp.views.text import line
from argocd_gitops_mcp.views.view import Record


class PullRequestView(Record):
    """A pull request as it was just read; `against` is what keeps it from being merged."""

    MORE = "url shows all of it"

    id: str
    repository: str
    title: str = ""
    state: str = ""
    url: str = ""
    branch: str = ""
    base: str = ""
    head: str = ""
    author: str = ""
    mergeable: str = ""
    reviews: list[str] = field(default_factory=list)
    checks: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    against: list[str] = field(default_factory=list)
    blocked: str = ""
    merge_commit: str = ""
    next: str = ""


class Commented(Record):
    result: str
    pull_request: str
    url: str = ""


class Merged(Record):
    result: str
    pull_request: str
    base: str = ""
    commit: str = ""
    next: str = ""


class Tracked(Record):
    """How far a change has come; `applications` are those that deploy it, the furthest behind first."""

    MORE = "track_change tells it again; get and diagnose tell of one application"

    result: str
    repository: str
    commit: str = ""
    pull_request: str = ""
    applications: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    not_following: list[str] = field(default_factory=list)
    against: list[str] = field(default_factory=list)
    note: str = ""
    next: str = ""


def pull_request(repository: Repository, request: PullRequest, files: Sequence[str]) -> PullRequestView:
    """One with everything that decides on it."""
    against = gate.against(request, has_reviews=repository.kind != "git") if request.state == "open" else []
    return PullRequestView(
        id=request.id,
        repository=repository.name,
        title=line(request.title, 200),
        state="draft" if request.is_draft and request.state == "open" else request.state,
        url=request.url,
        branch=request.branch,
        base=request.base,
        head=request.head[:8],
        author=request.author,
        mergeable=request.mergeable if request.state == "open" else "",
        reviews=[f"{one.reviewer}: {one.state}" for one in request.reviews],
        checks=[f"{line(one.name, 100)}: {one.state}" for one in request.checks],
        files=list(files),
        against=against,
        blocked=line(request.blocked, 300),
        merge_commit=request.merge_commit[:8],
        next=_next(request, against),
    )


def _next(request: PullRequest, against: Sequence[str]) -> str:
    if request.state == "merged":
        return f"track_change with pull_request={request.id!r}"
    if request.state == "closed":
        return "it was closed without being merged"
    return "a person reviews and approves it" if against else "merge_pull_request, if the user wants it merged"


def not_merged(repository: Repository, request: PullRequest) -> Tracked:
    """A change that is still a pull request."""
    return Tracked(
        result="not merged" if request.state == "open" else "closed without being merged",
        repository=repository.name,
        commit=request.head[:8],
        pull_request=request.id,
        against=gate.against(request, has_reviews=repository.kind != "git") if request.state == "open" else [],
        next=_next(request, ["review"]),
    )


@dataclass(frozen=True, slots=True)
class Ended:
    """How far one application came, and whether that is certainly as far as was waited for."""

    name: str
    at: Delivery
    is_there: bool


def tracked(
    repository: Repository,
    commit: str,
    found: Sequence[Ended],
    until: Reached,
    seconds: float,
    apart: Sequence[str],
) -> Tracked:
    """A merged change, the applications that are furthest behind first."""
    ordered = sorted(found, key=lambda one: (ORDER.index(one.at.reached), one.name))
    behind = [one for one in ordered if not one.is_there]
    stuck = [one.name for one in behind if one.at.is_stuck]
    goal = until if until != "seen" else "seen by Argo CD"
    if not behind:
        result = f"{goal} in all {len(found)} applications" if len(found) > 1 else goal
    elif stuck:
        result = f"stuck in {len(stuck)} of {len(found)} applications"
    else:
        result = f"not {goal} yet"
    is_waiting = len(behind) > len(stuck)
    return Tracked(
        result=result,
        repository=repository.name,
        commit=commit[:8],
        applications=[line(f"{one.name}: {_told(one)}", 600) for one in ordered],
        stuck=stuck,
        not_following=list(apart),
        note=f"After {seconds:g} s; it goes on without us." if is_waiting else "",
        next=_after(stuck, is_waiting=is_waiting),
    )


def _told(one: Ended) -> str:
    if one.at.is_doubtful and not one.is_there:
        return f"synced; {one.at.why or 'its health is from the second in which the sync ended'}"
    return f"{one.at.reached}{f'; {one.at.why}' if one.at.why else ''}"


def _after(stuck: Sequence[str], *, is_waiting: bool) -> str:
    if stuck:
        return f"find the cause in {stuck[0]!r} (get, get_resource_tree, get_resource_events, get_workload_logs)"
    return "track_change again" if is_waiting else ""
