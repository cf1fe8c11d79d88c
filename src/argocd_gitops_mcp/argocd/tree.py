"""Finding one resource in an application's tree by what the caller knows of it. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from argocd_gitops_mcp.argocd.resource_models import Node, ResourceTree
from argocd_gitops_mcp.errors import AmbiguousResource, UnknownResource
from argocd_gitops_mcp.names import nearest

_CANDIDATES = 8


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the caller said of a resource; None means not said."""

    name: str
    kind: str | None = None
    namespace: str | None = None
    group: str | None = None
    version: str | None = None
    uid: str | None = None

    def fits(self, node: Node) -> bool:
        """Whether a node is meant; the kind's case is forgiven."""
        return (
            node.name == self.name
            and (self.kind is None or node.kind.lower() == self.kind.lower())
            and self.namespace in (None, node.namespace)
            and self.group in (None, node.group)
            and self.version in (None, node.version)
            and self.uid in (None, node.uid)
        )

    def __str__(self) -> str:
        where = f" in namespace {self.namespace!r}" if self.namespace else ""
        return f"{self.kind or 'resource'} {self.name!r}{where}"


def nodes(tree: ResourceTree) -> list[Node]:
    """Every node, orphaned ones too: Argo CD counts those as part of the application."""
    return [*(tree.nodes or []), *(tree.orphaned_nodes or [])]


def find(tree: ResourceTree, wanted: Wanted, application: str, *, with_pods: bool = False) -> Node:
    """The one node that fits; `with_pods` prefers, among several, those that own pods.

    Raises:
        UnknownResource: none fits; names the nearest that are there.
        AmbiguousResource: several fit; names them.
    """
    found = [node for node in nodes(tree) if wanted.fits(node)]
    if with_pods and len(found) > 1:
        found = [node for node in found if pods(descendants(tree, node))] or found
    if len(found) == 1:
        return found[0]
    if found:
        raise AmbiguousResource(
            f"{len(found)} resources of application {application!r} fit {wanted}: {_names(found)}.",
            hint="Give resource_kind, resource_namespace or resource_group as well.",
        )
    everything = nodes(tree)
    if not everything:
        raise UnknownResource(
            f"Application {application!r} has no resources in its tree.",
            hint="It may be not synced yet, or its manifests cannot be rendered: get the application.",
        )
    close = set(nearest(wanted.name, {node.name for node in everything}))
    likely = [node for node in everything if node.name in close] or _of_kind(everything, wanted)
    raise UnknownResource(f"{wanted} is not part of application {application!r}. Nearest there: {_names(likely)}.")


def _of_kind(everything: Sequence[Node], wanted: Wanted) -> list[Node]:
    same = [node for node in everything if wanted.kind and node.kind.lower() == wanted.kind.lower()]
    return same or list(everything)


def _names(found: Sequence[Node]) -> str:
    shown = ", ".join(f"{node.kind}/{node.name} ({node.namespace or 'cluster-scoped'})" for node in found[:_CANDIDATES])
    return shown + (f" and {len(found) - _CANDIDATES} more" if len(found) > _CANDIDATES else "")


Key = tuple[str, str, str, str]


class Named(Protocol):
    """A resource, however much of it is known: a node, a reference, a row of a status or of a sync's result."""

    group: str
    kind: str
    namespace: str
    name: str


def key(one: Named) -> Key:
    """What tells two resources apart; not the uid, which missing ones lack."""
    return (one.group, one.kind, one.namespace, one.name)


def children(tree: ResourceTree) -> dict[Key, list[Node]]:
    """Nodes by each of their parents."""
    by_parent: dict[Key, list[Node]] = defaultdict(list)
    for node in nodes(tree):
        for parent in node.parent_refs or []:
            by_parent[(parent.group, parent.kind, parent.namespace, parent.name)].append(node)
    return by_parent


def descendants(tree: ResourceTree, root: Node) -> Iterator[Node]:
    """The root and everything below it, each once."""
    by_parent = children(tree)
    seen: set[Key] = set()
    waiting = [root]
    while waiting:
        node = waiting.pop(0)
        if key(node) in seen:
            continue
        seen.add(key(node))
        yield node
        waiting.extend(by_parent.get(key(node), []))


def pods(found: Iterable[Node]) -> list[Node]:
    """The pods among them, by name."""
    return sorted((node for node in found if node.kind == "Pod" and not node.group), key=lambda node: node.name)
