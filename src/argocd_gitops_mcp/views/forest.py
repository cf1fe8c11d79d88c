"""Resources below what owns them, each once, with what is not well, and in how many different ways. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import zip_longest

from argocd_gitops_mcp.argocd.resource_models import Node, ResourceTree
from argocd_gitops_mcp.argocd.tree import Key, children, key, nodes
from argocd_gitops_mcp.views.text import line

_WELL = ("", "Healthy", "Suspended")
_WORST = ("Degraded", "Missing", "Unknown", "", "Progressing")
"""Healths, the worst first; any other counts as the empty one."""
_ABSENT = len(_WORST)
_ORPHANED = len(_WORST) + 1
FINE = len(_WORST) + 2
"""Rank of what nothing is wrong with."""
_ALIKE = 3
"""So many that fail in the same way are shown; the others are counted."""
_REASON = 60

Path = Sequence[Key]
"""From a root to a resource that is not well, while all below that is."""


class Forest:
    """The resources of an application, each below the first of its owners.

    Args:
        found: all resources.
        shown: limits it to those.

    `roots` and what is `below` each have the worst first.
    """

    def __init__(self, found: ResourceTree, shown: Sequence[Node] | None = None) -> None:
        self.orphaned = {key(node) for node in found.orphaned_nodes or []}
        wanted = {key(node) for node in shown} if shown is not None else None
        kept = [node for node in nodes(found) if wanted is None or key(node) in wanted]
        self.count = len(kept)
        self.below: dict[Key, list[Node]] = {}
        self._above: dict[Key, Node] = {}
        self._order: list[Node] = []
        self.roots = list(self._planted(found, kept))
        self.size: dict[Key, int] = {}
        self._worst: dict[Key, int] = {}
        self._states: dict[Key, str] = {}
        for node in reversed(self._order):  # what is owned before its owners
            at, owned = key(node), self.below[key(node)]
            owned.sort(key=self._by_rank)
            self.size[at] = 1 + sum(self.size[key(one)] for one in owned)
            self._worst[at] = min([self._own_rank(node), *(self._worst[key(one)] for one in owned)])
        self.roots.sort(key=self._by_rank)

    def _planted(self, found: ResourceTree, kept: Sequence[Node]) -> Iterator[Node]:
        """The roots; fills in what stands below each node."""
        by_parent, there, placed = children(found), {key(node) for node in kept}, set[Key]()

        def place(node: Node) -> None:
            waiting = [node]
            while waiting:
                at = waiting.pop()
                self._order.append(at)
                placed.add(key(at))
                below = {key(one): one for one in by_parent.get(key(at), []) if key(one) in there - placed}
                placed.update(below)
                self.below[key(at)] = list(below.values())
                self._above |= dict.fromkeys(below, at)
                waiting += below.values()

        def is_root(node: Node) -> bool:
            refs = node.parent_refs or []
            return not any(key(ref) in there for ref in refs)

        # What is owned in a circle has no root; it is shown all the same.
        for node in sorted(kept, key=lambda one: (not is_root(one), one.kind, one.name)):
            if key(node) not in placed:
                place(node)
                yield node

    def _own_rank(self, node: Node) -> int:
        health = node.health.status if node.health else ""
        if health not in _WELL:
            return _WORST.index(health if health in _WORST else "")
        if not node.uid:
            return _ABSENT
        return _ORPHANED if key(node) in self.orphaned else FINE

    def _by_rank(self, node: Node) -> tuple[int, str, str]:
        return self._worst[key(node)], node.kind, node.name

    def rank(self, node: Node) -> int:
        """How bad the worst is of it and of what it owns; the smaller the worse."""
        return self._worst[key(node)]

    def state(self, node: Node) -> str:
        """What resources have in common that fail in the same way."""
        at = key(node)
        if at not in self._states:
            health = node.health.status if node.health else ""
            self._states[at] = " ".join(filter(None, [node.kind, health, reason(node), *self.place(node)]))
        return self._states[at]

    def place(self, node: Node) -> list[str]:
        """Where it is not, or should not be."""
        return ([] if node.uid else ["not in the cluster"]) + (["orphaned"] if key(node) in self.orphaned else [])

    def paths(self) -> tuple[list[Path], int]:
        """The ways to what is not well, and how many differ: first one of each kind of trouble, the worst first."""
        ends = [
            node
            for node in self._order
            if self.rank(node) < FINE and all(self.rank(one) == FINE for one in self.below[key(node)])
        ]
        beside: dict[tuple[Key | None, str], int] = defaultdict(int)
        found: dict[tuple[int, str], list[tuple[int, str, Path]]] = defaultdict(list)
        for node in sorted(ends, key=lambda one: (one.kind, one.name)):
            path = self._path(node)
            parent = key(path[-2]) if len(path) > 1 else None
            state = self.state(node)
            way = (self.rank(node), " < ".join([state, *(self.state(one) for one in path[-2::-1])]))
            found[way].append((beside[parent, state], node.name, [key(one) for one in path]))
            beside[parent, state] += 1
        # Of several that fail alike, those of different owners come first.
        alike = [sorted(found[way])[:_ALIKE] for way in sorted(found)]
        return [one[2] for each in zip_longest(*alike) for one in each if one is not None], len(found)

    def _path(self, node: Node) -> list[Node]:
        path = [node]
        while (above := self._above.get(key(path[-1]))) is not None:
            path.append(above)
        return path[::-1]


def reason(node: Node) -> str:
    """As `kubectl get pods` has it: Running, Pending, ContainerCreating, Init:Error, ..."""
    return next((line(one.value, _REASON) for one in node.info or [] if one.name == "Status Reason"), "")
