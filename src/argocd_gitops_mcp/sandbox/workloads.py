"""The other controllers of the simulated cluster, and the round that runs them all."""

import hashlib

from argocd_gitops_mcp.sandbox import deployments, events, pods
from argocd_gitops_mcp.sandbox.ownership import make_child, make_pod, nonzero, say, set_status, suffix, template_hash
from argocd_gitops_mcp.sandbox.world import Object, World, clone, key_of, stamp


def advance(world: World) -> None:
    """One round of every controller; what one of them changes, the next ones see in the same or the next round."""
    # Once a second even if nothing changed: progress deadlines pass by themselves.
    state = (world.cluster_version, int(world.clock().timestamp()))
    if world.settled == state:
        return
    world.settled = state
    for kind, controller in CONTROLLERS.items():
        for obj in [o for o in world.objects.values() if o["kind"] == kind]:
            if not obj["metadata"].get("deletionTimestamp"):
                controller(world, obj)


def _stateful_set(world: World, obj: Object) -> None:
    revision = f"{obj['metadata']['name']}-{template_hash(obj['spec']['template'])}"
    names = [f"{obj['metadata']['name']}-{ordinal}" for ordinal in range(obj["spec"]["replicas"])]
    _controller_revision(world, obj, revision)
    ready, updated = _keep(world, obj, names, revision)
    status = {
        "observedGeneration": obj["metadata"]["generation"],
        "replicas": len(names),
        "currentRevision": revision
        if updated == len(names)
        else obj.get("status", {}).get("currentRevision", revision),
        "updateRevision": revision,
        **nonzero(readyReplicas=ready, availableReplicas=ready, updatedReplicas=updated, currentReplicas=updated),
    }
    set_status(world, obj, status)


def _daemon_set(world: World, obj: Object) -> None:
    revision = template_hash(obj["spec"]["template"])
    node = hashlib.sha256(obj["metadata"]["uid"].encode()).hexdigest()[:5]
    _controller_revision(world, obj, f"{obj['metadata']['name']}-{revision}")
    ready, updated = _keep(world, obj, [f"{obj['metadata']['name']}-{node}"], revision)
    status = {
        "observedGeneration": obj["metadata"]["generation"],
        "currentNumberScheduled": 1,
        "desiredNumberScheduled": 1,
        "numberMisscheduled": 0,
        "numberReady": ready,
        **nonzero(numberAvailable=ready, updatedNumberScheduled=updated),
    }
    set_status(world, obj, status)


def _controller_revision(world: World, obj: Object, name: str) -> None:
    if all(child["metadata"]["name"] != name for child in world.children(obj)):
        made = make_child(world, obj, "ControllerRevision", name, {})
        made["revision"] = sum(child["kind"] == "ControllerRevision" for child in world.children(obj))


def _keep(world: World, obj: Object, names: list[str], revision: str) -> tuple[int, int]:
    """Pods with fixed names, replaced one after the other when the template changes; answers (ready, updated)."""
    owned = {pod["metadata"]["name"]: pod for pod in world.children(obj) if pod["kind"] == "Pod"}
    for name in [name for name in owned if name not in names]:
        world.remove(key_of(owned.pop(name)))
    stale = [pod for pod in owned.values() if pod["metadata"]["labels"]["controller-revision-hash"] != revision]
    if (stale and all(map(pods.is_ready, owned.values())) and len(owned) == len(names)) or (
        stale and not pods.is_ready(stale[-1])
    ):
        world.remove(key_of(owned.pop(stale.pop()["metadata"]["name"])))
    for name in [name for name in names if name not in owned]:
        labels = {"controller-revision-hash": revision}
        if obj["kind"] == "StatefulSet":
            index = name.rpartition("-")[2]
            labels |= {"apps.kubernetes.io/pod-index": index, "statefulset.kubernetes.io/pod-name": name}
        owned[name] = make_pod(world, obj, name, labels)
        say(
            world,
            obj,
            "SuccessfulCreate",
            f"create Pod {name} in {obj['kind']} {obj['metadata']['name']} successful",
            "",
        )
    return sum(map(pods.is_ready, owned.values())), len(owned) - len(stale)


def _job(world: World, obj: Object) -> None:
    owned = world.children(obj)
    done = {condition["type"] for condition in obj.get("status", {}).get("conditions", ())}
    if done or obj["spec"].get("suspend"):
        return
    if not owned:
        name = f"{obj['metadata']['name']}-{suffix()}"
        names = {"job-name": obj["metadata"]["name"], "controller-uid": obj["metadata"]["uid"]}
        labels = names | {f"batch.kubernetes.io/{label}": value for label, value in names.items()}
        owned = [make_pod(world, obj, name, labels)]
        say(world, obj, "SuccessfulCreate", f"Created pod: {name}", "job-controller")
    moment = stamp(world.clock())
    status: Object = {"startTime": obj.get("status", {}).get("startTime", moment)}
    if not pods.has_ended(owned[0]):
        status |= {"active": 1} | nonzero(ready=int(pods.is_ready(owned[0])))
    elif owned[0]["status"]["phase"] == "Succeeded":
        text = "Reached expected number of succeeded pods"
        condition = {"type": "Complete", "status": "True", "reason": "CompletionsReached", "message": text}
        status |= {
            "succeeded": 1,
            "completionTime": moment,
            "conditions": [{**condition, "lastTransitionTime": moment}],
        }
        say(world, obj, "Completed", "Job completed", "job-controller")
    else:
        text = "Job has reached the specified backoff limit"
        condition = {"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded", "message": text}
        status |= {"failed": 1, "conditions": [{**condition, "lastTransitionTime": moment}]}
        events.record(world, obj, ("Warning", "BackoffLimitExceeded", text, "job-controller"))
    set_status(world, obj, status)


def _cron_job(world: World, obj: Object) -> None:
    """Only the action `create-job` makes Jobs here; schedules never come due."""
    set_status(world, obj, {})


def _service(world: World, obj: Object) -> None:
    """A Service that selects pods gets Endpoints and an EndpointSlice."""
    if not obj["spec"].get("selector") or world.children(obj):
        return
    name = obj["metadata"]["name"]
    make_child(world, obj, "EndpointSlice", f"{name}-{suffix()}", {})
    endpoints = {"name": name, "namespace": obj["metadata"]["namespace"]}
    world.put({"apiVersion": "v1", "kind": "Endpoints", "metadata": endpoints})


def create_job(world: World, cron_job: Object, name: str) -> None:
    template = clone(cron_job["spec"]["jobTemplate"])
    job = make_child(world, cron_job, "Job", name, template["spec"])
    job["metadata"]["annotations"] = {"cronjob.kubernetes.io/instantiate": "manual"}
    world.put(job)


CONTROLLERS = {
    "Deployment": deployments.deployment,
    "ReplicaSet": deployments.replica_set,
    "StatefulSet": _stateful_set,
    "DaemonSet": _daemon_set,
    "Job": _job,
    "CronJob": _cron_job,
    "Service": _service,
}
