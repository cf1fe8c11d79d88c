"""Pods of the simulated cluster: what their age and their image's tag make of them."""

from typing import Any

from argocd_gitops_mcp.sandbox import events
from argocd_gitops_mcp.sandbox.world import Object, Stage, World, stamp

READY_AFTER = 0.2
JOB_DONE_AFTER = 0.4
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
    if age < READY_AFTER:
        return Stage("Creating")
    if "missing" in tags:
        return Stage("Unpullable")
    if "broken" in tags and job:
        return Stage("Failed" if age >= JOB_DONE_AFTER else "Running")
    if "broken" in tags and age >= CRASHES[0]:
        return Stage("Crashing", sum(age >= moment for moment in CRASHES))
    if job and age >= JOB_DONE_AFTER:
        return Stage("Succeeded")
    return Stage("Running" if "broken" not in tags or job else "Creating")


def is_ready(pod: Object) -> bool:
    return any(c["type"] == "Ready" and c["status"] == "True" for c in pod["status"].get("conditions", ()))


def has_ended(pod: Object) -> bool:
    return pod["status"].get("phase") in {"Succeeded", "Failed"}


def _status(world: World, pod: Object, stage: Stage) -> Object:
    started, moment = pod["metadata"]["creationTimestamp"], stamp(world.clock())
    ready = stage.name == "Running"
    phase = {"Creating": "Pending", "Unpullable": "Pending", "Crashing": "Running"}.get(stage.name, stage.name)
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
    return status


def _container(pod: Object, container: Object, stage: Stage, moment: str) -> Object:
    name, image = container["name"], container["image"]
    ended = {"containerID": f"sandbox://{name}", "startedAt": moment, "finishedAt": moment}
    crashed: Any = {"terminated": {**ended, "exitCode": 1, "reason": "Error"}}
    state: Object = {"running": {"startedAt": moment}}
    status: Object = {"name": name, "image": image, "imageID": "", "restartCount": 0}
    match stage.name:
        case "Creating":
            state = {"waiting": {"reason": "ContainerCreating"}}
        case "Unpullable" if image.endswith(":missing"):
            state = {"waiting": {"reason": "ImagePullBackOff", "message": f'Back-off pulling image "{image}"'}}
        case "Crashing" if image.endswith(":broken"):
            owner = f"{pod['metadata']['name']}_{pod['metadata']['namespace']}({pod['metadata']['uid']})"
            delay = min(10 * 2 ** (stage.restarts - 1), 300)
            text = f"back-off {delay}s restarting failed container={name} pod={owner}"
            state = {"waiting": {"reason": "CrashLoopBackOff", "message": text}}
            status |= {"lastState": crashed, "restartCount": stage.restarts}
        case "Failed":
            state = crashed
        case "Succeeded":
            state = {"terminated": {**ended, "exitCode": 0, "reason": "Completed"}}
    running = "running" in state
    return {**status, "state": state, "ready": running, "started": running}


def _record(world: World, pod: Object, stage: Stage) -> None:
    """The kubelet's and the scheduler's events. Their texts are Kubernetes' own, not yet seen on a real kubelet."""
    for container in pod["spec"]["containers"]:
        name, image = container["name"], container["image"]
        match stage.name:
            case "Running":
                pulled = f'Container image "{image}" already present on machine'
                events.record(world, pod, ("Normal", "Pulled", pulled, "kubelet"))
                events.record(world, pod, ("Normal", "Created", f"Created container: {name}", "kubelet"))
                events.record(world, pod, ("Normal", "Started", f"Started container {name}", "kubelet"))
            case "Crashing" if image.endswith(":broken"):
                text = f"Back-off restarting failed container {name} in pod {pod['metadata']['name']}"
                events.record(world, pod, ("Warning", "BackOff", text, "kubelet"))
            case "Unpullable" if image.endswith(":missing"):
                text = f'Failed to pull image "{image}": rpc error: code = NotFound desc = manifest unknown'
                events.record(world, pod, ("Warning", "Failed", text, "kubelet"))
                events.record(world, pod, ("Normal", "BackOff", f'Back-off pulling image "{image}"', "kubelet"))
    if stage.name == "Creating":
        where = f"{pod['metadata']['namespace']}/{pod['metadata']['name']}"
        events.record(
            world, pod, ("Normal", "Scheduled", f"Successfully assigned {where} to {NODE}", "default-scheduler")
        )
