"""`doctor`: explain a set-up."""

from argocd_gitops_mcp.settings import Loaded


def run(loaded: Loaded) -> int:
    """Explain."""
    return 0
