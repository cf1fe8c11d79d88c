"""Merging with care: what is known before, and what a refusal means. Pure but for what it is given to ask."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from argocd_gitops_mcp.errors import Conflict, GitOpsError, MergeConflict, MergeRefused, OutcomeUnknown, Rejected
from argocd_gitops_mcp.gitops.repository import PullRequest

T = TypeVar("T")

_LOOK = "Read it (get_pull_request) for its reviews and checks."
_PAUSES = (0.2, 0.4, 0.6, 0.8)
"""Seconds between looks at what a forge is still working out: it takes them one or two after a push."""


async def settled(look: Callable[[], Awaitable[T]], is_settled: Callable[[T], bool]) -> T:
    """What a forge answers once it has worked it out, or last after two seconds."""
    found = await look()
    for pause in _PAUSES:
        if is_settled(found):
            break
        await asyncio.sleep(pause)
        found = await look()
    return found


async def merged(
    look: Callable[[], Awaitable[PullRequest]], head: str, send: Callable[[PullRequest], Awaitable[None]]
) -> str:
    """Merge a pull request whose head is this commit; answers the commit that the base got.

    One that was merged with this head already is answered, so that a lost answer can be asked for again.

    Args:
        look: reads it, without reviews and checks.
        head: the commit that is to be merged.
        send: asks the forge to merge, with the head it must have.

    Raises:
        Conflict: the head moved.
        MergeConflict: base and branch contradict each other.
        MergeRefused: it is closed or a draft, or the forge's rules stand against it.
        OutcomeUnknown: the forge took it and does not show it as merged.
    """
    now = await look()
    _check(now, head)
    if now.state != "merged":
        try:
            await send(now)
        except (Rejected, Conflict) as error:
            # One status means many things; what the request looks like now tells which.
            raise refused(await look(), head, error) from error
        now = await settled(look, lambda one: one.state == "merged" and bool(one.merge_commit))
    if now.state != "merged" or not now.merge_commit:
        raise OutcomeUnknown(f"The forge took the request to merge {now.id}, but it is not merged yet.", hint=_LOOK)
    return now.merge_commit


def _check(now: PullRequest, head: str) -> None:
    if now.head != head:
        raise Conflict(f"The head of pull request {now.id} is {now.head[:12]}, not {head[:12]} any more.")
    if now.state == "closed":
        raise MergeRefused(f"Pull request {now.id} is closed.")
    if now.state == "open" and now.is_draft:
        raise MergeRefused(f"Pull request {now.id} is a draft.", hint="Its author marks it ready first.")
    if now.state == "open" and now.mergeable == "conflicts":
        raise _conflicts(now)


def refused(now: PullRequest, head: str, error: GitOpsError) -> GitOpsError:
    """Why a forge did not merge, told by what the request looks like now."""
    if now.head != head:
        return Conflict(
            f"The head of pull request {now.id} moved to {now.head[:12]}; nothing was merged.", upstream=error.upstream
        )
    if now.mergeable == "conflicts":
        return _conflicts(now, error.upstream)
    return MergeRefused(
        f"The forge does not merge pull request {now.id}; nothing changed.", hint=_LOOK, upstream=error.upstream
    )


def _conflicts(now: PullRequest, upstream: str = "") -> MergeConflict:
    return MergeConflict(
        f"Pull request {now.id} conflicts with {now.base}: both changed the same lines.", upstream=upstream
    )
