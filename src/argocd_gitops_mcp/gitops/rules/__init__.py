"""House rules: what a platform engineer would object to in a review."""

from argocd_gitops_mcp.gitops.rules.catalogue import IDS, RULES, check, configured
from argocd_gitops_mcp.gitops.rules.configuration import FILE, Config
from argocd_gitops_mcp.gitops.rules.rule import Rule
from argocd_gitops_mcp.gitops.rules.suppression import kept

__all__ = ["FILE", "IDS", "RULES", "Config", "Rule", "check", "configured", "kept"]
