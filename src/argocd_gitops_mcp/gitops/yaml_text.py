"""A YAML text that is edited where it stands: what an edit does not name stays, byte for byte. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import CollectionNode, MappingNode, Node, SequenceNode

from argocd_gitops_mcp.errors import NotYAML


@dataclass(frozen=True, slots=True)
class Edit:
    """Put `text` in place of what stands from `start` to `end`; empty spans insert."""

    start: int
    end: int
    text: str


def applied(text: str, edits: Iterable[Edit]) -> str:
    """The text after all edits; of several at one place the first given comes first."""
    parts, at = [], 0
    for edit in sorted(edits, key=lambda one: one.start):
        parts += [text[at : edit.start], edit.text]
        at = edit.end
    return "".join([*parts, text[at:]])


def composed(text: str, name: str) -> Node | None:
    """The nodes of a text with one document, with their places in it; None of an empty one.

    Args:
        text: with a line feed alone as line end.
        name: what it is called in an error.

    Raises:
        NotYAML: tells the line.
    """
    try:
        node: Node | None = YAML(typ="rt").compose(text)
    except YAMLError as error:
        raise NotYAML(f"{name} is not YAML{problem(error)}.") from error
    except RecursionError as error:
        raise NotYAML(f"{name} is nested too deeply.") from error
    return node


def problem(error: YAMLError) -> str:
    """Where and why, as the end of a sentence; without the text itself, which may hold a secret."""
    if not isinstance(error, MarkedYAMLError):
        return ""
    mark = error.problem_mark or error.context_mark
    where = f" (line {mark.line + 1}, column {mark.column + 1})" if mark is not None else ""
    return f"{where}: {str(error.problem).splitlines()[0]}" if error.problem else where


def documents(text: str) -> list[str]:
    """The text cut before each line that begins a document; joined they are the text again."""
    found: list[list[str]] = [[]]
    for line in text.splitlines(keepends=True):
        if line.rstrip() == "---" or line.startswith("--- "):
            found.append([])
        found[-1].append(line)
    return ["".join(lines) for lines in found if lines]


def children(node: Node) -> Iterator[Node]:
    """What a collection holds, keys too, in their order."""
    if isinstance(node, MappingNode):
        for pair in node.value:
            yield from pair
    elif isinstance(node, SequenceNode):
        yield from node.value


def content_end(text: str, node: Node) -> int:
    """Where a node's own text ends: before blank lines and comments, which a parser counts to it."""
    if not isinstance(node, CollectionNode) or node.flow_style or not node.value:
        end: int = node.end_mark.index
        return len(text[:end].rstrip()) if end > node.start_mark.index else end
    return content_end(text, list(children(node))[-1])


def line_start(text: str, at: int) -> int:
    """Where the line of this place begins."""
    return text.rfind("\n", 0, at) + 1


def line_end(text: str, at: int) -> int:
    """Where the line of this place ends, before its line end."""
    found = text.find("\n", at)
    return len(text) if found < 0 else found


def with_comments_above(text: str, at: int) -> int:
    """Where the lines begin that belong to the one at this place: it and the comments right above it."""
    start = line_start(text, at)
    while start and text[line_start(text, start - 1) : start].lstrip().startswith("#"):
        start = line_start(text, start - 1)
    return start
