"""Application objects as small answers. Pure."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from msgspec import field

from argocd_gitops_mcp.argocd.models import Application, OperationState, ResourceStatus, Source
from argocd_gitops_mcp.views.redaction import masked_line, masked_text, masked_values
from argocd_gitops_mcp.views.text import revision
from argocd_gitops_mcp.views.view import Record

_USUAL_NAMESPACE = "argocd"
_BAD_HEALTH = ("Degraded", "Missing", "Unknown", "Progressing", "Suspended")
_SEVERITY = {status: rank for rank, status in enumerate(_BAD_HEALTH)}


class ApplicationView(Record):
    """What one asks first of an application; problems are spelled out, health is one word."""

    MORE = "get with detail=full shows more"

    name: str
    namespace: str = ""
    project: str = ""
    sync: str = ""
    revision: str = ""
    health: str = ""
    health_message: str = ""
    sources: list[str] = field(default_factory=list)
    destination: str = ""
    sync_policy: str = ""
    operation: str = ""
    deleting: str = ""
    resources: str = ""
    problems: list[str] = field(default_factory=list)
    conditions: list[str] = field(default_factory=list)
    note: str = ""


class FullApplicationView(ApplicationView):
    """The same with what detail="full" adds."""

    MORE = (
        "get_managed_resources and get_resource_tree show the resources, history the deployments, "
        "get_application_parameters what shapes the manifests"
    )

    images: list[str] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=dict)
    annotations: dict[str, str] = field(default_factory=dict)
    finalizers: list[str] = field(default_factory=list)
    spec: dict[str, Any] = field(default_factory=dict)
    resource_list: list[str] = field(default_factory=list)
    history: list[str] = field(default_factory=list)
    reconciled_at: str = ""


def application(app: Application) -> ApplicationView:
    """The short answer: about 100 tokens for a healthy application."""
    return ApplicationView(**_common(app))


def full_application(app: Application, spec: dict[str, Any]) -> FullApplicationView:
    """The long answer; `spec` is the application's own, whole."""
    status = app.status
    return FullApplicationView(
        **_common(app),
        images=status.summary.images or [],
        labels=app.metadata.labels or {},
        annotations=app.metadata.annotations or {},
        finalizers=app.metadata.finalizers or [],
        spec=masked_values(spec),
        resource_list=[_resource_line(resource) for resource in status.resources or []],
        history=[
            f"id {entry.id} {_revisions(entry.revision, entry.revisions)} deployed {entry.deployed_at}"
            for entry in reversed(status.history or [])
        ],
        reconciled_at=status.reconciled_at or "",
    )


def _common(app: Application) -> dict[str, Any]:
    status = app.status
    cannot_compare = status.sync.status == "Unknown"
    return {
        "name": app.metadata.name,
        "namespace": app.metadata.namespace if app.metadata.namespace != _USUAL_NAMESPACE else "",
        "project": app.spec.project,
        "sync": status.sync.status or "not compared yet",
        "revision": _revisions(status.sync.revision, status.sync.revisions),
        "health": status.health.status or "not assessed yet",
        "health_message": masked_text(status.health.message or ""),
        "sources": [source(one) for one in app.sources()],
        "destination": destination(app),
        "sync_policy": sync_policy(app),
        "operation": operation(app),
        "deleting": app.metadata.deletion_timestamp or "",
        "resources": _counts(status.resources or []),
        "problems": problems(status.resources or []),
        "conditions": [f"{one.type}: {masked_text(one.message, 600)}" for one in status.conditions or []],
        # Argo CD keeps the last known health, mostly Healthy, when manifests cannot be rendered.
        "note": "The manifests cannot be compared, so health says nothing about the wanted state; see conditions."
        if cannot_compare
        else "",
    }


def source(one: Source) -> str:
    """`URL path-or-chart @ revision`, with what else shapes it named."""
    parts = [one.repo_url, one.path or one.chart, f"@ {one.target_revision or 'HEAD'}"]
    shaped = [
        name
        for name, value in (
            ("helm", one.helm),
            ("kustomize", one.kustomize),
            ("directory", one.directory),
            ("plugin", one.plugin),
        )
        if value
    ]
    parts += [f"ref={one.ref}"] if one.ref else []
    parts += [f"({', '.join(shaped)} settings)"] if shaped else []
    return " ".join(part for part in parts if part)


def destination(app: Application) -> str:
    """`cluster/namespace`; Argo CD's own cluster under its well-known name."""
    to = app.spec.destination
    cluster = to.name or ("in-cluster" if to.server == "https://kubernetes.default.svc" else to.server)
    return f"{cluster}/{to.namespace}" if to.namespace else cluster


def sync_policy(app: Application) -> str:
    """Automated with its switches, or Manual."""
    policy = app.spec.sync_policy
    automated = policy.automated if policy is not None else None
    if automated is None or automated.enabled is False:
        return "Manual"
    switches = [name for name, on in (("prune", automated.prune), ("selfHeal", automated.self_heal)) if on]
    return f"Automated({', '.join(switches)})" if switches else "Automated"


def operation(app: Application) -> str:
    """What runs now, or how the last operation ended."""
    state = app.status.operation_state
    if app.operation is not None and state is None:
        return "sync requested"
    if state is None:
        return ""
    if app.operation is None and state.phase == "Succeeded" and not state.operation.sync:
        return f"Succeeded {state.finished_at}"
    return operation_line(state, running=app.operation is not None)


def operation_line(state: OperationState, *, running: bool) -> str:
    """One operation in a line; the message only where it says more than success."""
    dry = "dry-run " if state.operation.sync and state.operation.sync.dry_run else ""
    when = f"since {state.started_at}" if running else f"at {state.finished_at}"
    message = "" if state.phase == "Succeeded" else f": {masked_line(state.message, 600)}"
    return f"{dry}sync {state.phase} {when}{message}"


def _revisions(one: str, many: list[str] | None) -> str:
    return ", ".join(revision(each) for each in many) if many else revision(one)


def _counts(resources: Sequence[ResourceStatus]) -> str:
    managed = [one for one in resources if not one.hook]
    if not managed:
        return ""
    states = Counter(one.status or "Unknown" for one in managed)
    return f"{len(managed)}: " + ", ".join(f"{count} {state}" for state, count in sorted(states.items()))


def problems(resources: Sequence[ResourceStatus]) -> list[str]:
    """Every resource that is not as wanted, worst first."""
    bad = [one for one in resources if _is_problem(one)]
    return [_resource_line(one) for one in sorted(bad, key=_severity)]


def _is_problem(one: ResourceStatus) -> bool:
    unhealthy = one.health is not None and one.health.status not in ("", "Healthy")
    return unhealthy or one.prunable or (one.status not in ("Synced", "") and not one.hook)


def _severity(one: ResourceStatus) -> tuple[int, str, str]:
    return (_SEVERITY.get(one.health.status if one.health else "", 9), one.kind, one.name)


def _resource_line(one: ResourceStatus) -> str:
    facts = [one.status] if one.status else []
    facts += [one.health.status] if one.health and one.health.status else []
    facts += ["hook"] if one.hook else []
    facts += ["to be pruned"] if one.prunable else []
    message = f": {masked_line(one.health.message, 300)}" if one.health and one.health.message else ""
    return f"{one.kind}/{one.name} {' '.join(facts)}{message}"
