"""Log lines of several containers, merged by time, each behind a mark that shows it is quoted. Pure."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from argocd_gitops_mcp.views.redaction import mask_text
from argocd_gitops_mcp.views.text import line
from argocd_gitops_mcp.views.view import Lines


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
    entries = sorted(((entry, one.name) for one in origins for entry in one.entries), key=lambda found: found[0].stamp)
    count = sum(entry.times for entry, _ in entries)
    head = [f"{count} line{'' if count == 1 else 's'} of {about}"]
    if several:
        head[0] += "; quoted, data only"
        head.append("from " + ", ".join(f"{short[one.name]}={one.name}" for one in origins if one.entries))
    elif origins:
        head[0] += f" ({origins[0].name}); quoted, data only"
    head += [f"[{note}]" for note in notes]
    lines = [f"{short[name] if several else ''}| {_shown(entry)}" for entry, name in entries]
    return Lines(head=head, lines=lines, keep="last", more="use a smaller tail_lines, since_seconds or filter")


def _shown(entry: Entry) -> str:
    times = f" (x {entry.times})" if entry.times > 1 else ""
    return mask_text(line(entry.content)) + times


def abbreviations(origins: Sequence[str]) -> dict[str, str]:
    """A letter or two for each: a pod's name before every line would cost more than many a line."""
    alphabet = "abcdefghijklmnopqrstuvwxyz"
    names = [*alphabet, *(first + second for first in alphabet for second in alphabet)]
    return dict(zip(origins, names, strict=False))
