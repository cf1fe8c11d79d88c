"""Making a record smaller, its heaviest part first, and telling what was cut; sizes are bytes. Pure."""

from collections.abc import Collection, Iterable, Sequence
from itertools import islice
from typing import Any

import msgspec

from argocd_gitops_mcp.views.text import size, within

_SHORT = 100
"""Text of so many characters is left out rather than shortened."""
_PATH = 120
_NOTE = 60
"""Bytes that a note of what was cut takes."""


def json(value: Any) -> str:
    """As compact JSON."""
    return msgspec.json.encode(value).decode()


def weight(value: Any) -> int:
    """Bytes of a value as compact JSON."""
    return len(msgspec.json.encode(value))


def fitted(fields: dict[str, Any], limit: int, whole: Collection[str] = (), more: str = "") -> str:
    """The fields as JSON of at most `limit` bytes; changes them where they are too long, and says so in `cut`.

    Args:
        fields: what is told.
        limit: bytes.
        whole: fields that are never cut: half of an id is none.
        more: how to get what was cut.
    """
    said = fields.get("cut", [])
    notes: dict[str, str] = {}
    totals: dict[str, int] = {}
    while (over := weight(fields) - limit) > 0:
        heavy = _heaviest(fields, whole)
        if heavy is None:
            break
        where, note = _shorten(fields, heavy, str(heavy), totals, over)
        notes = {path: one for path, one in notes.items() if not f"{path}.".startswith(f"{where}.")} | {where: note}
        fields["cut"] = [*said, *some(list(notes.values()), limit // 4), *([more] if more else [])]
    return json(fields)


def some(notes: Sequence[str], room: int, unit: str = "parts") -> list[str]:
    """As many of them as fit into so many bytes, the others counted."""
    kept: list[str] = []
    for one in notes:
        room -= size(one) + 3
        if room < 0:
            return [*kept, f"and {len(notes) - len(kept)} more {unit}"]
        kept.append(one)
    return kept


def listed(items: Collection[str], most: int, room: int = 1_000) -> str:
    """The first ones, separated by commas, the others counted."""
    shown: list[str] = []
    for one in islice(items, most):
        room -= size(one) + 2
        if room < 0:
            break
        shown.append(one)
    more = len(items) - len(shown)
    if not more:
        return ", ".join(shown)
    return f"{', '.join(shown)} and {more} more" if shown else str(more)


def fitting(lines: Iterable[str], room: int) -> int:
    """How many of the first lines fit into so many bytes."""
    count = 0
    for one in lines:
        room -= size(one) + 1
        if room < 0:
            break
        count += 1
    return count


def _heaviest(fields: dict[str, Any], whole: Collection[str]) -> str | None:
    sizes = {
        name: weight(value)
        for name, value in fields.items()
        if name != "cut" and name not in whole and _can_shrink(value)
    }
    return max(sizes, key=lambda name: sizes[name]) if sizes else None


def _can_shrink(value: Any) -> bool:
    return bool(value) and isinstance(value, (list, dict, str))


def _shorten(holder: Any, at: str | int, where: str, totals: dict[str, int], over: int) -> tuple[str, str]:
    """Make what stands there smaller by as much as is too much, but not by much more than a third at a time."""
    value = holder[at]
    inner = _inside(value)
    if inner is not None:
        place = where if isinstance(inner, int) else within(f"{where}.{inner}", _PATH)
        return _shorten(value, inner, place, totals, over)
    total = totals.setdefault(where, len(value))
    if isinstance(value, str) and len(value) > _SHORT:
        holder[at] = _beginning(value, over)
        return where, f"{where}: {len(holder[at])} of {total} characters shown"
    if isinstance(value, (list, dict)) and len(value) > 1:
        kept = _kept(value if isinstance(value, list) else list(value.items()), over)
        holder[at] = value[:kept] if isinstance(value, list) else dict(islice(value.items(), kept))
        return where, f"{where}: {kept} of {total} shown"
    del holder[at]
    return where, f"{where}: left out"


def _beginning(text: str, over: int) -> str:
    """Half of it at least; whole lines, where it has some."""
    half = size(text) // 2
    kept = within(text, max(size(text) - over - _NOTE, half))
    lines, newline, _ = kept.rpartition("\n")
    return f"{lines}{newline}…" if size(lines) > half // 2 else f"{kept}…"


def _kept(items: Sequence[Any], over: int) -> int:
    kept, least = len(items), len(items) * 2 // 3
    left = over + _NOTE
    while kept > max(least, 1) and left > 0:
        kept -= 1
        left -= weight(items[kept])
    return kept


def _inside(value: Any) -> str | int | None:
    """Where in a container most of it is; None where it is spread, or the value is text."""
    if isinstance(value, list):
        return 0 if len(value) == 1 and _is_heavy(value[0]) else None
    if isinstance(value, dict):
        half = weight(value) / 2
        return next((name for name, one in value.items() if _is_heavy(one) and weight(one) > half), None)
    return None


def _is_heavy(value: Any) -> bool:
    return bool(value) and (isinstance(value, (list, dict)) or (isinstance(value, str) and len(value) > _SHORT))
