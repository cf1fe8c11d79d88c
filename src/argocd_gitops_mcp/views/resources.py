"""The resources of one application as lines: managed resources, actions. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence

from argocd_gitops_mcp.argocd.models import Application, ResourceStatus
from argocd_gitops_mcp.argocd.resource_models import Action, ManagedResource
from argocd_gitops_mcp.argocd.tree import key
from argocd_gitops_mcp.views.trees import WHOLE, why_empty
from argocd_gitops_mcp.views.view import Lines, table


def managed(
    app: Application, found: Sequence[ManagedResource], states: Mapping[str, str], *, whole: bool = False
) -> Lines:
    """One row a resource with what the controller found, what is not well first; of many what is well is counted.

    Args:
        app: the application.
        found: what Git declares, or a part of it.
        states: manifests under their headings.
        whole: every resource in a row of its own, however many.
    """
    status = {key(one): one for one in app.status.resources or []}
    hooks = [one for one in app.status.resources or [] if one.hook]
    head = [f"{app.metadata.name}: {len(found)} managed resources, sync {app.status.sync.status or 'not compared yet'}"]
    if not found:
        return Lines(head=[*head, why_empty(app)])
    if hooks:
        head.append("hooks (not compared): " + ", ".join(f"{one.kind}/{one.name}" for one in hooks))
    ordered = sorted(found, key=lambda one: (_is_well(one, status.get(key(one))), one.kind, one.name))
    well = [] if whole or len(found) <= WHOLE else [one for one in ordered if _is_well(one, status.get(key(one)))]
    rows = [_managed_row(one, status.get(key(one))) for one in ordered[: len(ordered) - len(well)]]
    if well:
        kinds = ", ".join(f"{count} {kind}" for kind, count in Counter(one.kind for one in well).most_common())
        head.append(f"[Synced and healthy, not listed (detail=full lists them): {kinds}]")
    columns, *cells = table(("KIND/NAME", "GROUP", "NAMESPACE", "SYNC", "HEALTH", "DIFFERENCE"), rows)
    lines = [*cells, *(part for heading, text in states.items() for part in (f"--- {heading}", *text.split("\n")))]
    return Lines(
        head=[*head, columns] if cells else head,
        lines=lines,
        more="name a resource (resource_name, resource_kind)",
        unit="lines",
    )


def _is_well(one: ManagedResource, status: ResourceStatus | None) -> bool:
    _, _, _, sync, health, difference = _managed_row(one, status)
    return sync == "Synced" and health in ("", "Healthy", "Suspended") and not difference


def _managed_row(one: ManagedResource, status: ResourceStatus | None) -> tuple[str, ...]:
    sync = status.status if status is not None else ""
    health = status.health.status if status is not None and status.health else ""
    if status is not None and status.prunable:
        difference = "in the cluster only: to be pruned"
    elif one.modified and health == "Missing":
        difference = "in Git only: to be created"
    elif one.modified:
        difference = "modified"
    else:
        difference = ""
    return (f"{one.kind}/{one.name}", one.group, one.namespace, sync, health, difference)


def actions(about: str, found: Sequence[Action]) -> Lines:
    """Each action with its parameters."""
    head = f"{len(found)} actions on {about}" if found else f"Argo CD offers no action on {about}"
    return Lines(head=[head], lines=[_action(one) for one in sorted(found, key=lambda one: one.name)], unit="actions")


def _action(action: Action) -> str:
    parameters = ", ".join(parameter.name for parameter in action.params or [])
    return action.name + (f"({parameters})" if parameters else "") + (" disabled at present" if action.disabled else "")
