"""Calls on the resources of one application: tree, states, logs, events, actions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from argocd_gitops_mcp.argocd.call import Call, body, path, query
from argocd_gitops_mcp.argocd.models import Empty
from argocd_gitops_mcp.argocd.resource_models import (
    Actions,
    Events,
    LiveResource,
    LogLine,
    ManagedResources,
    Node,
    ResourceTree,
)
from argocd_gitops_mcp.effects import Effect


@dataclass(frozen=True, slots=True)
class Owner:
    """The application a resource belongs to."""

    name: str
    project: str | None = None
    app_namespace: str | None = None

    @property
    def about(self) -> str:
        """For errors."""
        return f"application {self.name!r}"

    @property
    def body(self) -> dict[str, str | None]:
        """The owner's own fields of a body; a POST does not look for them in the query."""
        return {"appNamespace": self.app_namespace, "project": self.project}

    def query(self, **more: str | bool | int | list[str] | None) -> tuple[tuple[str, str], ...]:
        """Query parameters with the owner's own."""
        return query(**more, project=self.project, appNamespace=self.app_namespace)


def describe(node: Node) -> str:
    """A resource in words, for errors and headings."""
    return f"{node.kind}/{node.name}"


def _identity(node: Node) -> dict[str, str | bool | int | list[str] | None]:
    return {
        "resourceName": node.name,
        "kind": node.kind,
        "version": node.version,
        "group": node.group,
        "namespace": node.namespace,
    }


def tree(owner: Owner) -> Call[ResourceTree]:
    """Every resource with its parents; not yet created ones have no uid."""
    return Call(
        "GET",
        path("applications", owner.name, "resource-tree"),
        ResourceTree,
        owner.about,
        query=owner.query(),
        hides_missing=True,
    )


def managed(owner: Owner, *, states: Sequence[str] = (), node: Node | None = None) -> Call[ManagedResources]:
    """What is compared; `states` (targetState, ...: 99 % of the bytes) only those named, best for one resource."""
    wanted = ["group", "kind", "namespace", "name", "modified", "hook", "resourceVersion", *states]
    filters = (
        {"group": node.group, "kind": node.kind, "namespace": node.namespace, "name": node.name}
        if node is not None
        else {}
    )
    return Call(
        "GET",
        path("applications", owner.name, "managed-resources"),
        ManagedResources,
        owner.about,
        query=owner.query(fields=",".join(f"items.{field}" for field in wanted), **filters),
        hides_missing=True,
    )


def live(owner: Owner, node: Node) -> Call[LiveResource]:
    """The live object."""
    return Call(
        "GET",
        path("applications", owner.name, "resource"),
        LiveResource,
        f"{describe(node)} of {owner.about}",
        query=owner.query(**_identity(node)),
        hides_missing=True,
    )


def events(owner: Owner, node: Node | None = None) -> Call[Events]:
    """Events of one resource (which needs its uid), or of the Application object."""
    which = (
        {}
        if node is None
        else {"resourceName": node.name, "resourceNamespace": node.namespace, "resourceUID": node.uid}
    )
    return Call(
        "GET",
        path("applications", owner.name, "events"),
        Events,
        owner.about,
        query=owner.query(**which),
        hides_missing=True,
    )


def actions(owner: Owner, node: Node) -> Call[Actions]:
    """The actions Argo CD offers on a resource, in random order."""
    return Call(
        "GET",
        path("applications", owner.name, "resource", "actions"),
        Actions,
        f"{describe(node)} of {owner.about}",
        query=owner.query(**_identity(node)),
        hides_missing=True,
    )


def run_action(owner: Owner, node: Node, action: str, parameters: Mapping[str, str]) -> Call[Empty]:
    """Run an action (Argo CD 3.1 and later). It answers `{}` whatever happened."""
    return Call(
        "POST",
        path("applications", owner.name, "resource", "actions", "v2"),
        Empty,
        f"action {action!r} on {describe(node)} of {owner.about}",
        effect=Effect.WRITE,
        body=body(
            **_identity(node),
            action=action,
            resourceActionParameters=[{"name": name, "value": value} for name, value in parameters.items()],
            **owner.body,
        ),
        hides_missing=True,
    )


def patch(owner: Owner, node: Node, change: str, patch_type: str) -> Call[LiveResource]:
    """Patch the live object; the body is the patch as a JSON string. Answers the new object, Secrets masked."""
    return Call(
        "POST",
        path("applications", owner.name, "resource"),
        LiveResource,
        f"{describe(node)} of {owner.about}",
        effect=Effect.WRITE,
        query=owner.query(**_identity(node), patchType=f"application/{patch_type}-patch+json"),
        body=change,
        hides_missing=True,
    )


def delete(owner: Owner, node: Node, *, force: bool = False, orphan: bool = False) -> Call[Empty]:
    """Delete the live object, and what it owns unless `orphan`; `force` does not wait for a graceful end."""
    return Call(
        "DELETE",
        path("applications", owner.name, "resource"),
        Empty,
        f"{describe(node)} of {owner.about}",
        effect=Effect.DESTRUCTIVE,
        query=owner.query(**_identity(node), force=force or None, orphan=orphan or None),
        hides_missing=True,
    )


def logs(
    owner: Owner,
    pod: Node,
    container: str,
    *,
    tail_lines: int,
    since_seconds: int | None = None,
    previous: bool = False,
    follow: bool = False,
) -> Call[LogLine]:
    """One container's lines, as a stream, which `follow` leaves open for those to come.

    `filter` is not sent: Argo CD applies it after the tail. `sinceTime` is refused, whatever the swagger says.
    """
    return Call(
        "GET",
        path("applications", owner.name, "logs"),
        LogLine,
        f"the logs of {describe(pod)} of {owner.about}",
        query=owner.query(
            podName=pod.name,
            namespace=pod.namespace,
            container=container,
            tailLines=tail_lines,
            sinceSeconds=since_seconds,
            previous=previous or None,
            follow=follow or None,
        ),
        hides_missing=True,
    )
