"""What YAML text means to Argo CD, and how a value is written so that it means the same to every reader. Pure."""

import json
import math
import re
from collections.abc import Mapping as AnyMapping
from typing import Any

from argocd_gitops_mcp.errors import InvalidValue, NotYAML
from argocd_gitops_mcp.gitops.yaml.places import Alias, Document, Mapping, Node, Scalar, Sequence

# Helm and Argo CD read by go-yaml 2, which takes these of YAML 1.1 for booleans.
_WORDS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "true", "True", "TRUE"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "off", "Off", "OFF", "false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
}
_INTEGER = re.compile(r"[-+]?(0x[0-9a-fA-F_]+|0b[01_]+|0o?[0-7_]+|[1-9][0-9_]*|0)\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9][0-9_]*|[0-9][0-9_]*(\.[0-9_]*)?)([eE][-+]?[0-9]+)?\Z")
_LIKE_NUMBER = re.compile(
    r"[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?\Z"  # 1:30 counts in sixties
    r"|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"  # dates
    r"|\.nan\Z|\.NaN\Z|\.NAN\Z"
)
_PLAIN = re.compile(
    r"(?:[\w/$.+(]|-(?=[\w/$.]))(?:[\w/$.+=@%()~;<>^*&!|?'\"-]|:(?=[\w/$.@%-])| (?=[\w/$.(-]))*\Z", re.ASCII
)
_RADIX = {"x": 16, "b": 2, "o": 8}
_LARGEST = 200_000


def loaded(document: Document, file: str = "the text") -> Any:
    """A document's value, keys as text; parts that are aliased are the same object.

    Raises:
        NotYAML: an alias without its anchor, or aliases that expand without measure.
    """
    return _Loader(file).value(document.root)[0]


class _Loader:
    def __init__(self, file: str) -> None:
        self._file = file
        self._anchors: dict[str, tuple[Any, int]] = {}

    def value(self, node: Node) -> tuple[Any, int]:
        """The value, and how many values it would be without aliases."""
        if isinstance(node, Alias):
            if node.anchor not in self._anchors:
                raise NotYAML(f"{self._file}: *{node.anchor} has no anchor before it.")
            return self._anchors[node.anchor]
        if isinstance(node, Scalar):
            found: tuple[Any, int] = resolved(node), 1
        elif isinstance(node, Sequence):
            parts = [self.value(one) for one in node.items]
            found = [one for one, _ in parts], 1 + sum(size for _, size in parts)
        else:
            found = self._mapping(node)
        if found[1] > _LARGEST:
            raise NotYAML(f"{self._file}: its aliases expand to more than {_LARGEST} values.")
        if node.anchor:
            self._anchors[node.anchor] = found
        return found

    def _mapping(self, node: Mapping) -> tuple[dict[str, Any], int]:
        own: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        size = 1
        for key, item in node.items:
            value, count = self.value(item)
            size += count
            if is_merge(key):
                for one in value if isinstance(value, list) else [value]:
                    merged = {**(one if isinstance(one, dict) else {}), **merged}
            else:
                own[key.text if isinstance(key, Scalar) else str(self.value(key)[0])] = value
        return {**{key: one for key, one in merged.items() if key not in own}, **own}, size


def is_merge(key: Node) -> bool:
    """Whether a key is `<<`."""
    return isinstance(key, Scalar) and key.text == "<<" and not key.style


def resolved(node: Scalar) -> Any:
    """A scalar's value."""
    if node.style or node.tag in {"!", "!!str", "tag:yaml.org,2002:str"}:
        return node.text
    return _typed(node.text)


def _typed(text: str) -> Any:
    if text in _WORDS:
        return _WORDS[text]
    if text[:1] not in set("+-.0123456789"):
        return text
    plain = text.replace("_", "")
    if _INTEGER.match(text):
        digits = plain.lstrip("+-")
        radix = _RADIX.get(digits[1:2], 8 if digits[:1] == "0" and len(digits) > 1 else 10)
        return int(plain, 0) if digits[1:2] in _RADIX else int(plain, radix)
    return float(plain) if _FLOAT.match(text) else text


def scalar(value: Any, style: str = "", *, as_json: bool = False) -> str:
    """A value that is no collection, on one line.

    Args:
        value: string, number, boolean or None.
        style: the quote that stood there; kept where a string can be written with it.
        as_json: whether it goes into JSON.

    Raises:
        InvalidValue: YAML or JSON cannot hold it.
    """
    if isinstance(value, str):
        return _string(value, style, as_json=as_json)
    if value is None or isinstance(value, bool):
        return "null" if value is None else str(value).lower()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float) and math.isfinite(value):
        text = repr(value)
        return text if "." in text or "e" not in text else text.replace("e", ".0e")
    if isinstance(value, float) and not as_json:
        return ".nan" if math.isnan(value) else (".inf" if value > 0 else "-.inf")
    raise InvalidValue(f"{value!r} cannot be written as {'JSON' if as_json else 'YAML'}.")


def _string(value: str, style: str, *, as_json: bool) -> str:
    if as_json:
        return json.dumps(value, ensure_ascii=False)
    is_shown = value.isprintable() and "\ufeff" not in value
    if not style and is_plain(value):
        return value
    if style == "'" and is_shown:
        return "'" + value.replace("'", "''") + "'"
    if is_shown:
        return json.dumps(value, ensure_ascii=False)
    return '"' + "".join(_escaped(one) for one in value) + '"'


def _escaped(one: str) -> str:
    if one in '"\\':
        return f"\\{one}"
    if one.isprintable() and one != "\ufeff":
        return one
    if one == "\n":
        return "\\n"
    return f"\\u{ord(one):04x}" if ord(one) <= 0xFFFF else f"\\U{ord(one):08x}"  # noqa: PLR2004 - four hex digits


def is_plain(value: str) -> bool:
    """Whether a string stays this string without quotes, for readers of YAML 1.1 and 1.2, in blocks and in flow."""
    return (
        _PLAIN.match(value) is not None
        and isinstance(_typed(value), str)
        and _LIKE_NUMBER.match(value) is None
        and value.lower() not in {"yes", "no", "on", "off", "true", "false", "null", "nan", "inf"}
    )


def flow(value: Any, *, as_json: bool = False) -> str:
    """A value on one line: `{a: 1}`."""
    if isinstance(value, AnyMapping):
        pairs = (f"{scalar(str(key), as_json=as_json)}: {flow(one, as_json=as_json)}" for key, one in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(flow(one, as_json=as_json) for one in value) + "]"
    return scalar(value, as_json=as_json)
