"""What a change does to files, as people read it. Pure."""

import difflib
from collections.abc import Mapping
from typing import NamedTuple

MOST_LINES = 200
"""Of one file; more are counted, not shown."""

Texts = Mapping[str, str | None]
"""Files by path; None of one that is not there."""


class Stat(NamedTuple):
    """How many lines a change adds to a file and takes from it."""

    file: str
    added: int
    removed: int


def unified(before: Texts, after: Texts, most_lines: int = MOST_LINES) -> str:
    """A diff as git shows it, with what was cut said at its place.

    Args:
        before: the files as they are; those that are missing here are new.
        after: the files that change; None removes one.
        most_lines: of one file.
    """
    parts: list[str] = []
    for file in sorted(after):
        lines = _diff(file, before.get(file), after[file])
        if len(lines) > most_lines:
            left = len(lines) - most_lines
            lines = [*lines[:most_lines], f"… {left} more lines of this file are not shown\n"]
        parts += lines
    return "".join(parts)


def stat(before: Texts, after: Texts) -> list[Stat]:
    """Lines added and removed, of each file that changes."""
    found = []
    for file in sorted(after):
        body = _diff(file, before.get(file), after[file])[2:]
        if body or before.get(file) != after[file]:
            added = sum(line.startswith("+") for line in body)
            found.append(Stat(file, added, sum(line.startswith("-") for line in body)))
    return found


def _diff(file: str, before: str | None, after: str | None) -> list[str]:
    if before == after:
        return []
    names = ("/dev/null" if before is None else f"a/{file}", "/dev/null" if after is None else f"b/{file}")
    # Lines end at \n only, as in git: splitlines() would cut at form feeds and the like.
    lines = difflib.unified_diff(_lines(before or ""), _lines(after or ""), *names)
    found = list(lines) or [f"--- {names[0]}\n", f"+++ {names[1]}\n"]
    return [line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in found]


def _lines(text: str) -> list[str]:
    lines = text.split("\n")
    return [f"{line}\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
