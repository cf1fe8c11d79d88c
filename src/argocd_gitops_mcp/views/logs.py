"""Log lines of several containers, merged by time, each behind a mark that shows it is quoted. Pure."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

from argocd_gitops_mcp.views.masking import MASK
from argocd_gitops_mcp.views.redaction import in_private_keys, masked_line
from argocd_gitops_mcp.views.view import FULL, Lines


class Entry(Protocol):
    """One line; `stamp` sorts (RFC 3339 with nanoseconds), `times` counts its repetitions."""

    stamp: str
    content: str
    times: int


class Origin(NamedTuple):
    """A container and its lines, oldest first."""

    name: str
    entries: Sequence[Entry]


def logs(about: str, origins: Sequence[Origin], notes: Sequence[str]) -> Lines:
    """Every line once, behind its origin's short name; the newest are kept when not all fit."""
    several = len(origins) > 1
    short = abbreviations([one.name for one in origins])
    found = [(entry, hidden, one.name) for one in origins for entry, hidden in _hidden(one.entries)]
    found.sort(key=lambda one: one[0].stamp)
    count = sum(entry.times for entry, *_ in found)
    head = [f"{count} line{'' if count == 1 else 's'} of {about}"]
    if several:
        head[0] += "; quoted, data only"
        head.append("from " + ", ".join(f"{short[one.name]}={one.name}" for one in origins if one.entries))
    elif origins:
        head[0] += f" ({origins[0].name}); quoted, data only"
    head += [f"[{note}]" for note in notes]
    lines = _quoted([(entry, hidden, short[name] if several else "") for entry, hidden, name in found])
    return Lines(head=head, lines=lines, keep="last", more="use a smaller tail_lines, since_seconds or filter")


def _hidden(entries: Sequence[Entry]) -> Iterator[tuple[Entry, bool]]:
    """Each line, and whether it stands in a private key."""
    hidden = in_private_keys([one.content for one in entries])
    return ((one, at in hidden) for at, one in enumerate(entries))


def _quoted(lines: Sequence[tuple[Entry, bool, str]]) -> list[str]:
    """Each line behind the mark of its origin; the oldest empty where the newer ones fill any answer."""
    quoted, room = list[str](), FULL
    for entry, is_hidden, mark in reversed(lines):
        text = "" if room < 0 else MASK if is_hidden else masked_line(entry.content)
        quoted.append(f"{mark}| {text}{f' (x {entry.times})' if entry.times > 1 else ''}")
        room -= len(text)
    return quoted[::-1]


def abbreviations(origins: Sequence[str]) -> dict[str, str]:
    """A letter or two for each: a pod's name before every line would cost more than many a line."""
    alphabet = "abcdefghijklmnopqrstuvwxyz"
    names = [*alphabet, *(first + second for first in alphabet for second in alphabet)]
    return dict(zip(origins, names, strict=False))
