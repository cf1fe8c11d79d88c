"""The repositories that are registered with Argo CD."""

import time
from typing import TYPE_CHECKING

from argocd_gitops_mcp.argocd import repositories as calls
from argocd_gitops_mcp.argocd.token import stamp
from argocd_gitops_mcp.concurrency import Together
from argocd_gitops_mcp.effects import Effect
from argocd_gitops_mcp.gitops.urls import normal, public
from argocd_gitops_mcp.later import Later
from argocd_gitops_mcp.operations._instance import KnownArguments, absent, nothing, unmatched
from argocd_gitops_mcp.operations._operation import INSTANCE_READING, Deps, operation
from argocd_gitops_mcp.views.view import Lines, View

if TYPE_CHECKING:
    from argocd_gitops_mcp.views import registered as views
else:
    views = Later("argocd_gitops_mcp.views.registered")

_RIGHT = ("repositories", "*")


@operation("List repositories", Effect.READ, tool=INSTANCE_READING, verb="repositories")
async def list_repositories(deps: Deps, asked: KnownArguments) -> View:
    """Registered repositories, and which cannot be reached."""
    async with Together() as group:
        reading = group.start(deps.argocd.send(calls.detailed()))
        prefixes = group.start(deps.argocd.send(calls.templates()))
    found, templates, now = reading.result().items or [], prefixes.result().items or [], stamp(time.time())
    if asked.name is not None:
        wanted = normal(asked.name)
        same = [one for one in found if normal(one.repo) == wanted or asked.name == one.name]
        if not same:
            known = [text for one in found for text in (public(one.repo), one.name) if text]
            error = await absent(deps, "Repository", public(asked.name), known, _RIGHT)
            more = "One that needs no credentials, or has those of a template, need not be registered."
            error.hint = f"{error.hint} {more}".strip()
            raise error
        return asked.narrowed(views.registrations(same, now))
    if not found:
        return Lines(head=[await nothing(deps, "registered repositories", _RIGHT), *views.prefixes(templates)])
    fitting = [
        one
        for one in found
        if asked.fits(public(one.repo), one.name, one.project, one.type, one.connection_state.status)
    ]
    if not fitting:
        return Lines(head=[unmatched("repositories", len(found), asked.query, [public(one.repo) for one in found])])
    return views.repositories(fitting, len(found), templates, now)
