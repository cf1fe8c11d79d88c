"""What several rules tell in the same way: where a resource is, what was said of it, what to call next. Pure."""

from collections.abc import Iterable, Sequence
from typing import Any

from argocd_gitops_mcp.argocd.models import Application
from argocd_gitops_mcp.argocd.resource_models import Event, Node
from argocd_gitops_mcp.insight.containers import Container
from argocd_gitops_mcp.insight.evidence import Evidence, Resource
from argocd_gitops_mcp.insight.finding import NextCall, Quote

_LAST_WORDS = 6


def name(node: Node) -> str:
    """`Kind/name`, as every answer names a resource."""
    return f"{node.kind}/{node.name}"


_FOREMOST = ("Deployment", "StatefulSet", "DaemonSet", "Rollout", "CronJob", "Job", "Pod")


def foremost(found: Sequence[Node]) -> list[Node]:
    """Workloads first: one that stands for the others should be what people know."""
    return sorted(found, key=lambda node: _FOREMOST.index(node.kind) if node.kind in _FOREMOST else len(_FOREMOST))


def when(event: Event) -> str:
    """The last time it was seen."""
    return event.last_timestamp or event.event_time or event.first_timestamp or ""


def began(events: Iterable[Event]) -> str:
    """The first time any of them was seen; empty where none says."""
    return min((one.first_timestamp or one.event_time or "" for one in events), default="")


def events(resource: Resource, *reasons: str) -> list[Event]:
    """Its events of these reasons, or all, newest first."""
    found = [one for one in resource.events if not reasons or one.reason in reasons]
    return sorted(found, key=when, reverse=True)


def quoted(resource: Resource, found: Sequence[Event], most: int = 1) -> list[Quote]:
    """Events as evidence, newest first, equal ones once."""
    said = {f"{one.reason}: {one.message}" + (f" (x{one.count})" if one.count > 1 else ""): None for one in found}
    return [Quote(f"event of {name(resource.node)}", text) for text in list(said)[:most]]


def container_quote(pod: Resource, container: Container, text: str) -> Quote:
    """What kubelet says of a container."""
    return Quote(f"status of {name(pod.node)}, container {container.name}", text)


def last_words(pod: Resource, container: str) -> list[Quote]:
    """The last lines of a container that ended: of the run before its restart, else of this one."""
    for log in sorted(pod.logs, key=lambda one: not one.previous):
        lines = [line for line in log.lines if line.strip()]
        if log.container == container and lines:
            source = f"log of {name(pod.node)}, container {container}" + (
                ", before its restart" if log.previous else ""
            )
            return [Quote(source, "\n".join(lines[-_LAST_WORDS:]))]
    return []


def revision_before(evidence: Evidence, moment: str) -> str:
    """The revision whose deployment was the last to begin by then."""
    entry = evidence.deployed_before(moment) if moment else None
    return ", ".join(one for one in entry.deployed() if one) if entry is not None else ""


def of_application(app: Application, operation: str, **more: Any) -> NextCall:
    """A call of an operation on the application."""
    return NextCall(operation, {"name": app.metadata.name, **_where(app), **more})


def of_resource(app: Application, operation: str, node: Node, **more: Any) -> NextCall:
    """A call of an operation on one of its resources."""
    about = {"resource_name": node.name, "resource_kind": node.kind}
    return NextCall(operation, {"application_name": app.metadata.name, **_where(app), **about, **more})


def of_resources(app: Application, operation: str, **more: Any) -> NextCall:
    """A call of an operation on all of its resources."""
    return NextCall(operation, {"application_name": app.metadata.name, **_where(app), **more})


def _where(app: Application) -> dict[str, str]:
    """Its namespace, where that is not Argo CD's own."""
    own = app.status.controller_namespace
    return {"app_namespace": app.metadata.namespace} if own and app.metadata.namespace != own else {}
