"""Which deployment was healthy when the next one replaced it: Argo CD's history does not say, its events may. Pure.

All times are the application controller's own, in whole seconds, so no clock of ours is compared with them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from argocd_gitops_mcp.argocd.models import Application, HistoryEntry
from argocd_gitops_mcp.argocd.resource_models import Event

# controller/appcontroller.go: logAppEvent; `Updated health status: Progressing -> Healthy (Caused by ...)`.
_CHANGE = re.compile(r"Updated health status: (\w*) -> (\w+)")


@dataclass(frozen=True, slots=True)
class Change:
    """One change of an application's health."""

    at: str
    before: str
    after: str


def changes(events: Sequence[Event]) -> list[Change]:
    """The changes of health among an Application's events, oldest first; within a second in Argo CD's order."""
    found = [
        Change(event.last_timestamp or "", *match.groups())
        for event in sorted(events, key=lambda one: (one.last_timestamp or "", one.metadata.name))
        if (match := _CHANGE.match(event.message))
    ]
    return [one for one in found if one.at]


def health_when_replaced(
    entry: HistoryEntry, successor: HistoryEntry, known: Sequence[Change], app: Application
) -> str:
    """The health in force when the successor's deployment began; "" where nothing tells.

    What changed in the very second of the beginning is taken for an effect of the successor.
    """
    began = successor.deploy_started_at or successor.deployed_at or ""
    if began <= (entry.deployed_at or ""):
        return ""  # replaced within a second: its health was never assessed
    earlier = [one for one in known if one.at < began]
    later = [one for one in known if one.at >= began]
    if earlier:
        return earlier[-1].after
    if later:
        return later[0].before
    since = app.status.health.last_transition_time or ""
    return app.status.health.status if since and since < began else ""


def last_healthy(app: Application, events: Sequence[Event]) -> tuple[HistoryEntry | None, str]:
    """The newest deployment before the present one that was healthy when it was replaced, or None and why not."""
    history = app.status.history or []
    known = changes(events)
    for entry, successor in reversed(list(pairwise(history))):
        health = health_when_replaced(entry, successor, known, app)
        if health == "Healthy":
            return entry, ""
        if not health:
            return None, f"nothing tells how healthy deployment {entry.id} was (events are kept for about an hour)"
    return None, "no earlier deployment was healthy in the second before it was replaced"
