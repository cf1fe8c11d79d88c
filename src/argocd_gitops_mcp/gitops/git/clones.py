"""A repository's commits by the user's own git: over a clone in the workspace, or over a bare repository."""

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from argocd_gitops_mcp.errors import (
    Conflict,
    FailedPrecondition,
    GitFailed,
    InvalidArgument,
    InvalidPath,
    NothingToChange,
    OutcomeUnknown,
    ProtectedBranch,
    ReadOnly,
    TimedOut,
    UnknownRevision,
)
from argocd_gitops_mcp.gitops.git.objects import Node, Objects
from argocd_gitops_mcp.gitops.git.paths import not_through_link, safe
from argocd_gitops_mcp.gitops.git.program import Git
from argocd_gitops_mcp.gitops.git.remotes import Refs, Remote
from argocd_gitops_mcp.gitops.git.working_tree import refuse_dirty
from argocd_gitops_mcp.gitops.repository import Draft, Entry, Files

_COMMIT = re.compile(r"[0-9a-f]{7,64}")
_USUAL = ("main", "master")


class Clone:
    """The commits of one repository.

    Args:
        remote: where its branches are.
        working_tree: of a clone; None of a bare repository.
        allow_write: without it nothing is sent, whoever asks: the last of three locks.
    """

    def __init__(self, git: Git, remote: Remote, *, working_tree: Path | None, allow_write: bool) -> None:
        self.git = git
        self._working_tree = working_tree
        self._allow_write = allow_write
        self.remote = remote
        self.objects = Objects(git)

    async def default_branch(self) -> str | None:
        """The branch that is checked out by default; None of a repository without any commit."""
        return default(await self.remote.refs())

    async def resolve(self, revision: str) -> str | None:
        """The commit of a branch, tag or (short) commit, as the remote has it; None where there is none."""
        refs = await self.remote.refs()
        name = (default(refs) or "") if revision in {"", "HEAD"} else revision
        branch, tag = name.removeprefix("refs/heads/"), name.removeprefix("refs/tags/")
        if branch in refs.branches:
            return await self._brought(refs.branches[branch], branch)
        if tag in refs.tags:
            return await self._brought(refs.tags[tag])
        if not _COMMIT.fullmatch(name):
            return None
        commit = await self._whole(name)
        if commit is None:
            await self.remote.bring()
            commit = await self._whole(name)
        return commit if commit and await self._is_of_remote(commit, refs) else None

    async def tree(self, commit: str) -> Mapping[str, Entry]:
        """Every file of a commit, by path."""
        await self._have(commit)
        return {path: node.entry() for path, node in (await self.objects.listing(commit)).items()}

    async def blobs(self, ids: Iterable[str]) -> Mapping[str, bytes]:
        """Contents by object id."""
        return await self.objects.blobs(ids)

    async def contains(self, commit: str, ancestor: str) -> bool:
        """Whether `ancestor` is `commit` or in its history."""
        await self._have(commit, ancestor)
        return await self.objects.contains(commit, ancestor)

    async def earlier(self, draft: Draft) -> str | None:
        """The commit of an earlier try of this draft; None where there is no such branch."""
        await self.check_branch(draft.branch)
        refs = await self.remote.refs()
        _refuse_default(draft.branch, refs)
        tip = refs.branches.get(draft.branch)
        if tip is None:
            return None
        await self._have(draft.base)
        nodes = await self.objects.stored(_placed(draft.files), draft.base, write=False)
        return await self._same(draft.branch, tip, draft.base, nodes)

    async def push(self, draft: Draft) -> str:
        """Put one commit on a new branch of the remote, whole or not at all; answers the commit."""
        self.refuse_write()
        await self.check_branch(draft.branch)
        files = _placed(draft.files)
        refs = await self.remote.refs()
        _refuse_default(draft.branch, refs)
        await self._have(draft.base)
        if not await self._is_of_remote(draft.base, refs):
            raise UnknownRevision(f"The remote does not have the commit {draft.base}.")
        known = await self.tree(draft.base)
        for path, content in files.items():
            not_through_link(path, known)
            if content is None and path not in known:
                raise InvalidPath(f"{path} is not there to be removed.")
        await self._refuse_dirty(files)
        nodes = await self.objects.stored(files, draft.base)
        if tip := refs.branches.get(draft.branch):
            return await self._same(draft.branch, tip, draft.base, nodes)
        tree = await self.objects.tree(draft.base, nodes)
        if not await self.objects.changed(draft.base, tree):
            raise NothingToChange("The files are so already.")
        commit = await self.objects.commit(tree, [draft.base], draft.message)
        return await self._put(draft.branch, commit, draft.base, nodes)

    async def begin(self, branch: str, files: Files, message: str) -> str:
        """Make the first commit of an empty repository, on this branch; answers the commit.

        Raises:
            Conflict: the repository is not empty.
        """
        self.refuse_write()
        await self.check_branch(branch)
        placed = {path: content for path, content in _placed(files).items() if content is not None}
        refs = await self.remote.refs()
        if refs.branches and set(refs.branches) != {branch}:
            raise Conflict("The repository has branches already: a first commit is for an empty one.")
        if branch not in refs.branches:
            await self._refuse_dirty(placed)
        nodes = await self.objects.stored(placed, None)
        if tip := refs.branches.get(branch):
            return await self._same(branch, tip, None, nodes)
        commit = await self.objects.commit(await self.objects.tree(None, nodes), [], message)
        put = await self._put(branch, commit, None, nodes)
        await self.remote.settle(branch)
        return put

    async def identity(self) -> str:
        """Who commits, as the user told git: `Name <address>`, for a sign-off.

        Raises:
            NotConfigured: git was not told.
        """
        return await self.objects.identity()

    def refuse_write(self) -> None:
        """See that writing is allowed.

        Raises:
            ReadOnly: it is not.
        """
        if not self._allow_write:
            raise ReadOnly("This server may not write to Git.")

    async def check_branch(self, branch: str) -> None:
        """See that a branch may be called so.

        Raises:
            InvalidArgument: it may not.
        """
        ran = None
        # `refs/heads/a` is a name that git takes, for a branch that nobody means.
        if branch.isprintable() and not branch.startswith(("-", "refs/")) and branch != "HEAD":
            ran = await self.git.run("check-ref-format", f"refs/heads/{branch}", codes=(0, 1))
        if ran is None or ran.code:
            raise InvalidArgument(f"{branch[:80]!r} is no name of a branch.")

    async def sent(self, commit: str, branch: str, expected: str | None) -> bool:
        """Set a branch from what it was; where no answer came, look whether it is so.

        Returns:
            False where it was something else; nothing changed.
        """
        try:
            return await self.remote.send(commit, branch, expected)
        except (GitFailed, TimedOut) as error:
            now = None
            with suppress(GitFailed, TimedOut):
                now = await self.remote.refs()
            if now is not None and now.branches.get(branch) == commit:
                return True
            if now is None and isinstance(error, TimedOut):
                hint = "Call again: what arrived is found, and made only once."
                raise OutcomeUnknown(f"Whether {branch} was pushed cannot be seen.", hint=hint) from error
            raise

    async def _put(self, branch: str, commit: str, base: str | None, nodes: Mapping[str, Node | None]) -> str:
        if await self.sent(commit, branch, None):
            return commit
        tip = (await self.remote.refs()).branches.get(branch)
        if tip is None:
            raise Conflict(f"The remote does not take {branch}: another branch is in the way of its name.")
        return await self._same(branch, tip, base, nodes)

    async def _same(self, branch: str, tip: str, base: str | None, nodes: Mapping[str, Node | None]) -> str:
        """The tip, if it is this very change: a call before this one made it, and its answer was lost."""
        conflict = Conflict(
            f"The branch {branch} exists already, with something else.", hint="Choose another name for the branch."
        )
        await self._brought(tip, branch)
        parents = await self.objects.parents(tip)
        if len(parents) != (0 if base is None else 1):
            raise conflict
        there = await self.objects.listing(tip)
        if any(_told(there.get(path)) != _told(node) for path, node in nodes.items()):
            raise conflict
        touched = await self.objects.changed(parents[0], tip) if parents else there.keys()
        if not touched <= nodes.keys():
            raise conflict
        if base and not (
            await self.objects.contains(base, parents[0]) or await self.objects.contains(parents[0], base)
        ):
            raise conflict
        return tip

    async def _refuse_dirty(self, files: Files) -> None:
        if self._working_tree is not None:
            await refuse_dirty(self.git, self._working_tree, files)

    async def _brought(self, commit: str, branch: str | None = None) -> str | None:
        """The commit of a ref, once its objects are here; None where the ref names none."""
        if commit not in await self.objects.has([commit]):
            await self.remote.bring(branch)
        return commit if commit in await self.objects.has([commit]) else None

    async def _have(self, *commits: str) -> None:
        if await self.objects.has(commits) >= set(commits):
            return
        await self.remote.bring()
        if missing := set(commits) - await self.objects.has(commits):
            raise UnknownRevision(f"The repository has no commit {missing.pop()}.")

    async def _whole(self, short: str) -> str | None:
        ran = await self.git.run("rev-parse", "--verify", "--quiet", f"{short}^{{commit}}", codes=(0, 1, 128))
        return ran.text if ran.text.startswith(short) else None  # else a branch of the clone's is called like it

    async def _is_of_remote(self, commit: str, refs: Refs) -> bool:
        """A commit of the clone's that nobody pushed is none of the remote's: pushed along, it would surprise."""
        return await self._is_in(commit, refs) or (await self._is_behind(refs) and await self._is_in(commit, refs))

    async def _is_in(self, commit: str, refs: Refs) -> bool:
        here = await self.objects.has({*refs.branches.values(), *refs.tags.values()})
        return bool(here) and await self.objects.reached(commit, here)

    async def _is_behind(self, refs: Refs) -> bool:
        """Whether something had to be brought."""
        wanted = {*refs.branches.values(), *refs.tags.values()}
        if await self.objects.has(wanted) >= wanted:
            return False
        await self.remote.bring()
        return True


def default(refs: Refs) -> str | None:
    """The default branch; None where there is no branch.

    Raises:
        FailedPrecondition: HEAD names none of them, and nor does custom.
    """
    if refs.head or not refs.branches:
        return refs.head
    usual = [name for name in (*_USUAL, *refs.branches) if name in refs.branches]
    if usual[0] in _USUAL or len(refs.branches) == 1:
        return usual[0]
    raise FailedPrecondition("The repository's HEAD names no branch that is there.", hint="Set its default branch.")


def _refuse_default(branch: str, refs: Refs) -> None:
    if branch == default(refs):
        raise ProtectedBranch(f"{branch} is the default branch: a change needs a branch of its own.")


def _placed(files: Files) -> dict[str, bytes | None]:
    """The same by safe path, each once and none inside another."""
    placed = {safe(path): content for path, content in files.items()}
    if not placed:
        raise NothingToChange("The change holds no file.")
    if len(placed) != len(files):
        raise InvalidPath("The change names a file twice.")
    for path in placed:
        above = path
        while above := above.rpartition("/")[0]:
            if above in placed:
                raise InvalidPath(f"The change has both {above} and {path}.")
    return placed


def _told(node: Node | None) -> tuple[str, str] | None:
    return (node.mode, node.id) if node else None
