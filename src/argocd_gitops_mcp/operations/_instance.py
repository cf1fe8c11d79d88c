"""What the reads of an Argo CD share: their arguments, and what an unknown name or an empty list means.

Lists never fail for want of a right: Argo CD leaves out what the token may not see.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from msgspec import json, structs
from pydantic import Field

from argocd_gitops_mcp.argocd import account
from argocd_gitops_mcp.errors import GitOpsError, InvalidArgument, MissingOrForbidden, NotFound
from argocd_gitops_mcp.names import nearest, subdomain
from argocd_gitops_mcp.operations._arguments import Text
from argocd_gitops_mcp.operations._operation import Arguments, Deps
from argocd_gitops_mcp.views.budget import listed
from argocd_gitops_mcp.views.text import line

if TYPE_CHECKING:
    from argocd_gitops_mcp.views.listing import InDepth

_SHOWN = 100
_FEW = 5
_WHOLE = ("notices", "notes", "cut", "failing")
"""Lists that no query makes shorter."""

KnownName = Annotated[Text | None, Field(description="Only this one; clusters, repositories: or URL")]
T = TypeVar("T", bound="InDepth")


class KnownArguments(Arguments):
    """One of them by its name, or a list."""

    name: KnownName = None
    query: Annotated[Text | None, Field(description="Only what has these words")] = None

    def fits(self, *texts: str | None) -> bool:
        """Whether every word of the query is somewhere in these."""
        whole = "\n".join(text for text in texts if text).lower()
        return all(word in whole for word in (self.query or "").lower().split())

    def narrowed(self, one: T) -> T:
        """Of one that is told in depth: its lists with only what fits the query."""
        if self.query is None:
            return one
        kept: dict[str, Any] = {"notes": [*one.notes]}
        for name, value in structs.asdict(one).items():
            if isinstance(value, list) and name not in _WHOLE:
                kept[name] = [item for item in value if self.fits(json.encode(item).decode())]
                left = len(value) - len(kept[name])
                kept["notes"] += [f"{name}: {left} without {self.query!r} left out"] if left else []
        return structs.replace(one, **kept)


def checked(name: str) -> str:
    """The name of an object in Kubernetes.

    Raises:
        InvalidArgument: no object can be called so.
    """
    try:
        return subdomain(name)
    except ValueError as error:
        raise InvalidArgument(f"name: {error}.") from error


async def absent(
    deps: Deps,
    kind: str,
    name: str,
    visible: Iterable[str],
    right: tuple[str, str] | None,
    refusal: str | None = None,
    where: str = "",
) -> GitOpsError:
    """The error of a name that is not among those the token may see; it claims no more than can be known.

    Args:
        deps: to ask with.
        kind: what is looked for, in words.
        name: that was given.
        visible: the names that there are.
        right: the resource and object of the right that shows all of them; None where Argo CD tells everybody.
        refusal: what Argo CD said, where it said that it is forbidden.
        where: it was looked for, if not everywhere.
    """
    known = sorted(set(visible))
    close = nearest(name, known)
    near = f"Nearest: {_few(close)}." if close else f"There are {_few(known)}." if known else ""
    if right is None:
        return NotFound(f"{kind} {name[:_SHOWN]!r} does not exist{where}.", hint=near)
    resource, everything = right
    said = f"{kind} {name[:_SHOWN]!r} is not among those that this token may see"
    if refusal is None and await _may(deps, resource, everything):
        return NotFound(f"{said}, and it has the right to get all ({resource}, get, {everything}).", hint=near)
    return MissingOrForbidden(f"{said}: it is missing, or hidden from this token.", hint=near, upstream=refusal or "")


async def nothing(deps: Deps, kinds: str, right: tuple[str, str]) -> str:
    """What it means that a list is empty."""
    resource, everything = right
    if await _may(deps, resource, everything):
        return f"no {kinds}: this token may see all ({resource}, get, {everything}), and there are none"
    return f"no {kinds} that this token may see; it lacks the right to get all ({resource}, get, {everything})"


def unmatched(kinds: str, total: int, query: str | None, known: Sequence[str]) -> str:
    """What to say where the query fits none of them."""
    close = nearest(query or "", known)
    near = f"; nearest: {_few(close)}" if close else ""
    return f"none of {total} {kinds} fits {(query or '')[:_SHOWN]!r}{near}"


def _few(names: Sequence[str]) -> str:
    return listed([line(one, _SHOWN) for one in names], _FEW)


async def _may(deps: Deps, resource: str, everything: str) -> bool:
    return (await deps.argocd.send(account.can_i(resource, "get", everything))).value == "yes"
