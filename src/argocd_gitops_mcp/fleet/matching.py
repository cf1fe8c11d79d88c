"""Finding applications by words, also mistyped ones. Pure."""

import re
from collections.abc import Callable, Iterable, Sequence
from difflib import SequenceMatcher
from heapq import nlargest
from itertools import compress, repeat
from operator import add, attrgetter, contains, itemgetter

from argocd_gitops_mcp.fleet.row import Row

EXACT, IN_NAME, ELSEWHERE, NEAR = 0, 1, 2, 3
"""How well an application fits; from NEAR on, in hundredths, it only resembles what was asked for."""

_ALIKE = 0.75
_SHORTEST = 3
_CANDIDATES = 80
_COMMON = 3_000
_NAME, _TEXT = attrgetter("name"), attrgetter("text")
_SHOWN = 20
_HARDLY = 0.05
_IN_PART = 0.02
"""The whole name comes before a part of one."""
_WORD = re.compile(r"[^a-z0-9]+")


def words(text: str) -> tuple[str, ...]:
    """All of which must be found."""
    return tuple(text.lower().split())


def containing(rows: Iterable[Row], wanted: Sequence[str]) -> list[Row]:
    """Those whose name, namespaces, project, repositories and labels contain every word."""
    found = list(rows)
    for word in wanted:
        found = [row for row in found if word in row.text]
    return found


def tiers(rows: Sequence[Row], wanted: Sequence[str]) -> dict[int, list[Row]]:
    """Those that contain every word, by how well they fit."""
    named = list(rows)
    for word in wanted:
        named = [row for row in named if word in row.name]
    exact = [row for row in named if row.name == wanted[0]] if len(wanted) == 1 else []
    found = {EXACT: exact, IN_NAME: [row for row in named if row.name != wanted[0]] if exact else named}
    if len(named) < len(rows):
        found[ELSEWHERE] = [row for row in rows if not all([word in row.name for word in wanted])]  # noqa: C419 - quicker
    return {tier: some for tier, some in found.items() if some}


def resembling(rows: Iterable[Row], wanted: Sequence[str]) -> list[tuple[int, Row]]:
    """Those with something like each word, with how far they are from it: the nearest, and what is hardly farther."""
    known = list(rows)
    # Slips are made in names as a rule, and these are short.
    near = _nearest(_candidates(known, wanted[0], _NAME), wanted) if len(wanted) == 1 else []
    if near:
        return near
    for word in wanted:
        known = _candidates(known, word, _TEXT)
    return _nearest(known, wanted)


def _nearest(rows: Iterable[Row], wanted: Sequence[str]) -> list[tuple[int, Row]]:
    likenesses = [_Likeness(word) for word in wanted]
    ranked = sorted(((min(one.of(row) for one in likenesses), row) for row in rows), key=lambda one: -one[0])
    if not ranked or ranked[0][0] < _ALIKE:
        return []
    least = max(_ALIKE, ranked[0][0] - _HARDLY)
    return [(NEAR + round((1 - alike) * 100), row) for alike, row in ranked[:_SHOWN] if alike >= least]


def _candidates(rows: list[Row], word: str, where: Callable[[Row], str]) -> list[Row]:
    """Those that share most with the word: what one slip leaves whole is most of its parts."""
    parts = _parts(word)
    if not parts:
        return [row for row in rows if word in where(row)]
    shared = _shared(map(where, rows), parts)
    found: list[Row] = []
    for most in sorted(set(shared) - {0}, reverse=True):
        equal = list(compress(rows, map(most.__eq__, shared)))
        room = _CANDIDATES - len(found)
        # What comes second is looked through less.
        looked = equal[: _COMMON if not found else _COMMON // 4]
        found += equal if len(equal) <= room else _most_like(looked, word, room)
        if len(found) == _CANDIDATES:
            break
    return found


def _most_like(rows: list[Row], word: str, count: int) -> list[Row]:
    """Of more than can be compared in full, those whose name has most of the word's pairs of letters."""
    pairs = {word[at : at + 2] for at in range(len(word) - 1)}
    alike = zip(_shared(map(_NAME, rows), pairs), rows, strict=True)
    return [row for _, row in nlargest(count, alike, key=itemgetter(0))]


def _shared(texts: Iterable[str], parts: Iterable[str]) -> list[int]:
    """How many of the parts each text has."""
    known = list(texts)
    counts = [0] * len(known)
    for part in parts:
        counts = list(map(add, counts, map(contains, known, repeat(part))))
    return counts


def _parts(word: str) -> list[str]:
    """Four or fewer, all over the word, and so short that one slip leaves some of them whole."""
    if len(word) < _SHORTEST:
        return []
    size = max(len(word) // 4, 3) if len(word) > 7 else 2  # noqa: PLR2004 - pairs are common: few tell little
    last = len(word) - size
    return [word[at : at + size] for at in sorted({round(number * last / 3) for number in range(4)})]


class _Likeness:
    """How much a word is found in rows, many of which share their words."""

    def __init__(self, word: str) -> None:
        self._word = word
        self._known: dict[str, float] = {}
        self._matcher = SequenceMatcher(None, "", word, autojunk=False)

    def of(self, row: Row) -> float:
        """1 where it is found as it is."""
        if self._word in row.text:
            return 1.0
        tokens = [token for token in _WORD.split(row.text) if len(token) >= _SHORTEST]
        return max([self._ratio(row.name), *(self._ratio(token) - _IN_PART for token in tokens)])

    def _ratio(self, token: str) -> float:
        known = self._known.get(token)
        if known is None:
            self._matcher.set_seq1(token)
            # The quick ones are upper bounds.
            is_far = self._matcher.real_quick_ratio() < _ALIKE or self._matcher.quick_ratio() < _ALIKE
            known = self._known[token] = 0.0 if is_far else self._matcher.ratio()
        return known
