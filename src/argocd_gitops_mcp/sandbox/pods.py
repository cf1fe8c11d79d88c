"""Pods of the simulated cluster: what their age and their image's tag make of them."""

from typing import Any

from argocd_gitops_mcp.sandbox import events, failing
from argocd_gitops_mcp.sandbox.failures import ENDING, EVICTED
from argocd_gitops_mcp.sandbox.world import Object, Stage, World, stamp

READY_AFTER = 0.2
JOB_DONE_AFTER = 0.4
# Of containers whose image says that they are slow.
SLOWLY_READY_AFTER = 20.0
# Seconds of age at which a crash-looping container has crashed once, twice, ...
CRASHES = (0.3, 10, 30, 70, 150, 310)
NODE = "node-0"


def advance(world: World) -> None:
    """Move every pod to the stage that its age asks for."""
    for obj in [o for o in world.objects.values() if o["kind"] == "Pod"]:
        stage = stage_of(obj, world.age(obj))
        if world.stages.get(obj["metadata"]["uid"]) != stage:
            world.stages[obj["metadata"]["uid"]] = stage
            world.put({**obj, "status": _status(world, obj, stage)})
            _record(world, obj, stage)


def stage_of(pod: Object, age: float) -> Stage:
    tags = {container["image"].rpartition(":")[2] for container in pod["spec"]["containers"]}
    job = pod["spec"].get("restartPolicy") != "Always"
    ready, done = READY_AFTER, JOB_DONE_AFTER
    if "slow" in tags:
        ready, done = SLOWLY_READY_AFTER, SLOWLY_READY_AFTER + 1
    restarts = sum(age >= moment for moment in CRASHES)
    if age < READY_AFTER or ("broken" in tags and not job and not restarts):
        return Stage("Creating")
    if "evicted" in tags:
        return Stage("Evicted")
    if job and tags & set(ENDING):
        return Stage("Failed" if age >= done else "Running")
    if "broken" in tags:
        return Stage("Crashing", restarts)
    if failing.of(pod) is not None:
        return Stage("Failing")
    return Stage("Starting" if age < ready else "Succeeded" if job and age >= done else "Running")


def is_ready(pod: Object) -> bool:
    return any(c["type"] == "Ready" and c["status"] == "True" for c in pod["status"].get("conditions", ()))


def has_ended(pod: Object) -> bool:
    return pod["status"].get("phase") in {"Succeeded", "Failed"}


def _status(world: World, pod: Object, stage: Stage) -> Object:
    started, moment = pod["metadata"]["creationTimestamp"], stamp(world.clock())
    if stage.name == "Failing" and (found := failing.of(pod)):
        return failing.status(pod, found, moment)
    if stage.name == "Evicted":
        return {"phase": "Failed", "reason": "Evicted", "message": EVICTED, "startTime": started}
    ready = stage.name == "Running"
    phase = {"Creating": "Pending", "Starting": "Running", "Crashing": "Running"}.get(stage.name, stage.name)
    condition = {"type": "Ready", "status": "True" if ready else "False", "lastTransitionTime": moment}
    if not ready:
        condition["reason"] = "PodCompleted" if stage.name == "Succeeded" else "ContainersNotReady"
    status: Object = {
        "phase": phase,
        "conditions": [{"type": "PodScheduled", "status": "True", "lastTransitionTime": started}, condition],
        "containerStatuses": [_container(pod, container, stage, moment) for container in pod["spec"]["containers"]],
        "hostIP": "127.0.0.1",
        "startTime": started,
    }
    if phase == "Running":
        status["podIP"] = "10.0.0.1"
    return status | (failing.initialized(pod, moment) if stage.name != "Creating" else {})


def _container(pod: Object, container: Object, stage: Stage, moment: str) -> Object:
    name, image = container["name"], container["image"]
    ended = {"containerID": f"sandbox://{name}", "startedAt": moment, "finishedAt": moment}
    killed = {"exitCode": 137, "reason": "OOMKilled"} if image.endswith(":oom") else {"exitCode": 1, "reason": "Error"}
    crashed: Any = {"terminated": {**ended, **killed}}
    state: Object = {"running": {"startedAt": moment}}
    status: Object = {"name": name, "image": image, "imageID": "", "restartCount": 0}
    match stage.name:
        case "Creating":
            state = {"waiting": {"reason": "ContainerCreating"}}
        case "Crashing" if image.endswith(":broken"):
            delay = min(10 * 2 ** (stage.restarts - 1), 300)
            text = f"back-off {delay}s restarting failed container={name} pod={_full_name(pod)}"
            state = {"waiting": {"reason": "CrashLoopBackOff", "message": text}}
            status |= {"lastState": crashed, "restartCount": stage.restarts}
        case "Failed":
            state = crashed
        case "Succeeded":
            state = {"terminated": {**ended, "exitCode": 0, "reason": "Completed"}}
    running = "running" in state
    ready = running and not (stage.name == "Starting" and image.endswith(":slow"))
    return {**status, "state": state, "ready": ready, "started": running}


def _full_name(pod: Object) -> str:
    """As the kubelet names a pod."""
    return f"{pod['metadata']['name']}_{pod['metadata']['namespace']}({pod['metadata']['uid']})"


def _record(world: World, pod: Object, stage: Stage) -> None:
    """The kubelet's and the scheduler's events, in Kubernetes' own words."""
    for container in pod["spec"]["containers"]:
        name, image = container["name"], container["image"]
        match stage.name:
            case "Running":
                pulled = f'Container image "{image}" already present on machine'
                events.record(world, pod, ("Normal", "Pulled", pulled, "kubelet"))
                events.record(world, pod, ("Normal", "Created", f"Created container: {name}", "kubelet"))
                events.record(world, pod, ("Normal", "Started", f"Started container {name}", "kubelet"))
            case "Crashing" if image.endswith(":broken"):
                text = f"Back-off restarting failed container {name} in pod {_full_name(pod)}"
                events.record(world, pod, ("Warning", "BackOff", text, "kubelet"))
    if stage.name == "Failing" and (found := failing.of(pod)):
        failing.record(world, pod, found)
    if stage.name == "Evicted":
        events.record(world, pod, ("Warning", "Evicted", EVICTED, "kubelet"))
    if stage.name == "Creating":
        where = f"{pod['metadata']['namespace']}/{pod['metadata']['name']}"
        events.record(
            world, pod, ("Normal", "Scheduled", f"Successfully assigned {where} to {NODE}", "default-scheduler")
        )
