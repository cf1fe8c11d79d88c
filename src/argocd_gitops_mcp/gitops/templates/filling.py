"""A template's text with values in the places that are marked for them. Pure.

A template is YAML that reads like what it makes. Marks are looked for in its scalars, and what goes in is written as
data, so that no value can become anything else than itself:

    name: <name>                   the value, of whatever kind; the key is left out where it is empty
    path: apps/<name>/base         strings in a string
    prune: !when/prune true        left out, with the comment above, unless the value is true, or not empty;
                                   !when/forge=gitea unless it is just this
    - !each/images <item>          an item of a list, once for each of the value's; `<item.tag>` where those are objects

A mapping or list of which nothing is left is left out as well.
"""

import re
from collections.abc import Iterable, Iterator
from collections.abc import Mapping as AnyMapping
from typing import Any, NamedTuple

from argocd_gitops_mcp.gitops.yaml.layout import Layout, block, column, depth, indented, line_end, line_start
from argocd_gitops_mcp.gitops.yaml.places import Mapping, Node, Scalar, Sequence, documents
from argocd_gitops_mcp.gitops.yaml.values import flow

_MARK = re.compile(r"<([a-z_]+(?:\.[a-z_]+)?)>")
_TAG = re.compile(r"!(when|each)/([\w=-]+)")
_EMPTY: tuple[Any, ...] = (None, "", [], {})
_MANNER = Layout(offset=2)

Scope = AnyMapping[str, Any]


class _Edit(NamedTuple):
    """What is to stand in place of what stands from `start` to `end`."""

    start: int
    end: int
    text: str


def filled(template: str, scope: Scope) -> str:
    """The template with its values; names of the scope are those of the marks."""
    parsed = documents(template, "the template")
    root = parsed[0].root if parsed else None
    return template if root is None else _applied(template, _edits(template, root, scope))


def filled_text(template: str, scope: Scope) -> str:
    """The same of a text that is no YAML: a path, markdown."""
    return _MARK.sub(lambda mark: str(_looked_up(mark[1], scope)), template)


def holds(condition: str, scope: Scope) -> bool:
    """Whether a value is true or not empty; of `name=text`, whether it is just this."""
    name, equals, wanted = condition.partition("=")
    value = _looked_up(name, scope)
    return bool(value == wanted if equals else value)


def _applied(text: str, edits: Iterable[_Edit], start: int = 0, end: int | None = None) -> str:
    parts, at = [], start
    for edit in edits:
        parts += [text[at : edit.start], edit.text]
        at = edit.end
    return "".join([*parts, text[at:end]])


def _edits(text: str, node: Node, scope: Scope) -> Iterator[_Edit]:
    """In their order."""
    if isinstance(node, Scalar):
        if _MARK.search(node.text):
            yield _Edit(node.outer, node.end, flow(_value(node, scope)))
    elif isinstance(node, Mapping):
        for key, value in node.items:
            if not node.is_flow and _is_left_out(text, value, scope):
                yield _lines(text, key, value)
                continue
            yield from _edits(text, key, scope)
            yield from _edits(text, value, scope) if node.is_flow else _behind_key(text, key, value, scope)
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from _edits(text, item, scope) if node.is_flow else _item(text, item, scope)


def _behind_key(text: str, key: Node, value: Node, scope: Scope) -> Iterator[_Edit]:
    if isinstance(value, Scalar) and _MARK.search(value.text):
        data = _value(value, scope)
        head, below = block(data, _MANNER)
        lines = indented(below, column(text, key.outer) + depth(data, _MANNER))
        # A comment at the line's end would become a part of what has several lines.
        end = line_end(text, value.end) if lines else value.end
        yield _Edit(key.end + 1, end, "\n".join([f" {head}" if head else "", *lines]))
        return
    if tag := _TAG.match(text, value.outer):
        yield _Edit(value.outer - 1, tag.end(), "")
    yield from _edits(text, value, scope)


def _item(text: str, item: Node, scope: Scope) -> Iterator[_Edit]:
    if each := _tagged(text, item, "each"):
        start, end, _ = _lines(text, item, item)
        scopes = ({**scope, "item": one} for one in _looked_up(each, scope))
        yield _Edit(start, end, "".join(_applied(text, _untagged(text, item, one), start, end) for one in scopes))
    elif _is_left_out(text, item, scope):
        yield _lines(text, item, item)
    else:
        yield from _untagged(text, item, scope)


def _untagged(text: str, item: Node, scope: Scope) -> Iterator[_Edit]:
    """Edits of an item whose tag goes, and what is between it and the item."""
    tag = _TAG.match(text, item.outer)
    if tag and not (isinstance(item, Scalar) and _MARK.search(item.text)):
        begin = item.start if isinstance(item, Scalar) else next(iter(_parts(item))).outer
        yield _Edit(item.outer, begin, "")
    yield from _edits(text, item, scope)


def _is_left_out(text: str, node: Node, scope: Scope) -> bool:
    if said := _tagged(text, node, "when"):
        return not holds(said, scope)
    if each := _tagged(text, node, "each"):
        return not _looked_up(each, scope)
    if isinstance(node, Mapping | Sequence):
        return not node.is_flow and all(_is_left_out(text, one, scope) for one in _values(node))
    whole = _MARK.fullmatch(node.text) if isinstance(node, Scalar) else None
    return whole is not None and _looked_up(whole[1], scope) in _EMPTY


def _lines(text: str, first: Node, last: Node) -> _Edit:
    """Takes out the lines of these, and of the comments right above."""
    start = line_start(text, first.outer)
    while start and text[line_start(text, start - 1) : start].lstrip().startswith("#"):
        start = line_start(text, start - 1)
    return _Edit(start, line_end(text, last.end) + 1, "")


def _tagged(text: str, node: Node, name: str) -> str:
    tag = _TAG.match(text, node.outer)
    return tag[2] if tag and tag[1] == name else ""


def _values(node: Mapping | Sequence) -> Iterator[Node]:
    for one in node.items:
        yield one[1] if isinstance(one, tuple) else one


def _parts(node: Node) -> Iterator[Node]:
    for one in node.items if isinstance(node, Mapping | Sequence) else ():
        yield one[0] if isinstance(one, tuple) else one


def _value(node: Scalar, scope: Scope) -> Any:
    whole = _MARK.fullmatch(node.text)
    return _looked_up(whole[1], scope) if whole else filled_text(node.text, scope)


def _looked_up(name: str, scope: Scope) -> Any:
    first, _, second = name.partition(".")
    return scope[first][second] if second else scope[first]
