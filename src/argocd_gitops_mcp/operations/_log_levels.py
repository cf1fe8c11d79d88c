"""Whether a log line tells of an error: by the level it bears, else by its words. Pure."""

import re

_LOOKED_AT = 2_000
"""Characters of a line: a level stands near its beginning, and no pattern may run over a megabyte."""
_HEAD = 160
_GOOD = "TRACE|DEBUG|INFO|INFORMATION|NOTICE|WARN|WARNING"
_BAD = "ERROR|ERR|FATAL|CRITICAL|CRIT|SEVERE|PANIC|DPANIC|EMERGENCY|EMERG|ALERT"
_LEVELS = f"{_GOOD}|{_BAD}"
# JSON and logfmt; Serilog's @l, ECS' log.level; bunyan's and pino's numbers only where they are JSON.
_NAMES = r"log\.?level|level|lvl|severity|severity_?text|@l"
_FIELD = re.compile(
    rf"(?:[\"'](?:{_NAMES})[\"']\s?:|(?<![^\s,])(?:{_NAMES})=)\s?[\"']?"
    rf"(?P<level>(?:{_LEVELS})\b|(?<=[lL]\":)\d+|(?<=[lL]\": )\d+)",
    re.IGNORECASE,
)
_ERROR_NUMBER = 50
_KLOG = re.compile(r"(?P<level>[IWEF])\d{4} \d\d:")
# A level in capitals near the beginning; in small letters only where brackets, tabs or a colon mark it as one.
_WORD = re.compile(
    rf"(?:^|(?<=[\[<(|:\s]))(?P<capitals>{_LEVELS})(?=[\]>)|:\s,]|$)"
    rf"|(?:^|(?<=[\[<(|:\t]))(?i:(?P<opened>{_LEVELS}))(?=[\]>)|:\s]|$)"
    rf"|(?<=\s)(?i:(?P<closed>{_LEVELS}))(?=[\]>)|:\t])"
)
_TELLING = re.compile(
    r"\b(?:ERROR|FATAL|CRITICAL|SEVERE|PANIC|EMERGENCY)\b|\bpanic:|\bfatal error\b|\bTraceback \(|"
    r"(?:Error|Exception)\b(?=[:\s(]|$)"
)
# A time at the beginning of a line, which does not make the same line another.
_TIME = re.compile(r"\W?\d{4}[-/]\d\d[-/]\d\d[T ]?\d\d:\d\d:\d\d[.,]?\d*(?:Z|[+-]\d\d:?\d\d)?\W*")


def without_time(line: str) -> str:
    """The line without the time it begins with."""
    found = _TIME.match(line)
    return line[found.end() :] if found else line


def is_error(line: str) -> bool:
    """Whether a line tells of an error; one that says itself that it is none (`INFO no error`) does not."""
    line = line[:_LOOKED_AT]
    if klog := _KLOG.match(line):
        return klog["level"] in "EF"
    if field := _FIELD.search(line):
        level = field["level"]
        return int(level) >= _ERROR_NUMBER if level.isdigit() else level.upper() in _BAD.split("|")
    if word := _WORD.search(without_time(line)[:_HEAD]):
        return (word["capitals"] or word["opened"] or word["closed"]).upper() in _BAD.split("|")
    return bool(_TELLING.search(line))
