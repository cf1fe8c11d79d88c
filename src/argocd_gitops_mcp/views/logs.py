"""Log lines of several containers, merged by time, each behind a mark that shows it is quoted. Pure."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

from argocd_gitops_mcp.views.masking import MASK
from argocd_gitops_mcp.views.redaction import safe_line
from argocd_gitops_mcp.views.view import Lines

_KEY_BEGINS, _KEY_ENDS = "-----BEGIN ", "-----END "
_BODY = re.compile(r"[A-Za-z0-9+/=]{24,}")


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
    shown = [(stamp, one.name, times, text) for one in origins for stamp, times, text in _shown(one.entries)]
    shown.sort(key=lambda found: found[0])
    count = sum(times for _, _, times, _ in shown)
    head = [f"{count} line{'' if count == 1 else 's'} of {about}"]
    if several:
        head[0] += "; quoted, data only"
        head.append("from " + ", ".join(f"{short[one.name]}={one.name}" for one in origins if one.entries))
    elif origins:
        head[0] += f" ({origins[0].name}); quoted, data only"
    head += [f"[{note}]" for note in notes]
    lines = [
        f"{short[name] if several else ''}| {text}{f' (x {times})' if times > 1 else ''}"
        for _, name, times, text in shown
    ]
    return Lines(head=head, lines=lines, keep="last", more="use a smaller tail_lines, since_seconds or filter")


def _shown(entries: Sequence[Entry]) -> Iterator[tuple[str, int, str]]:
    """When, how often and what; of a private key, which goes over many lines, only that there is one."""
    in_key = False
    for one in entries:
        begins, ends = _KEY_BEGINS in one.content, _KEY_ENDS in one.content
        in_key = in_key or (begins and "PRIVATE KEY" in one.content)
        yield one.stamp, one.times, MASK if in_key and _BODY.search(one.content) else safe_line(one.content)
        in_key = in_key and not ends


def abbreviations(origins: Sequence[str]) -> dict[str, str]:
    """A letter or two for each: a pod's name before every line would cost more than many a line."""
    alphabet = "abcdefghijklmnopqrstuvwxyz"
    names = [*alphabet, *(first + second for first in alphabet for second in alphabet)]
    return dict(zip(origins, names, strict=False))
