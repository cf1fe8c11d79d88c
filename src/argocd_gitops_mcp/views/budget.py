"""Making a record smaller, its heaviest part first, and telling what was cut. Pure."""

from collections.abc import Container
from itertools import islice
from typing import Any

import msgspec

_SHORT = 100
"""Text of so many characters is left out rather than shortened."""
_PATH = 120


def json(value: Any) -> str:
    """As compact JSON."""
    return msgspec.json.encode(value).decode()


def fitted(fields: dict[str, Any], limit: int, whole: Container[str] = ()) -> str:
    """The fields as JSON of at most `limit` characters; changes them where they are too long, and says so in `cut`.

    Fields named in `whole` are never cut: half of an id is none.
    """
    said = fields.get("cut", [])
    notes: dict[str, str] = {}
    totals: dict[str, int] = {}
    while len(text := json(fields)) > limit:
        heavy = _heaviest(fields, whole)
        if heavy is None:
            break
        where, note = _shorten(fields, heavy, str(heavy), totals)
        notes = {path: one for path, one in notes.items() if not path.startswith(where)} | {where: note}
        fields["cut"] = [*said, *notes.values()]
    return text


def _heaviest(fields: dict[str, Any], whole: Container[str]) -> str | None:
    sizes = {
        name: len(json(value))
        for name, value in fields.items()
        if name != "cut" and name not in whole and _can_shrink(value)
    }
    return max(sizes, key=lambda name: sizes[name]) if sizes else None


def _can_shrink(value: Any) -> bool:
    return bool(value) and isinstance(value, (list, dict, str))


def _shorten(holder: Any, at: str | int, where: str, totals: dict[str, int]) -> tuple[str, str]:
    value = holder[at]
    inner = _inside(value)
    if inner is not None:
        return _shorten(value, inner, where if isinstance(inner, int) else f"{where}.{inner}"[:_PATH], totals)
    total = totals.setdefault(where, len(value))
    if isinstance(value, str) and len(value) > _SHORT:
        holder[at] = value[: len(value) // 2] + "…"
        return where, f"{where}: {len(holder[at])} of {total} characters shown"
    if isinstance(value, (list, dict)) and len(value) > 1:
        kept = len(value) * 2 // 3
        holder[at] = value[:kept] if isinstance(value, list) else dict(islice(value.items(), kept))
        return where, f"{where}: {kept} of {total} shown"
    del holder[at]
    return where, f"{where}: left out"


def _inside(value: Any) -> str | int | None:
    """Where in a container most of it is; None where it is spread, or the value is text."""
    if isinstance(value, list):
        return 0 if len(value) == 1 and _is_heavy(value[0]) else None
    if isinstance(value, dict):
        half = len(json(value)) / 2
        return next((name for name, one in value.items() if _is_heavy(one) and len(json(one)) > half), None)
    return None


def _is_heavy(value: Any) -> bool:
    return bool(value) and (isinstance(value, (list, dict)) or (isinstance(value, str) and len(value) > _SHORT))
