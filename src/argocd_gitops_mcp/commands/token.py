"""`token`: obtain, validate and revoke Argo CD tokens. The person at the terminal acts, not a model."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from argocd_gitops_mcp import assembly
from argocd_gitops_mcp.argocd.token import Claims, claims
from argocd_gitops_mcp.commands.tokens import accounts, duration
from argocd_gitops_mcp.commands.tokens.destination import OPTIONS, Destination
from argocd_gitops_mcp.commands.tokens.identity import expiry, identify, misshapen
from argocd_gitops_mcp.commands.tokens.rights import held
from argocd_gitops_mcp.commands.tokens.sign_in import SSO, credentials, sign_in
from argocd_gitops_mcp.commands.tokens.validation import Validation
from argocd_gitops_mcp.errors import GitOpsError, InvalidArgument, NotConfigured, NotConfirmed, Unauthenticated
from argocd_gitops_mcp.settings import Settings
from argocd_gitops_mcp.views.text import clean

Username = Annotated[str | None, typer.Option(help="Local account to sign in with. [ARGOCD_USERNAME]")]
PasswordStdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from stdin.")]
Show = Annotated[bool, typer.Option("--print", help="Print the token.")]
Export = Annotated[bool, typer.Option("--export", help='Print it for eval "$(...)": export ARGOCD_TOKEN=...')]
Output = Annotated[Path | None, typer.Option(help="Write it to a new file of mode 0600.")]
Force = Annotated[bool, typer.Option("--force", help="Let --output replace a file.")]
AsJSON = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Project = Annotated[str | None, typer.Option(help="Ask for the rights in this project.")]
AccountName = Annotated[str | None, typer.Option("--account", help="Another account than the token's own.")]
LIFETIME = "30d"


app = typer.Typer(
    help=f"Obtain, validate and revoke Argo CD tokens. Passwords and tokens are never arguments. {SSO}",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command()
def login(
    context: typer.Context,
    *,
    username: Username = None,
    password_stdin: PasswordStdin = False,
    show: Show = False,
    export: Export = False,
    output: Output = None,
    force: Force = False,
) -> None:
    """Sign in with user and password: a session's token, for about a day. Tried once."""
    settings = _settings(context)
    with Destination(show, export, output, force).opened() as deliver:
        token = _signed_in(settings, username, password_stdin=password_stdin)
        deliver(token)
    _obtained(token, shown=show or export or output is not None)


@app.command()
def mint(
    context: typer.Context,
    *,
    expires_in: Annotated[str | None, typer.Option(help=f"Such as 12h or 30d.  [default: {LIFETIME}]")] = None,
    no_expiry: Annotated[bool, typer.Option("--no-expiry", help="A token that never ends.")] = False,
    account: AccountName = None,
    token_id: Annotated[str | None, typer.Option("--id", help="The token's id, to revoke it by.")] = None,
    sign_in_first: Annotated[bool, typer.Option("--login", help="Sign in even if a token is configured.")] = False,
    username: Username = None,
    password_stdin: PasswordStdin = False,
    show: Show = False,
    export: Export = False,
    output: Output = None,
    force: Force = False,
) -> None:
    """Make an API token of an account, with the configured token or after signing in."""
    if no_expiry and expires_in is not None:
        raise InvalidArgument("--expires-in and --no-expiry exclude each other.")
    seconds = 0 if no_expiry else duration.seconds(expires_in or LIFETIME)
    destination = Destination(show, export, output, force)
    if not destination.given:
        raise InvalidArgument(
            "Argo CD shows a new token once, and it would go nowhere; nothing was sent.", hint=f"Add {OPTIONS}."
        )
    settings = _settings(context)
    with destination.opened() as deliver:
        bearer = None if sign_in_first else _configured(settings)
        if bearer is None or username or password_stdin:
            bearer = _signed_in(settings, username, password_stdin=password_stdin)
        token = asyncio.run(accounts.mint(settings, bearer, account, seconds, token_id))
        deliver(token)
    _obtained(token, shown=True)


