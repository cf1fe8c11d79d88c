"""The resources of one application as lines: tree, managed resources, events, actions. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from argocd_gitops_mcp.argocd.models import Application, ResourceStatus
from argocd_gitops_mcp.argocd.resource_models import Action, Event, ManagedResource, Node, ResourceTree
from argocd_gitops_mcp.argocd.tree import Key, children, key, nodes
from argocd_gitops_mcp.views.text import clean, line
from argocd_gitops_mcp.views.view import Lines, table

_POD_FACTS = {"Status Reason": "", "Containers": "ready=", "Restart Count": "restarts="}


def tree(app: Application, found: ResourceTree, shown: Sequence[Node] | None = None) -> Lines:
    """The tree, indented by ownership; `shown` limits it to those nodes and what stands above them."""
    everything = nodes(found)
    counts = Counter(node.health.status for node in everything if node.health and node.health.status)
    head = [
        f"{app.metadata.name}: {len(everything)} resources"
        + (f" ({', '.join(f'{count} {status}' for status, count in counts.most_common())})" if counts else "")
        + f"; sync {app.status.sync.status or 'not compared yet'}"
        + f", health {app.status.health.status or 'not assessed yet'}"
    ]
    if not everything:
        head.append(_why_empty(app))
        return Lines(head=head)
    wanted = {key(node) for node in shown} if shown is not None else None
    orphaned = {key(node) for node in found.orphaned_nodes or []}
    namespace = app.spec.destination.namespace
    lines = [
        "  " * depth + _node(node, namespace, orphaned=key(node) in orphaned)
        for depth, node in _walk(found)
        if wanted is None or key(node) in wanted
    ]
    return Lines(
        head=head, lines=lines, more="name a resource (resource_name, resource_kind) to see its part", unit="resources"
    )


def _why_empty(app: Application) -> str:
    conditions = [f"{one.type}: {clean(one.message, 600)}" for one in app.status.conditions or []]
    return "The tree is empty: " + (
        "; ".join(conditions) if conditions else "nothing is deployed and nothing is rendered yet."
    )


def _walk(found: ResourceTree) -> Iterator[tuple[int, Node]]:
    by_parent = children(found)
    present = {key(node) for node in nodes(found)}
    seen: set[Key] = set()

    def below(node: Node, depth: int) -> Iterator[tuple[int, Node]]:
        if key(node) in seen:
            return
        seen.add(key(node))
        yield depth, node
        for child in sorted(by_parent.get(key(node), []), key=lambda one: (one.kind, one.name)):
            yield from below(child, depth + 1)

    def is_root(node: Node) -> bool:
        return not any((ref.group, ref.kind, ref.namespace, ref.name) in present for ref in node.parent_refs or [])

    for node in sorted(nodes(found), key=lambda one: (not is_root(one), one.kind, one.name)):
        yield from below(node, 0)


def _node(node: Node, namespace: str, *, orphaned: bool) -> str:
    info = {one.name: one.value for one in node.info or []}
    facts = [node.health.status] if node.health and node.health.status else []
    facts += [f"{label}{info[name]}" for name, label in _POD_FACTS.items() if name in info]
    facts += [f"ns={node.namespace}"] if node.namespace not in ("", namespace) else []
    facts += ["not in the cluster"] if not node.uid else []
    facts += ["orphaned"] if orphaned else []
    message = f": {line(node.health.message, 300)}" if node.health and node.health.message else ""
    return " ".join([f"{node.kind}/{node.name}", *facts]) + message


def managed(app: Application, found: Sequence[ManagedResource], states: Mapping[str, str]) -> Lines:
    """One row a resource with what the controller found; `states` adds manifests under their headings."""
    status = {_id(one): one for one in app.status.resources or []}
    rows = [_managed_row(one, status.get(_id(one))) for one in sorted(found, key=lambda one: (one.kind, one.name))]
    hooks = [one for one in app.status.resources or [] if one.hook]
    head = [f"{app.metadata.name}: {len(found)} managed resources, sync {app.status.sync.status or 'not compared yet'}"]
    if not found:
        return Lines(head=[*head, _why_empty(app)])
    if hooks:
        head.append("hooks (not compared): " + ", ".join(f"{one.kind}/{one.name}" for one in hooks))
    columns, *cells = table(("KIND/NAME", "GROUP", "NAMESPACE", "SYNC", "HEALTH", "DIFFERENCE"), rows)
    lines = [*cells, *(part for heading, text in states.items() for part in (f"--- {heading}", *text.split("\n")))]
    return Lines(
        head=[*head, columns], lines=lines, more="name a resource (resource_name, resource_kind)", unit="lines"
    )


def _id(one: ManagedResource | ResourceStatus) -> Key:
    return (one.group, one.kind, one.namespace, one.name)


def _managed_row(one: ManagedResource, status: ResourceStatus | None) -> tuple[str, ...]:
    sync = status.status if status is not None else ""
    health = status.health.status if status is not None and status.health else ""
    if status is not None and status.prunable:
        difference = "in the cluster only: to be pruned"
    elif one.modified and health == "Missing":
        difference = "in Git only: to be created"
    elif one.modified:
        difference = "modified"
    else:
        difference = ""
    return (f"{one.kind}/{one.name}", one.group, one.namespace, sync, health, difference)


def events(about: str, found: Sequence[Event], limit: int) -> Lines:
    """Newest first, each in a line."""
    ordered = sorted(found, key=_when, reverse=True)
    head = [f"{len(ordered)} events of {about}" + ("" if ordered else " (Kubernetes keeps events for about an hour)")]
    if len(ordered) > limit:
        head.append(f"[the newest {limit} shown; raise limit]")
    return Lines(head=head, lines=[_event(one) for one in ordered[:limit]], more="lower limit", unit="events")


def _when(event: Event) -> str:
    return event.last_timestamp or event.event_time or event.first_timestamp or ""


def _event(event: Event) -> str:
    count = f" x{event.count}" if event.count > 1 else ""
    return f"{_when(event)} {event.type} {event.reason}{count}: {line(event.message, 600)}"


def actions(about: str, found: Sequence[Action]) -> Lines:
    """Each action with its parameters."""
    head = f"{len(found)} actions on {about}" if found else f"Argo CD offers no action on {about}"
    return Lines(head=[head], lines=[_action(one) for one in sorted(found, key=lambda one: one.name)], unit="actions")


def _action(action: Action) -> str:
    parameters = ", ".join(parameter.name for parameter in action.params or [])
    return action.name + (f"({parameters})" if parameters else "") + (" disabled at present" if action.disabled else "")
