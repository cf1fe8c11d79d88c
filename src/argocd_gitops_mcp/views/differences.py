"""What differs between the cluster and what a sync would make of it, as a unified diff. Pure."""

import difflib
import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from argocd_gitops_mcp.argocd.models import Application
from argocd_gitops_mcp.argocd.tree import Key
from argocd_gitops_mcp.views.manifests import yaml
from argocd_gitops_mcp.views.text import revision
from argocd_gitops_mcp.views.view import Lines

_WHOLE = 4_000_000
"""Characters: cut texts could be equal where their ends differ."""


class States(NamedTuple):
    """A resource as it is in the cluster, and as it would be; `{}` where it is not there."""

    live: dict[str, Any]
    wanted: dict[str, Any]


class Drawn(NamedTuple):
    """One resource's difference."""

    heading: str
    added: int
    removed: int
    lines: Sequence[str]


def differences(
    app: Application,
    against: str,
    count: int,
    states: Mapping[Key, States],
    unread: Sequence[Key],
    notes: Sequence[str] = (),
    *,
    summary: bool = False,
) -> Lines:
    """The differences.

    Args:
        app: the application.
        against: what the cluster is compared with.
        count: how many resources were compared.
        states: of those that differ.
        unread: further ones that differ, whose states were not read.
        notes: what to know of all that.
        summary: without the lines.
    """
    found = [shown for at, one in sorted(states.items()) if (shown := drawn(at, one)) is not None]
    total = len(found) + len(unread)
    hooks = sum(one.hook for one in app.status.resources or [])
    at = f" at {known}" if against == "Git" and (known := _revisions(app)) else ""
    compared = app.status.reconciled_at or "at an unknown time"
    differ = f"{total} of {count} resources differ from {against}{at}"
    head = [f"{app.metadata.name}: {differ}; compared {compared}, refresh compares anew"]
    head += [f"[{note}]" for note in notes]
    if hooks:
        head.append(f"[hooks are not compared: {hooks}]")
    head += [f"{one.heading} +{one.added} -{one.removed}" for one in found]
    if unread:
        named = ", ".join(f"{at[1]}/{at[3]}" for at in unread[:20])
        head.append(f"[{len(unread)} more differ and were not read; name them in resources: {named}]")
    if summary or not found:
        return Lines(head=head)
    head.append("- in the cluster, + after a sync:")
    return Lines(
        head=head,
        lines=[line for one in found for line in (f"=== {one.heading}", *one.lines)],
        more="choose some with resources, e.g. [Deployment/web]",
        unit="lines of the diff",
    )


def _revisions(app: Application) -> str:
    known = app.status.sync.revisions or [app.status.sync.revision]
    return ", ".join(revision(one) for one in known if one)


def drawn(at: Key, one: States) -> Drawn | None:
    """The difference as lines; None where only noise differs, such as who manages a field."""
    before, after = _text(one.live), _text(one.wanted)
    lines = [
        line.rstrip("\n")
        for line in difflib.unified_diff(before, after, n=3, lineterm="")
        if not line.startswith(("---", "+++"))
    ]
    if not lines and one.live and one.wanted:
        return None
    what = "" if one.live and one.wanted else (" (to be created)" if one.wanted else " (to be pruned)")
    heading = f"{at[1]}/{at[3]}{f' in {at[2]}' if at[2] else ''}{what}"
    added, removed = sum(line[0] == "+" for line in lines), sum(line[0] == "-" for line in lines)
    return Drawn(heading, added, removed, lines)


def _text(state: dict[str, Any]) -> list[str]:
    if not state:
        return []
    ordered = json.loads(json.dumps({name: value for name, value in state.items() if name != "status"}, sort_keys=True))
    return yaml(ordered, _WHOLE).split("\n")
