"""Signing in with user and password: where they come from, and the one attempt."""

import getpass
import os
import sys
from dataclasses import dataclass, field

import typer

from argocd_gitops_mcp import assembly
from argocd_gitops_mcp.argocd import account
from argocd_gitops_mcp.argocd.client import Client
from argocd_gitops_mcp.errors import InvalidArgument, NotConfigured, Unauthenticated
from argocd_gitops_mcp.settings import Settings

SSO = (
    "Users of single sign-on have no password here: run `argocd login --sso` and then `argocd account generate-token`"
    " (for an account with the apiKey capability), or take a project role's token"
    " (`argocd proj role create-token PROJECT ROLE`)."
)
_ONCE = (
    "One attempt was made and none is repeated: after five failures within 300 s even the right password is refused. "
)


@dataclass(frozen=True, slots=True)
class Credentials:
    """A local account's name and password."""

    username: str
    password: str = field(repr=False)


def credentials(username: str | None, *, password_stdin: bool) -> Credentials:
    """Read from option, stdin, environment or the terminal, in this order.

    Raises:
        InvalidArgument: something is missing or empty.
        NotConfigured: something would have to be asked and there is no terminal.
    """
    name = username or os.environ.get("ARGOCD_USERNAME") or ""
    if password_stdin:
        if not name:
            raise InvalidArgument("--password-stdin needs a user.", hint="Give --username or ARGOCD_USERNAME.")
        password = sys.stdin.read().removesuffix("\n").removesuffix("\r")
    else:
        password = os.environ.get("ARGOCD_PASSWORD") or ""
        if not (name and password) and not sys.stdin.isatty():
            raise NotConfigured(
                "User and password are needed, and there is no terminal to ask on.",
                hint=f"Set ARGOCD_USERNAME and ARGOCD_PASSWORD, or use --password-stdin. {SSO}",
            )
        name = name or _asked("Username: ")
        password = password or getpass.getpass(f"Password of {name}: ")
    if not (name and password):
        raise InvalidArgument("User or password is empty; nothing was sent.")
    return Credentials(name, password)


def _asked(question: str) -> str:
    """Ask on stderr: input() would write to stdout, which is for the token alone."""
    typer.echo(question, nl=False, err=True)
    return sys.stdin.readline().strip()


async def sign_in(given: Settings, who: Credentials) -> str:
    """Trade them for a session's token, in one attempt.

    Raises:
        Unauthenticated: Argo CD refused.
    """
    async with assembly.connection(given) as http:
        try:
            session = await Client(http, lambda: None).send(account.login(who.username, who.password))
        except Unauthenticated as error:
            raise Unauthenticated(
                f"Argo CD did not accept user {who.username!r} with this password.",
                hint=_ONCE + SSO,
                upstream=error.upstream,
            ) from error
    return session.token
