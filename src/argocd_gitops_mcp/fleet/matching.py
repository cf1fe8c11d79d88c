"""Finding applications by words, also mistyped ones. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from functools import lru_cache

from argocd_gitops_mcp.fleet.row import Row

EXACT, IN_NAME, ELSEWHERE, NEAR = 0, 1, 2, 3
"""How well an application fits; from NEAR on, in hundredths, it only resembles what was asked for."""

_ALIKE = 0.75
_SHORTEST = 3
_CANDIDATES = 150
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


def tier(row: Row, wanted: Sequence[str]) -> int:
    """How well one that contains every word fits."""
    if len(wanted) == 1 and row.name == wanted[0]:
        return EXACT
    return IN_NAME if all(word in row.name for word in wanted) else ELSEWHERE


def resembling(rows: Iterable[Row], wanted: Sequence[str]) -> list[tuple[int, Row]]:
    """Those with something like each word, with how far they are from it: the nearest, and what is hardly farther."""
    found = list(rows)
    for word in wanted:
        found = _candidates(found, word)
    ranked = sorted(((min(_alike(row, word) for word in wanted), row) for row in found), key=lambda one: -one[0])
    if not ranked or ranked[0][0] < _ALIKE:
        return []
    least = max(_ALIKE, ranked[0][0] - _HARDLY)
    return [(NEAR + round((1 - alike) * 100), row) for alike, row in ranked[:_SHOWN] if alike >= least]


def _candidates(rows: list[Row], word: str) -> list[Row]:
    """Those that share most with the word: two slips leave at least half of its four or five parts whole."""
    if len(word) < _SHORTEST:
        return [row for row in rows if word in row.text]
    size = max(len(word) // 4, 2)
    # Pairs of letters are too common to be told by few of them.
    step = size if size > 2 else 1  # noqa: PLR2004
    parts = [word[at : at + size] for at in range(0, len(word) - size + 1, step)]
    shared = Counter[int]()
    for part in parts:
        shared.update([index for index, row in enumerate(rows) if part in row.text])
    return [rows[index] for index, _ in shared.most_common(_CANDIDATES)]


def _alike(row: Row, word: str) -> float:
    if word in row.text:
        return 1.0
    tokens = [token for token in _WORD.split(row.text) if len(token) >= _SHORTEST]
    return max([_ratio(row.name, word), *(_ratio(token, word) - _IN_PART for token in tokens)])


@lru_cache(maxsize=10_000)
def _ratio(token: str, word: str) -> float:
    # The quick ones are upper bounds.
    matcher = SequenceMatcher(None, token, word, autojunk=False)
    if matcher.real_quick_ratio() < _ALIKE or matcher.quick_ratio() < _ALIKE:
        return 0.0
    return matcher.ratio()
