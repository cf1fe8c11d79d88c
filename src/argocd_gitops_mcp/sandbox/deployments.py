"""Deployments of the simulated cluster: ReplicaSets, rolling updates, progress."""

import math

from argocd_gitops_mcp.sandbox import pods
from argocd_gitops_mcp.sandbox.ownership import (
    adopt,
    make_child,
    make_pod,
    nonzero,
    say,
    set_status,
    suffix,
    template_hash,
)
from argocd_gitops_mcp.sandbox.world import Key, Object, World, clone, key_of, stamp

REVISION = "deployment.kubernetes.io/revision"


def deployment(world: World, obj: Object) -> None:
    spec = obj["spec"]
    digest = template_hash(spec["template"])
    sets = world.children(obj)
    current = next((rs for rs in sets if rs["metadata"]["labels"]["pod-template-hash"] == digest), None)
    if current is None and not spec.get("paused"):
        current = _replica_set(world, obj, digest, len(sets) + 1, 0 if sets else spec["replicas"])
    older = [rs for rs in sets if rs is not current]
    _roll(world, obj, current, older)
    sets = world.children(obj)
    total = sum(rs["status"].get("replicas", 0) for rs in sets)
    ready = sum(rs["status"].get("readyReplicas", 0) for rs in sets)
    updated = world.objects[key_of(current)]["status"].get("replicas", 0) if current else 0
    status = {
        "observedGeneration": obj["metadata"]["generation"],
        "conditions": _deployment_conditions(
            world, obj, current, complete=ready == updated == spec["replicas"] == total
        ),
        **nonzero(replicas=total, updatedReplicas=updated, readyReplicas=ready, availableReplicas=ready),
        **nonzero(unavailableReplicas=spec["replicas"] - ready),
    }
    set_status(world, obj, status)


def _replica_set(world: World, owner: Object, digest: str, revision: int, replicas: int) -> Object:
    template = clone(owner["spec"]["template"])
    template["metadata"].setdefault("labels", {})["pod-template-hash"] = digest
    name = f"{owner['metadata']['name']}-{digest}"
    orphan = world.objects.get(Key("apps", "ReplicaSet", owner["metadata"]["namespace"], name))
    if orphan is not None:
        return adopt(world, owner, orphan)
    made = make_child(world, owner, "ReplicaSet", name, {"replicas": replicas, "template": template})
    made["metadata"]["labels"] = template["metadata"]["labels"]
    made["metadata"]["annotations"] = {REVISION: str(revision)}
    made["spec"]["selector"] = {"matchLabels": template["metadata"]["labels"]}
    world.put(made)
    owner["metadata"].setdefault("annotations", {})[REVISION] = str(revision)
    if replicas:
        say(
            world,
            owner,
            "ScalingReplicaSet",
            f"Scaled up replica set {name} from 0 to {replicas}",
            "deployment-controller",
        )
    return made


def _roll(world: World, obj: Object, current: Object | None, older: list[Object]) -> None:
    """A rolling update with maxSurge 25 % (rounded up) and maxUnavailable 25 % (rounded down)."""
    wanted = obj["spec"]["replicas"]
    surge, slack = math.ceil(wanted * 0.25), math.floor(wanted * 0.25)
    old = sum(rs["spec"]["replicas"] for rs in older)
    if current is not None:
        ready = current["status"].get("readyReplicas", 0)
        _scale(world, obj, current, min(wanted, max(current["spec"]["replicas"], wanted + surge - old)))
        surplus = old - max(0, wanted - slack - ready)
    else:
        surplus = old - wanted
    for replica_set in older:
        less = min(max(0, surplus), replica_set["spec"]["replicas"])
        _scale(world, obj, replica_set, replica_set["spec"]["replicas"] - less)
        surplus -= less


def _scale(world: World, owner: Object, replica_set: Object, replicas: int) -> None:
    before = replica_set["spec"]["replicas"]
    if before != replicas:
        replica_set["spec"]["replicas"] = replicas
        replica_set["metadata"]["generation"] += 1
        world.put(replica_set)
        verb = "up" if replicas > before else "down"
        name = replica_set["metadata"]["name"]
        text = f"Scaled {verb} replica set {name} from {before} to {replicas}"
        say(world, owner, "ScalingReplicaSet", text, "deployment-controller")


def _deployment_conditions(world: World, obj: Object, current: Object | None, *, complete: bool) -> list[Object]:
    name = current["metadata"]["name"] if current else obj["metadata"]["name"]
    since = world.age(current) if current else 0
    moment = stamp(world.clock())
    progressing = {"type": "Progressing", "status": "True", "reason": "ReplicaSetUpdated"}
    progressing["message"] = f'ReplicaSet "{name}" is progressing.'
    if complete:
        progressing["reason"] = "NewReplicaSetAvailable"
        progressing["message"] = f'ReplicaSet "{name}" has successfully progressed.'
    elif since > obj["spec"]["progressDeadlineSeconds"]:
        progressing |= {"status": "False", "reason": "ProgressDeadlineExceeded"}
        progressing["message"] = f'ReplicaSet "{name}" has timed out progressing.'
    available = {"type": "Available", "status": "True" if complete else "False"}
    available["reason"] = "MinimumReplicasAvailable" if complete else "MinimumReplicasUnavailable"
    available["message"] = f"Deployment {'has' if complete else 'does not have'} minimum availability."
    before = {condition["type"]: condition for condition in obj.get("status", {}).get("conditions", ())}
    return [_condition(before.get(new["type"]), new, moment) for new in (available, progressing)]


def _condition(before: Object | None, new: Object, moment: str) -> Object:
    if before and all(before.get(name) == value for name, value in new.items()):
        return before
    return {**new, "lastTransitionTime": moment, "lastUpdateTime": moment}


def replica_set(world: World, obj: Object) -> None:
    """A ReplicaSet: as many pods as it wants, with random names."""
    owned = world.children(obj)
    prefix = obj["metadata"]["name"]
    for _ in range(obj["spec"]["replicas"] - len(owned)):
        name = f"{prefix}-{suffix()}"
        make_pod(world, obj, name)
        say(world, obj, "SuccessfulCreate", f"Created pod: {name}", "replicaset-controller")
    for pod in owned[obj["spec"]["replicas"] :]:
        world.remove(key_of(pod))
    owned = world.children(obj)
    ready = sum(map(pods.is_ready, owned))
    status = {"observedGeneration": obj["metadata"]["generation"], "replicas": len(owned)}
    set_status(
        world, obj, status | nonzero(readyReplicas=ready, availableReplicas=ready, fullyLabeledReplicas=len(owned))
    )
