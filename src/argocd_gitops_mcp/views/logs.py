"""Log lines of several containers, merged by time. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from argocd_gitops_mcp.views.text import line
from argocd_gitops_mcp.views.view import Lines


@dataclass(frozen=True, slots=True)
class Entry:
    """One line; `stamp` sorts (RFC 3339 with nanoseconds)."""

    stamp: str
    origin: str
    content: str


def logs(about: str, origins: Sequence[str], entries: Sequence[Entry], notes: Sequence[str]) -> Lines:
    """Every line once, behind its origin's short name; the newest are kept when not all fit."""
    short = abbreviations(origins)
    ordered = sorted(entries, key=lambda entry: entry.stamp)
    head = [f"{len(ordered)} line{'' if len(ordered) == 1 else 's'} of {about}"]
    if len(origins) > 1:
        head.append("from " + ", ".join(f"{short[origin]}={origin}" for origin in origins))
    elif origins:
        head[0] += f" ({origins[0]})"
    head += [f"[{note}]" for note in notes]
    lines = [
        f"{short[entry.origin]}| {line(entry.content)}" if len(origins) > 1 else line(entry.content)
        for entry in ordered
    ]
    return Lines(head=head, lines=lines, keep="last", more="use a smaller tail_lines, since_seconds or filter")


def abbreviations(origins: Sequence[str]) -> dict[str, str]:
    """A letter or two for each: a pod's name before every line would cost more than many a line."""
    alphabet = "abcdefghijklmnopqrstuvwxyz"
    names = [*alphabet, *(first + second for first in alphabet for second in alphabet)]
    return dict(zip(origins, names, strict=False))
