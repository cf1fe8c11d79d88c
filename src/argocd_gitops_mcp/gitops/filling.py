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
from collections.abc import Iterator, Mapping
from typing import Any

from ruamel.yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode, SequenceNode

from argocd_gitops_mcp.gitops import yaml_style
from argocd_gitops_mcp.gitops.yaml_text import (
    Edit,
    applied,
    composed,
    content_end,
    line_end,
    with_comments_above,
)

_MARK = re.compile(r"<([a-z_]+(?:\.[a-z_]+)?)>")
_TAGS = ("!when/", "!each/")
_EMPTY: tuple[Any, ...] = (None, "", [], {})

Scope = Mapping[str, Any]


def filled(template: str, scope: Scope) -> str:
    """The template with its values; names of the scope are those of the marks."""
    root = composed(template, "the template")
    return template if root is None else applied(template, _edits(template, root, scope))


def filled_text(template: str, scope: Scope) -> str:
    """The same of a text that is no YAML: a path, markdown."""
    return _MARK.sub(lambda mark: _string(_looked_up(mark[1], scope)), template)


def holds(condition: str, scope: Scope) -> bool:
    """Whether a value is true or not empty; of `name=text`, whether it is just this."""
    name, equals, wanted = condition.partition("=")
    value = _looked_up(name, scope)
    return bool(value == wanted if equals else value)


def _edits(text: str, node: Node, scope: Scope, indent: int | None = None, after: int = 0) -> Iterator[Edit]:
    """Of a node; of a block's value `indent` is the column of its key and `after` where that ends, colon and all."""
    if isinstance(node, ScalarNode) and _MARK.search(node.value):
        yield from _scalar(text, node, scope, indent, after)
        return
    tag = str(node.tag)
    if tag.startswith(_TAGS) and indent is not None:
        at: int = node.start_mark.index
        yield Edit(at - 1, at + len(tag), "")
    if isinstance(node, MappingNode):
        for key, value in node.value:
            if node.flow_style:
                yield from (*_edits(text, key, scope), *_edits(text, value, scope))
            elif _is_left_out(value, scope):
                yield Edit(with_comments_above(text, key.start_mark.index), _line_after(text, value), "")
            else:
                yield from _edits(text, key, scope)
                yield from _edits(text, value, scope, key.start_mark.column, key.end_mark.index + 1)
    elif isinstance(node, SequenceNode):
        yield from _items(text, node, scope)


def _items(text: str, node: SequenceNode, scope: Scope) -> Iterator[Edit]:
    for item in node.value:
        if node.flow_style:
            yield from _edits(text, item, scope)
            continue
        start, end = with_comments_above(text, item.start_mark.index), _line_after(text, item)
        if each := _argument(item, "!each/"):
            said = (_once(text, start, end, item, {**scope, "item": one}) for one in _looked_up(each, scope))
            yield Edit(start, end, "".join(said))
        elif _is_left_out(item, scope):
            yield Edit(start, end, "")
        else:
            yield from _item(text, item, scope)


def _once(text: str, start: int, end: int, node: Node, scope: Scope) -> str:
    edits = _item(text, node, scope)
    return applied(text[start:end], [Edit(edit.start - start, edit.end - start, edit.text) for edit in edits])


def _item(text: str, node: Node, scope: Scope) -> Iterator[Edit]:
    tag = str(node.tag)
    if tag.startswith(_TAGS) and not (isinstance(node, ScalarNode) and _MARK.search(node.value)):
        after = text[node.start_mark.index + len(tag) :]
        yield Edit(node.start_mark.index, node.start_mark.index + len(tag) + len(after) - len(after.lstrip()), "")
    yield from _edits(text, node, scope)


def _scalar(text: str, node: ScalarNode, scope: Scope, indent: int | None, after: int) -> Iterator[Edit]:
    whole = _MARK.fullmatch(node.value)
    value = _looked_up(whole[1], scope) if whole else filled_text(node.value, scope)
    start, end = node.start_mark.index, content_end(text, node)
    if indent is None:
        yield Edit(start, end, yaml_style.in_flow(value))
        return
    said = yaml_style.after_colon(value, indent)
    # A comment at the line's end would become a part of what has several lines.
    yield Edit(after, line_end(text, end) if "\n" in said else end, said)


def _is_left_out(node: Node, scope: Scope) -> bool:
    if said := _argument(node, "!when/"):
        return not holds(said, scope)
    if each := _argument(node, "!each/"):
        return not _looked_up(each, scope)
    if isinstance(node, CollectionNode) and node.value and not node.flow_style:
        values = [one[1] if isinstance(one, tuple) else one for one in node.value]
        return all(_is_left_out(one, scope) for one in values)
    whole = _MARK.fullmatch(node.value) if isinstance(node, ScalarNode) else None
    return whole is not None and _looked_up(whole[1], scope) in _EMPTY


def _argument(node: Node, tag: str) -> str:
    said = str(node.tag)
    return said.removeprefix(tag) if said.startswith(tag) else ""


def _line_after(text: str, node: Node) -> int:
    return min(len(text), line_end(text, content_end(text, node)) + 1)


def _looked_up(name: str, scope: Scope) -> Any:
    first, _, second = name.partition(".")
    return scope[first][second] if second else scope[first]


def _string(value: Any) -> str:
    return value if isinstance(value, str) else str(value)
