"""Who the token belongs to, and what it may do."""

import re
import time
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from argocd_gitops_mcp.argocd import account as calls
from argocd_gitops_mcp.argocd import token
from argocd_gitops_mcp.argocd.models import Account, UserInfo
from argocd_gitops_mcp.effects import Effect
from argocd_gitops_mcp.errors import Forbidden, InvalidArgument, NotFound, Rejected, Unauthenticated
from argocd_gitops_mcp.later import Later
from argocd_gitops_mcp.names import nearest
from argocd_gitops_mcp.operations._arguments import Text
from argocd_gitops_mcp.operations._instance import KnownName, absent
from argocd_gitops_mcp.operations._operation import INSTANCE_READING, Arguments, Deps, operation
from argocd_gitops_mcp.views.view import View

if TYPE_CHECKING:
    from argocd_gitops_mcp.views import account as views
else:
    views = Later("argocd_gitops_mcp.views.account")

_ARGOCD = "argocd"
"""The issuer of Argo CD's own tokens; those of single sign-on keep their provider's."""
_RIGHT = ("accounts", "*")
# Objects of these are `project/name`: without a slash Argo CD answers no, whatever the token may do.
_IN_PROJECTS = frozenset({"applications", "applicationsets", "logs", "exec"})
# server/account/account.go (3.6): CanI names all it knows.
_UNKNOWN = re.compile(r"\[(?P<known>[\w\- ]+)\] does not contain (?P<said>.+)")


class AccountArguments(Arguments):
    name: KnownName = None


@operation("Get an account", Effect.READ, tool=INSTANCE_READING, verb="account")
async def get_account(deps: Deps, asked: AccountArguments) -> View:
    """Who this token is; or a local account's capabilities, tokens."""
    if asked.name is not None:
        return views.account(await _named(deps, asked.name), time.time())
    user = await _user(deps)
    is_local = user.iss == _ARGOCD and not user.username.startswith("proj:")
    own: Account | None = None
    if is_local:
        own = await deps.argocd.send(calls.account(user.username))
    return views.whoami(user, own, token.claims(deps.argocd.bearer or ""), time.time())


async def _user(deps: Deps) -> UserInfo:
    """Argo CD answers a bad token as if nobody had signed in; a call that needs a session tells why."""
    user = await deps.argocd.send(calls.whoami())
    if not user.logged_in:
        await deps.argocd.send(calls.can_i("applications", "get", "*/*"))
        raise Unauthenticated("Argo CD does not know this token: it answers as if nobody had signed in.")
    return user


async def _named(deps: Deps, name: str) -> Account:
    """Without the right to see it, a missing one is forbidden, too."""
    try:
        return await deps.argocd.send(calls.account(name))
    except (Forbidden, NotFound) as error:
        visible = (await deps.argocd.send(calls.accounts())).items or []
        refusal = error.upstream if isinstance(error, Forbidden) else None
        raise await absent(deps, "Account", name, [one.name for one in visible], _RIGHT, refusal) from error


class RightArguments(Arguments):
    resource: Annotated[Text, Field(description="e.g. logs")]
    action: Annotated[Text, Field(description="e.g. sync")]
    object: Annotated[Text | None, Field(description="project/name, or name; else all")] = None


@operation("Ask for a right", Effect.READ, tool=INSTANCE_READING, verb="can_i")
async def check_right(deps: Deps, asked: RightArguments) -> View:
    """Whether this token may do it."""
    resource, action = asked.resource, asked.action
    everything = "*/*" if resource in _IN_PROJECTS else "*"
    wanted = asked.object or everything
    if "/" in action or (action == "action" and resource == "applications"):
        raise InvalidArgument(
            f"Argo CD's can-i cannot be asked about {action[:80]!r}: whatever it answers means nothing.",
            hint="Ask for sync, update or delete; of resource actions get_resource_actions lists what there is.",
        )
    if resource in _IN_PROJECTS and "/" not in wanted:
        raise InvalidArgument(
            f"An object of {resource} is project/name: about {wanted[:80]!r} Argo CD says no, whatever is permitted.",
            hint="Give project/name, project/* or */*; project/namespace/name outside Argo CD's own namespace.",
        )
    if ":" in wanted.rpartition("/")[2]:
        raise InvalidArgument(
            f"Argo CD's can-i cannot be asked about {wanted[:80]!r}: it takes what follows the last ':' for a method.",
            hint="Leave the object out, or put * in place of the port.",
        )
    try:
        said = await deps.argocd.send(calls.can_i(resource, action, wanted))
    except Rejected as error:
        raise _named_right(error) or error from error
    return views.right(resource, action, wanted, said.value, is_all=wanted == everything)


def _named_right(error: Rejected) -> InvalidArgument | None:
    found = _UNKNOWN.search(error.upstream)
    if found is None:
        return None
    known = found["known"].split()
    close = nearest(found["said"], known, 1)
    return InvalidArgument(
        f"This Argo CD knows no {found['said'][:80]!r} in its rights."
        + (f" Did you mean {close[0]!r}?" if close else ""),
        hint=f"It is one of {', '.join(known)}.",
    )
