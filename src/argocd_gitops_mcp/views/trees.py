"""The resource tree as lines, indented by ownership; of a large one what is healthy is counted. Pure."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from functools import partial

import msgspec

from argocd_gitops_mcp.argocd.models import Application
from argocd_gitops_mcp.argocd.resource_models import Node, ResourceTree
from argocd_gitops_mcp.argocd.tree import Key, key, nodes
from argocd_gitops_mcp.views.budget import listed
from argocd_gitops_mcp.views.forest import FINE, Forest, reason
from argocd_gitops_mcp.views.redaction import masked_line, masked_text
from argocd_gitops_mcp.views.text import line, size
from argocd_gitops_mcp.views.view import BYTES_PER_TOKEN, Lines, Rendered, View

WHOLE = 40
"""So many resources are shown one by one."""
COLLAPSED = 800 * BYTES_PER_TOKEN
"""Bytes that a tree takes whose healthy resources are counted; of larger answers it takes half.

Names of pods are dear: three and a half bytes a token, by the tokenizers that are public, so these are less than 1,000.
"""
_MESSAGES = (300, 120, 40, 0)
"""Bytes of each resource's message, so that one of every kind of trouble fits; at last owners share a line, too."""
_FEW = 4
"""States and kinds that one count tells apart, and conditions."""
_NAME = 320
_LEAST = 10
"""Bytes that no line is smaller than."""
_MORE = "name a resource (resource_name, resource_kind) to see its part"


def tree(app: Application, found: ResourceTree, shown: Sequence[Node] | None = None, *, whole: bool = False) -> View:
    """The tree.

    Args:
        app: the application.
        found: its resources.
        shown: limits it to those nodes.
        whole: every resource in a line of its own, however many.
    """
    everything = nodes(found)
    counts = Counter(node.health.status for node in everything if node.health and node.health.status)
    said = listed([f"{count} {line(status, _NAME)}" for status, count in counts.most_common()], 2 * _FEW)
    head = (
        f"{app.metadata.name}: {len(everything)} resources"
        + (f" ({said})" if counts else "")
        + f"; sync {app.status.sync.status or 'not compared yet'}"
        + f", health {app.status.health.status or 'not assessed yet'}"
    )
    if not everything:
        return Lines(head=[head, why_empty(app)])
    return Tree(head=head, forest=Forest(found, shown), namespace=app.spec.destination.namespace, whole=whole)


def why_empty(app: Application) -> str:
    """Why an application has no resources, as its conditions tell."""
    every = app.status.conditions or []
    conditions = [f"{one.type}: {masked_text(one.message, 600)}" for one in every[:_FEW]]
    conditions += [f"and {len(every) - _FEW} more conditions"] if len(every) > _FEW else []
    return "The tree is empty: " + (
        "; ".join(conditions) if conditions else "nothing is deployed and nothing is rendered yet."
    )


