"""How far a commit has come in one application: seen, synced, healthy, or where it is stuck and why. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from argocd_gitops_mcp.argocd.course import ENDED, told
from argocd_gitops_mcp.argocd.models import Application, OperationState, ResourceStatus

Reached = Literal["not seen", "seen", "synced", "healthy"]
ORDER: tuple[Reached, ...] = ("not seen", "seen", "synced", "healthy")

Has = Callable[[str], bool]
"""Whether a revision has the commit: is it, or has it in its history."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """How far it is.

    Args:
        reached: the last stage that is certain.
        why: what keeps it there; empty once healthy.
        is_stuck: nothing under way will bring it further.
        is_doubtful: what was read may be from before the end of the sync, which the stamps' whole seconds do not tell.
    """

    reached: Reached
    why: str = ""
    is_stuck: bool = False
    is_doubtful: bool = False


def delivery(app: Application, positions: Sequence[int], has: Has) -> Delivery:
    """Read it from the application; `positions` are those of its sources that the commit concerns."""
    state = app.status.operation_state
    if not _have(_compared(app), positions, has):
        return _not_seen(app)
    if app.operation is not None and (state is None or state.phase not in ENDED):
        return Delivery("seen", f"sync is running: {told(state)}")
    if app.status.sync.status == "Synced":
        return _health(app)
    return _not_synced(app, state if state is not None and _have(_synced(state), positions, has) else None)


def _health(app: Application) -> Delivery:
    state, health = app.status.operation_state, app.status.health
    compared, ended = app.status.reconciled_at or "", (state.finished_at if state is not None else None) or ""
    if compared < ended:
        return Delivery("synced", "Argo CD has not looked at its health since the sync", is_doubtful=True)
    is_doubtful = compared == ended
    if health.status == "Healthy":
        return Delivery("healthy", is_doubtful=is_doubtful)
    why = f"health is {health.status or 'not known yet'}{f': {health.message}' if health.message else ''}"
    return Delivery("synced", why, is_stuck=health.status in ("Degraded", "Suspended"), is_doubtful=is_doubtful)


def _not_seen(app: Application) -> Delivery:
    failed = _conditions(app)
    if failed:
        return Delivery("not seen", f"Argo CD cannot compare it: {failed}", is_stuck=True)
    seen = ", ".join(one[:8] for one in _compared(app) if one) or "nothing yet"
    return Delivery("not seen", f"Argo CD last compared {seen}")


def _not_synced(app: Application, deployed: OperationState | None) -> Delivery:
    """`deployed` is the operation's state, if it was a sync of this very commit."""
    if deployed is not None and deployed.phase in ("Failed", "Error"):
        return Delivery("seen", f"its sync ended {told(deployed)}", is_stuck=True)
    if app.status.sync.status == "Unknown":
        return Delivery("seen", _conditions(app) or "its manifests cannot be compared", is_stuck=True)
    return _out_of_sync(app, deployed)


def _out_of_sync(app: Application, deployed: OperationState | None) -> Delivery:
    if deployed is not None:
        left = [_name(one) for one in app.status.resources or [] if one.prunable]
        if left:
            return Delivery("seen", f"synced, but not pruned: {', '.join(left[:10])}", is_stuck=True)
        still = [_name(one) for one in app.status.resources or [] if one.status == "OutOfSync" and not one.hook]
        return Delivery("seen", f"synced, yet OutOfSync: {', '.join(still[:10])}", is_stuck=app.spec.automated is None)
    if app.spec.automated is None:
        return Delivery("seen", "OutOfSync, and its sync policy is Manual: sync it", is_stuck=True)
    return Delivery("seen", f"OutOfSync; auto-sync is to come{_after(app)}")


def _after(app: Application) -> str:
    failed = _conditions(app, "SyncError")
    return f" ({failed})" if failed else ""


def _compared(app: Application) -> Sequence[str]:
    return app.status.sync.revisions or [app.status.sync.revision]


def _synced(state: OperationState) -> Sequence[str]:
    found = state.sync_result
    return [] if found is None else found.revisions or [found.revision]


def _have(revisions: Sequence[str], positions: Sequence[int], has: Has) -> bool:
    return all(place < len(revisions) and revisions[place] and has(revisions[place]) for place in positions)


def _conditions(app: Application, kind: str = "ComparisonError") -> str:
    said = [one.message for one in app.status.conditions or [] if one.type in (kind, "InvalidSpecError")]
    return "; ".join(said)[:600]


def _name(one: ResourceStatus) -> str:
    return f"{one.kind}/{one.name}"
