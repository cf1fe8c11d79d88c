"""Is it Argo CD that answers there? Asked without the token, which goes only to an Argo CD that was recognised."""

from urllib.parse import urlsplit

from argocd_gitops_mcp.argocd import account, wire
from argocd_gitops_mcp.commands.checks.finding import Finding, failed
from argocd_gitops_mcp.errors import GitOpsError, NotArgoCD
from argocd_gitops_mcp.http import HTTP, TLS, Reply, Request

SECONDS = 5
_STEP = "Argo CD"
_VERSION = "/api/version"
_ROOT_PATHS = ("", "/argocd", "/argo-cd")


async def check(url: str, tls: TLS) -> Finding:
    """Its version, or what answers instead."""
    try:
        reply = await _ask(url, tls)
    except GitOpsError as error:
        return failed(_STEP, error)
    try:
        return Finding("ok", _STEP, f"Argo CD {_version(reply)} answers at {url}.")
    except NotArgoCD as error:
        return failed(_STEP, NotArgoCD(error.message, upstream=error.upstream, hint=await _elsewhere(url, tls, reply)))
    except GitOpsError as error:
        return failed(_STEP, error)


async def _ask(url: str, tls: TLS) -> Reply:
    async with HTTP(url, tls, SECONDS) as http:
        return await http.send(Request("GET", _VERSION, headers={"Accept": "application/json"}))


def _version(reply: Reply) -> str:
    said = wire.decode(account.version(), reply).version
    if not said:
        raise NotArgoCD("The server answers JSON, but not Argo CD's version.")
    return said


async def _elsewhere(url: str, tls: TLS, reply: Reply) -> str:
    """Where Argo CD is, if it is near: over https, or under another root path."""
    parts = urlsplit(url)
    if reply.location.startswith("https:") and parts.scheme == "http":
        target = urlsplit(reply.location)
        return f"Set ARGOCD_SERVER_URL=https://{target.netloc}{target.path.removesuffix(_VERSION)}"
    for path in _ROOT_PATHS:
        near = f"{parts.scheme}://{parts.netloc}{path}"
        if near == url:
            continue
        try:
            _version(await _ask(near, tls))
        except GitOpsError:
            continue
        return f"Argo CD answers under another root path: set ARGOCD_SERVER_URL={near}"
    if 300 <= reply.status < 400:  # noqa: PLR2004 redirects
        return "Perhaps a sign-in proxy stands before Argo CD: its API has to be reachable without it."
    return NotArgoCD.hint
