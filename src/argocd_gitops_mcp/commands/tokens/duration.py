"""How long a token lives: from `12h` to seconds, and from seconds to words. Pure."""

import re

from argocd_gitops_mcp.errors import InvalidArgument

_SECONDS = {"w": 7 * 86400, "d": 86400, "h": 3600, "m": 60, "s": 1}
_NAMES = {86400: "day", 3600: "hour", 60: "minute", 1: "second"}
_WHOLE = re.compile(r"(?:[0-9]{1,9}[wdhms])+")
_PART = re.compile(r"([0-9]+)([wdhms])")
LONGEST = 100 * 365 * 86400
"""Argo CD counts in nanoseconds of 64 bits: far more would wrap around."""


def seconds(text: str) -> int:
    """Seconds of a duration such as 12h, 30d or 1d12h.

    Raises:
        InvalidArgument: it is none, nothing, or above a hundred years.
    """
    if not _WHOLE.fullmatch(text):
        raise InvalidArgument(
            f"{text[:40]!r} is not a duration.", hint="Write it like 12h, 30d or 1d12h (w, d, h, m, s)."
        )
    total = sum(int(count) * _SECONDS[unit] for count, unit in _PART.findall(text))
    if not 0 < total <= LONGEST:
        raise InvalidArgument(f"{text[:40]!r} is not between 1s and 36500d.", hint="Without end only with --no-expiry.")
    return total


def words(count: float) -> str:
    """Seconds in the largest unit that fills twice, such as `30 days` or `36 hours`."""
    whole = max(int(count), 0)
    size = next((size for size in _NAMES if whole >= 2 * size), 1)
    number = round(whole / size)
    return f"{number} {_NAMES[size]}{'' if number == 1 else 's'}"
