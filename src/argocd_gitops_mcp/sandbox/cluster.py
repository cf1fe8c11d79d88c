"""The API server of the simulated cluster: apply, patch and what an object looks like afterwards."""

import json

from argocd_gitops_mcp.sandbox.errors import invalid
from argocd_gitops_mcp.sandbox.merging import merge, with_defaults
from argocd_gitops_mcp.sandbox.world import CLUSTER_SCOPED, Key, Object, World, clone, key_of, stamp

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
WITHOUT_GENERATION = frozenset({"ConfigMap", "Secret", "Service", "Namespace", "ServiceAccount"})


def applied(live: Object, target: Object) -> Object:
    """What the live object becomes when the target is applied to it."""
    last = json.loads(live["metadata"].get("annotations", {}).get(LAST_APPLIED, "{}"))
    return merge(live, target, last)


def apply(world: World, target: Object, *, dry_run: bool = False) -> str:
    """Apply a manifest as `kubectl apply` does; answers created, configured or unchanged."""
    key = key_of(target)
    if key.namespace and Key("", "Namespace", "", key.namespace) not in world.objects and not dry_run:
        raise invalid(f'namespaces "{key.namespace}" not found')
    live = world.objects.get(key)
    if live is None:
        if not dry_run:
            world.put(_stored(world, with_defaults(target), target))
        return "created"
    changed = applied(live, target)
    if changed == live:
        return "unchanged"
    if not dry_run:
        update(world, live, _stored(world, with_defaults(changed), target))
    return "configured"


def update(world: World, live: Object, changed: Object) -> None:
    """Store a changed object; its generation counts changes of the spec."""
    if changed.get("spec") != live.get("spec") and "generation" in changed["metadata"]:
        changed["metadata"]["generation"] += 1
    world.put(changed)


def ensure_namespace(world: World, name: str, *, dry_run: bool = False) -> bool:
    """Create a namespace; False if it was there."""
    if Key("", "Namespace", "", name) in world.objects:
        return False
    if dry_run:
        return True
    metadata = {"name": name, "labels": {"kubernetes.io/metadata.name": name}}
    status = {"phase": "Active"}
    world.put({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata, "spec": {}, "status": status})
    return True


def serves(group: str) -> bool:
    """Whether the API server knows a group: Kubernetes' own, as no custom resource is defined."""
    return "." not in group or group.endswith(".k8s.io")


def is_namespaced(obj: Object) -> bool:
    return obj["kind"] not in CLUSTER_SCOPED


def _stored(world: World, obj: Object, target: Object) -> Object:
    obj = clone(obj)
    metadata = obj["metadata"]
    metadata.setdefault("annotations", {})[LAST_APPLIED] = (
        json.dumps(target, separators=(",", ":"), sort_keys=True) + "\n"
    )
    if obj["kind"] not in WITHOUT_GENERATION:
        metadata.setdefault("generation", 1)
    fields = {name: _fields(value) for name, value in (("f:metadata", metadata), ("f:spec", obj.get("spec", {})))}
    metadata["managedFields"] = [
        {
            "manager": "argocd-controller",
            "operation": "Update",
            "apiVersion": obj["apiVersion"],
            "time": stamp(world.clock()),
            "fieldsType": "FieldsV1",
            "fieldsV1": fields,
        }
    ]
    return obj


def _fields(value: object) -> Object:
    if not isinstance(value, dict):
        return {}
    return {f"f:{name}": _fields(below) for name, below in value.items() if name != "managedFields"}
