"""When a sync window opens and closes next, as SyncWindow.active of Argo CD's v1alpha1 types reads it. Pure.

Whether it is open now Argo CD tells itself; a schedule that cannot be read here has no next change.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_FIELDS: tuple[tuple[int, int, tuple[str, ...]], ...] = (
    (0, 59, ()),
    (0, 23, ()),
    (1, 31, ()),
    (1, 12, _MONTHS),
    (0, 6, _DAYS),
)
_SIZES = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ns": 1e-9}
_DURATION = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(h|ms|m|s|us|µs|μs|ns)")
_HORIZON = timedelta(days=5 * 366)  # robfig/cron gives up after five years, too
_OVERLAPS = 500  # `* * * * *` never closes


@dataclass(frozen=True, slots=True)
class _Schedule:
    """The values of each field, in their order."""

    minutes: Sequence[int]
    hours: Sequence[int]
    days: Sequence[int]
    months: Sequence[int]
    weekdays: Sequence[int]
    has_star: bool

    def is_on(self, day: datetime) -> bool:
        """Whether a day is one of its days: either kind will do, unless one of them is a star."""
        in_month, in_week = day.day in self.days, (day.weekday() + 1) % 7 in self.weekdays
        return day.month in self.months and (in_month and in_week if self.has_star else in_month or in_week)


@dataclass(frozen=True, slots=True)
class Change:
    """The next moment at which a window is no longer what it is.

    Args:
        opens: whether it opens then, rather than closes.
        seconds: from now until then.
    """

    opens: bool
    seconds: float


def next_change(schedule: str, duration: str, zone: str, now: datetime) -> Change | None:
    """When a window opens or closes next; None where that is never, or cannot be told.

    Args:
        schedule: five fields of cron.
        duration: as Go writes it, `1h30m`.
        zone: as in the time zone database.
        now: with its time zone.
    """
    try:
        read = _parsed(schedule)
        # Argo CD adds the zone's present offset to the clock, whenever that is going to change.
        offset = now.astimezone(ZoneInfo(zone or "UTC")).utcoffset() or timedelta()
        local = now.astimezone(UTC).replace(tzinfo=None) + offset
        lasts = timedelta(seconds=_seconds(duration))
    except (ValueError, ZoneInfoNotFoundError, OverflowError, OSError):
        return None
    starts = _starts(read, local - lasts, local + _HORIZON)
    first = next(starts, None)
    if first is None or first >= local:
        return None if first is None else Change(opens=True, seconds=(first - local).total_seconds())
    end = first + lasts
    for start in islice(starts, _OVERLAPS):
        if start > end:
            return Change(opens=False, seconds=(end - local).total_seconds())
        end = start + lasts
    return None


def _starts(read: _Schedule, after: datetime, until: datetime) -> Iterator[datetime]:
    """The minutes of a schedule, in their order."""
    day = after.replace(hour=0, minute=0, second=0, microsecond=0)
    while day < until:
        if read.is_on(day):
            times = (day.replace(hour=hour, minute=minute) for hour in read.hours for minute in read.minutes)
            yield from (moment for moment in times if moment > after)
        day += timedelta(days=1)


def _parsed(schedule: str) -> _Schedule:
    parts = schedule.split()
    if len(parts) != len(_FIELDS):
        raise ValueError(schedule)
    minutes, hours, days, months, weekdays = (
        sorted({one for piece in part.split(",") if piece for one in _range(piece, *field)})
        for part, field in zip(parts, _FIELDS, strict=True)
    )
    return _Schedule(minutes, hours, days, months, weekdays, any(part[0] in "*?" for part in (parts[2], parts[4])))


def _range(piece: str, least: int, greatest: int, words: tuple[str, ...]) -> range:
    span, slash, step = piece.partition("/")
    first, hyphen, last = span.partition("-")
    if first in {"*", "?"}:
        start, end = least, greatest
    else:
        start = _number(first, words, least)
        end = _number(last, words, least) if hyphen else (greatest if slash else start)
    if not least <= start <= end <= greatest:
        raise ValueError(piece)
    return range(start, end + 1, int(step) if slash else 1)


def _number(text: str, words: tuple[str, ...], least: int) -> int:
    return words.index(text.lower()) + least if text.lower() in words else int(text)


def _seconds(duration: str) -> float:
    found = _DURATION.findall(duration)
    if not found or "".join(number + unit for number, unit in found) != duration:
        raise ValueError(duration)
    return sum(float(number) * _SIZES[unit] for number, unit in found)
