"""How old something was when the evidence was read. Pure."""

from argocd_gitops_mcp.ages import seconds
from argocd_gitops_mcp.insight.evidence import Evidence


def age(evidence: Evidence, stamp: str) -> float:
    """Seconds since then; 0 where that is not known."""
    return seconds(stamp, evidence.now) or 0.0
