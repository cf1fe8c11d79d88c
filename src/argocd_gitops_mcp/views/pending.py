"""What a sync would change: rendered manifests against what Argo CD last compared. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from argocd_gitops_mcp.argocd.resource_models import ManagedResource
from argocd_gitops_mcp.views.changes import differences
from argocd_gitops_mcp.views.manifests import parse

_HOOKS = ("argocd.argoproj.io/hook", "helm.sh/hook")
# Argo CD's and Kubernetes' own bookkeeping: differences in it are not what a sync is for.
_BOOKKEEPING = ("managedFields", "resourceVersion", "uid", "generation", "creationTimestamp", "namespace")
_NOTES = ("kubectl.kubernetes.io/last-applied-configuration", "argocd.argoproj.io/tracking-id")

Key = tuple[str, str, str]


@dataclass(slots=True)
class Pending:
    """Resources by what a sync would do; `drifted` are to be compared live, with the states Argo CD predicts."""

    created: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    drifted: list[ManagedResource] = field(default_factory=list)
    hooks: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    unchanged: int = 0


def pending(
    rendered: Iterable[Mapping[str, Any]],
    managed: Sequence[ManagedResource],
    chosen: Sequence[Mapping[str, str]] | None,
) -> Pending:
    """Sort what was rendered now; `chosen` limits it to those resources."""
    found = Pending()
    known: dict[Key, list[ManagedResource]] = {}
    for one in managed:
        known.setdefault((one.group, one.kind, one.name), []).append(one)
    # Those that name a namespace first: the others take what is left of their name.
    for manifest in sorted(rendered, key=lambda one: not _namespace(one)):
        key = _key(manifest)
        title = f"{key[1]}/{key[2]}"
        hook = _hook(manifest)
        fitting = known.get(key, [])
        item = next((one for one in fitting if _namespace(manifest) in ("", one.namespace)), None)
        if item is not None:
            fitting.remove(item)
        if not _is_chosen(key, item.namespace if item is not None else _namespace(manifest), chosen):
            continue
        if hook:
            if chosen is None and hook != "Skip":
                found.hooks.append(f"{title} ({hook})")
        elif item is None or not item.resource_version:
            found.created.append(title)
        elif told := differences(essence(parse(item.target_state)), essence(manifest)):
            found.changed.append(f"{title}: {'; '.join(told)}")
        elif item.modified:
            found.drifted.append(item)
        else:
            found.unchanged += 1
    found.left = [
        f"{one.kind}/{one.name}"
        for rest in known.values()
        for one in rest
        if one.resource_version and not one.hook and _is_chosen((one.group, one.kind, one.name), one.namespace, chosen)
    ]
    return found


def drift(item: ManagedResource) -> str:
    """What a sync would set back in a live resource."""
    told = differences(essence(parse(item.normalized_live_state)), essence(parse(item.predicted_live_state)))
    shown = "; ".join(told) or "differs in what is not shown (Secret values, bookkeeping)"
    return f"{item.kind}/{item.name} (live): {shown}"


def essence(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """A manifest without bookkeeping and status."""
    kept = {name: value for name, value in manifest.items() if name != "status"}
    metadata = {name: value for name, value in (manifest.get("metadata") or {}).items() if name not in _BOOKKEEPING}
    notes = {name: value for name, value in (metadata.pop("annotations", None) or {}).items() if name not in _NOTES}
    return {**kept, "metadata": {**metadata, **({"annotations": notes} if notes else {})}}


def _key(manifest: Mapping[str, Any]) -> Key:
    group = str(manifest.get("apiVersion", "")).rpartition("/")[0]
    return group, str(manifest.get("kind", "")), str((manifest.get("metadata") or {}).get("name", ""))


def _namespace(manifest: Mapping[str, Any]) -> str:
    return str((manifest.get("metadata") or {}).get("namespace") or "")


def _hook(manifest: Mapping[str, Any]) -> str:
    notes = (manifest.get("metadata") or {}).get("annotations") or {}
    return next((str(notes[name]) for name in _HOOKS if name in notes), "")


def _is_chosen(key: Key, namespace: str, chosen: Sequence[Mapping[str, str]] | None) -> bool:
    return chosen is None or any(
        (one.get("group", ""), one.get("kind"), one.get("name")) == key
        and one.get("namespace", namespace) in ("", namespace)
        for one in chosen
    )
