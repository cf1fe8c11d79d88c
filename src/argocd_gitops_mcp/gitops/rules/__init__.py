"""House rules: what a platform engineer would object to in a review."""

from collections.abc import Collection

from argocd_gitops_mcp.gitops.rules import configuration
from argocd_gitops_mcp.gitops.rules.catalogue import IDS, RULES, check
from argocd_gitops_mcp.gitops.rules.configuration import FILE, Config
from argocd_gitops_mcp.gitops.rules.rule import Rule
from argocd_gitops_mcp.gitops.rules.suppression import kept

__all__ = ["FILE", "IDS", "RULES", "Config", "Rule", "check", "configured", "kept"]


def configured(text: str | None, others: Collection[str] = ()) -> Config:
    """Read a repository's configuration; see `configuration.configured`.

    Args:
        text: of the file; None where there is none.
        others: ids of findings that are not of house rules.
    """
    return configuration.configured(text, (*IDS, *others))
