"""Pull requests of a repository without a forge: a request is a branch, and merging it is git's.

Nothing is stored beside the branch and its commits. A merged branch stays, so that asking again finds how it ended.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from argocd_gitops_mcp.errors import Conflict, FailedPrecondition, MergeConflict, NotFound
from argocd_gitops_mcp.gitops.git.clones import Clone, default
from argocd_gitops_mcp.gitops.git.paths import named
from argocd_gitops_mcp.gitops.git.remotes import Refs
from argocd_gitops_mcp.gitops.repository import PullRequest, State

_BETWEEN = ":"
"""Stands in no branch's name, so that `branch:base` names both."""
_TRIES = 3


@dataclass(frozen=True, slots=True)
class _Pair:
    """A branch and the base that it goes to, with their commits."""

    branch: str
    base: str
    head: str
    base_head: str


class Branches:
    """The branches of one repository, as requests to its default branch, or as `branch:base` to another."""

    def __init__(self, clone: Clone) -> None:
        self._clone = clone
        self._git = clone.git

    async def find(self, branch: str, base: str) -> PullRequest | None:
        """The branch, if it is there and holds what the base does not."""
        refs = await self._clone.remote.refs()
        if branch not in refs.branches or base not in refs.branches or branch == base:
            return None
        found = await self._read(await self._pair(f"{branch}{_BETWEEN}{base}", refs), refs)
        return found if found.state == "open" else None

    async def ended(self, branch: str, base: str) -> bool:
        """Whether the base has it: nothing else ends a branch."""
        refs = await self._clone.remote.refs()
        if branch not in refs.branches or base not in refs.branches or branch == base:
            return False
        return bool(await self._merge_of(await self._pair(f"{branch}{_BETWEEN}{base}", refs)))

    async def open(self, branch: str, base: str, title: str, body: str, *, draft: bool = False) -> PullRequest:  # noqa: ARG002 - nowhere to keep them
        """See that the branch is there: its commit says what it is for."""
        self._clone.refuse_write()
        return await self.get(f"{branch}{_BETWEEN}{base}")

    async def get(self, request: str) -> PullRequest:
        """One, and whether git would merge it."""
        refs = await self._clone.remote.refs()
        return await self._read(await self._pair(request, refs), refs)

    async def files(self, request: str) -> Sequence[str]:
        """Paths that it changes."""
        refs = await self._clone.remote.refs()
        pair = await self._pair(request, refs)
        objects = self._clone.objects
        if merge := await self._merge_of(pair):
            parents = await objects.parents(merge)
            return sorted(await objects.changed(parents[0], merge)) if parents else sorted(await objects.listing(merge))
        return sorted(await objects.changed(await self._fork(pair), pair.head))

    async def comment(self, request: str, text: str) -> str:  # noqa: ARG002 - there is no place for it
        """Refuse: a branch has no place for comments."""
        self._clone.refuse_write()
        raise FailedPrecondition("The repository has no forge: there is nothing to comment on.")

    async def merge(self, request: str, head: str, message: str) -> str:
        """Merge it if its head is still this commit; answers the commit that the base got."""
        self._clone.refuse_write()
        for _ in range(_TRIES):
            refs = await self._clone.remote.refs()
            pair = await self._pair(request, refs)
            if pair.head != head:
                raise Conflict(f"{pair.branch} moved to {pair.head}: it is not what was looked at.")
            if done := await self._merge_of(pair):
                return done
            merged = await self._clone.objects.merged(pair.base_head, pair.head)
            if merged.conflicts:
                raise MergeConflict(
                    f"{pair.base} and {pair.branch} changed the same lines of {named(merged.conflicts)}."
                )
            commit = await self._clone.objects.commit(merged.tree, [pair.base_head, pair.head], message)
            if await self._clone.sent(commit, pair.base, pair.base_head):
                return commit
        raise Conflict(f"The base moved each time that {request} was to be merged.")

    async def _pair(self, request: str, refs: Refs) -> _Pair:
        branch, _, base = request.partition(_BETWEEN)
        base = base or default(refs) or ""
        if branch not in refs.branches or branch == base:
            raise NotFound(f"There is no branch {branch[:80]!r} to be merged.")
        if base not in refs.branches:
            raise NotFound(f"There is no branch {base[:80]!r} to merge into.")
        for one in (branch, base):
            if refs.branches[one] not in await self._clone.objects.has([refs.branches[one]]):
                await self._clone.remote.bring(one)
        return _Pair(branch, base, refs.branches[branch], refs.branches[base])

    async def _read(self, pair: _Pair, refs: Refs) -> PullRequest:
        merge = await self._merge_of(pair)
        state: State = "merged" if merge else "open"
        conflicts = () if merge else (await self._clone.objects.merged(pair.base_head, pair.head)).conflicts
        shown = await self._git.run("log", "--no-show-signature", "-1", "--format=%s%n%an", pair.head, "--")
        title, _, author = shown.text.partition("\n")
        return PullRequest(
            id=pair.branch if pair.base == default(refs) else f"{pair.branch}{_BETWEEN}{pair.base}",
            title=title,
            state=state,
            branch=pair.branch,
            base=pair.base,
            head=pair.head,
            author=author,
            mergeable="unknown" if merge else "conflicts" if conflicts else "yes",
            merge_commit=merge,
            blocked=f"conflicts in {named(conflicts)}" if conflicts else "",
        )

    async def _merge_of(self, pair: _Pair) -> str:
        """The commit by which the base got the branch; empty where it has not got it."""
        if not await self._clone.objects.contains(pair.base_head, pair.head):
            return ""
        ran = await self._git.run(
            *("rev-list", "--first-parent", "--ancestry-path", "--parents", f"{pair.head}..{pair.base_head}", "--")
        )
        for line in reversed(ran.text.splitlines()):
            merge, *parents = line.split()
            if pair.head in parents[1:]:
                return merge
        return pair.head

    async def _fork(self, pair: _Pair) -> str:
        ran = await self._git.run("merge-base", pair.base_head, pair.head, codes=(0, 1))
        if not ran.text:
            raise FailedPrecondition(f"{pair.branch} and {pair.base} have no history in common.")
        return ran.text
