"""YAML nodes: how LibYAML's become plain values, as sigs.k8s.io/yaml would read them, and where a path is. Pure."""

import math
import re
from typing import Any

import yaml

BRACES = "; `{{` begins a mapping in YAML: quote the whole value"
"""What a template's expression without quotes comes to."""

_DEEPEST = 200
_EXPANDED, _RATIO = 100_000, 10
_STRING, _PLAIN, _MERGE = "tag:yaml.org,2002:str", "plain", "merge"
_WORDS: dict[str, Any] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
}
_INTEGER = re.compile(r"[-+]?(0[xX][0-9a-fA-F]+|0[oO]?[0-7]+|0[bB][01]+|0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_RADIX = {"x": 16, "o": 8, "b": 2}


class Unreadable(Exception):
    """What LibYAML accepts and Kubernetes does not, at its node."""

    def __init__(self, node: yaml.Node, rule: str, message: str) -> None:
        super().__init__(message)
        self.node, self.rule = node, rule


class Parser(yaml.CSafeLoader):
    """LibYAML's parser, which is fast and knows places, with go-yaml's idea of a scalar."""

    def resolve(self, kind: type[yaml.Node], value: str | None, implicit: Any) -> str:
        if kind is not yaml.ScalarNode:
            return "seq" if kind is yaml.SequenceNode else "map"
        if not implicit[0]:
            return _STRING
        if value == "<<":
            return _MERGE
        return _STRING if value and value[0] not in "+-.0123456789yYnNtTfFoO~" else _PLAIN

    def descend_resolver(self, *_: Any) -> None: ...
    def ascend_resolver(self) -> None: ...


def child(node: yaml.Node, step: str | int) -> tuple[yaml.Node, yaml.Node] | None:
    """Where this step is named, and its value."""
    if isinstance(node, yaml.SequenceNode):
        if isinstance(step, int) and 0 <= step < len(node.value):
            return node.value[step], node.value[step]
        return None
    if not isinstance(node, yaml.MappingNode):
        return None
    for key, value in reversed(node.value):
        if isinstance(key, yaml.ScalarNode) and key.tag != _MERGE and _key(key) == step:
            return key, value
    for key, value in node.value:
        for one in _merged(value) if key.tag == _MERGE else ():
            if (found := child(one, step)) is not None:
                return found
    return None


def _merged(value: yaml.Node) -> list[yaml.Node]:
    return value.value if isinstance(value, yaml.SequenceNode) else [value]


def value_of(node: yaml.Node, duplicates: list[yaml.Node], depth: int = 0) -> Any:
    """The plain value; keys that are given twice are added to `duplicates`, and the last wins."""
    if depth > _DEEPEST:
        raise Unreadable(node, "yaml-syntax", f"nested deeper than {_DEEPEST}")
    if isinstance(node, yaml.ScalarNode):
        return node.value if node.tag == _STRING else _scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return [value_of(one, duplicates, depth + 1) for one in node.value]
    result: dict[str, Any] = {}
    merges: list[yaml.Node] = []
    for key, value in node.value:
        if key.tag == _MERGE:
            merges += _merged(value)
            continue
        name = _key(key)
        if name in result:
            duplicates.append(key)
        result[name] = value_of(value, duplicates, depth + 1)
    for one in merges:
        if not isinstance(one, yaml.MappingNode):
            raise Unreadable(one, "yaml-syntax", "`<<` takes a mapping, or a list of mappings")
        for name, value in value_of(one, [], depth + 1).items():
            result.setdefault(name, value)
    return result


def _key(node: yaml.Node) -> str:
    """A key as JSON has it."""
    if not isinstance(node, yaml.ScalarNode):
        more = BRACES if isinstance(node, yaml.MappingNode) else ""
        raise Unreadable(node, "yaml-syntax", f"a key must be a string here, not a list or mapping{more}")
    value = node.value if node.tag == _STRING else _scalar(node)
    if isinstance(value, str):
        return value
    if value is None:
        raise Unreadable(node, "yaml-syntax", "a key must be a string here, not null")
    return str(value).lower() if isinstance(value, bool) else str(value)


def _scalar(node: yaml.ScalarNode) -> Any:
    return node.value if node.tag.startswith("!") or node.tag.endswith(":binary") else plain(node.value)


def plain(value: str) -> Any:
    """What a scalar without quotes is."""
    if value in _WORDS:
        return _WORDS[value]
    digits = value.replace("_", "")
    if _INTEGER.fullmatch(digits) and len(digits) < 4000:  # noqa: PLR2004 - Python refuses longer ones
        unsigned = digits.lstrip("+-").lower()
        is_decimal = unsigned[0] != "0" or unsigned == "0"
        number = int(unsigned, 10 if is_decimal else _RADIX.get(unsigned[1], 8))
        return -number if digits[0] == "-" else number
    real = float(digits) if _FLOAT.fullmatch(digits) else math.inf
    return value if math.isinf(real) else real


def bounded(root: yaml.Node) -> None:
    """Refuse anchors that hold themselves, and aliases that make much out of little."""
    sizes: dict[int, int] = {}
    waiting: list[tuple[yaml.Node, bool]] = [(root, False)]
    while waiting:
        node, done = waiting.pop()
        if not isinstance(node, yaml.CollectionNode):
            continue
        parts = [part for pair in node.value for part in (pair if isinstance(pair, tuple) else (pair,))]
        if done:
            sizes[id(node)] = 1 + sum(sizes.get(id(part), 1) for part in parts)
        elif id(node) not in sizes:
            sizes[id(node)] = 0
            waiting.append((node, True))
            waiting += [(part, False) for part in parts]
        elif sizes[id(node)] == 0:
            raise Unreadable(node, "yaml-syntax", "this anchor's value contains itself")
    if sizes.get(id(root), 1) > max(_EXPANDED, _RATIO * len(sizes)):
        raise Unreadable(root, "alias-expansion", "its aliases expand to more than any manifest needs")
