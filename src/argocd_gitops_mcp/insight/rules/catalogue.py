"""Every rule, in the order of how much it explains: a comparison that fails leaves nothing else to be trusted. Pure."""

from argocd_gitops_mcp.insight.rule import Rule
from argocd_gitops_mcp.insight.rules import pods

RULES: tuple[Rule, ...] = (*pods.RULES,)
