"""Label selectors in Kubernetes' syntax: `team=shop,tier in (web, api),!legacy,cost>5`. Pure."""

import re
from collections.abc import Callable, Iterator, Mapping

from argocd_gitops_mcp.errors import InvalidArgument

Matches = Callable[[Mapping[str, str]], bool]

# apimachinery/pkg/labels/selector.go: the lexer's tokens.
_TOKEN = re.compile(r"\s*(==|!=|[=!(),<>]|[^\s=!(),<>]+)")
_NAME = r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
_PREFIX = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"
_KEY = re.compile(rf"({_PREFIX}/)?{_NAME}")
_VALUE = re.compile(rf"({_NAME})?")
_EXAMPLES = "team=shop, team!=shop, team in (shop,web), team notin (shop), team, !team"


def parsed(text: str) -> Matches:
    """Whether labels fit.

    Raises:
        InvalidArgument: it is no selector; says where it goes wrong.
    """
    tests = list(_Reader(text).requirements())
    if len(tests) == 1:
        return tests[0]
    return lambda labels: all(test(labels) for test in tests)


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = [match[1] for match in _TOKEN.finditer(text.rstrip())]
        self._at = 0

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _take(self) -> str:
        token = self._peek()
        self._at += 1
        return token

    def requirements(self) -> Iterator[Matches]:
        while True:
            yield self._requirement()
            if not self._peek():
                return
            if (mark := self._take()) != ",":
                raise self._wrong(mark, "a comma")

    def _requirement(self) -> Matches:
        if self._peek() == "!":
            self._take()
            missing = self._key()
            return lambda labels: missing not in labels
        key = self._key()
        match self._peek():
            case "" | ",":
                return lambda labels: key in labels
            case "=" | "==" | "!=":
                positive = self._take() != "!="
                values = {self._value()}
            case "<" | ">":
                return _ordered(key, self._take(), self._number())
            case "in" | "notin":
                positive = self._take() == "in"
                values = self._values()
            case other:
                raise self._wrong(other, "=, ==, !=, in, notin, < or >")
        if positive:
            return lambda labels: labels.get(key) in values
        return lambda labels: labels.get(key) not in values

    def _key(self) -> str:
        key = self._take()
        if not _KEY.fullmatch(key):
            raise self._wrong(key, "a label's name")
        return key

    def _value(self) -> str:
        """The value; `team=` asks for the empty one."""
        value = "" if self._peek() in ("", ",", ")") else self._take()
        if not _VALUE.fullmatch(value):
            raise self._wrong(value, "a label's value")
        return value

    def _number(self) -> int:
        value = self._take()
        if not re.fullmatch(r"-?\d+", value):
            raise self._wrong(value, "a whole number")
        return int(value)

    def _values(self) -> set[str]:
        if (mark := self._take()) != "(":
            raise self._wrong(mark, "(")
        values = {self._value()}
        while (mark := self._take()) == ",":
            values.add(self._value())
        if mark != ")":
            raise self._wrong(mark, ")")
        return values

    def _wrong(self, found: str, wanted: str) -> InvalidArgument:
        what = f"{found!r} stands" if found else "it ends"
        return InvalidArgument(
            f"selector: {what} where {wanted} is expected, in {self._text!r}.", hint=f"For example: {_EXAMPLES}."
        )


def _ordered(key: str, mark: str, number: int) -> Matches:
    def test(labels: Mapping[str, str]) -> bool:
        value = labels.get(key, "")
        if not re.fullmatch(r"-?\d+", value):
            return False
        return int(value) > number if mark == ">" else int(value) < number

    return test
