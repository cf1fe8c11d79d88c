r"""Argo CD's globs, which are those of gobwas/glob: `*` `**` `?` `[a-c]` `[!abc]` `{a,b}` and `\` to escape. Pure.

Matched by the set of places that can be reached, not by a regular expression: patterns come from anybody's repository,
and none of them may take long.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

Part: TypeAlias = "str | Star | One | Either"


@dataclass(frozen=True, slots=True)
class Star:
    """Any characters but the separator."""

    separator: str


@dataclass(frozen=True, slots=True)
class One:
    """One character."""

    fits: Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Either:
    """One of several patterns."""

    patterns: "Sequence[Sequence[Part]]"


class NoGlob(ValueError):
    """A pattern that cannot be read; Argo CD lets it match nothing."""


def matches(pattern: str, text: str, separator: str = "") -> bool:
    """Whether a pattern matches the whole text; one that cannot be read matches nothing.

    Args:
        pattern: the glob.
        text: what it is held against.
        separator: a character that `*` and `?` do not cross; '' where they cross everything.
    """
    try:
        parts = _read(pattern, separator)
    except NoGlob:
        return False
    return len(text) in _reached(parts, {0}, text)


def _reached(parts: Sequence[Part], places: set[int], text: str) -> set[int]:
    for part in parts:
        match part:
            case str():
                places = {place + len(part) for place in places if text.startswith(part, place)}
            case Star():
                places = set(_run(places, text, part.separator))
            case One():
                places = {place + 1 for place in places if place < len(text) and part.fits(text[place])}
            case Either():
                places = {place for one in part.patterns for place in _reached(one, places, text)}
    return places


def _run(places: set[int], text: str, separator: str) -> Iterator[int]:
    """Every place that can be reached from these without crossing the separator."""
    reaches = False
    for place in range(len(text) + 1):
        reaches = place in places or (reaches and text[place - 1] != separator)
        if reaches:
            yield place


@lru_cache(maxsize=1024)
def _read(pattern: str, separator: str) -> Sequence[Part]:
    return tuple(_Reader(pattern, separator).sequence(inside=False))


class _Reader:
    """The pattern, from left to right."""

    def __init__(self, pattern: str, separator: str) -> None:
        self._pattern, self._separator, self._at = pattern, separator, 0

    def _next(self) -> str:
        """The next character; '' at the end."""
        found = self._pattern[self._at : self._at + 1]
        self._at += 1
        return found

    def _peek(self) -> str:
        return self._pattern[self._at : self._at + 1]

    def sequence(self, *, inside: bool) -> list[Part]:
        """Up to the end, or inside of braces to the `,` or `}` that ends this alternative, which is left."""
        parts: list[Part] = []
        while (sign := self._peek()) and not (inside and sign in ",}"):
            self._at += 1
            parts.append(self._part(sign))
        if inside and not sign:
            raise NoGlob("{")
        return parts

    def _part(self, sign: str) -> Part:
        match sign:
            case "*":
                doubled = self._peek() == "*"
                self._at += doubled
                return Star("" if doubled else self._separator)
            case "?":
                separator = self._separator
                return One(lambda one: one != separator)
            case "[":
                return self._class()
            case "{":
                return self._either()
            case "\\":
                return self._escaped()
        return sign

    def _escaped(self) -> str:
        if not self._peek():
            raise NoGlob("\\")
        return self._next()

    def _either(self) -> Either:
        patterns = [tuple(self.sequence(inside=True))]
        while self._next() == ",":
            patterns.append(tuple(self.sequence(inside=True)))
        return Either(tuple(patterns))

    def _class(self) -> One:
        denies = self._peek() == "!"
        self._at += denies
        first = self._next()
        if self._peek() == "-" and first:
            self._at += 1
            last = self._next()
            if not last or last < first or self._next() != "]":
                raise NoGlob("[")
            return One(lambda one: (first <= one <= last) is not denies)
        self._at -= 1
        allowed: set[str] = set()
        while (sign := self._next()) != "]":
            if not sign:
                raise NoGlob("[")
            allowed.add(self._escaped() if sign == "\\" else sign)
        if not allowed:
            raise NoGlob("[")
        return One(lambda one: (one in allowed) is not denies)
