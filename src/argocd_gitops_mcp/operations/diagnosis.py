"""What is wrong with an application, and why: one call that reads, reasons and tells what to do next."""

from typing import TYPE_CHECKING

from argocd_gitops_mcp.effects import Effect
from argocd_gitops_mcp.later import Later
from argocd_gitops_mcp.operations._arguments import NamedArguments
from argocd_gitops_mcp.operations._operation import APPLICATION, Deps, operation
from argocd_gitops_mcp.views.view import BYTES_PER_TOKEN, View

# Rules and what they look at are no part of starting.
if TYPE_CHECKING:
    from argocd_gitops_mcp.insight import diagnosis as insight
    from argocd_gitops_mcp.insight.rules import catalogue
    from argocd_gitops_mcp.operations import _evidence
    from argocd_gitops_mcp.views import diagnosis as views
else:
    insight = Later("argocd_gitops_mcp.insight.diagnosis")
    catalogue = Later("argocd_gitops_mcp.insight.rules.catalogue")
    _evidence = Later("argocd_gitops_mcp.operations._evidence")
    views = Later("argocd_gitops_mcp.views.diagnosis")

LIMIT = 1_500 * BYTES_PER_TOKEN


@operation("Diagnose an application", Effect.READ, tool=APPLICATION, verb="diagnose", limit=LIMIT)
async def diagnose_application(deps: Deps, asked: NamedArguments) -> View:
    """Find what is wrong and why: causes first, with evidence, commit and next calls."""
    evidence = await _evidence.Gatherer(deps, asked.owner).gather()
    found = insight.diagnose(evidence, catalogue.RULES)
    return views.diagnosis(evidence, found, deps.spelled)
