"""Somebody else writes what Git declares: another application, a controller, a hand. Pure."""

from collections.abc import Iterator, Sequence

from argocd_gitops_mcp.argocd.tree import key
from argocd_gitops_mcp.insight.ages import age
from argocd_gitops_mcp.insight.deployments import FIGHTS, healed, heals, is_deployed, is_settled
from argocd_gitops_mcp.insight.evidence import Evidence, Resource
from argocd_gitops_mcp.insight.fields import Writer, writer
from argocd_gitops_mcp.insight.finding import Finding, Quote
from argocd_gitops_mcp.insight.rule import rule
from argocd_gitops_mcp.insight.telling import foremost, name, of_application, of_resource, plain

_LATELY = 600.0
"""Seconds after self-heal's last sync: Argo CD 3.6 waits five minutes at most before the next."""
_SHOWN = 3


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


@rule(
    "drift",
    "Something else changes what Git declares",
    told_by="the comparison at the deployed commit, how often self-heal has synced, the managed fields",
)
def drift(evidence: Evidence) -> Iterator[Finding]:
    """Find resources that differ although the very commit was deployed: self-heal that is fought, or a hand."""
    app, state = evidence.application, evidence.application.status.operation_state
    if not is_deployed(app) or app.metadata.deletion_timestamp:
        return
    if heals(app) >= FIGHTS:
        if state is not None and age(evidence, state.finished_at or state.started_at or "") < _LATELY:
            yield _fought(evidence)
    elif is_settled(evidence) and not (app.spec.automated and app.spec.automated.self_heal):
        yield from _changed(evidence)


def _fought(evidence: Evidence) -> Finding:
    app = evidence.application
    at = [key(one) for one in healed(app)]
    known = [evidence.by_key[one] for one in at if one in evidence.by_key]
    which = next((one for one in known if one.modified), known[0] if known else None)
    who = _writer(which)
    about = "A resource is" if which is None else f"{name(which.node)}{_fields(which, ': its ', '')} is"
    return Finding(
        f"{about} changed again and again{_by(who) or ' by something'} past Git; "
        f"self-heal undid it {heals(app)} times.",
        "certain" if who is not None else "likely",
        which.node if which is not None else None,
        since=who.at if who is not None else "",
        evidence=_evidence(which, who)
        or tuple(Quote("event of the application", one.message) for one in evidence.events[-1:]),
        remedy="Find who writes it (an autoscaler, an operator, a person), and leave that field to them: out of Git, "
        "or under ignoreDifferences.",
        next=(of_application(app, "diff_application"),)
        + ((of_resource(app, "get_resource", which.node),) if which is not None else ()),
    )


def _changed(evidence: Evidence) -> Iterator[Finding]:
    app = evidence.application
    gone = [one for one in evidence.resources if not one.node.uid and one.modified and one.health == "Missing"]
    changed = [one for one in evidence.resources if one.node.uid and one.modified]
    calls = of_application(app, "diff_application"), of_application(app, "sync_application")
    if changed:
        first = _foremost(changed)
        who = _writer(first)
        yield Finding(
            f"{name(first.node)} was changed in the cluster past Git{_by(who)}:"
            f"{_fields(first, ' its ', ' differs') or ' it differs'} from the deployed commit.",
            "certain" if who is not None else "likely",
            first.node,
            len(changed) - 1,
            who.at if who is not None else "",
            evidence=_evidence(first, who),
            remedy="Put the change into Git, or sync to undo it.",
            next=calls,
        )
    if gone:
        first = _foremost(gone)
        yield Finding(
            f"{name(first.node)} was deployed, and is gone from the cluster: somebody deleted it past Git.",
            "likely",
            first.node,
            len(gone) - 1,
            remedy="Sync to have it made again, or take it out of Git.",
            next=calls,
        )


def _foremost(found: Sequence[Resource]) -> Resource:
    first = foremost([one.node for one in found])[0]
    return next(one for one in found if key(one.node) == key(first))


def _writer(one: Resource | None) -> Writer | None:
    return writer(one.live, one.differs) if one is not None else None


def _by(who: Writer | None) -> str:
    """By whom, as Kubernetes records it."""
    return f" by {plain(who.manager)}" if who is not None and plain(who.manager) else ""


def _fields(one: Resource, before: str, after: str) -> str:
    """The fields that differ, as far as their names are plain."""
    every = [shown for steps in one.differs if (shown := plain(".".join(steps)))]
    more = f" and {len(every) - _SHOWN} more" if len(every) > _SHOWN else ""
    return f"{before}{', '.join(every[:_SHOWN])}{more}{after}" if every else ""


def _evidence(one: Resource | None, who: Writer | None) -> tuple[Quote, ...]:
    if one is None or who is None:
        return ()
    return (Quote(f"managed fields of {name(one.node)}", f"{who.manager} wrote at {who.at}"),)


RULES = (shared_resource, drift)
