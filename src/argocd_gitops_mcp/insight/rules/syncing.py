"""Why the last sync failed, as what it says of each resource tells. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from argocd_gitops_mcp.argocd.models import OperationState, ResourceResult
from argocd_gitops_mcp.argocd.resource_models import Node
from argocd_gitops_mcp.argocd.tree import key
from argocd_gitops_mcp.insight.containers import containers
from argocd_gitops_mcp.insight.evidence import Evidence, Resource
from argocd_gitops_mcp.insight.finding import Finding, NextCall, Quote
from argocd_gitops_mcp.insight.last_words import last_words
from argocd_gitops_mcp.insight.rule import Find, Rule, rule
from argocd_gitops_mcp.insight.telling import foremost, name, of_application, of_resource, of_resources

_OVER = ("Failed", "Error")


@dataclass(frozen=True, slots=True)
class _Cause:
    """One cause, told by the message that a resource's result bears."""

    id: str
    summary: str
    says: re.Pattern[str]
    what: str
    remedy: str


# In this order: the first that fits is told. What Argo CD 3.6 and Kubernetes 1.37 say was seen in tests/e2e/stories.
_CAUSES = (
    _Cause(
        "missing-crd",
        "A resource's kind is unknown to the cluster",
        re.compile(r"Make sure the .* CRD is installed|could not find the requested resource|no matches for kind"),
        "the cluster does not know its kind: the CustomResourceDefinition is not installed",
        "Install the CRD first: in an earlier sync wave or by another application; or correct apiVersion and kind.",
    ),
    _Cause(
        "missing-namespace",
        "The namespace to deploy into does not exist",
        re.compile(r"namespaces \"[^\"]*\" not found"),
        "its namespace does not exist",
        "Add the namespace to Git, sync with CreateNamespace=true, or correct the destination.",
    ),
    _Cause(
        "project-forbids",
        "The project does not permit a resource",
        re.compile(r"is not permitted in project"),
        "the project does not permit this kind or this destination",
        "Permit it in the project's resource lists, or leave it out of Git.",
    ),
    _Cause(
        "webhook",
        "An admission webhook refuses, or does not answer",
        re.compile(r"admission webhook|failed calling webhook|failed to call webhook"),
        "an admission webhook refuses it, or does not answer",
        "Meet the webhook's policy in Git; one that does not answer has to be mended in the cluster.",
    ),
    _Cause(
        "quota",
        "A quota is exceeded",
        re.compile(r"exceeded quota|failed quota|limit ranges?|LimitRange"),
        "it exceeds a quota or limit of the namespace",
        "Ask for less in Git, or have the quota raised.",
    ),
    _Cause(
        "permission",
        "Argo CD lacks a right in the cluster",
        re.compile(r"User \"[^\"]*\" cannot|cannot (?:get|list|create|patch|update|delete) resource"),
        "Argo CD's service account lacks the right to apply it",
        "Grant that right in the cluster to the service account that the quoted message names.",
    ),
    _Cause(
        "immutable-field",
        "A field that cannot be changed was changed",
        re.compile(r"field is immutable|is immutable|may not be changed|cannot be changed|Forbidden: updates to"),
        "Git changes a field that cannot be changed in place",
        "Take the change back in Git, or have it made anew: sync with force and replace (it is down meanwhile).",
    ),
    _Cause(
        "field-conflict",
        "Another manager owns a field",
        re.compile(r"conflicts? with \"|Apply failed with \d+ conflict"),
        "another manager owns a field that Git sets",
        "Let one of them own the field: leave it out of Git, or take it from the other manager.",
    ),
    _Cause(
        "shared-resource",
        "Another application deploys the same resource",
        re.compile(r"is part of applications? |Shared resource found"),
        "another application deploys it, too",
        "Leave it to one of the applications.",
    ),
    _Cause(
        "rejected",
        "Kubernetes refuses a resource as it is written",
        re.compile(
            r"is invalid|Invalid value|Unsupported value|Required value|cannot be handled as|unknown field|"
            r"field not declared in schema|cannot unmarshal|strict decoding error|error validating data"
        ),
        "Kubernetes refuses it as it is written",
        "Correct the field that the quoted message names, in Git; validate_manifests finds such mistakes before.",
    ),
    _Cause(
        "sync-failed",
        "A sync fails for another reason",
        re.compile(r""),
        "it could not be applied",
        "The quoted message says why.",
    ),
)


def failed(evidence: Evidence) -> OperationState | None:
    """The last operation, if it failed and nothing made good for it since."""
    app, state = evidence.application, evidence.application.status.operation_state
    if state is None:
        return None
    retries = state.phase == "Running" and state.retry_count > 0
    if not (retries or (state.phase in _OVER and app.operation is None)):
        return None
    is_dry = state.operation.sync is not None and state.operation.sync.dry_run
    return None if is_dry or app.status.sync.status == "Synced" else state


