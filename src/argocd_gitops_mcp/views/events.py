"""Kubernetes events of many resources: the same said of several is one line, the worst first. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from argocd_gitops_mcp.ages import ago
from argocd_gitops_mcp.argocd.resource_models import Event
from argocd_gitops_mcp.views.redaction import masked_line
from argocd_gitops_mcp.views.view import Lines

_MESSAGE = 400
# What tells one pod's message from its sibling's: ids, and the random end of a name.
_OWN = re.compile(r"\([0-9a-f]{8}-[0-9a-f-]{27}\)|\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}\b")


@dataclass(frozen=True, slots=True)
class _Said:
    """The same event of one or more resources."""

    event: Event
    about: Sequence[str]
    count: int
    first: str
    last: str


def events(about: str, found: Mapping[str, Iterable[Event]], limit: int, now: str, notes: Sequence[str] = ()) -> Lines:
    """The events.

    Args:
        about: what was asked for.
        found: events by the resource they are of, as `Kind/name`.
        limit: lines at most.
        now: the present, RFC 3339.
        notes: what could not be read.
    """
    every = _merged(found)
    total = sum(one.count for one in every)
    head = [
        f"{len(every)} different events of {about}"
        + (f" ({total} in all)" if total > len(every) else "")
        + ("" if every else " (Kubernetes keeps events for about an hour)")
    ]
    head += [f"[{note}]" for note in notes]
    if len(every) > limit:
        head.append(f"[the {limit} worst and newest shown; raise limit]")
    lines = [_line(one, now) for one in every[:limit]]
    return Lines(head=head, lines=lines, more="lower limit, or name a resource", unit="events")


def _merged(found: Mapping[str, Iterable[Event]]) -> list[_Said]:
    groups: dict[tuple[str, str, str, str], list[tuple[str, Event]]] = {}
    for name, several in found.items():
        kind, _, own = name.partition("/")
        for one in several:
            essence = _OWN.sub("", one.message.replace(own, "*") if own else one.message)
            groups.setdefault((one.type, one.reason, kind, essence), []).append((name, one))
    said = [_said(group) for group in groups.values()]
    said.sort(key=lambda one: one.last, reverse=True)
    return sorted(said, key=lambda one: one.event.type == "Normal")


def _said(group: Sequence[tuple[str, Event]]) -> _Said:
    newest = max(group, key=lambda one: one[1].seen_at)
    return _Said(
        newest[1],
        list(dict.fromkeys([newest[0], *(name for name, _ in group)])),
        sum(max(one.count, 1) for _, one in group),
        min((one.first_timestamp or one.seen_at for _, one in group), default=""),
        newest[1].seen_at,
    )


def _line(one: _Said, now: str) -> str:
    times = f" x{one.count}" if one.count > 1 else ""
    others = f" and {len(one.about) - 1} more" if len(one.about) > 1 else ""
    since = f", first {ago(one.first, now)}" if one.first and one.first != one.last else ""
    about = f"{one.event.type} {one.event.reason}{times} {one.about[0]}{others}"
    return f"{ago(one.last, now)}{since} {about}: {masked_line(one.event.message, _MESSAGE)}"
