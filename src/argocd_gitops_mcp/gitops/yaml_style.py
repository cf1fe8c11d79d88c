"""Data as YAML text, the same in YAML 1.1 and 1.2: two spaces, keys in their order, strings that stay strings. Pure."""

import re
from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.representer import RoundTripRepresenter
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString

# What begins with a letter is a string, but for these: Go's YAML reads 1.1, where they are booleans.
_WORDS = frozenset(("y", "yes", "n", "no", "on", "off", "true", "false", "null"))
_PLAIN = re.compile(r"[A-Za-z/$][^\x00-\x1f\x7f-\U0010ffff]*")


class _Representer(RoundTripRepresenter):
    pass


_Representer.add_representer(type(None), lambda self, _: self.represent_scalar("tag:yaml.org,2002:null", "null"))


class _Writer(YAML):
    def __init__(self) -> None:
        super().__init__(typ="rt")
        self.indent(mapping=2, sequence=4, offset=2)
        self.Representer = _Representer
        self.width = 1 << 30  # no folding


def styled(value: Any, *, flow: bool = False) -> Any:
    """JSON-like data with each string in the style it is written in."""
    if isinstance(value, dict):
        pairs = CommentedMap((styled(key, flow=True), styled(one, flow=flow)) for key, one in value.items())
        if flow:
            pairs.fa.set_flow_style()
        return pairs
    if isinstance(value, list):
        items = CommentedSeq(styled(one, flow=flow) for one in value)
        if flow:
            items.fa.set_flow_style()
        return items
    if not isinstance(value, str):
        return value
    if not flow and _fits_a_block(value):
        return LiteralScalarString(value)
    if _PLAIN.fullmatch(value) and value.lower() not in _WORDS and value == value.rstrip():
        return value  # the emitter quotes it where it has to
    return DoubleQuotedScalarString(value)


def dumped(value: Any) -> str:
    """A whole document."""
    stream = StringIO()
    _Writer().dump(styled(value), stream)
    return stream.getvalue()


def after_colon(value: Any, indent: int) -> str:
    """What follows `key:` of a key that stands `indent` to the right; begins with a space or a line end."""
    return _indented(dumped({"k": value})[2:], indent)


def after_dash(value: Any, column: int) -> str:
    """What follows the `-` of a list's item, whose dash stands at `column`."""
    return _indented(dumped([value]).replace("\n  ", "\n")[3:], column)


def in_flow(value: Any) -> str:
    """A value inside of braces or brackets."""
    stream = StringIO()
    _Writer().dump(styled([value], flow=True), stream)
    return stream.getvalue().strip()[1:-1]


def _fits_a_block(value: str) -> bool:
    """Whether a literal block says exactly this."""
    lines = value.removesuffix("\n").split("\n")
    return (
        "\n" in value
        and lines[0][:1].strip() != ""
        and lines[-1] != ""
        and all(line.isascii() and line.isprintable() and line == line.rstrip() for line in lines)
    )


def _indented(text: str, indent: int) -> str:
    first, *others = text.rstrip("\n").split("\n")
    return "\n".join([first, *(f"{' ' * indent}{line}" if line else line for line in others)])
