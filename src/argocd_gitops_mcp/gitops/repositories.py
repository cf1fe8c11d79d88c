"""Which repositories may be worked on, and how each is reached: clones of the workspace, and the forge's."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from weakref import WeakValueDictionary

from argocd_gitops_mcp.errors import GitFailed, UnknownRepository
from argocd_gitops_mcp.gitops.repository import Repository
from argocd_gitops_mcp.gitops.urls import normal, unknown

Opener = Callable[[str], Awaitable[Repository | None]]
"""Gives the repository of a path or URL, or None where it is not one of its own."""
Closer = Callable[[], Awaitable[None]]

_MOST_CLONES = 200


class Repositories:
    """Opens repositories by path or URL.

    Args:
        openers: asked in this order; the first that knows it wins.
        closers: close what the openers hold.
        sign_off: whether commit messages end with Signed-off-by.
    """

    def __init__(
        self, openers: tuple[Opener, ...] = (), closers: tuple[Closer, ...] = (), *, sign_off: bool = False
    ) -> None:
        self._openers = openers
        self._closers = closers
        self.sign_off = sign_off
        self._turns: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()

    async def open(self, where: str) -> Repository:
        """The repository of this path in the workspace, or of this URL.

        Raises:
            UnknownRepository: neither the workspace nor the forge has it.
        """
        for opener in self._openers:
            found = await opener(where)
            if found is not None:
                return found
        raise unknown(where)

    def turn(self, url: str, branch: str) -> asyncio.Lock:
        """Held by whoever opens a pull request of this branch: Gitea opens two, if it is asked twice at once."""
        return self._turns.setdefault((normal(url), branch), asyncio.Lock())

    async def close(self) -> None:
        """Close every connection."""
        for closer in self._closers:
            await closer()


def of_workspace(workspace: Path, forge: Opener | None, *, allow_write: bool) -> Opener:
    """Opens clones and bare repositories of a folder; the pull requests of a clone of the forge's are the forge's."""
    # Running git takes what serving without it never needs.
    from argocd_gitops_mcp.gitops.git.branches import Branches  # noqa: PLC0415
    from argocd_gitops_mcp.gitops.git.workspace import inside, open_clone  # noqa: PLC0415

    async def opened(where: str) -> Repository | None:
        path = where
        if "://" in where and not where.startswith("file:"):
            path = await clone_of(where) or ""
        elif "://" not in where and inside(workspace, where) is None:
            return None
        if not path:
            return None
        found = await open_clone(workspace, path, allow_write=allow_write)
        hosted = await forge(found.remote) if forge is not None and found.remote else None
        if hosted is not None:
            return replace(hosted, commits=found.commits, identity=found.commits.identity)
        return Repository(found.url, found.name, "git", found.commits, Branches(found.commits), found.commits.identity)

    async def clone_of(url: str) -> str | None:
        """The clone whose remote this is."""
        for folder in _clones(workspace):
            try:
                found = await open_clone(workspace, folder, allow_write=False)
            except (UnknownRepository, GitFailed):
                continue  # an odd folder beside it hides no clone
            if found.remote and normal(found.remote) == normal(url):
                return folder
        return None

    return opened


def _clones(workspace: Path) -> Iterator[str]:
    folders = [workspace, *sorted(one for one in workspace.iterdir() if one.is_dir())] if workspace.is_dir() else []
    yield from (str(one) for one in folders[:_MOST_CLONES] if (one / ".git").exists())
