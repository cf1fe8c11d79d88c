"""Go's durations, such as 90s, 1h30m or 500ms."""

import re

PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)")
SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


def seconds(text: str) -> float:
    """Its length; ValueError with Go's words if it is none."""
    if text.lstrip("+-") == "0":
        return 0
    unsigned = text.removeprefix("-").removeprefix("+")
    if not unsigned or not re.match(r"\.?\d", unsigned):
        raise ValueError(f'time: invalid duration "{text}"')
    for unit in re.findall(r"\d\.?([^\d.]*)", unsigned):
        if unit not in SECONDS and unit:
            raise ValueError(f'time: unknown unit "{unit}" in duration "{text}"')
    if unsigned[-1] in ".0123456789":
        raise ValueError(f'time: missing unit in duration "{text}"')
    length = sum(float(number) * SECONDS[unit] for number, unit in PART.findall(unsigned))
    return -length if text.startswith("-") else length
