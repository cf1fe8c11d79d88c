"""Where a repository's branches are: at a remote that git reaches, or in the clone itself."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from argocd_gitops_mcp.errors import FailedPrecondition, GitFailed, ProtectedBranch
from argocd_gitops_mcp.gitops.git.program import NETWORK_SECONDS, Git

_OURS = "refs/argocd-gitops"
_HEADS, _TAGS, _PEELED = "refs/heads/", "refs/tags/", "^{}"
# What no name may hold (git-check-ref-format); a server that says otherwise would write a refspec of its own here.
_NO_NAME = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|/-|\.\.|@\{")
_MOVED = re.compile(
    r"stale info|fetch first|non-fast-forward|already exists|lock ref|failed to (?:update|lock)|incorrect old value"
)
# Reasons as git and the forges give them in the status line; GitLab and Gitea answer as a pre-receive hook does.
_RULES = re.compile(r"hook declined|protected branch|rule violations|prohibited", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Refs:
    """Branches and tags as they are now.

    Args:
        head: the branch that is checked out by default, if there is one of that name.
        tags: by name, each with the commit that it names.
    """

    head: str | None
    branches: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)


class Remote(Protocol):
    """Where the branches are."""

    async def refs(self) -> Refs:
        """Read them."""

    async def bring(self, branch: str | None = None) -> None:
        """Bring the objects of one branch, or of all branches and tags, into the clone."""

    async def send(self, commit: str, branch: str, expected: str | None) -> bool:
        """Set a branch, if it is still at `expected`; None: if there is none.

        Returns:
            False where it is not; nothing changed.

        Raises:
            ProtectedBranch: the remote's rules refuse it.
            GitFailed, TimedOut: whether it arrived is not known.
        """

    async def settle(self, branch: str) -> None:
        """Make the first branch the default one, where nobody else does."""


class Upstream:
    """A remote that git reaches, with the user's own access.

    Args:
        remote: its name in the clone.
    """

    def __init__(self, git: Git, remote: str) -> None:
        self._git = git
        self._remote = remote

    async def refs(self) -> Refs:
        asked = ("HEAD", f"{_HEADS}*", f"{_TAGS}*")
        ran = await self._git.run("ls-remote", "--symref", "--", self._remote, *asked, seconds=NETWORK_SECONDS)
        found: dict[str, str] = {}
        head = ""
        for line in ran.text.splitlines():
            value, _, name = line.partition("\t")
            if name == "HEAD" and value.startswith("ref: "):
                head = value.removeprefix("ref: ")
            else:
                found[name] = value
        return _refs(found, head)

    async def bring(self, branch: str | None = None) -> None:
        if branch is None:
            what = ["--prune", f"+{_HEADS}*:{_OURS}/all/heads/*", f"+{_TAGS}*:{_OURS}/all/tags/*"]
        else:
            # By a digest: a branch `a` that is gone would be in the way of `a/b`.
            what = [f"+{_HEADS}{branch}:{_OURS}/one/{sha256(branch.encode()).hexdigest()[:16]}"]
        # An empty refmap: the user's remote-tracking branches stay, on which their --force-with-lease relies.
        options = (
            "--quiet",
            "--no-tags",
            "--no-write-fetch-head",
            "--refmap=",
            "--no-recurse-submodules",
            "--no-auto-gc",
        )
        flags = [part for part in what if part.startswith("--")]
        specs = [part for part in what if not part.startswith("--")]
        await self._git.run("fetch", *options, *flags, "--", self._remote, *specs, seconds=NETWORK_SECONDS)

    async def send(self, commit: str, branch: str, expected: str | None) -> bool:
        ran = await self._git.run(
            *("push", "--porcelain", "--no-verify", "--no-signed", "--no-follow-tags", "--recurse-submodules=no"),
            *(
                f"--force-with-lease={_HEADS}{branch}:{expected or ''}",
                "--",
                self._remote,
                f"{commit}:{_HEADS}{branch}",
            ),
            codes=(0, 1),
            seconds=NETWORK_SECONDS,
        )
        refused = next((line.split("\t")[-1] for line in ran.text.splitlines() if line.startswith("!\t")), None)
        if refused is None and ran.code == 0:
            return True
        if refused is None:
            raise GitFailed(f"git push failed (exit status {ran.code}).", upstream=ran.said)
        if _RULES.search(refused):
            raise ProtectedBranch(f"The remote refuses to let {branch} be pushed.", upstream=_words(refused, ran.said))
        if _MOVED.search(refused):
            return False
        raise GitFailed(f"The remote did not take {branch}.", upstream=_words(refused, ran.said))

    async def settle(self, branch: str) -> None:
        """A forge takes its first branch for the default one."""


class Bare(Upstream):
    """A bare repository of the workspace, which nobody but git looks after."""

    def __init__(self, git: Git, folder: Path) -> None:
        super().__init__(git, str(folder))
        self._folder = folder

    async def settle(self, branch: str) -> None:
        if (await self.refs()).head is None:
            await Git(self._folder, git_dir=self._folder).run("symbolic-ref", "HEAD", f"{_HEADS}{branch}")


class Itself:
    """A clone without a remote: its own branches."""

    def __init__(self, git: Git) -> None:
        self._git = git

    async def refs(self) -> Refs:
        shown = "%(objectname) %(*objectname) %(refname)"
        ran = await self._git.run("for-each-ref", f"--format={shown}", _HEADS, _TAGS)
        found: dict[str, str] = {}
        for line in ran.text.splitlines():
            value, peeled, name = line.split(" ", 2)
            found[name] = peeled or value
        head = (await self._git.run("symbolic-ref", "--quiet", "HEAD", codes=(0, 1))).text
        return _refs(found, head)

    async def bring(self, branch: str | None = None) -> None:
        """All is here."""

    async def send(self, commit: str, branch: str, expected: str | None) -> bool:
        if (await self.refs()).branches.get(branch) != expected:
            return False
        name = f"{_HEADS}{branch}"
        if name in await self._checked_out():
            await self._forward(commit, branch, expected)
        old = expected or "0" * len(commit)
        ran = await self._git.run("update-ref", "-m", "argocd-gitops", name, commit, old, codes=(0, 1, 128))
        return ran.code == 0

    async def settle(self, branch: str) -> None:
        """Which branch is checked out is the user's affair."""

    async def _checked_out(self) -> frozenset[str]:
        ran = await self._git.run("worktree", "list", "--porcelain", "-z")
        lines = ran.text.split("\0")
        return frozenset(line.removeprefix("branch ") for line in lines if line.startswith("branch "))

    async def _forward(self, commit: str, branch: str, expected: str | None) -> None:
        """Take the working tree along; git refuses where that would overwrite anything."""
        here = (await self._git.run("symbolic-ref", "--quiet", "HEAD", codes=(0, 1))).text
        if here != f"{_HEADS}{branch}":
            raise FailedPrecondition(f"{branch} is checked out in another working tree of this clone.")
        await self._git.run("update-index", "-q", "--refresh", codes=(0, 1))  # touched files are no changed ones
        trees = [expected, commit] if expected else [commit]
        ran = await self._git.run("read-tree", "-m", "-u", *trees, codes=(0, 1, 128))
        if ran.code:
            raise FailedPrecondition(f"The working tree cannot follow {branch}; nothing changed.", upstream=ran.said)


def _refs(found: Mapping[str, str], head: str) -> Refs:
    plain = {name: value for name, value in found.items() if not _NO_NAME.search(name)}
    branches = {name.removeprefix(_HEADS): value for name, value in plain.items() if name.startswith(_HEADS)}
    tags = {
        name.removeprefix(_TAGS): found.get(name + _PEELED, value)
        for name, value in plain.items()
        if name.startswith(_TAGS)
    }
    default = head.removeprefix(_HEADS)
    return Refs(default if default in branches else None, branches, tags)


def _words(refused: str, said: str) -> str:
    """What the remote said, before git's own advice."""
    remote = [line.removeprefix("remote: ").rstrip() for line in said.splitlines() if line.startswith("remote:")]
    return "\n".join([refused, *filter(None, remote)])
