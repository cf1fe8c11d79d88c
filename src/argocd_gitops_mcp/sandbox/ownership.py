"""Objects that controllers of the simulated cluster make and own: their names, references and statuses."""

import hashlib
import json

from argocd_gitops_mcp.sandbox import events, pods
from argocd_gitops_mcp.sandbox.merging import with_defaults
from argocd_gitops_mcp.sandbox.world import LOT, Object, World, clone

ALPHABET = "bcdfghjklmnpqrstvwxz2456789"  # the letters of Kubernetes' generated names
API_VERSIONS = {
    "ReplicaSet": "apps/v1",
    "ControllerRevision": "apps/v1",
    "Job": "batch/v1",
    "Pod": "v1",
    "EndpointSlice": "discovery.k8s.io/v1",
}


def suffix() -> str:
    return "".join(LOT.choices(ALPHABET, k=5))


def adopt(world: World, owner: Object, orphan: Object) -> Object:
    """Take what an earlier owner of the same name has left behind."""
    adopted = {**orphan, "metadata": {**orphan["metadata"], "ownerReferences": [_reference(owner)]}}
    world.put(adopted)
    return adopted


def _reference(owner: Object) -> Object:
    reference = {"apiVersion": owner["apiVersion"], "kind": owner["kind"], "name": owner["metadata"]["name"]}
    return reference | {"uid": owner["metadata"]["uid"], "controller": True, "blockOwnerDeletion": True}


def make_child(world: World, owner: Object, kind: str, name: str, spec: Object) -> Object:
    made = {
        "apiVersion": API_VERSIONS[kind],
        "kind": kind,
        "metadata": {
            "name": name,
            "namespace": owner["metadata"]["namespace"],
            "generation": 1,
            "ownerReferences": [_reference(owner)],
        },
        "spec": spec,
        "status": {},
    }
    made = with_defaults(made)
    world.put(made)
    return made


def make_pod(world: World, owner: Object, name: str, labels: dict[str, str] | None = None) -> Object:
    template = clone(owner["spec"]["template"])
    spec = {**template["spec"], "nodeName": pods.NODE}
    pod = make_child(world, owner, "Pod", name, spec)
    del pod["metadata"]["generation"]
    pod["metadata"]["labels"] = template.get("metadata", {}).get("labels", {}) | (labels or {})
    pod["status"] = {"phase": "Pending"}
    world.put(pod)
    return pod


def set_status(world: World, obj: Object, status: Object) -> None:
    if obj.get("status") != status:
        world.put({**obj, "status": status})


def nonzero(**numbers: int) -> Object:
    """Kubernetes leaves out counts that are zero."""
    return {name: number for name, number in numbers.items() if number}


def say(world: World, obj: Object, reason: str, message: str, component: str) -> None:
    events.record(world, obj, ("Normal", reason, message, component or f"{obj['kind'].lower()}-controller"))


def template_hash(template: Object) -> str:
    number = int.from_bytes(hashlib.sha256(json.dumps(template, sort_keys=True).encode()).digest()[:6], "big")
    return "".join(ALPHABET[number // len(ALPHABET) ** place % len(ALPHABET)] for place in range(10))
