"""Argo CD's globs, which are those of github.com/gobwas/glob. Pure."""

import re
from functools import cache

_PIECE = re.compile(r"\*+|\?|\\.|\[!?[^\]]+\]|[{},]|.", re.DOTALL)


_MOST_STARS, _LONGEST = 3, 500


def may_match(glob: str, text: str, separator: str = "") -> bool:
    """Whether a glob matches, or could: what would take long to tell is let match.

    Args:
        glob: where `**` crosses the separator, `*` and `?` do not.
        text: the whole of what it is to match.
        separator: `/` for repositories.
    """
    if glob == "*" or len(re.findall(r"\*+", glob)) > _MOST_STARS or len(text) > _LONGEST:
        return True
    return _expression(glob, separator).fullmatch(text) is not None


@cache
def _expression(glob: str, separator: str) -> re.Pattern[str]:
    one = f"[^{separator}]" if separator else "."
    parts, depth = [], 0
    for piece in _PIECE.findall(glob):
        if piece[0] == "*":
            parts.append(".*" if len(piece) > 1 else f"{one}*")
        elif piece == "?":
            parts.append(one)
        elif piece == "{":
            parts.append("(?:")
            depth += 1
        elif piece == "}" and depth:
            parts.append(")")
            depth -= 1
        elif piece == "," and depth:
            parts.append("|")
        elif piece[0] == "[" and len(piece) > 1:
            parts.append(one)  # a set of characters: any will do here
        else:
            parts.append(re.escape(piece.removeprefix("\\") if len(piece) > 1 else piece))
    return re.compile("".join(parts) + ")" * depth, re.DOTALL)
