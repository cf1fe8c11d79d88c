"""Sending a write once: where the connection breaks, looking what became of it takes the place of sending again."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from argocd_gitops_mcp.argocd.call import Call
from argocd_gitops_mcp.errors import ConnectionLost, Forbidden, GitOpsError, MissingOrForbidden, TimedOut, Unavailable
from argocd_gitops_mcp.operations._operation import Deps

T = TypeVar("T")
Look = Callable[[], Awaitable[T | None]]

_LOOKS = (0.1, 0.4, 1.0, 1.5)
"""Seconds before each look. A request that was under way when its connection broke can still arrive."""


async def sent(deps: Deps, call: Call[T], look: Look[T], how_to_look: str, *, right: str = "") -> T:
    """Send the call; where no answer comes, give what `look` finds instead: its effect, or None while there is none.

    `right` is what it takes, where the application was read before and Argo CD refuses without saying why.

    Raises:
        GitOpsError: Argo CD's refusal; or the broken connection, with what the looks found and how to look again.
    """
    try:
        return await deps.argocd.send(call)
    except MissingOrForbidden as error:
        if not right:
            raise
        raise Forbidden(f"This token lacks the right {right}; nothing was changed.", upstream=error.upstream) from error
    except (TimedOut, ConnectionLost, Unavailable) as error:
        await deps.progress("no answer came; looking whether the request arrived")
        found, seen = await _looked(deps, look)
        if found is not None:
            deps.notices.append("The connection broke after the request was sent; looked for, it had arrived.")
            return found
        error.hint = (
            "It may have arrived: Argo CD was looked at and does not show it, though it can still come in. "
            if seen
            else "Whether it arrived is unknown: Argo CD could not be looked at. "
        ) + f"Before sending it again, {how_to_look}."
        error.retry = False
        raise


async def _looked(deps: Deps, look: Look[T]) -> tuple[T | None, bool]:
    """What a look found, and whether any look reached Argo CD."""
    seen = False
    for pause in _LOOKS:
        await deps.sleep(pause)
        try:
            found = await look()
        except GitOpsError:
            continue  # the error that is told is that of the write
        seen = True
        if found is not None:
            return found, True
    return None, seen