def _results(state: OperationState) -> list[ResourceResult]:
    """Resources that could not be applied; a hook's failure is told apart."""
    every = state.sync_result.resources or [] if state.sync_result is not None else []
    return [one for one in every if one.status == "SyncFailed" and not one.hook_type]


def _classified(message: str) -> _Cause:
    return next(cause for cause in _CAUSES if cause.says.search(message))


def _find(wanted: str) -> Find:
    def find(evidence: Evidence) -> Iterator[Finding]:
        state = failed(evidence)
        if state is None:
            return
        results = _results(state)
        hits = [one for one in results if _classified(one.message).id == wanted]
        if hits:
            yield _finding(evidence, state, hits, next(cause for cause in _CAUSES if cause.id == wanted))
        is_hook = any(one.hook_type and one.hook_phase in _OVER for one in _all(state))
        if not results and not is_hook and (cause := _classified(state.message)).id == wanted and state.message:
            yield _of_operation(evidence, state, cause)

    return find


def _all(state: OperationState) -> list[ResourceResult]:
    return state.sync_result.resources or [] if state.sync_result is not None else []


def node_of(evidence: Evidence, result: ResourceResult) -> Node:
    """The resource that a result is about; the tree's, if it is there."""
    at = (result.group, result.kind, result.namespace, result.name)
    for place in (at, (result.group, result.kind, "", result.name)):
        if place in evidence.by_key:
            return evidence.by_key[place].node
    return Node(group=result.group, kind=result.kind, namespace=result.namespace, name=result.name)


def _revision(state: OperationState) -> str:
    result = state.sync_result
    return ", ".join(result.revisions or [result.revision]) if result is not None else ""


def _finding(evidence: Evidence, state: OperationState, hits: list[ResourceResult], cause: _Cause) -> Finding:
    every = [node_of(evidence, one) for one in hits]
    first = foremost(every)[0]
    ordered = sorted(hits, key=lambda one: (one.kind, one.name) != (first.kind, first.name))
    said = dict.fromkeys(f"{one.kind}/{one.name}: {one.message}" for one in ordered)
    return Finding(
        f"The sync failed at {name(first)}: {cause.what}.",
        "certain" if cause.id != "sync-failed" else "possible",
        first,
        len(hits) - 1,
        state.finished_at or state.started_at or "",
        _revision(state),
        tuple(Quote("result of the sync", one) for one in list(said)[:2]),
        cause.remedy,
        tuple(_next(evidence, cause, first)),
        tuple(every),
    )


def _of_operation(evidence: Evidence, state: OperationState, cause: _Cause) -> Finding:
    what = f": {cause.what}" if cause.id != "sync-failed" else ""
    return Finding(
        f"The last sync ended {state.phase}{what}.",
        "likely",
        since=state.finished_at or state.started_at or "",
        revision=_revision(state),
        evidence=(Quote("message of the sync", state.message),),
        remedy=cause.remedy,
        next=(of_application(evidence.application, "get_application", detail="full"),),
    )


def _next(evidence: Evidence, cause: _Cause, node: Node) -> Iterator[NextCall]:
    app = evidence.application
    yield of_resource(app, "get_application_manifest", node)
    if cause.id in ("missing-crd", "missing-namespace", "quota", "webhook", "permission"):
        yield of_application(app, "sync_application")
    if cause.id in ("immutable-field", "field-conflict"):
        yield of_application(app, "diff_application")


def _last_words(evidence: Evidence, node: Node) -> tuple[Quote, ...]:
    """What the pods of a hook said before they ended."""
    known = evidence.by_key.get(key(node))
    pods = [one for one in evidence.below(known) if one.node.kind == "Pod"] if known is not None else []
    return tuple(quote for pod in pods[:1] for one in containers(pod) for quote in last_words(pod, one.name))


@rule(
    "hook-failed", "A hook of the sync failed", told_by="the result of the sync, and the last lines of the hook's pod"
)
def hook_failed(evidence: Evidence) -> Iterator[Finding]:
    """Find hooks that ended badly; what their pods say is theirs."""
    state = failed(evidence)
    for result in _all(state) if state is not None else []:
        if not result.hook_type or result.hook_phase not in _OVER:
            continue
        node = node_of(evidence, result)
        known = evidence.by_key.get(key(node))
        below: list[Resource] = list(evidence.below(known)) if known is not None else []
        words = _last_words(evidence, node)
        yield Finding(
            f"The sync failed because its {result.hook_type} hook {name(node)} failed.",
            "certain",
            node,
            since=(state.finished_at or "") if state is not None else "",
            revision=_revision(state) if state is not None else "",
            evidence=(*words, Quote(f"result of hook {name(node)}", result.message)),
            remedy="Mend what the hook does, in Git, and sync again; its last words say what went wrong.",
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
    *(Rule(cause.id, cause.summary, "the result of the sync for each resource", _find(cause.id)) for cause in _CAUSES),
)
