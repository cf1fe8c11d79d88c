"""YAML and JSON text as nodes that know their places in it. Pure."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from argocd_gitops_mcp.errors import NotYAML

Key = str | int

_SKIPPED = re.compile(r"(?:\s+|#[^\n]*|[&!]\S*)*")
_COLON = re.compile(r"\s*:")
_DASH = re.compile(r"(?:\s+|#[^\n]*)*-?")


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value.

    Args:
        start: where it begins, after anchor and tag.
        end: behind its last character; of a block scalar before the line end.
        outer: where its anchor or tag begins.
        style: the quote, `|` or `>`; empty where plain.
    """

    start: int
    end: int
    outer: int
    text: str
    style: str
    tag: str = ""
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Alias:
    """A `*name`."""

    start: int
    end: int
    outer: int
    anchor: str


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list; a block begins at its first dash."""

    start: int
    end: int
    outer: int
    is_flow: bool
    items: "tuple[Node, ...]"
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping; a block begins at its first key."""

    start: int
    end: int
    outer: int
    is_flow: bool
    items: "tuple[tuple[Node, Node], ...]"
    anchor: str = ""

    def find(self, key: Key) -> "list[tuple[Node, Node]]":
        """Every item with this key: more than one where it stands twice."""
        return [one for one in self.items if isinstance(one[0], Scalar) and one[0].text == str(key)]


Node = Scalar | Alias | Sequence | Mapping


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a file, from behind its `---`; a root without text is null."""

    root: Node
    start: int
    end: int


@lru_cache(maxsize=32)  # an edit reads the same text several times
def documents(text: str, file: str = "the text") -> tuple[Document, ...]:
    """Read a file's documents; none of a file that holds nothing but comments.

    Args:
        text: the whole file.
        file: its path, for the error.

    Raises:
        NotYAML: with the line where reading failed.
    """
    from ruamel.yaml import YAML  # noqa: PLC0415 - 30 ms that most sessions never need
    from ruamel.yaml.error import MarkedYAMLError, YAMLError  # noqa: PLC0415

    source = text.replace("\t", " ") if is_json(text) else text
    try:
        return tuple(_Reader(source, YAML(typ="safe", pure=True).parse(source)).documents())
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f", line {mark.line + 1}" if mark is not None else ""
        raise NotYAML(f"{file}{place}: not YAML.", upstream=str(error.problem or "")) from error
    except YAMLError as error:
        raise NotYAML(f"{file}: not YAML.", upstream=str(error)) from error
    except RecursionError as error:
        raise NotYAML(f"{file}: nested too deeply.") from error


def is_json(text: str) -> bool:
    """Whether a text is JSON, and so has to stay; `{}` alone is YAML as well."""
    if text.lstrip()[:1] not in {"{", "["}:
        return False
    try:
        return bool(json.loads(text))
    except (ValueError, RecursionError):
        return False


class _Reader:
    """Builds nodes from the parser's events, which unlike its own nodes tell where an alias stands."""

    def __init__(self, text: str, events: Iterator[Any]) -> None:
        self._text = text
        self._events = events

    def documents(self) -> Iterator[Document]:
        start = 0
        for event in self._events:
            kind = type(event).__name__
            if kind == "DocumentStartEvent":
                start = event.end_mark.index
            elif kind not in {"DocumentEndEvent", "StreamStartEvent", "StreamEndEvent"}:
                root = self._node(event)
                yield Document(root, start, next(self._events).start_mark.index)

    def _node(self, event: Any) -> Node:
        kind, outer, end = type(event).__name__, event.start_mark.index, event.end_mark.index
        if kind == "AliasEvent":
            return Alias(outer, end, outer, event.anchor)
        anchor, tag = event.anchor or "", str(event.ctag or "")
        start = _past_properties(self._text, outer) if anchor or tag else outer
        if kind == "ScalarEvent":
            start = min(start, end)
            if event.style in {"|", ">"}:
                end = self._block_end(start, end)
            return Scalar(start, end, outer, event.value, event.style or "", tag, anchor)
        is_flow = bool(event.flow_style)
        items: list[Node] = []
        before = start + 1 if is_flow else start
        while not type(inner := next(self._events)).__name__.endswith("EndEvent"):
            is_value = kind == "MappingStartEvent" and len(items) % 2 == 1
            items.append(self._standing(self._node(inner), before, _COLON if is_value else _DASH))
            before = items[-1].end
        end = inner.end_mark.index if is_flow else max((one.end for one in items), default=start)
        if kind == "SequenceStartEvent":
            return Sequence(start, end, outer, is_flow, tuple(items), anchor)
        pairs = tuple(zip(items[::2], items[1::2], strict=True))
        return Mapping(start, end, outer, is_flow, pairs, anchor)

    def _standing(self, node: Node, before: int, sign: re.Pattern[str]) -> Node:
        """What has no text stands right behind its `:` or `-`, wherever the parser saw it."""
        if not isinstance(node, Scalar) or node.outer < node.end or node.style:
            return node
        found = sign.match(self._text, before)
        place = found.end() if found else before
        return replace(node, start=place, end=place, outer=place)

    def _block_end(self, start: int, end: int) -> int:
        """Blank lines behind a block scalar are its own only where it says so with `+`."""
        held = self._text[start:end]
        if "+" in held.split("\n", 1)[0].split("#", 1)[0]:
            return start + len(held.rstrip(" ").removesuffix("\n").removesuffix("\r"))
        return start + len(held.rstrip())


def _past_properties(text: str, outer: int) -> int:
    found = _SKIPPED.match(text, outer)
    return found.end() if found else outer
