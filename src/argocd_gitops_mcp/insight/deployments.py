"""How what is deployed stands to what was compared, and how often that was mended by itself. Pure."""

from argocd_gitops_mcp.argocd.models import Application, ResourceResult
from argocd_gitops_mcp.insight.ages import age
from argocd_gitops_mcp.insight.evidence import Evidence

FIGHTS = 3
"""So many times in a row that self-heal undid a change are a fight: once or twice somebody tried something."""

SETTLED = 5.0
"""Seconds after a sync until what was compared is taken to be of a time after it."""


def is_deployed(app: Application) -> bool:
    """Whether the last deployment was of the commit that was compared with."""
    history, sync = app.status.history or [], app.status.sync
    last = max(history, key=lambda one: one.id, default=None)
    return last is not None and last.deployed() == (sync.revisions or [sync.revision])


def is_settled(evidence: Evidence, seconds: float = SETTLED) -> bool:
    """Whether the last operation went well, and so long ago that what was compared is of a time after it."""
    app, state = evidence.application, evidence.application.status.operation_state
    if app.operation is not None or (state is not None and state.phase != "Succeeded"):
        return False
    return state is None or age(evidence, state.finished_at or "") >= seconds


def heals(app: Application) -> int:
    """How often in a row self-heal has synced the commit again that was deployed already."""
    policy, state = app.spec.automated, app.status.operation_state
    if policy is None or not policy.self_heal or state is None or state.operation.sync is None:
        return 0
    return state.operation.sync.auto_heal_attempts_count


def healed(app: Application) -> list[ResourceResult]:
    """What the last operation applied: with self-heal only what differed."""
    state = app.status.operation_state
    result = state.sync_result if state is not None else None
    return [one for one in (result.resources or []) if not one.hook_type] if result is not None else []
