"""Git repositories: is there a workspace, does the forge answer, and does it take the token."""

from collections.abc import AsyncIterator
from pathlib import Path

from argocd_gitops_mcp import assembly
from argocd_gitops_mcp.commands.checks.finding import Finding, failed
from argocd_gitops_mcp.errors import GitOpsError
from argocd_gitops_mcp.settings import Settings

_NONE = "Give --workspace (clones on this machine), or --forge and --forge-url with a token."


async def check(given: Settings) -> AsyncIterator[Finding]:
    """All of it; nothing where the toolset is not offered."""
    if "git" not in given.toolsets:
        return
    if given.workspace is None and given.forge is None and given.forge_url is None:
        yield Finding("ok", "repositories", "None: only templates and given files can be worked on.", _NONE)
        return
    if given.workspace is not None:
        yield _workspace(given.workspace)
    if given.forge is not None or given.forge_url is not None:
        yield await _forge(given)


def _workspace(where: str) -> Finding:
    folder = Path(where).expanduser()
    if not folder.is_dir():
        return Finding("fail", "workspace", f"{folder} is no directory.", "Create it, or correct --workspace.")
    clones = sum((one / ".git").exists() for one in (folder, *folder.iterdir()) if one.is_dir())
    return Finding("ok", "workspace", f"{folder} has {clones} clones.")


async def _forge(given: Settings) -> Finding:
    try:
        forge, http, token = assembly.forge(given)
    except GitOpsError as error:
        return failed("forge", error)
    async with http:
        try:
            await token.renew()
            me = await forge.whoami()
        except GitOpsError as error:
            return failed("forge", error)
    return Finding("ok", "forge", f"{given.forge_address} takes the token of {me.login!r}.")
