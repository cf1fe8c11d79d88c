"""Who a token belongs to: what it says of itself, and what Argo CD says of it."""

from dataclasses import dataclass
from datetime import UTC, datetime

from argocd_gitops_mcp.argocd import account, token
from argocd_gitops_mcp.argocd.client import Client
from argocd_gitops_mcp.argocd.token import Claims
from argocd_gitops_mcp.commands.tokens import duration
from argocd_gitops_mcp.errors import Unauthenticated
from argocd_gitops_mcp.views.text import line

ARGOCD = "argocd"
"""The issuer of Argo CD's own tokens; those of single sign-on keep their provider's."""


@dataclass(frozen=True, slots=True)
class Identity:
    """An accepted token. `project` is set for a project role's token."""

    username: str
    issuer: str
    groups: tuple[str, ...]
    claims: Claims

    @property
    def project(self) -> str | None:
        """The project whose role the token is of."""
        parts = self.username.split(":")
        return parts[1] if parts[0] == "proj" and len(parts) == 3 else None  # noqa: PLR2004 proj:<project>:<role>

    @property
    def kind(self) -> str:
        """What sort of token it is."""
        if self.project:
            return "project role token"
        if self.issuer != ARGOCD:
            return "single sign-on session"
        return "account API token" if self.claims.sub.endswith(":apiKey") else "login session"


async def identify(client: Client) -> Identity:
    """Ask Argo CD who the client's token belongs to.

    Raises:
        Unauthenticated: there is none, or Argo CD does not accept it; with Argo CD's reason.
    """
    bearer = client.bearer
    if not bearer:
        raise Unauthenticated("No Argo CD token is configured.")
    user = await client.send(account.whoami())
    if not user.logged_in:
        # userinfo answers a bad token with 200 and {}; a call that needs a session tells why.
        await client.send(account.can_i("applications", "get", "*/*"))
        raise Unauthenticated("Argo CD does not know this token: it answers as if nobody had signed in.")
    groups = tuple(line(group, 200) for group in user.groups or ())
    return Identity(line(user.username, 200), line(user.iss, 200), groups, token.claims(bearer) or Claims())


def misshapen(bearer: str) -> str | None:
    """Why a text cannot be a token, without showing it."""
    if bearer.lower().startswith("bearer "):
        return "it begins with the word Bearer; give the token alone"
    if any(character.isspace() or not character.isprintable() for character in bearer) or not bearer.isascii():
        return "it contains white space, control characters or letters beyond ASCII; it was probably cut or wrapped"
    if bearer[0] in "\"'" or bearer[-1] in "\"'":
        return "it stands in quotation marks; give the token without them"
    return None


def expiry(claims: Claims) -> str:
    """When it ends and in how long."""
    if claims.exp is None:
        return "never"
    left = claims.exp - datetime.now(UTC).timestamp()
    when = f"in {duration.words(left)}" if left > 0 else "past"
    return f"{token.stamp(claims.exp)} ({when})"
