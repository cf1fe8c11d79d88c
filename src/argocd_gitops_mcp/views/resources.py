"""The resources of one application as lines: managed resources, actions. Pure."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import msgspec

from argocd_gitops_mcp.argocd.models import Application, ResourceStatus
from argocd_gitops_mcp.argocd.resource_models import Action, ManagedResource
from argocd_gitops_mcp.argocd.tree import key
from argocd_gitops_mcp.views.budget import fitting, listed
from argocd_gitops_mcp.views.text import size
from argocd_gitops_mcp.views.trees import COLLAPSED, WHOLE, why_empty
from argocd_gitops_mcp.views.view import Lines, Rendered, View, table

_COLUMNS = ("KIND/NAME", "GROUP", "NAMESPACE", "SYNC", "HEALTH", "DIFFERENCE")
_WORST = ("Degraded", "Missing", "Unknown", "Progressing")
_ALIKE = (1_000_000, 10, 3, 1)
"""So many that are alike are shown, as long as that fits; the others are counted."""
_HOOKS = 10
_KINDS = 8
_NOTE = 160
"""Bytes that it takes to say how many more there are."""
_MORE = "name a resource (resource_name, resource_kind)"


def managed(
    app: Application, found: Sequence[ManagedResource], states: Mapping[str, str], *, whole: bool = False
) -> View:
    """One row a resource with what the controller found, what is not well first; of many what is well is counted.

    Args:
        app: the application.
        found: what Git declares, or a part of it.
        states: manifests under their headings.
        whole: every resource in a row of its own, however many.
    """
    status = {key(one): one for one in app.status.resources or []}
    hooks = [f"{one.kind}/{one.name}" for one in app.status.resources or [] if one.hook]
    head = [f"{app.metadata.name}: {len(found)} managed resources, sync {app.status.sync.status or 'not compared yet'}"]
    if not found:
        return Lines(head=[*head, why_empty(app)])
    if hooks:
        head.append(f"hooks (not compared): {listed(hooks, _HOOKS)}")
    rows = sorted((_Row(one, status.get(key(one))) for one in found), key=lambda one: one.order)
    if not states and not whole:
        return Managed(head=head, rows=rows)
    columns, *cells = table(_COLUMNS, [one.cells for one in rows])
    lines = [*cells, *(part for heading, text in states.items() for part in (f"--- {heading}", *text.split("\n")))]
    more = "get_application_manifest and get_resource with detail=full show one state each" if states else _MORE
    return Lines(head=[*head, columns], lines=lines, more=more)


class _Row:
    """One managed resource with what the controller found of it."""

    def __init__(self, one: ManagedResource, status: ResourceStatus | None) -> None:
        self.kind = one.kind
        sync = status.status if status is not None else ""
        health = status.health.status if status is not None and status.health else ""
        if status is not None and status.prunable:
            difference = "in the cluster only: to be pruned"
        # The health is of the last comparison, and may not be told yet.
        elif one.modified and (health == "Missing" or one.live_state == "null"):
            difference = "in Git only: to be created"
        elif one.modified:
            difference = "modified"
        else:
            difference = ""
        self.cells = (f"{one.kind}/{one.name}", one.group, one.namespace, sync, health, difference)
        self.is_well = sync == "Synced" and health in ("", "Healthy", "Suspended") and not difference
        worst = _WORST.index(health) if health in _WORST else len(_WORST)
        self.order = (self.is_well, worst, one.kind, one.name)
        self.state = " ".join(filter(None, (one.kind, sync, health, difference)))


class Managed(msgspec.Struct, kw_only=True):
    """What Git declares: all of a few, else what is not well, and of what is alike the first ones.

    Args:
        head: what is always shown.
        rows: the worst first.
    """

    head: list[str]
    rows: Sequence[_Row]

    def render(self, limit: int) -> Rendered:
        """As text of at most `limit` bytes."""
        few = Lines(head=self.head, lines=table(_COLUMNS, [one.cells for one in self.rows]))
        if len(self.rows) <= WHOLE and sum(size(one) + 1 for one in (*few.head, *few.lines)) <= limit:
            return few.render(limit)
        most = min(limit, max(COLLAPSED, limit // 2))
        well = Counter(one.kind for one in self.rows if one.is_well)
        head = self.head
        if well:
            kinds = listed([f"{count} {kind}" for kind, count in well.most_common()], _KINDS)
            head = [*head, f"[Synced and healthy, not listed (detail=full lists them): {kinds}]"]
        alike: dict[str, list[_Row]] = defaultdict(list)
        for one in self.rows:
            if not one.is_well:
                alike[one.state].append(one)
        drawn = (_drawn(head, alike, shown) for shown in _ALIKE)
        return (next((one for one in drawn if _size(one) <= most), None) or _first(head, alike, most)).render(limit)


def _drawn(head: Sequence[str], alike: Mapping[str, Sequence[_Row]], shown: int) -> Lines:
    """So many of each that are alike, then how many more there are of each."""
    columns, *cells = table(_COLUMNS, [one.cells for same in alike.values() for one in same[:shown]])
    more = [f"and {len(same) - shown} more {state}" for state, same in alike.items() if len(same) > shown]
    return Lines(head=[*head, columns] if cells else [*head], lines=[*cells, *more], more=_MORE)


def _first(head: Sequence[str], alike: Mapping[str, Sequence[_Row]], room: int) -> Lines:
    """One of each that are alike as far as they fit, then how many more there are in all."""
    columns, *cells = table(_COLUMNS, [same[0].cells for same in alike.values()])
    shown = fitting(cells, room - sum(size(one) + 1 for one in (*head, columns)) - _NOTE)
    left = sum(map(len, alike.values())) - shown
    more = f"and {left} more that are not well, {len(cells) - shown} kinds of them not shown; {_MORE}, or detail=full"
    return Lines(head=[*head, columns], lines=[*cells[:shown], more], more=_MORE)


def _size(lines: Lines) -> int:
    return sum(size(one) + 1 for one in (*lines.head, *lines.lines))


def actions(about: str, found: Sequence[Action]) -> Lines:
    """Each action with its parameters."""
    head = f"{len(found)} actions on {about}" if found else f"Argo CD offers no action on {about}"
    return Lines(head=[head], lines=[_action(one) for one in sorted(found, key=lambda one: one.name)], unit="actions")


def _action(action: Action) -> str:
    parameters = ", ".join(parameter.name for parameter in action.params or [])
    return action.name + (f"({parameters})" if parameters else "") + (" disabled at present" if action.disabled else "")
