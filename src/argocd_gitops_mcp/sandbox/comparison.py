"""Desired against live: the status of an application's resources, and the states that managed-resources shows."""

import json

from argocd_gitops_mcp.sandbox import cluster, health, manifests
from argocd_gitops_mcp.sandbox.ignoring import compared
from argocd_gitops_mcp.sandbox.masking import masked
from argocd_gitops_mcp.sandbox.world import (
    TRACKING_ID,
    Application,
    Key,
    Object,
    World,
    clone,
    key_of,
    split_api_version,
)

WAVE = "argocd.argoproj.io/sync-wave"
NULL = "null"


def tracked(world: World, application: Application) -> dict[Key, Object]:
    """The live objects that carry this application's tracking id."""
    prefix = f"{application.tracking_name}:"
    found = {}
    for key, obj in world.objects.items():
        mark = obj["metadata"].get("annotations", {}).get(TRACKING_ID, "")
        # A ReplicaSet or Pod may inherit the annotation of its owner; the id then names another object.
        if mark == f"{prefix}{key.group}/{key.kind}:{key.namespace}/{key.name}":
            found[key] = obj
    return found


def resources(world: World, application: Application) -> list[Object]:
    """`status.resources`, from the targets of the last comparison and what is live now."""
    targets = application.targets or {}
    live = tracked(world, application)
    rows = []
    for key in sorted(targets.keys() | live.keys(), key=_order):
        obj = world.objects.get(key)
        row = _row(key, targets.get(key) or live[key])
        row["status"] = _sync_status(application, obj, targets.get(key))
        if obj is None:
            row["health"] = {"status": "Missing"}
        elif rated := health.of(obj):
            row["health"] = rated
        if key not in targets:
            row["requiresPruning"] = True
        rows.append(row)
    for hook in application.hooks:
        if (obj := world.objects.get(key_of(hook))) is not None:
            row = {**_row(key_of(hook), hook), "hook": True, "requiresPruning": True}
            rows.append(row | ({"health": rated} if (rated := health.of(obj)) else {}))
    return sorted(rows, key=lambda row: (row.get("group", ""), row["kind"], row.get("namespace", ""), row["name"]))


def _row(key: Key, obj: Object) -> Object:
    row: Object = {"version": split_api_version(obj)[1], "kind": key.kind, "name": key.name}
    row |= {"group": key.group} if key.group else {}
    row |= {"namespace": key.namespace} if key.namespace else {}
    wave = int(obj["metadata"].get("annotations", {}).get(WAVE, "0"))
    return row | ({"syncWave": wave} if wave else {})


def is_synced(world: World, application: Application, target: Object) -> bool:
    return _sync_status(application, world.objects.get(key_of(target)), target) == "Synced"


def _sync_status(application: Application, live: Object | None, target: Object | None) -> str:
    if live is None or target is None:
        return "OutOfSync"
    predicted = cluster.applied(live, target)
    return "Synced" if compared(application, predicted) == compared(application, live) else "OutOfSync"


def managed(world: World, application: Application) -> list[Object]:
    """The items of managed-resources: every state a JSON string, Secrets masked, hooks left out."""
    targets = application.targets or {}
    items = []
    for key in sorted(targets.keys() | tracked(world, application).keys(), key=_order):
        live, target = world.objects.get(key), targets.get(key)
        predicted = None if target is None else (cluster.applied(live, target) if live else target)
        states = masked([target, live, _normalized(application, live), _normalized(application, predicted)])
        names = ("targetState", "liveState", "normalizedLiveState", "predictedLiveState")
        item: Object = {"kind": key.kind, "namespace": key.namespace, "name": key.name, "group": key.group}
        item = {name: value for name, value in item.items() if value}
        item |= {name: NULL if state is None else json.dumps(state) for name, state in zip(names, states, strict=True)}
        if live is not None:
            item["resourceVersion"] = live["metadata"]["resourceVersion"]
        if target is not None and _sync_status(application, live, target) == "OutOfSync":
            item["modified"] = True
        items.append(item)
    return items


def _normalized(application: Application, obj: Object | None) -> Object | None:
    if obj is None:
        return None
    kept = {name: value for name, value in clone(compared(application, obj)).items() if name != "status"}
    kept["metadata"].pop("creationTimestamp", None)
    return kept


def _order(key: Key) -> tuple[str, str, str, str]:
    return key.group, key.kind, key.namespace, key.name


def is_hook(obj: Object) -> bool:
    return manifests.HOOK in obj["metadata"].get("annotations", {})
