"""What is being deleted and does not go. Pure."""

from collections import defaultdict
from collections.abc import Iterator

from argocd_gitops_mcp.argocd.resource_models import Node
from argocd_gitops_mcp.insight.ages import age
from argocd_gitops_mcp.insight.evidence import Evidence
from argocd_gitops_mcp.insight.finding import Finding, Quote
from argocd_gitops_mcp.insight.rule import rule
from argocd_gitops_mcp.insight.telling import foremost, name, of_application, of_resource, plain

_ITS_OWN = ("foregroundDeletion", "orphan")
PATIENCE = 30.0
"""Seconds that a deletion may take before what holds it is told."""


@rule("stuck-finalizer", "A finalizer holds a resource that is to be deleted", told_by="the resource's manifest")
def stuck_finalizer(evidence: Evidence) -> Iterator[Finding]:
    """Find resources that wait for somebody to take a finalizer away; those that wait for the same together."""
    app = evidence.application
    held, since = defaultdict[str, list[Node]](list), dict[str, str]()
    for one in evidence.resources:
        meta = (one.live or {}).get("metadata") or {}
        began, finalizers = str(meta.get("deletionTimestamp") or ""), meta.get("finalizers") or []
        # Kubernetes' own finalizers go as soon as what they wait for has gone.
        waits = [str(each) for each in finalizers if each not in _ITS_OWN]
        if began and waits and age(evidence, began) >= PATIENCE:
            held[", ".join(waits)].append(one.node)
            since.setdefault(", ".join(waits), began)
    for waits_for, nodes in held.items():
        first, named = foremost(nodes)[0], plain(waits_for.replace(", ", ","))
        going = "the application's deletion" if app.metadata.deletion_timestamp else "its deletion"
        yield Finding(
            f"{name(first)} is being deleted and held by finalizer {named.replace(',', ', ')}; {going} waits for that.",
            "certain",
            first,
            len(nodes) - 1,
            since[waits_for],
            "",
            (Quote(f"manifest of {name(first)}", f"deletionTimestamp {since[waits_for]}, finalizers {waits_for}"),),
            "See why the finalizer's controller does not take it away; taking it away by hand skips its work.",
            (of_resource(app, "get_resource", first), of_resource(app, "get_resource_events", first)),
            tuple(nodes),
        )


@rule("deletion-blocked", "A running operation keeps the application from being deleted", told_by="the application")
def deletion_blocked(evidence: Evidence) -> Iterator[Finding]:
    """Find applications that Argo CD deletes only after the end of an operation."""
    app = evidence.application
    if app.metadata.deletion_timestamp and app.operation is not None:
        state = app.status.operation_state
        yield Finding(
            "The application is to be deleted, which waits for the end of its running operation.",
            "certain",
            since=app.metadata.deletion_timestamp,
            evidence=(Quote("message of the operation", state.message),) if state is not None and state.message else (),
            remedy="Stop the operation; the deletion goes on then.",
            next=(of_application(app, "terminate_operation"),),
        )


RULES = (deletion_blocked, stuck_finalizer)
