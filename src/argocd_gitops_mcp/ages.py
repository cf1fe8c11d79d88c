"""How long ago something was, for people. Pure."""

from datetime import datetime

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "m"))


def seconds(stamp: str, now: str) -> float | None:
    """Seconds from one RFC 3339 time to another, never negative: clocks differ. None where either is no time."""
    try:
        return max((datetime.fromisoformat(now) - datetime.fromisoformat(stamp)).total_seconds(), 0.0)
    except (ValueError, TypeError):
        return None


def short(passed: float) -> str:
    """`3d`, `4h`, `12m`, `8s`."""
    for size, unit in _UNITS:
        if passed >= size:
            return f"{int(passed // size)}{unit}"
    return f"{int(passed)}s"


def ago(stamp: str, now: str) -> str:
    """`12m ago`; the time itself where that cannot be told."""
    passed = seconds(stamp, now)
    return stamp if passed is None else f"{short(passed)} ago"
