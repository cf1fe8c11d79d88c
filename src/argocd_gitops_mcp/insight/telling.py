"""What several rules tell in the same way: where a resource is, what was said of it, what to call next. Pure."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from argocd_gitops_mcp.argocd.models import Application
from argocd_gitops_mcp.argocd.resource_models import Event, Node
from argocd_gitops_mcp.insight.containers import Container
from argocd_gitops_mcp.insight.evidence import Evidence, Resource
from argocd_gitops_mcp.insight.finding import NextCall, Quote

# Whatever may be part of a sentence of ours: names, images, paths. Some kinds may have names with spaces.
_ODD = re.compile(r"[^\w.:/@+=?&,-]")
_PLAIN = 200


def plain(text: str) -> str:
    """A name, an image, a path as it is; nothing of what could be read as words of ours."""
    return text if len(text) <= _PLAIN and not _ODD.search(text) else ""


def name(node: Node) -> str:
    """`Kind/name`, as every answer names a resource."""
    return f"{node.kind}/{_ODD.sub('?', node.name)}"


_FOREMOST = ("Deployment", "StatefulSet", "DaemonSet", "Rollout", "CronJob", "Job", "Pod")


def foremost(found: Sequence[Node]) -> list[Node]:
    """Workloads first: one that stands for the others should be what people know."""
    return sorted(found, key=lambda node: _FOREMOST.index(node.kind) if node.kind in _FOREMOST else len(_FOREMOST))


def began(events: Iterable[Event]) -> str:
    """The first time any of them was seen; empty where none says."""
    return min((one.first_timestamp or one.event_time or "" for one in events), default="")


def events(resource: Resource, *reasons: str) -> list[Event]:
    """Its events of these reasons, or all, newest first."""
    found = [one for one in resource.events if not reasons or one.reason in reasons]
    return sorted(found, key=lambda event: event.seen_at, reverse=True)


def quoted(resource: Resource, found: Sequence[Event], most: int = 1) -> list[Quote]:
    """Events as evidence, newest first, equal ones once."""
    said = {f"{one.reason}: {one.message}" + (f" (x{one.count})" if one.count > 1 else ""): None for one in found}
    return [Quote(f"event of {name(resource.node)}", text) for text in list(said)[:most]]


def container_quote(pod: Resource, container: Container, text: str) -> Quote:
    """What kubelet says of a container."""
    return Quote(f"status of {name(pod.node)}, container {container.name}", text)


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
    if node.namespace and node.namespace != app.spec.destination.namespace:
        about["resource_namespace"] = node.namespace
    return NextCall(operation, {"application_name": app.metadata.name, **_where(app), **about, **more})


def declaration(evidence: Evidence, resource: Resource) -> NextCall:
    """A call that shows what is to be mended: the manifest in Git, or the live one of what Git does not declare."""
    known = resource.status
    is_of_git = known is not None and bool(known.status) and not known.hook and not known.requires_pruning
    operation = "get_application_manifest" if is_of_git else "get_resource"
    return of_resource(evidence.application, operation, resource.node)


def of_resources(app: Application, operation: str, **more: Any) -> NextCall:
    """A call of an operation on all of its resources."""
    return NextCall(operation, {"application_name": app.metadata.name, **_where(app), **more})


def _where(app: Application) -> dict[str, str]:
    """Its namespace, where that is not Argo CD's own."""
    own = app.status.controller_namespace
    return {"app_namespace": app.metadata.namespace} if own and app.metadata.namespace != own else {}
