"""An operation that waits, a window that is closed, drift, what nobody syncs, what another owns. Pure."""

import re
from collections.abc import Iterator

from argocd_gitops_mcp.argocd.tree import key
from argocd_gitops_mcp.insight.ages import age
from argocd_gitops_mcp.insight.evidence import Evidence, Resource
from argocd_gitops_mcp.insight.finding import Finding, NextCall, Quote
from argocd_gitops_mcp.insight.rule import rule
from argocd_gitops_mcp.insight.telling import events, foremost, name, of_application, of_resource, quoted

_WAITS = re.compile(r"waiting for (healthy state|completion|deletion) of (?:hook )?([\w.-]*)/([\w-]+)/([\w.-]+)")
PATIENCE = 10.0
"""Seconds that an operation may wait for one resource before that is told."""
_FIGHTS = 3
"""So many automated syncs to the same commit are a fight."""
_AUTOMATED = re.compile(r"[Ii]nitiated automated sync to")


def waited_for(evidence: Evidence) -> tuple[str, Resource] | None:
    """What the running operation waits for: `healthy state`, `completion` or `deletion`, and the resource."""
    app, state = evidence.application, evidence.application.status.operation_state
    said = _WAITS.search(state.message) if state is not None and app.operation is not None else None
    if said is None:
        return None
    what, group, kind, named = said.groups()
    for one in evidence.resources:
        if (one.node.group, one.node.kind, one.node.name) == (group, kind, named):
            return what, one
    return None


@rule(
    "wave-waiting", "A sync waits for a resource of an earlier wave, or for a hook", told_by="the operation's message"
)
def wave_waiting(evidence: Evidence) -> Iterator[Finding]:
    """Find running syncs that wait for a resource longer than it should take."""
    waits, state = waited_for(evidence), evidence.application.status.operation_state
    if waits is None or state is None or waits[0] == "deletion":
        return
    _, one = waits
    if age(evidence, state.started_at or "") < PATIENCE:
        return
    left = sum(each.status is not None and each.health == "Missing" for each in evidence.resources)
    yield Finding(
        f"The sync waits for {name(one.node)}, which is {one.health or 'not there'}"
        + (f"; {left} resources of later waves are not created yet." if left else "."),
        "certain",
        one.node,
        0,
        state.started_at or "",
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
    app, windows = evidence.application, evidence.windows
    state = app.status.operation_state
    blocked = state is not None and app.operation is not None and "blocked by sync window" in state.message
    if windows is None or app.status.sync.status != "OutOfSync":
        return
    active = windows.active_windows or []
    denied = any(one.kind == "deny" for one in active)
    closed = not denied and not active and any(one.kind == "allow" for one in windows.assigned_windows or [])
    if not blocked and not (denied or closed):
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


@rule("shared-resource", "Another application deploys the same resource", told_by="the condition SharedResourceWarning")
def shared_resource(evidence: Evidence) -> Iterator[Finding]:
    """Find resources that two applications claim."""
    app = evidence.application
    conditions = [one for one in app.status.conditions or [] if one.type == "SharedResourceWarning"]
    if not conditions:
        return
    every = [one.node for one in evidence.resources]
    known = foremost([one for one in every if any(f"{name(one)} " in said.message for said in conditions)])
    yield Finding(
        f"{name(known[0]) if known else 'A resource'} is deployed by another application, too: each undoes what "
        "the other does.",
        "certain",
        known[0] if known else None,
        len(conditions) - 1,
        conditions[0].last_transition_time or "",
        evidence=tuple(Quote(f"condition {one.type}", one.message) for one in conditions[:2]),
        remedy="Leave it to one of the two: take it out of the other's source.",
        next=(of_application(app, "diff_application"),),
        covers=tuple(known),
    )


@rule("repeated-resource", "The source holds a resource twice", told_by="the condition RepeatedResourceWarning")
def repeated_resource(evidence: Evidence) -> Iterator[Finding]:
    """Find resources that the source declares more than once."""
    for one in evidence.application.status.conditions or []:
        if one.type == "RepeatedResourceWarning":
            yield Finding(
                "The source declares a resource more than once; the last one counts.",
                "certain",
                since=one.last_transition_time or "",
                evidence=(Quote(f"condition {one.type}", one.message),),
                remedy="Keep one of them in Git.",
                next=(_manifests(evidence),),
            )


def _manifests(evidence: Evidence) -> NextCall:
    app = evidence.application
    return NextCall("get_application_manifest", {"application_name": app.metadata.name})


@rule(
    "drift", "Something else changes what Git declares", told_by="the comparison at the deployed commit, repeated syncs"
)
def drift(evidence: Evidence) -> Iterator[Finding]:
    """Find resources that differ although the very commit was deployed: self-heal that is fought, or a hand."""
    app = evidence.application
    healed = [one for one in evidence.events if _AUTOMATED.search(one.message)]
    automated = app.spec.automated
    if automated is not None and automated.self_heal:
        fights = sum(max(one.count, 1) for one in healed)
        if fights < _FIGHTS or not _same_commit(evidence):
            return
        quotes = tuple(Quote("event of the application", f"{one.reason}: {one.message}") for one in healed[-1:])
        which = _applied(evidence)
        yield Finding(
            f"{name(which.node) if which else 'A resource'} is changed again and again by something other than Git; "
            f"self-heal undid it {fights} times.",
            "likely",
            which.node if which else None,
            evidence=quotes,
            remedy="Find who writes it (an autoscaler, an operator, a person), and leave that field to them: out of "
            "Git, or under ignoreDifferences.",
            next=(of_application(app, "diff_application"),)
            + ((of_resource(app, "get_resource", which.node),) if which else ()),
        )
        return
    changed = [one for one in evidence.resources if one.modified and one.node.uid and one.health != "Missing"]
    if changed and _is_deployed(evidence):
        yield Finding(
            f"{name(changed[0].node)} was changed in the cluster past Git: it differs from the deployed commit.",
            "likely",
            changed[0].node,
            len(changed) - 1,
            remedy="Put the change into Git, or sync to undo it.",
            next=(of_application(app, "diff_application"), of_application(app, "sync_application")),
        )


def _is_deployed(evidence: Evidence) -> bool:
    """Whether the last deployment was of the commit that was compared with."""
    history, sync = evidence.application.status.history or [], evidence.application.status.sync
    last = max(history, key=lambda one: one.id, default=None)
    state = evidence.application.status.operation_state
    went_well = state is None or state.phase == "Succeeded"
    return last is not None and went_well and last.deployed() == (sync.revisions or [sync.revision])


def _same_commit(evidence: Evidence) -> bool:
    history, sync = evidence.application.status.history or [], evidence.application.status.sync
    last = max(history, key=lambda one: one.id, default=None)
    return last is not None and last.deployed() == (sync.revisions or [sync.revision])


def _applied(evidence: Evidence) -> Resource | None:
    """What the last automated sync applied: with self-heal only what differed."""
    state = evidence.application.status.operation_state
    result = state.sync_result if state is not None else None
    for one in (result.resources or []) if result is not None else []:
        found = evidence.by_key.get((one.group, one.kind, one.namespace, one.name))
        if found is not None and not one.hook_type:
            return found
    return next((one for one in evidence.resources if one.modified and key(one.node)), None)


RULES = (window_closed, shared_resource, wave_waiting, drift, repeated_resource)
