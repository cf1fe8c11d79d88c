"""From settings to a working hallway: reads the token and the settings file, opens nothing before the first call."""

import argparse
import sys
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from argocd_gitops_mcp import audit, settings
from argocd_gitops_mcp.argocd.client import Client
from argocd_gitops_mcp.errors import NotConfigured
from argocd_gitops_mcp.fleet.fleets import Fleets
from argocd_gitops_mcp.gitops.repositories import Opener, Repositories, of_workspace
from argocd_gitops_mcp.gitops.repository import Repository
from argocd_gitops_mcp.http import HTTP, TLS
from argocd_gitops_mcp.invoke import Hallway
from argocd_gitops_mcp.operations.catalogue import selected
from argocd_gitops_mcp.policy import Policy
from argocd_gitops_mcp.settings import Loaded, Settings

if TYPE_CHECKING:
    from argocd_gitops_mcp.gitops.forges.connection import Forge
    from argocd_gitops_mcp.gitops.forges.token import Token


def split(argv: Sequence[str]) -> tuple[dict[str, Any], list[str]]:
    """Settings flags, wherever they stand, and what is left for the commands."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False, prog="argocd-gitops-mcp")
    parser.add_argument("--config")
    for name in Settings.model_fields:
        if not settings.at(name).flag:
            continue
        if settings.is_switch(name):
            parser.add_argument(settings.flag(name), action=argparse.BooleanOptionalAction)
        else:
            parser.add_argument(settings.flag(name))
    known, rest = parser.parse_known_args(argv)
    return {name: value for name, value in vars(known).items() if value is not None}, rest


def load(flags: Mapping[str, Any], environ: Mapping[str, str]) -> Loaded:
    """Settings from flags, environment and the settings file, if there is one."""
    named = flags.get("config") or environ.get("ARGOCD_MCP_CONFIG")
    file = settings_file(named, environ)
    text = None
    if named or file.is_file():
        try:
            text = file.read_text(encoding="utf-8")
        except OSError as error:
            raise NotConfigured(f"The settings file {str(file)!r} cannot be read.", upstream=str(error)) from error
    return settings.load({name: value for name, value in flags.items() if name != "config"}, environ, text)


def settings_file(named: str | None, environ: Mapping[str, str]) -> Path:
    """The settings file: the one named, or where it would be."""
    home = Path(environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return Path(named) if named else home / "argocd-gitops-mcp" / "config.toml"


def read_token(given: Settings) -> str | None:
    """The token: as it is, or from its file, which may be rotated while we run."""
    if given.token:
        return given.token.strip()
    if given.token_file is None:
        return None
    try:
        return Path(given.token_file).read_text(encoding="utf-8").strip() or None
    except OSError as error:
        raise NotConfigured(f"The token file {given.token_file!r} cannot be read.", upstream=str(error)) from error


def connection(given: Settings) -> HTTP:
    """Connections to the configured server.

    Raises:
        NotConfigured: no address.
    """
    found = _connection(given)
    found.need_address()
    return found


def _connection(given: Settings) -> HTTP:
    """The same; without an address each request is refused."""
    return HTTP(
        given.url or "", TLS(given.ca_file, given.client_cert, given.client_key, given.bypass_tls), given.timeout
    )


def hallway(given: Settings, *, once: bool = False) -> Hallway:
    """Every operation behind the policy; one client, made at the first call. `once`: it serves only a single call."""
    made: list[Client] = []

    def connect() -> Client:
        if not made:
            made.append(Client(_connection(given), lambda: read_token(given), allow_write=given.writes))
        return made[0]

    return Hallway(
        selected(given.toolsets),
        Policy(given.writes, given.require_plan, given.permissions),
        connect,
        audit.writer(given.audit_file),
        report,
        server=given.url or "",
        repositories=repositories(given),
        surface=given.surface,
        max_tokens=given.max_tokens,
        fleets=Fleets(keeps=given.index and not once),
    )


def repositories(given: Settings) -> Repositories:
    """The clones of the workspace, then the forge's repositories; what reaches them is made at the first use."""
    made: list[tuple[Opener, ...]] = []
    connections: list[HTTP] = []

    async def open_any(where: str) -> Repository | None:
        if not made:
            made.append(_openers(given, connections))
        for one in made[0]:
            found = await one(where)
            if found is not None:
                return found
        return None

    async def close() -> None:
        for one in connections:
            await one.close()

    return Repositories((open_any,), (close,), sign_off=given.sign_off)


def _openers(given: Settings, connections: list[HTTP]) -> tuple[Opener, ...]:
    at_forge: Opener | None = None
    if given.forge is not None or given.forge_url is not None:
        found, http, token = forge(given)
        connections.append(http)

        async def open_there(where: str) -> Repository | None:
            await token.renew()
            return await found.open(where)

        at_forge = open_there
    if given.workspace is None:
        return (at_forge,) if at_forge is not None else ()
    workspace = Path(given.workspace).expanduser()
    if not workspace.is_dir():
        raise NotConfigured(f"The workspace {given.workspace!r} is no directory.")
    clones = of_workspace(workspace, at_forge, allow_write=given.writes)
    return (clones, at_forge) if at_forge is not None else (clones,)


def forge(given: Settings) -> "tuple[Forge, HTTP, Token]":
    """The configured forge, the connections to it, and its token, which is to be renewed before it is used.

    Raises:
        NotConfigured: its kind or its address is missing.
    """
    if given.forge is None or given.forge_address is None:
        missing = "kind: --forge github, gitlab or gitea" if given.forge is None else "address: --forge-url"
        raise NotConfigured(f"Of the forge is not known its {missing}.")
    # Three forges' APIs are no part of serving Argo CD alone.
    from argocd_gitops_mcp.gitops.forges import addresses, connection  # noqa: PLC0415
    from argocd_gitops_mcp.gitops.forges.token import Token  # noqa: PLC0415

    http = HTTP(addresses.api_url(given.forge, given.forge_address), TLS(given.forge_ca_file), given.timeout)
    token = Token(given.forge_token, given.forge_token_file, given.forge_token_command)
    found = connection.connect(given.forge, given.forge_address, http, token.read, allow_write=given.writes)
    return found, http, token


def report(request_id: str, error: Exception) -> None:
    """A mistake of ours: the traceback goes to stderr under the id that the asker sees."""
    print(f"internal error {request_id}:", file=sys.stderr)
    traceback.print_exception(error, file=sys.stderr)


def warn(given: Settings) -> None:
    """Say loudly what is unsafe."""
    if given.bypass_tls:
        print(
            "WARNING: TLS certificates are NOT verified (--bypass-tls); anyone on the way can read the token.",
            file=sys.stderr,
        )
    if given.url is not None and given.url.startswith("http:") and not _is_local(given.url):
        print(
            "WARNING: the connection to Argo CD is not encrypted (http); anyone on the way can read the token.",
            file=sys.stderr,
        )


def _is_local(url: str) -> bool:
    return urlsplit(url).hostname in ("127.0.0.1", "localhost", "::1")
