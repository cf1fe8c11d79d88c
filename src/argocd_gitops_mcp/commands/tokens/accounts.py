"""API tokens of local accounts: making, finding and deleting them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from argocd_gitops_mcp import assembly
from argocd_gitops_mcp.argocd import account, token
from argocd_gitops_mcp.argocd.client import Client
from argocd_gitops_mcp.commands.tokens.identity import ARGOCD, identify
from argocd_gitops_mcp.errors import InvalidArgument
from argocd_gitops_mcp.names import nearest
from argocd_gitops_mcp.settings import Settings


@dataclass(frozen=True, slots=True)
class Found:
    """A token of an account, by its id."""

    account: str
    token_id: str
    expires: str


@asynccontextmanager
async def connected(given: Settings, bearer: str, *, allow_write: bool = False) -> AsyncIterator[Client]:
    """A client for the time of one command."""
    async with assembly.connection(given) as http:
        yield Client(http, lambda: bearer, allow_write=allow_write)


async def mint(given: Settings, bearer: str, name: str | None, seconds: int, token_id: str | None) -> str:
    """A new token of the account named, or of the bearer's own; `seconds` 0 makes one without end.

    Raises:
        InvalidArgument: the account cannot have API tokens.
    """
    async with connected(given, bearer, allow_write=True) as client:
        owner = name or await _own(client)
        known = await client.send(account.account(owner))
        if "apiKey" not in (known.capabilities or ()):
            raise InvalidArgument(
                f"Account {owner!r} has no apiKey capability, so it cannot have API tokens.",
                hint=f"Set `accounts.{owner}: apiKey, login` in ConfigMap argocd-cm, or name another with --account.",
            )
        return (await client.send(account.mint(owner, expires_in=seconds, token_id=token_id))).token


async def find(given: Settings, bearer: str, name: str | None, token_id: str | None) -> Found:
    """The token with this id, or the bearer's own.

    Raises:
        InvalidArgument: there is none; names those there are.
    """
    async with connected(given, bearer) as client:
        own = await _own(client)
        wanted = token_id or _own_id(bearer)
        owner = name or own
        known = {one.id: one for one in (await client.send(account.account(owner))).tokens or ()}
    if wanted not in known:
        ids = ", ".join(repr(one) for one in nearest(wanted, known) or sorted(known)[:5])
        raise InvalidArgument(
            f"Account {owner!r} has no token with id {wanted!r}.",
            hint=f"It has: {ids}." if ids else "It has no API token; name another account with --account.",
        )
    end = known[wanted].expires_at
    return Found(owner, wanted, token.stamp(end) if end else "never")


async def revoke(given: Settings, bearer: str, found: Found) -> None:
    """Delete it."""
    async with connected(given, bearer, allow_write=True) as client:
        await client.send(account.revoke(found.account, found.token_id))


def _own_id(bearer: str) -> str:
    said = token.claims(bearer)
    if said is None or not said.sub.endswith(":apiKey"):
        raise InvalidArgument(
            "The configured token is not an account's API token, so it cannot be revoked; a session ends by itself.",
            hint="Name the id of an API token.",
        )
    return said.jti


async def _own(client: Client) -> str:
    who = await identify(client)
    if who.project or who.issuer != ARGOCD:
        raise InvalidArgument(
            f"The configured token is a {who.kind} of {who.username!r}, not one of a local account.",
            hint="Name the account with --account, or use the token of a local account"
            " (project roles: `argocd proj role create-token` and `delete-token`).",
        )
    return who.username
