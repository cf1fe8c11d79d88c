"""`doctor`: explain a set-up step by step. Changes nothing, and goes on after a failure where that makes sense."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict, replace
from typing import Any

import typer

from argocd_gitops_mcp import assembly
from argocd_gitops_mcp.commands.checks import access, configuration, network, repositories, server
from argocd_gitops_mcp.commands.checks.finding import Finding, failed
from argocd_gitops_mcp.errors import GitOpsError
from argocd_gitops_mcp.http import TLS
from argocd_gitops_mcp.settings import Loaded

_MARKS = {"ok": "ok  ", "warn": "warn", "fail": "FAIL"}


def run(flags: Mapping[str, Any], environ: Mapping[str, str], *, as_json: bool) -> int:
    """Print every finding; the exit code is 1 if one of them is a failure."""
    found = asyncio.run(_collect(flags, environ, as_json=as_json))
    worst = any(one.level == "fail" for one in found)
    if as_json:
        typer.echo(json.dumps({"ok": not worst, "findings": [asdict(one) for one in found]}, indent=2))
    return int(worst)


async def _collect(flags: Mapping[str, Any], environ: Mapping[str, str], *, as_json: bool) -> list[Finding]:
    found = []
    async for one in examine(flags, environ):
        found.append(one)
        if not as_json:
            typer.echo(text(one))
    return found


async def examine(flags: Mapping[str, Any], environ: Mapping[str, str]) -> AsyncIterator[Finding]:
    """Every finding as soon as it is known."""
    yield configuration.git()
    try:
        loaded = assembly.load(flags, environ)
    except GitOpsError as error:
        yield replace(failed("settings", error), next="Correct it there, then run this again.")
        return
    for one in configuration.check(loaded, environ, flags.get("config") or environ.get("ARGOCD_MCP_CONFIG")):
        yield one
    async for one in repositories.check(loaded.settings):
        yield one
    async for one in _connected(loaded):
        yield one


async def _connected(loaded: Loaded) -> AsyncIterator[Finding]:
    given = loaded.settings
    tls = TLS(given.ca_file, given.client_cert, given.client_key, given.bypass_tls)
    bearer, fit = None, False
    try:
        bearer = assembly.read_token(given)
        own = access.present(bearer)
        fit = own.level != "fail"
        yield own
    except GitOpsError as error:
        yield failed("token", error)
    if given.url is None:
        yield Finding("fail", "address", "Argo CD's address is not set.", "Give --url or ARGOCD_SERVER_URL.")
        return
    async for one in network.check(given.url, tls):
        yield one
        if one.level == "fail":
            return
    yield (answering := await server.check(given.url, tls))
    if answering.level == "fail" or bearer is None or not fit:
        return
    async for one in access.check(given.url, tls, bearer, writes=given.writes):
        yield one


def text(one: Finding) -> str:
    """A finding for people."""
    after = f"\n      next: {one.next}" if one.next else ""
    return f"{_MARKS[one.level]}  {one.step}: {one.text}{after}"
