"""Why the last sync failed, as what it says of each resource tells. Pure."""

from collections.abc import Iterator

from argocd_gitops_mcp.argocd.models import OperationState, ResourceResult
from argocd_gitops_mcp.argocd.resource_models import Node
from argocd_gitops_mcp.argocd.tree import key
from argocd_gitops_mcp.insight.causes import Cause, classified
from argocd_gitops_mcp.insight.containers import containers
from argocd_gitops_mcp.insight.evidence import Evidence, Resource
from argocd_gitops_mcp.insight.finding import Finding, NextCall, Quote
from argocd_gitops_mcp.insight.last_words import last_words
from argocd_gitops_mcp.insight.rule import Find, Rule, rule
from argocd_gitops_mcp.insight.rules import refusals
from argocd_gitops_mcp.insight.telling import foremost, name, of_application, of_resource, of_resources

_OVER = ("Failed", "Error")
_QUOTES = 2


def ended_badly(evidence: Evidence) -> OperationState | None:
    """The last operation, if it failed: for good, or so that it is tried again."""
    app, state = evidence.application, evidence.application.status.operation_state
    if state is None or (state.operation.sync is not None and state.operation.sync.dry_run):
        return None
    retries = state.phase == "Running" and state.retry_count > 0
    return state if retries or (state.phase in _OVER and app.operation is None) else None


def failed(evidence: Evidence) -> OperationState | None:
    """The last operation, if it failed and nothing made good for it since."""
    return None if evidence.application.status.sync.status == "Synced" else ended_badly(evidence)


def _all(state: OperationState) -> list[ResourceResult]:
    return state.sync_result.resources or [] if state.sync_result is not None else []


def _results(evidence: Evidence, state: OperationState) -> list[ResourceResult]:
    """What could not be applied and is not as Git has it since."""
    return [one for one in _all(state) if one.status == "SyncFailed" and not _is_over(evidence, one)]


def _is_over(evidence: Evidence, result: ResourceResult) -> bool:
    """Whether it is Synced since, or no longer in Git."""
    known = evidence.by_key.get(key(node_of(evidence, result)))
    if known is None:
        return not result.hook_type and bool(evidence.application.status.resources)
    return known.status is not None and known.status.status == "Synced"


def _find(wanted: str) -> Find:
    def find(evidence: Evidence) -> Iterator[Finding]:
        state = failed(evidence)
        if state is None:
            return
        results = [(one, *classified(refusals.CAUSES, one.message)) for one in _results(evidence, state)]
        hits = [one for one, found, _ in results if found.id == wanted]
        # The first of them in the eyes of people gives the words.
        if hits:
            first = foremost([node_of(evidence, one) for one in hits])[0]
            for one, found, what in results:
                if found.id == wanted and node_of(evidence, one) == first:
                    yield _finding(evidence, state, hits, first, found, what)
                    break
        elif not _all_failed(state):
            yield from _of_operation(evidence, state, wanted)

    return find


def _all_failed(state: OperationState) -> list[ResourceResult]:
    return [one for one in _all(state) if one.status == "SyncFailed" or (one.hook_type and one.hook_phase in _OVER)]


def node_of(evidence: Evidence, result: ResourceResult) -> Node:
    """The resource that a result is about; the tree's, if it is there."""
    at = key(result)
    for place in (at, (result.group, result.kind, "", result.name)):
        if place in evidence.by_key:
            return evidence.by_key[place].node
    return Node(group=result.group, kind=result.kind, namespace=result.namespace, name=result.name)


def _revisions(state: OperationState) -> list[str]:
    result = state.sync_result
    return (result.revisions or [result.revision]) if result is not None else []


def _finding(
    evidence: Evidence, state: OperationState, hits: list[ResourceResult], first: Node, found: Cause, what: str
) -> Finding:
    ordered = sorted(hits, key=lambda one: node_of(evidence, one) != first)
    said = dict.fromkeys(f"{one.kind}/{one.name}: {one.message}" for one in ordered)
    again = " and is tried again" if state.phase == "Running" else ""
    of_hook = next((f"{one.hook_type} hook " for one in ordered[:1] if one.hook_type), "")
    return Finding(
        f"The sync failed at {of_hook}{name(first)}{again}: {what}.",
        "certain" if found.id != "sync-failed" else "possible",
        first,
        len(hits) - 1,
        state.finished_at or state.started_at or "",
        ", ".join(_revisions(state)),
        tuple(Quote("result of the sync", one) for one in list(said)[:_QUOTES]),
        found.remedy + _leaves_alone(evidence, state),
        tuple(_next(evidence, found, first, is_hook=bool(of_hook))),
        tuple(node_of(evidence, one) for one in hits),
    )


