"""How old something was when the evidence was read. Pure."""

from datetime import datetime

from argocd_gitops_mcp.insight.evidence import Evidence


def age(evidence: Evidence, stamp: str) -> float:
    """Seconds since then; 0 where that is not known."""
    try:
        return (datetime.fromisoformat(evidence.now) - datetime.fromisoformat(stamp)).total_seconds()
    except ValueError:
        return 0.0
