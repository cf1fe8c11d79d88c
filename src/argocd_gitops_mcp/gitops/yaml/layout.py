"""How a file indents, and values as lines in that manner. Pure."""

from collections.abc import Iterator
from collections.abc import Sequence as Lines
from dataclasses import dataclass
from typing import Any

from argocd_gitops_mcp.gitops.yaml.places import Document, Mapping, Node, Sequence
from argocd_gitops_mcp.gitops.yaml.values import flow, scalar


@dataclass(frozen=True, slots=True)
class Layout:
    """A file's manner.

    Args:
        step: how far a mapping stands right of its key.
        offset: how far a list's dash stands right of its key; 0 where it is flush, as kustomize writes it.
        dash: from the dash to its item.
        has_literals: whether a literal block may be written: one at the end needs the line end that the file lacks.
    """

    step: int = 2
    offset: int = 0
    dash: int = 2
    has_literals: bool = True


def layout(text: str, documents: Lines[Document]) -> Layout:
    """The manner of a file, by the first of each kind in it."""
    found: dict[str, int] = {}
    for one in documents:
        for name, width in _widths(text, one.root):
            found.setdefault(name, width)
    return Layout(**found, has_literals=not text or text.endswith("\n"))


def _widths(text: str, node: Node) -> Iterator[tuple[str, int]]:
    if isinstance(node, Mapping) and not node.is_flow:
        for _, value in node.items:
            if isinstance(value, Mapping | Sequence) and not value.is_flow:
                width = column(text, value.start) - column(text, node.start)
                yield ("step" if isinstance(value, Mapping) else "offset", width)
                yield from _widths(text, value)
    elif isinstance(node, Sequence) and not node.is_flow:
        for one in node.items:
            if isinstance(one, Mapping | Sequence) and line_start(text, one.start) == line_start(text, node.start):
                yield "dash", column(text, one.start) - column(text, node.start)
            yield from _widths(text, one)


def line_start(text: str, at: int) -> int:
    """Where the line of this place begins."""
    start = text.rfind("\n", 0, at) + 1
    return 1 if start == 0 and text.startswith("\ufeff") else start


def line_end(text: str, at: int) -> int:
    """Where the line of this place ends, before its line end."""
    found = text.find("\n", at)
    end = len(text) if found < 0 else found
    return end - 1 if end > at and text[end - 1] == "\r" else end


def column(text: str, at: int) -> int:
    """How far right a place stands, from 0."""
    return at - line_start(text, at)


def block(value: Any, manner: Layout, style: str = "") -> tuple[str, list[str]]:
    """A value as what stands behind its key, and the lines below, which begin at column 0.

    Args:
        value: of any type that JSON has.
        manner: of the file.
        style: the quote to keep for a string.
    """
    if isinstance(value, dict) and value:
        lines: list[str] = []
        for key, one in value.items():
            head, below = block(one, manner)
            lines.append(f"{scalar(str(key))}:{' ' if head else ''}{head}")
            lines += indented(below, depth(one, manner))
        return "", lines
    if isinstance(value, list) and value:
        return "", [line for one in value for line in _item(one, manner)]
    if isinstance(value, dict | list):
        return flow(value), []
    if isinstance(value, str) and manner.has_literals and fits_literal(value):
        return ("|" if value.endswith("\n") else "|-"), value.removesuffix("\n").split("\n")
    return scalar(value, style), []


def _item(value: Any, manner: Layout) -> list[str]:
    head, below = block(value, manner)
    first, *others = [head, *below] if head else below
    return [f"-{' ' * (manner.dash - 1)}{first}", *indented(others, manner.dash)]


def depth(value: Any, manner: Layout) -> int:
    """How far the lines of a value stand right of its key."""
    return manner.offset if isinstance(value, list) else manner.step


def indented(lines: Lines[str], width: int) -> list[str]:
    """Lines moved to the right; empty ones stay empty."""
    return [f"{' ' * width}{line}" if line else line for line in lines]


def fits_literal(value: str) -> bool:
    """Whether a literal block says exactly this, and reads better than quotes."""
    lines = value.removesuffix("\n").split("\n")
    return (
        "\n" in value
        and lines[0][:1] not in {"", " ", "\t"}
        and lines[-1].strip() != ""
        and all(line.replace("\t", "").isprintable() and "\ufeff" not in line for line in lines)
    )