def _leaves_alone(evidence: Evidence, state: OperationState) -> str:
    is_tried = state.phase == "Running" or evidence.application.spec.automated is None
    return "" if is_tried else " Auto-sync does not try this commit again: sync it, or push another."


def _of_operation(evidence: Evidence, state: OperationState, wanted: str) -> Iterator[Finding]:
    """A failure without a resource; that the comparison failed is told apart."""
    found, what = classified(refusals.CAUSES, state.message)
    if found.id != wanted or not state.message or evidence.application.status.sync.status == "Unknown":
        return
    said = f": {what}" if found.id != "sync-failed" else ""
    yield Finding(
        f"The last sync ended {state.phase}{said}.",
        "certain" if found.id == "sync-terminated" else "likely",
        since=state.finished_at or state.started_at or "",
        revision=", ".join(_revisions(state)),
        evidence=(Quote("message of the sync", state.message),),
        remedy=found.remedy + _leaves_alone(evidence, state),
        next=(of_application(evidence.application, "get_application", detail="full"),),
    )


def _next(evidence: Evidence, found: Cause, node: Node, *, is_hook: bool) -> Iterator[NextCall]:
    app = evidence.application
    if is_hook:
        yield of_resources(app, "get_application_manifest")
    else:
        yield of_resource(app, "get_application_manifest", node)
    if found.id in ("immutable-field", "field-conflict"):
        yield of_application(app, "diff_application")
    elif found.id not in ("rejected", "unserved-version"):
        yield of_application(app, "sync_application")


def _last_words(evidence: Evidence, node: Node) -> tuple[Quote, ...]:
    """What the pods of a hook said before they ended."""
    known = evidence.by_key.get(key(node))
    pods = [one for one in evidence.below(known) if one.node.kind == "Pod"] if known is not None else []
    return tuple(quote for pod in pods[:1] for one in containers(pod) for quote in last_words(pod, one.name))


@rule(
    "hook-failed", "A hook of the sync failed", told_by="the result of the sync, and the last lines of the hook's pod"
)
def hook_failed(evidence: Evidence) -> Iterator[Finding]:
    """Find hooks that ended badly; what their pods say is theirs. Others of the sync may all be well."""
    state, sync = ended_badly(evidence), evidence.application.status.sync
    if state is None or (sync.status == "Synced" and (sync.revisions or [sync.revision]) != _revisions(state)):
        return
    for result in _all(state):
        if not result.hook_type or result.hook_phase not in _OVER or result.status == "SyncFailed":
            continue
        node = node_of(evidence, result)
        known = evidence.by_key.get(key(node))
        below: list[Resource] = list(evidence.below(known)) if known is not None else []
        gone = "" if below else " It was removed since, and its log with it: its deletion policy says so."
        yield Finding(
            f"The sync failed because its {result.hook_type} hook {name(node)} failed.",
            "certain",
            node,
            since=state.finished_at or state.started_at or "",
            revision=", ".join(_revisions(state)),
            evidence=(*_last_words(evidence, node), Quote(f"result of hook {name(node)}", result.message)),
            remedy=f"Mend what the hook does, in Git, and sync again.{gone}{_leaves_alone(evidence, state)}",
            next=tuple(_of_hook(evidence, below, node)),
            covers=tuple(one.node for one in below),
        )


def _of_hook(evidence: Evidence, below: list[Resource], node: Node) -> Iterator[NextCall]:
    app = evidence.application
    if any(one.node.kind == "Pod" for one in below):
        yield of_resource(app, "get_workload_logs", node)
    elif below:
        yield of_resource(app, "get_resource_events", node)
    else:
        yield of_resources(app, "get_resource_events")
    yield of_application(app, "sync_application")


RULES = (
    hook_failed,
    *(
        Rule(one, summary, "the result of the sync for each resource", _find(one))
        for one, summary in refusals.SUMMARIES.items()
    ),
)
