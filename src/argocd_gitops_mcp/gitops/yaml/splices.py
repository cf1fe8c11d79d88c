"""One node of a YAML or JSON text replaced, added or taken out, where it stands. Pure."""

import re
from collections.abc import Sequence as Lines
from dataclasses import dataclass
from typing import Any

from argocd_gitops_mcp.gitops.yaml.layout import (
    Layout,
    block,
    column,
    depth,
    fits_literal,
    indented,
    line_end,
    line_start,
)
from argocd_gitops_mcp.gitops.yaml.places import Alias, Mapping, Node, Scalar, Sequence
from argocd_gitops_mcp.gitops.yaml.values import flow, scalar

_COLON = re.compile(r"\s*:")
_TO_DASH = re.compile(r"(?:\s+|#[^\n]*)*")
_COMMENT = re.compile(r"[ \t]#[^\r\n]*")


class Unsplicable(Exception):
    """The text is laid out in a way that is not changed in place."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A node, what holds it under which key, and whether braces are around."""

    node: Node
    holder: Mapping | Sequence | None = None
    key: Node | None = None
    in_flow: bool = False


@dataclass(frozen=True, slots=True)
class Splicer:
    """Splices one text.

    Args:
        eol: its line end.
        as_json: whether it is JSON.
        manner: how it indents.
    """

    text: str
    eol: str
    as_json: bool
    manner: Layout

    def _spliced(self, start: int, end: int, new: str) -> str:
        return self.text[:start] + new + self.text[end:]

    def _below(self, lines: Lines[str], width: int) -> str:
        return "".join(self.eol + line for line in indented(lines, width))

    def replaced(self, spot: Spot, value: Any) -> str:
        """The text with another value for this node."""
        node = spot.node
        if spot.in_flow or self.as_json:
            new = self._in_flow(value, node.style if isinstance(node, Scalar) else "")
            return self._spliced(_begin(node), node.end, f" {new}" if node.end == node.outer else new)
        if isinstance(node, Scalar) and node.style == "|" and isinstance(value, str):
            literal = self._literal(node, value)
            if literal is not None:
                return literal
        style = node.style if isinstance(node, Scalar) and node.style in {"'", '"'} else ""
        head, below = block(value, self.manner, style)
        if isinstance(spot.holder, Mapping) and spot.key is not None:
            width = column(self.text, spot.holder.start) + depth(value, self.manner)
            return self._behind_key(spot.key, node, head, self._below(below, width))
        if spot.holder is not None:
            return self._behind_dash(node, head, below)
        return self._root(node, head, below)

    def _in_flow(self, value: Any, style: str = "") -> str:
        if isinstance(value, dict | list):
            return flow(value, as_json=self.as_json)
        return scalar(value, style if style in {"'", '"'} else "", as_json=self.as_json)

    def _behind_key(self, key: Node, node: Node, head: str, below: str) -> str:
        colon = _COLON.match(self.text, key.end)
        if colon is None:
            raise Unsplicable
        after, last = colon.end(), line_end(self.text, node.end)
        if _is_block(node):
            comment = _COMMENT.search(self.text, after, line_end(self.text, after))
            return self._spliced(after, last, (f" {head}" if head else "") + (comment[0] if comment else "") + below)
        begin = _begin(node)
        lead, tail = self.text[after:begin], self.text[node.end : last]
        if not head or below:
            lead = lead.rstrip()
        if head and not lead[-1:].isspace():
            lead += " "
        return self._spliced(after, last, lead + head + tail + below)

    def _behind_dash(self, node: Node, head: str, below: list[str]) -> str:
        begin = node.start if _is_block(node) else _begin(node)
        last = line_end(self.text, node.end)
        tail = "" if _is_block(node) else self.text[node.end : last]
        first, *others = [head, *below] if head else below
        gap = " " * (self.manner.dash - 1) if node.end == node.outer else ""
        return self._spliced(begin, last, gap + first + tail + self._below(others, column(self.text, begin) + len(gap)))

    def _root(self, node: Node, head: str, below: list[str]) -> str:
        lines = [head, *below] if head else below
        new = self.eol.join(lines)
        if node.end > node.outer:
            return self._spliced(node.start, node.end, new)
        before, after = self.text[: node.end], self.text[node.end :]
        gap = self.eol if before and not before.endswith("\n") else ""
        closing = self.eol if not before or before.endswith("\n") or after else ""
        return before + gap + new + closing + after.removeprefix(self.eol)

    def _literal(self, node: Scalar, value: str) -> str | None:
        """A literal block with only those lines changed that differ; None where it cannot be one."""
        source = self.text[node.start : node.end].split(self.eol)
        old, new = node.text.removesuffix("\n").split("\n"), value.removesuffix("\n").split("\n")
        header, lines = source[0], source[1:]
        width = next((len(line) - len(was) for line, was in zip(lines, old, strict=False) if was.strip()), None)
        is_last = node.end == len(self.text)
        if width is None or is_last or not fits_literal(value) or len(lines) != len(old) or "+" in header:
            return None
        same = 0
        while same < min(len(old), len(new)) and old[same] == new[same]:
            same += 1
        rest = 0
        while rest < min(len(old), len(new)) - same and old[-1 - rest] == new[-1 - rest]:
            rest += 1
        middle = indented(new[same : len(new) - rest], width)
        kept = [header.replace("-", "") if value.endswith("\n") else header, *lines[:same], *middle]
        if not value.endswith("\n") and "-" not in header:
            kept[0] = header.replace("|", "|-", 1)
        return self._spliced(node.start, node.end, self.eol.join([*kept, *lines[len(lines) - rest :]]))

    def added(self, spot: Spot, key: str | None, value: Any) -> str:
        """The text with one more item at the end of this mapping (with `key`) or list."""
        node = spot.node
        if not isinstance(node, Mapping | Sequence):
            raise Unsplicable
        name = "" if key is None else f"{self._name(node, key)}: "
        if node.is_flow:
            return self._added_in_flow(node, name + self._in_flow(value))
        width = column(self.text, node.start)
        if key is None:
            lines = block([value], self.manner)[1]
        else:
            head, below = block(value, self.manner)
            lines = [f"{name}{head}".rstrip(), *indented(below, depth(value, self.manner))]
        last = line_end(self.text, node.end)
        return self._spliced(last, last, self._below(lines, width))

    def _name(self, node: Mapping | Sequence, key: str) -> str:
        keys = [one for one, _ in node.items if isinstance(one, Scalar)] if isinstance(node, Mapping) else []
        quoted = bool(keys) and all(one.style == '"' for one in keys)
        return scalar(key, '"' if quoted else "", as_json=self.as_json)

    def _added_in_flow(self, node: Mapping | Sequence, new: str) -> str:
        if not node.items:
            return self._spliced(node.start + 1, node.end - 1, new)
        last = node.items[-1]
        item = last[0] if isinstance(last, tuple) else last
        end = max(one.end for one in last) if isinstance(last, tuple) else last.end
        begin = line_start(self.text, item.outer)
        own_line = self.text[begin : item.outer]
        gap = f"{self.eol}{own_line}" if own_line.strip() == "" and begin > node.start else " "
        return self._spliced(end, end, f",{gap}{new}")

    def removed(self, holder: Spot, index: int) -> str:
        """The text without one item of this mapping or list."""
        node = holder.node
        if not isinstance(node, Mapping | Sequence):
            raise Unsplicable
        if len(node.items) == 1:
            return self.replaced(holder, {} if isinstance(node, Mapping) else [])
        spans = [self._span(node, place) for place in range(len(node.items))]
        start, end = spans[index]
        if node.is_flow:
            if index + 1 < len(spans):
                return self._spliced(start, spans[index + 1][0], "")
            return self._spliced(spans[index - 1][1], end, "")
        begin, last = line_start(self.text, start), line_end(self.text, end)
        rest = self.text[last:]
        if self.text[begin:start].strip():
            return self._spliced(start, last + len(rest) - len(rest.lstrip()), "")
        if rest:
            return self._spliced(begin, last + len(self.eol), "")
        return self.text[:begin].removesuffix(self.eol)

    def _span(self, node: Mapping | Sequence, index: int) -> tuple[int, int]:
        item = node.items[index]
        if isinstance(item, tuple):
            return item[0].outer, max(one.end for one in item)
        if node.is_flow:
            return item.outer, item.end
        found = _TO_DASH.match(self.text, self._span(node, index - 1)[1] if index else node.start)
        return (found.end() if found else item.outer), item.end


def _is_block(node: Node) -> bool:
    return isinstance(node, Mapping | Sequence) and not node.is_flow


def _begin(node: Node) -> int:
    """Where it is replaced from: its anchor stays, its tag goes."""
    if isinstance(node, Alias) or not node.anchor or (isinstance(node, Scalar) and node.tag):
        return node.outer
    return node.start