class Tree(msgspec.Struct, kw_only=True):
    """Resources below their owners: all of a few, else the ways to those that are not well.

    Args:
        head: what they are, in a line.
        forest: the resources.
        namespace: where they are meant to be.
        whole: every resource in a line of its own, however many.
    """

    head: str
    forest: Forest
    namespace: str
    whole: bool = False

    def render(self, limit: int) -> Rendered:
        """As text of at most `limit` bytes."""
        if self.whole or self.forest.count <= WHOLE:
            lines = Lines(head=[self.head], lines=list(self._all(self.forest.roots, 0)), more=_MORE, unit="resources")
            if self.whole or sum(size(one) + 1 for one in (self.head, *lines.lines)) <= limit:
                return lines.render(limit)
        return self._collapsed(min(limit, max(COLLAPSED, limit // 2)))

    def _all(self, siblings: Sequence[Node], depth: int) -> Iterator[str]:
        for node in sorted(siblings, key=lambda one: (one.kind, one.name)):
            yield "  " * depth + self._told(node, _MESSAGES[0])
            yield from self._all(self.forest.below[key(node)], depth + 1)

    def _collapsed(self, limit: int) -> Rendered:
        """As many of the ways to what is not well as fit, one of each kind first; everything else in counts."""
        paths, kinds = self.forest.paths()
        possible = len(paths[: limit // _LEAST]) + 1
        note = "[what is healthy is counted; detail=full shows each, resource_name its part]"
        short = f"[the worst shown, the others counted; {_MORE}]"
        room = limit - size(self.head) - max(size(note), size(short)) - 2

        def drawn(count: int, message: int) -> list[str]:
            chosen = {at for path in paths[:count] for at in path}
            return list(self._drawn(self.forest.roots, 0, chosen, message))

        def weight(count: int, message: int) -> int:
            return sum(size(one) + 1 for one in drawn(count, message))

        fits, message = 0, 0
        for message in _MESSAGES:
            fits = bisect_right(range(possible), room, key=partial(weight, message=message)) - 1
            if fits >= kinds:
                break
        head = [self.head, note if fits == len(paths) else short]
        return Lines(head=head, lines=drawn(max(fits, 0), message), more=_MORE).render(limit)

    def _drawn(self, siblings: Sequence[Node], depth: int, chosen: Container[Key], message: int) -> Iterator[str]:
        forest = self.forest
        indent = "  " * depth
        for node in siblings:
            if key(node) in chosen:
                last, *above = reversed(list(self._chain(node, chosen, is_short=message > 0)))
                kinds = [f"{one.kind} > " for one in above[-2::-1]]
                first = f"{self._told(node, message)} > " if above else ""
                yield indent + "".join([first, *kinds, self._told(last, message)])
                yield from self._drawn(forest.below[key(last)], depth + 1, chosen, message)
        if rest := [node for node in siblings if forest.rank(node) < FINE and key(node) not in chosen]:
            states = Counter(map(forest.state, rest))  # in the order of the worst
            if len(states) == 1:
                yield f"{indent}and {len(rest)} more {line(forest.state(rest[0]), _NAME)}{self._below(rest)}"
            else:
                told = _counted(states, "in other states")
                yield f"{indent}and {len(rest)} more not well: {told}{self._below(rest)}"
        if well := [node for node in siblings if forest.rank(node) == FINE]:
            told = _counted(dict(Counter(one.kind for one in well).most_common()), "of other kinds")
            yield f"{indent}healthy: {told}{self._below(well)}"

    def _chain(self, node: Node, chosen: Container[Key], *, is_short: bool) -> Iterator[Node]:
        """The node, and what it alone owns: all that stands in one line."""
        yield node
        below = self.forest.below[key(node)]
        if not is_short and len(below) == 1 and key(below[0]) in chosen:
            yield from self._chain(below[0], chosen, is_short=is_short)

    def _below(self, counted: Sequence[Node]) -> str:
        below = sum(self.forest.size[key(node)] for node in counted) - len(counted)
        return f" (with {below} more below them)" if below else ""

    def _told(self, node: Node, message: int) -> str:
        info = {one.name: one.value for one in node.info or []}
        facts = [node.health.status] if node.health and node.health.status else []
        facts += [reason(node)] if reason(node) else []
        facts += [f"ready={info['Containers']}"] if "Containers" in info else []
        facts += [f"restarts={info['Restart Count']}"] if "Restart Count" in info else []
        facts += [f"ns={node.namespace}"] if node.namespace not in ("", self.namespace) else []
        facts += self.forest.place(node)
        about = node.health.message if node.health else ""
        said = f": {masked_line(about, message)}" if about and message else ""
        return line(" ".join([f"{node.kind}/{node.name}", *facts]), 2 * _NAME) + said


def _counted(counts: Mapping[str, int], others: str) -> str:
    """The first ones each, the others together."""
    first = list(counts.items())[: _FEW if len(counts) > _FEW + 1 else None]
    left = sum(counts.values()) - sum(count for _, count in first)
    return ", ".join(
        [*(f"{count} {line(name, 100)}" for name, count in first), *([f"{left} {others}"] if left else [])]
    )
