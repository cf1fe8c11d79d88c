"""An earlier try of a push, known again on its branch: its answer was lost, or another call was faster."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Protocol

from argocd_gitops_mcp.errors import InvalidPath, NothingToChange
from argocd_gitops_mcp.gitops.forges.changes import Head, changes, taken
from argocd_gitops_mcp.gitops.repository import Draft, Entry


class History(Protocol):
    """What of `Commits` is asked."""

    async def tree(self, commit: str) -> Mapping[str, Entry]:
        """Every file of a commit, by path."""

    async def contains(self, commit: str, ancestor: str) -> bool:
        """Whether `ancestor` is `commit` or in its history."""


async def earlier(history: History, draft: Draft, head: Head | None) -> str | None:
    """The commit that a draft's branch has, if it is that draft; None where there is no such branch.

    It is the draft where it does the same to its parent, and the parent is the draft's base or came before it: the base
    may have moved since.

    Args:
        history: the repository's commits.
        draft: what is to be pushed.
        head: the newest commit of its branch.

    Raises:
        ProtectedBranch, Conflict: the branch has something else.
    """
    if head is None:
        return None
    if len(head.parents) == 1 and await _is_behind(history, head.parents[0], draft.base):
        with suppress(InvalidPath, NothingToChange):
            wanted = changes(await history.tree(head.parents[0]), draft.files)
            if wanted.are_in(await history.tree(head.id)):
                return head.id
    raise taken(draft.branch, head)


async def _is_behind(history: History, commit: str, base: str) -> bool:
    return commit == base or await history.contains(base, commit)
