"""How Argo CD is set up, and what depends on its version."""

from typing import TYPE_CHECKING

from argocd_gitops_mcp.concurrency import Together
from argocd_gitops_mcp.effects import Effect
from argocd_gitops_mcp.later import Later
from argocd_gitops_mcp.operations._operation import INSTANCE_READING, Arguments, Deps, operation
from argocd_gitops_mcp.views.view import View

if TYPE_CHECKING:
    from argocd_gitops_mcp.argocd import instance as calls
    from argocd_gitops_mcp.views import instance as views
else:
    calls = Later("argocd_gitops_mcp.argocd.instance")
    views = Later("argocd_gitops_mcp.views.instance")


@operation("Get settings", Effect.READ, tool=INSTANCE_READING, verb="settings")
async def get_settings(deps: Deps, asked: Arguments) -> View:  # noqa: ARG001 - every operation has them
    """Version, URL, tracking, plugins, what is on."""
    async with Together() as group:
        build = group.start(deps.argocd.send(calls.version()))
        settings = group.start(deps.argocd.send(calls.settings()))
        plugins = group.start(deps.argocd.send(calls.plugins()))
    return views.settings(build.result(), settings.result(), plugins.result().plugins or [])
