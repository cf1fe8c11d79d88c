"""Which repositories may be worked on, and how each is reached: clones of the workspace, and the forge's."""

from collections.abc import Awaitable, Callable

from argocd_gitops_mcp.errors import UnknownRepository
from argocd_gitops_mcp.gitops.repository import Repository

Opener = Callable[[str], Awaitable[Repository | None]]
"""Gives the repository of a path or URL, or None where it is not one of its own."""
Closer = Callable[[], Awaitable[None]]


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

    async def open(self, where: str) -> Repository:
        """The repository of this path in the workspace, or of this URL.

        Raises:
            UnknownRepository: neither the workspace nor the forge has it.
        """
        for opener in self._openers:
            found = await opener(where)
            if found is not None:
                return found
        raise UnknownRepository(f"{where!r} is no repository that this server may work on.")

    async def close(self) -> None:
        """Close every connection."""
        for closer in self._closers:
            await closer()