@app.command()
def validate(context: typer.Context, *, project: Project = None, as_json: AsJSON = False) -> None:
    """Tell whose the token is, until when it is good and what it may do. Exits with 1 unless it is accepted."""
    settings = _settings(context)
    bearer = _configured(settings)
    if bearer is None:
        raise Unauthenticated("No Argo CD token is configured.")
    sys.exit(_validated(settings, bearer, project, as_json=as_json))


@app.command()
def revoke(
    context: typer.Context,
    *,
    token_id: Annotated[str | None, typer.Argument(help="Default: the configured token's own.")] = None,
    account: AccountName = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete an API token of an account: it is refused from then on."""
    settings = _settings(context)
    bearer = _configured(settings)
    if bearer is None:
        raise Unauthenticated("No Argo CD token is configured.")
    found = asyncio.run(accounts.find(settings, bearer, account, token_id))
    _confirm(f"Revoke token {found.token_id!r} of account {found.account!r} (expires {found.expires})?", yes=yes)
    asyncio.run(accounts.revoke(settings, bearer, found))
    typer.echo(f"Revoked: token {found.token_id!r} of account {found.account!r}.")


@app.command()
def fetch(
    context: typer.Context,
    *,
    project: Project = None,
    username: Username = None,
    password_stdin: PasswordStdin = False,
    show: Show = False,
    export: Export = False,
    output: Output = None,
    force: Force = False,
) -> None:
    """Take the configured token, or sign in, and validate it."""
    settings = _settings(context)
    with Destination(show, export, output, force).opened() as deliver:
        bearer = None if username or password_stdin else _configured(settings)
        if bearer is None:
            bearer = _signed_in(settings, username, password_stdin=password_stdin)
            _obtained(bearer, shown=show or export or output is not None)
        code = _validated(settings, bearer, project, as_json=False, err=show or export)
        if code == 0:
            deliver(bearer)
    sys.exit(code)


def _settings(context: typer.Context) -> Settings:
    given = assembly.load(context.obj or {}, os.environ).settings
    assembly.warn(given)
    return given


def _configured(settings: Settings) -> str | None:
    """The configured token, if its shape allows to send it.

    Raises:
        NotConfigured: it cannot be a token.
    """
    bearer = assembly.read_token(settings)
    problem = misshapen(bearer) if bearer else None
    if problem:
        raise NotConfigured(f"The configured token cannot be one: {problem}. Nothing was sent.")
    return bearer


def _signed_in(settings: Settings, username: str | None, *, password_stdin: bool) -> str:
    if settings.url is None:
        assembly.connection(settings)
    return asyncio.run(sign_in(settings, credentials(username, password_stdin=password_stdin)))


def _obtained(token: str, *, shown: bool) -> None:
    """Say what there is now, on stderr: stdout is for the token alone."""
    known = claims(token) or Claims()
    name, _, capability = known.sub.rpartition(":")
    kind = "API token" if capability == "apiKey" else "session token"
    typer.echo(f"Obtained: {kind} of {name or 'an unknown account'}, expires {expiry(known)}.", err=True)
    if not shown:
        typer.echo(f"It is not shown. To have it: {OPTIONS}.", err=True)


def _validated(settings: Settings, bearer: str, project: str | None, *, as_json: bool, err: bool = False) -> int:
    try:
        found = asyncio.run(_validation(settings, bearer, project))
    except GitOpsError as error:
        if not as_json:
            raise
        told = {"code": error.code, "message": error.message, "next": error.hint, "argocd_said": clean(error.upstream)}
        typer.echo(json.dumps({"valid": False, **told}, indent=2))
        return 1
    typer.echo(json.dumps(found.structured(), indent=2) if as_json else found.text(), err=err)
    return 0


async def _validation(settings: Settings, bearer: str, project: str | None) -> Validation:
    async with accounts.connected(settings, bearer) as client:
        who = await identify(client)
        return Validation(settings.url or "", who, await held(client, who, project))


def _confirm(question: str, *, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise NotConfirmed("Nobody is here to confirm; nothing was revoked.", hint="Add --yes.")
    if not typer.confirm(question, err=True):
        raise NotConfirmed("Not confirmed; nothing was revoked.", hint="")
