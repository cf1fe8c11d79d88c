"""Cron schedules of five fields, as far as sync windows need them: was there a start in the last so many minutes?"""

from dataclasses import dataclass
from datetime import datetime, timedelta

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
# Least and greatest value, and names of values.
FIELDS: tuple[tuple[int, int, tuple[str, ...]], ...] = (
    (0, 59, ()),
    (0, 23, ()),
    (1, 31, ()),
    (1, 12, MONTHS),
    (0, 6, DAYS),
)


@dataclass(frozen=True)
class Schedule:
    """The minutes, hours, days, months and weekdays of a schedule."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    any_day: bool

    def starts_on(self, moment: datetime) -> bool:
        """Whether the day is one of the schedule's: either kind of day will do, unless one of them is a star."""
        days, weekdays = moment.day in self.days, (moment.weekday() + 1) % 7 in self.weekdays
        return moment.month in self.months and (days and weekdays if self.any_day else days or weekdays)

    def started_within(self, now: datetime, seconds: float) -> bool:
        """Whether a minute of the schedule lies between `seconds` ago and now."""
        moment, oldest = now.replace(second=0, microsecond=0), now - timedelta(seconds=seconds)
        if moment == now:
            moment -= timedelta(minutes=1)
        while moment > oldest:
            if not self.starts_on(moment):
                moment = moment.replace(hour=0, minute=0)
            elif moment.hour not in self.hours:
                moment = moment.replace(minute=0)
            elif moment.minute in self.minutes:
                return True
            moment -= timedelta(minutes=1)
        return False


def parse(text: str) -> Schedule:
    """A schedule; ValueError in the words of Argo CD's parser."""
    parts = text.split()
    if not text:
        raise ValueError("empty spec string")
    if text.startswith("@"):
        raise ValueError(f"parser does not accept descriptors: {text}")
    if len(parts) != len(FIELDS):
        raise ValueError(f"expected exactly {len(FIELDS)} fields, found {len(parts)}: [{' '.join(parts)}]")
    minutes, hours, days, months, weekdays = (
        frozenset(value for piece in part.split(",") if piece for value in _range(piece, *field))
        for part, field in zip(parts, FIELDS, strict=True)
    )
    any_day = parts[2][0] in "*?" or parts[4][0] in "*?"
    return Schedule(minutes, hours, days, months, weekdays, any_day)


def _range(piece: str, least: int, greatest: int, names: tuple[str, ...]) -> range:
    span, slash, step = piece.partition("/")
    first, hyphen, last = span.partition("-")
    if "/" in step or "-" in last:
        raise ValueError(f"too many {'slashes' if '/' in step else 'hyphens'}: {piece}")
    if first in {"*", "?"}:
        start, end = least, greatest
    else:
        start = _number(first, names, least)
        end = _number(last, names, least) if hyphen else (greatest if slash else start)
    if start < least:
        raise ValueError(f"beginning of range ({start}) below minimum ({least}): {piece}")
    if end > greatest:
        raise ValueError(f"end of range ({end}) above maximum ({greatest}): {piece}")
    if start > end:
        raise ValueError(f"beginning of range ({start}) beyond end of range ({end}): {piece}")
    width = _number(step, (), 0) if slash else 1
    if width == 0:
        raise ValueError(f"step of range should be a positive number: {piece}")
    return range(start, end + 1, width)


def _number(text: str, names: tuple[str, ...], least: int) -> int:
    if text.lower() in names:
        return names.index(text.lower()) + least
    if not text.isdigit():
        raise ValueError(f'failed to parse int from {text}: strconv.Atoi: parsing "{text}": invalid syntax')
    return int(text)
