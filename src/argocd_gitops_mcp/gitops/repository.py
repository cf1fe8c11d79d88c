"""What a Git repository is to us: commits to read and write, and pull requests. Shapes only: git and forges do it."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

Files = Mapping[str, bytes | None]
"""Contents by path from the root, with `/`; None removes the file."""

State = Literal["open", "merged", "closed"]
Mergeable = Literal["yes", "conflicts", "unknown"]
ReviewState = Literal["approved", "changes requested", "commented", "dismissed", "requested"]
CheckState = Literal["success", "failure", "pending", "neutral"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a commit's tree, by its path.

    Args:
        kind: `link` is a symbolic link, `module` a submodule.
        id: object id of the blob.
        size: bytes, where known.
    """

    kind: Literal["file", "link", "module"]
    id: str
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A commit to be made on a branch of its own.

    Args:
        base: the commit it is made on.
        branch: the new branch.
        files: what changes.
        message: whole, with trailers.
    """

    base: str
    branch: str
    files: Files
    message: str


@dataclass(frozen=True, slots=True)
class Review:
    """What a reviewer said last."""

    reviewer: str
    state: ReviewState


@dataclass(frozen=True, slots=True)
class Check:
    """One status or check of the head commit."""

    name: str
    state: CheckState
    url: str = ""


@dataclass(frozen=True, slots=True)
class PullRequest:
    """A pull request (merge request on GitLab) as it was just read; of a bare repository a branch, which has no number.

    Args:
        id: its number, or the branch.
        head: commit of the branch.
        merge_commit: what the base got, once merged.
        required_approvals: where the forge tells.
        blocked: why the forge would not merge it now, in its words.
    """

    id: str
    title: str
    state: State
    branch: str
    base: str
    head: str
    author: str = ""
    url: str = ""
    is_draft: bool = False
    mergeable: Mergeable = "unknown"
    merge_commit: str = ""
    reviews: Sequence[Review] = field(default_factory=tuple)
    checks: Sequence[Check] = field(default_factory=tuple)
    required_approvals: int | None = None
    blocked: str = ""


class Commits(Protocol):
    """The commits of one repository: by the git program, or by a forge's API without a clone."""

    async def default_branch(self) -> str | None:
        """The branch that is checked out by default; None of a repository without any commit."""

    async def resolve(self, revision: str) -> str | None:
        """The commit of a branch, tag or (short) commit, as the remote has it; None where there is none."""

    async def tree(self, commit: str) -> Mapping[str, Entry]:
        """Every file of a commit, by path."""

    async def blobs(self, ids: Iterable[str]) -> Mapping[str, bytes]:
        """Contents by object id."""

    async def contains(self, commit: str, ancestor: str) -> bool:
        """Whether `ancestor` is `commit` or in its history."""

    async def earlier(self, draft: Draft) -> str | None:
        """The commit of an earlier try of this draft, on its branch; None where there is no such branch. Only reads.

        It is one where it changes the same files in the same way, on the draft's base or on what that grew from.

        Raises:
            Conflict: the branch has something else.
            ProtectedBranch: nobody may push to it.
        """

    async def push(self, draft: Draft) -> str:
        """Put one commit on a new branch of the remote, whole or not at all; answers the commit.

        Raises:
            Conflict: the branch exists already, with something else.
            ProtectedBranch, DirtyTree, InvalidPath, GitFailed: nothing was pushed.
        """

    async def begin(self, branch: str, files: Files, message: str) -> str:
        """Make the first commit of an empty repository, on this branch; answers the commit."""


class PullRequests(Protocol):
    """The pull requests of one repository."""

    async def find(self, branch: str, base: str) -> PullRequest | None:
        """The open one from this branch into that, if there is one."""

    async def ended(self, branch: str, base: str) -> bool:
        """Whether one from this branch into that was merged or closed, and none is open."""

    async def open(self, branch: str, base: str, title: str, body: str, *, draft: bool = False) -> PullRequest:
        """Open one."""

    async def get(self, request: str) -> PullRequest:
        """One with its reviews and checks.

        Raises:
            NotFound: there is none of this id.
        """

    async def files(self, request: str) -> Sequence[str]:
        """Paths that it changes."""

    async def comment(self, request: str, text: str) -> str:
        """Comment; answers the comment's address."""

    async def merge(self, request: str, head: str, message: str) -> str:
        """Merge it if its head is still this commit; answers the commit that the base got.

        Raises:
            Conflict: the head moved.
            MergeConflict, MergeRefused: the forge does not merge it; nothing changed.
        """


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository with both halves.

    Args:
        url: as an application's repoURL names it, without credentials.
        name: short, for people: `team/deploy`, or the folder.
        kind: `git` is one without a forge.
        identity: who commits, as `Name <address>`.
    """

    url: str
    name: str
    kind: Literal["github", "gitlab", "gitea", "git"]
    commits: Commits
    pull_requests: PullRequests
    identity: Callable[[], Awaitable[str]]
