"""What Argo CD and Kubernetes accept as a schedule and as a duration, as robfig/cron and Go read them. Pure."""

import re

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_FIELDS: tuple[tuple[str, int, int, tuple[str, ...]], ...] = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day", 1, 31, ()),
    ("month", 1, 12, _MONTHS),
    ("weekday", 0, 6, _DAYS),
)
_NAMED = ("@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly")
_EVERY = "@every "
_ZONE = re.compile(r"^(CRON_)?TZ=\S+ +")
_PIECE = re.compile(r"([*?]|[+0-9A-Za-z]+)(?:-([+0-9A-Za-z]+))?(?:/([+0-9]+))?")
_NUMBER = re.compile(r"\+?[0-9]+")
_DURATION = re.compile(r"[-+]?(0|((\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h))+)")


def is_duration(text: str) -> bool:
    """Whether Go reads this as a duration, such as `90s` or `1h30m`; it knows no days."""
    return _DURATION.fullmatch(text) is not None


def refusal(schedule: str, *, named: bool = False) -> str:
    """Why a schedule is none, in a few words; '' if it is one.

    Args:
        schedule: its text.
        named: whether `@daily` and the like will do, as they do for a CronJob but not for a sync window.
    """
    if schedule.startswith("@"):
        if not named:
            return "names such as @daily are not read here"
        known = schedule in _NAMED or (schedule.startswith(_EVERY) and is_duration(schedule.removeprefix(_EVERY)))
        return "" if known else f"there is no {schedule!r}"
    if not named:
        schedule = _ZONE.sub("", schedule)  # which Kubernetes refuses in favour of timeZone
    fields = schedule.split()
    if len(fields) != len(_FIELDS):
        return f"it takes five fields (minute, hour, day, month, weekday), not {len(fields)}"
    for given, (name, least, greatest, words) in zip(fields, _FIELDS, strict=True):
        # An empty piece beside a comma is passed over by its parser.
        for piece in given.split(","):
            if piece and not _is_range(piece, least, greatest, words):
                return f"{piece!r} is no {name} ({least} to {greatest})"
    return ""


def _is_range(piece: str, least: int, greatest: int, words: tuple[str, ...]) -> bool:
    match = _PIECE.fullmatch(piece)
    if match is None:
        return False
    first, last, step = match.groups()
    if first in {"*", "?"}:
        start, end = least, greatest
    else:
        start = _number(first, words, least)
        end = _number(last, words, least) if last else (greatest if step else start)
    return least <= start <= end <= greatest and (not step or _number(step, (), 0) > 0)


def _number(text: str, words: tuple[str, ...], least: int) -> int:
    if text.lower() in words:
        return words.index(text.lower()) + least
    return int(text) if _NUMBER.fullmatch(text) else -1
