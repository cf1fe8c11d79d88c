"""Operations that wait: for a resource's health, for a hook, for a window. Pure."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from argocd_gitops_mcp.argocd.resource_models import Node
from argocd_gitops_mcp.insight.ages import age
from argocd_gitops_mcp.insight.evidence import Evidence, Resource
from argocd_gitops_mcp.insight.finding import Finding, Quote
from argocd_gitops_mcp.insight.rule import rule
from argocd_gitops_mcp.insight.telling import events, name, of_application, of_resource, quoted

# gitops-engine/pkg/sync/sync_context.go, as a real Argo CD shows it.
_WAITS = re.compile(
    r"waiting for (healthy state|completion|deletion) of (?:hook )?([\w.-]*)/([\w-]+)/([\w.-]+)(?: and (\d+) more)?"
)
PATIENCE = 60.0
"""Seconds that a sync may wait for one resource's health before that is told."""
_FOR_A_HOOK = 600.0
"""Seconds that a hook may take: migrations do take their time."""
_FOR_A_DELETION = 30.0
_PATIENCE = {"healthy state": PATIENCE, "completion": _FOR_A_HOOK, "deletion": _FOR_A_DELETION}
_IS = {"healthy state": "to become healthy", "completion": "to complete", "deletion": "to go"}


class Wait(NamedTuple):
    """What a running operation waits for."""

    what: str
    resource: Resource
    more: int


def waited_for(evidence: Evidence) -> Wait | None:
    """What the running operation waits for: `healthy state`, `completion` or `deletion`, and the resource."""
    app, state = evidence.application, evidence.application.status.operation_state
    said = _WAITS.search(state.message) if state is not None and app.operation is not None else None
    if said is None:
        return None
    what, group, kind, named, more = said.groups()
    for one in evidence.resources:
        if (one.node.group, one.node.kind, one.node.name) == (group, kind, named):
            return Wait(what, one, int(more or 0))
    return Wait(what, Resource(node=Node(group=group, kind=kind, name=named)), int(more or 0))


@rule(
    "wave-waiting", "A sync waits for a resource of an earlier wave, or for a hook", told_by="the operation's message"
)
def wave_waiting(evidence: Evidence) -> Iterator[Finding]:
    """Find running syncs that wait for a resource longer than it should take."""
    wait, state = waited_for(evidence), evidence.application.status.operation_state
    if wait is None or state is None:
        return
    one = wait.resource
    began = max(state.started_at or "", "" if wait.what == "deletion" else one.node.created_at or "")
    if age(evidence, began) < _PATIENCE[wait.what]:
        return
    left = sum(each.status is not None and each.health == "Missing" for each in evidence.resources)
    yield Finding(
        f"The sync waits for {name(one.node)} {_IS[wait.what]}; it is {one.health or 'not there'}"
        + (f", and {left} of later waves {'is' if left == 1 else 'are'} not created yet." if left else "."),
        "certain",
        one.node,
        wait.more,
        began,
        state.sync_result.revision if state.sync_result is not None else "",
        (Quote("message of the sync", state.message), *quoted(one, events(one))),
        "Mend what it waits for, in Git, and end this sync first: another starts only then.",
        (
            of_resource(evidence.application, "get_resource_events", one.node),
            of_application(evidence.application, "terminate_operation"),
        ),
    )


@rule("window-closed", "A sync window keeps changes from being deployed", told_by="the application's sync windows")
def window_closed(evidence: Evidence) -> Iterator[Finding]:
    """Find applications that would be synced, were it not for a window."""
    app, windows, state = evidence.application, evidence.windows, evidence.application.status.operation_state
    if windows is None or app.status.sync.status != "OutOfSync":
        return
    blocked = state is not None and app.operation is not None and "blocked by sync window" in state.message
    active = windows.active_windows or []
    denied = any(one.kind == "deny" for one in active)
    closed = not denied and not active and any(one.kind == "allow" for one in windows.assigned_windows or [])
    is_kept = (denied or closed) and (app.spec.automated is not None or not windows.can_sync)
    if not blocked and not is_kept:
        return
    shown = active if denied else (windows.assigned_windows or [])
    by_hand = "a sync by hand is permitted" if windows.can_sync else "a sync by hand is refused, too"
    yield Finding(
        f"It differs from Git, and a sync window keeps it from being synced; {by_hand}.",
        "certain",
        evidence=tuple(
            Quote("sync window of the project", f"{one.kind} {one.schedule} for {one.duration}") for one in shown[:2]
        ),
        remedy="Wait for the window, or have the project's windows changed.",
        next=(of_application(app, "get_sync_windows"), of_application(app, "diff_application")),
    )


RULES = (window_closed, wave_waiting)
