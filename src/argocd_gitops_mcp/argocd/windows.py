"""Whether a project's sync windows let an application sync now: Matches and CanSync of Argo CD's SyncWindows. Pure.

Which of the windows are open Argo CD tells itself, by its own clock.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from argocd_gitops_mcp.argocd.globs import matches
from argocd_gitops_mcp.argocd.models import Destination
from argocd_gitops_mcp.argocd.projects import ProjectWindow


@dataclass(frozen=True, slots=True)
class Blocked:
    """No sync now.

    Args:
        windows: the deny windows that are open, or the allow windows of which none is.
        may_sync_by_hand: they stop automated syncs only.
    """

    windows: Sequence[ProjectWindow]
    may_sync_by_hand: bool

    @property
    def is_denied(self) -> bool:
        """Whether a deny window is open, rather than no allow window."""
        return self.windows[0].kind == "deny"


def blocked(
    windows: Iterable[ProjectWindow], are_open: Sequence[ProjectWindow], name: str, destination: Destination
) -> Blocked | None:
    """What keeps this application from syncing; None where nothing does.

    Args:
        windows: of its project.
        are_open: those of them that are open.
        name: of the application.
        destination: as its spec gives it, server or name.
    """
    assigned = [one for one in windows if _is_for(one, name, destination)]
    active = [one for one in assigned if one in are_open]
    denying = [one for one in active if one.kind == "deny"]
    if denying:
        return Blocked(denying, all(one.manual_sync for one in denying))
    closed = [one for one in assigned if one.kind == "allow" and one not in active]
    if closed and not any(one.kind == "allow" for one in active):
        return Blocked(closed, all(one.manual_sync for one in closed))
    return None


def _is_for(window: ProjectWindow, name: str, destination: Destination) -> bool:
    clusters = [one for one in (destination.name, destination.server) if one]
    asked = (
        (window.applications, [name]),
        (window.clusters, clusters),
        (window.namespaces, [destination.namespace]),
    )
    found = [any(_fits(pattern, one) for pattern in patterns for one in given) for patterns, given in asked if patterns]
    return bool(found) and (all(found) if window.and_operator else any(found))


def _fits(pattern: str, text: str) -> bool:
    return pattern == "*" or matches(pattern, text)
