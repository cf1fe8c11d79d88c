"""The resource tree as lines, indented by ownership; of a large one what is healthy is counted. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from argocd_gitops_mcp.argocd.models import Application
from argocd_gitops_mcp.argocd.resource_models import Node, ResourceTree
from argocd_gitops_mcp.argocd.tree import Key, children, key, nodes
from argocd_gitops_mcp.views.redaction import masked_line, masked_text
from argocd_gitops_mcp.views.view import Lines

WHOLE = 40
"""So many resources are shown one by one."""
_ALIKE = 3
"""So many siblings in the same state are shown; the others are counted."""
_WELL = ("", "Healthy", "Suspended")
_POD_FACTS = {"Status Reason": "", "Containers": "ready=", "Restart Count": "restarts="}


def tree(app: Application, found: ResourceTree, shown: Sequence[Node] | None = None, *, whole: bool = False) -> Lines:
    """The tree.

    Args:
        app: the application.
        found: its resources.
        shown: limits it to those nodes.
        whole: every resource in a line of its own, however many.
    """
    everything = nodes(found)
    counts = Counter(node.health.status for node in everything if node.health and node.health.status)
    head = [
        f"{app.metadata.name}: {len(everything)} resources"
        + (f" ({', '.join(f'{count} {status}' for status, count in counts.most_common())})" if counts else "")
        + f"; sync {app.status.sync.status or 'not compared yet'}"
        + f", health {app.status.health.status or 'not assessed yet'}"
    ]
    if not everything:
        head.append(why_empty(app))
        return Lines(head=head)
    drawn = _Drawing(app, found, shown)
    collapsed = not whole and drawn.count > WHOLE
    if collapsed:
        head.append("[what is healthy is counted; detail=full shows each, resource_name its part]")
    return Lines(
        head=head,
        lines=list(drawn.lines(collapsed=collapsed)),
        more="name a resource (resource_name, resource_kind) to see its part",
        unit="lines" if collapsed else "resources",
    )


def why_empty(app: Application) -> str:
    """Why an application has no resources, as its conditions tell."""
    conditions = [f"{one.type}: {masked_text(one.message, 600)}" for one in app.status.conditions or []]
    return "The tree is empty: " + (
        "; ".join(conditions) if conditions else "nothing is deployed and nothing is rendered yet."
    )


class _Drawing:
    """One tree on its way to lines: each node once, below the first of its owners."""

    def __init__(self, app: Application, found: ResourceTree, shown: Sequence[Node] | None) -> None:
        self._namespace = app.spec.destination.namespace
        self._orphaned = {key(node) for node in found.orphaned_nodes or []}
        wanted = {key(node) for node in shown} if shown is not None else None
        kept = [node for node in nodes(found) if wanted is None or key(node) in wanted]
        self.count = len(kept)
        self._below: dict[Key, list[Node]] = {}
        self._roots = list(self._planted(found, kept))
        self._well: dict[Key, bool] = {}

    def _planted(self, found: ResourceTree, kept: Sequence[Node]) -> Iterator[Node]:
        """The roots; fills in what stands below each node."""
        by_parent, there, placed = children(found), {key(node) for node in kept}, set[Key]()

        def place(node: Node) -> None:
            waiting = [node]
            while waiting:
                at = waiting.pop()
                placed.add(key(at))
                below = {key(one): one for one in by_parent.get(key(at), []) if key(one) in there - placed}
                placed.update(below)
                self._below[key(at)] = list(below.values())
                waiting += below.values()

        def is_root(node: Node) -> bool:
            refs = node.parent_refs or []
            return not any(key(ref) in there for ref in refs)

        # What is owned in a circle has no root; it is shown all the same.
        for node in sorted(kept, key=lambda one: (not is_root(one), one.kind, one.name)):
            if key(node) not in placed:
                place(node)
                yield node

    def lines(self, *, collapsed: bool) -> Iterator[str]:
        """From the roots on."""
        yield from self._siblings(self._roots, 0, collapsed=collapsed)

    def _siblings(self, siblings: Iterable[Node], depth: int, *, collapsed: bool) -> Iterator[str]:
        ordered = sorted(siblings, key=lambda one: (one.kind, one.name))
        bad = [node for node in ordered if not collapsed or not self._is_well(node)]
        alike: dict[str, list[Node]] = {}
        for node in bad:
            same = alike.setdefault(self._state(node), [])
            same.append(node)
            if collapsed and len(same) > _ALIKE:
                continue
            yield "  " * depth + f"{node.kind}/{node.name}{self._facts(node)}"
            yield from self._siblings(self._below[key(node)], depth + 1, collapsed=collapsed)
        if not collapsed:
            return
        for state, same in alike.items():
            if more := same[_ALIKE:]:
                yield "  " * depth + f"and {len(more)} more {state}{self._more(more)}"
        if well := [node for node in ordered if self._is_well(node)]:
            kinds = ", ".join(f"{count} {kind}" for kind, count in Counter(one.kind for one in well).most_common())
            yield "  " * depth + f"healthy: {kinds}{self._more(well)}"

    def _more(self, counted: Sequence[Node]) -> str:
        below = sum(self._size(node) for node in counted) - len(counted)
        return f" (with {below} more below them)" if below else ""

    def _is_well(self, node: Node) -> bool:
        """Whether nothing is wrong with it and with what it owns."""
        at = key(node)
        if at not in self._well:
            health = node.health.status if node.health else ""
            itself = health in _WELL and bool(node.uid) and at not in self._orphaned
            self._well[at] = itself and all(self._is_well(one) for one in self._below[at])
        return self._well[at]

    def _size(self, node: Node) -> int:
        return 1 + sum(self._size(one) for one in self._below[key(node)])

    def _state(self, node: Node) -> str:
        """What siblings have in common that fail in the same way."""
        info = {one.name: one.value for one in node.info or []}
        health = node.health.status if node.health else ""
        return " ".join(filter(None, [node.kind, health, info.get("Status Reason", ""), *self._place(node)]))

    def _place(self, node: Node) -> list[str]:
        return ([] if node.uid else ["not in the cluster"]) + (["orphaned"] if key(node) in self._orphaned else [])

    def _facts(self, node: Node) -> str:
        info = {one.name: one.value for one in node.info or []}
        facts = [node.health.status] if node.health and node.health.status else []
        facts += [f"{label}{info[name]}" for name, label in _POD_FACTS.items() if name in info]
        facts += [f"ns={node.namespace}"] if node.namespace not in ("", self._namespace) else []
        facts += self._place(node)
        message = f": {masked_line(node.health.message, 300)}" if node.health and node.health.message else ""
        return "".join(f" {fact}" for fact in facts) + message
