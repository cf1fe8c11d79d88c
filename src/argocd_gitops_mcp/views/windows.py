"""Sync windows that concern an application: what is open, until when, and what that means for syncs. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import field

from argocd_gitops_mcp.ages import short
from argocd_gitops_mcp.argocd.models import Application, SyncWindow, SyncWindows
from argocd_gitops_mcp.argocd.projects import ProjectWindow
from argocd_gitops_mcp.argocd.schedules import next_change
from argocd_gitops_mcp.views.view import Record


class Windows(Record):
    """Sync windows; schedules are cron's, each in the zone that is named."""

    MORE = "projects (read_argocd_instance) with the name of its project lists them"

    application: str
    by_hand: str
    automated: str
    open: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    note: str = ""


def windows(app: Application, found: SyncWindows, known: Sequence[ProjectWindow] | None, now: datetime) -> Windows:
    """What concerns the application now.

    Args:
        app: the application.
        found: as Argo CD tells them, without their zones.
        known: as projects define them; None where they may not be read.
        now: the present.
    """
    active, assigned = found.active_windows or [], found.assigned_windows or []
    left = list(assigned)
    for one in active:
        if one in left:
            left.remove(one)
    denied = any(one.kind == "deny" for one in active)
    closed = not any(one.kind == "allow" for one in active) and any(one.kind == "allow" for one in assigned)
    waits = denied or closed
    note = "" if assigned else "no sync window concerns it"
    if known is None:
        note = f"this token may not read project {app.spec.project!r}: time zones and next changes are not known"
    return Windows(
        application=app.metadata.name,
        by_hand="permitted" if found.can_sync else "refused",
        automated=("waits" if waits else "goes on") if app.spec.automated is not None else "off",
        open=[_line(one, known or [], now, is_open=True) for one in active],
        closed=[_line(one, known or [], now, is_open=False) for one in left],
        note=note,
    )


def _line(one: SyncWindow, known: Sequence[ProjectWindow], now: datetime, *, is_open: bool) -> str:
    same = [each for each in known if _told(each) == one]
    zones = sorted({each.time_zone or "UTC" for each in same})
    by_hand = ", syncs by hand permitted" if one.manual_sync else ""
    said = f"{one.kind} {one.schedule} ({' or '.join(zones) or 'zone unknown'}) for {one.duration}{by_hand}"
    if len(zones) != 1:  # which of several alike is meant Argo CD does not tell
        return said
    change = next_change(one.schedule, one.duration, zones[0], now)
    if change is None or change.opens is is_open:  # Argo CD knows better whether it is open
        return said
    at = (now + timedelta(seconds=change.seconds)).strftime("%Y-%m-%dT%H:%MZ")
    return f"{said}; {'opens' if change.opens else 'closes'} in {short(change.seconds)} ({at})"


def _told(one: ProjectWindow) -> SyncWindow:
    return SyncWindow(kind=one.kind, schedule=one.schedule, duration=one.duration, manual_sync=one.manual_sync)
