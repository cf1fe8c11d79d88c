"""Pods of the simulated cluster that fail as `failures` has it: their status, and the kubelet's events."""

from typing import Any, NamedTuple

from argocd_gitops_mcp.sandbox import events
from argocd_gitops_mcp.sandbox.failures import FAILURES, INITIAL, Failure
from argocd_gitops_mcp.sandbox.world import Object, World

_ADDRESS = "10.0.0.1"


class Failing(NamedTuple):
    """Which container of a pod fails, and how."""

    failure: Failure
    container: Object
    is_init: bool


def of(pod: Object) -> Failing | None:
    """The first that fails, init containers before the others."""
    spec = pod["spec"]
    for container in spec.get("initContainers", ()):
        if (tag := _tag(container)) in INITIAL:
            return Failing(FAILURES[tag], container, is_init=True)
    for container in spec["containers"]:
        if (tag := _tag(container)) in FAILURES:
            return Failing(FAILURES[tag], container, is_init=False)
    return None


def status(pod: Object, failing: Failing, moment: str) -> Object:
    """What the kubelet reports, at once as if it had gone on for long."""
    failure, container, is_init = failing
    waiting = pod["spec"]["containers"][0] if is_init else container
    unready = f"containers with unready status: [{waiting['name']}]"
    incomplete = f"containers with incomplete status: [{container['name']}]"
    conditions = [
        _condition("PodScheduled", moment),
        _condition("PodReadyToStartContainers", moment, is_true=failure.in_sandbox),
        _condition("Initialized", moment, "ContainersNotInitialized", incomplete, is_true=not is_init),
        _condition("Ready", moment, "ContainersNotReady", unready, is_true=False),
        _condition("ContainersReady", moment, "ContainersNotReady", unready, is_true=False),
    ]
    before: list[Object] = [
        _failed(pod, failing, one, moment) if one is container else _initialized(one, moment, waits=is_init)
        for one in pod["spec"].get("initContainers", ())
    ]
    return {
        "phase": "Pending" if is_init else failure.phase,
        "startTime": moment,
        "hostIP": "127.0.0.1",
        **({"podIP": _ADDRESS} if failure.in_sandbox else {}),
        "conditions": conditions,
        **({"initContainerStatuses": before} if before else {}),
        "containerStatuses": [_main(pod, failing, one, moment) for one in pod["spec"]["containers"]],
    }


def initialized(pod: Object, moment: str) -> Object:
    """The statuses of init containers that have done their work."""
    done = [_initialized(one, moment, waits=False) for one in pod["spec"].get("initContainers", ())]
    return {"initContainerStatuses": done} if done else {}


def record(world: World, pod: Object, failing: Failing) -> None:
    """What the kubelet tells of it."""
    for event in failing.failure.events:
        what = (event.type, event.reason, _filled(event.message, pod, failing.container), "kubelet")
        events.record(world, pod, what, event.times)


def _main(pod: Object, failing: Failing, container: Object, moment: str) -> Object:
    if failing.is_init:
        return _reported(container, {"waiting": {"reason": "PodInitializing"}})
    if container is failing.container or not failing.failure.in_sandbox:
        return _failed(pod, failing, container, moment)
    return _reported(container, {"running": {"startedAt": moment}}, ready=True, started=True)


def _failed(pod: Object, failing: Failing, container: Object, moment: str) -> Object:
    failure = failing.failure
    state: Object = {"running": {"startedAt": moment}}
    if failure.waiting is not None:
        reason, message = failure.waiting
        state = {"waiting": {"reason": reason} | _said(pod, container, message)}
    more: Object = {"started": failure.is_started, "restartCount": failure.restarts}
    if failure.last is not None:
        ended = {"exitCode": failure.last.exit_code, "reason": failure.last.reason}
        said = _said(pod, container, failure.last.message)
        more["lastState"] = {"terminated": {**ended, **said, "startedAt": moment, "finishedAt": moment}}
    return _reported(container, state, **more)


def _initialized(container: Object, moment: str, *, waits: bool) -> Object:
    if waits:
        return _reported(container, {"waiting": {"reason": "PodInitializing"}})
    ended = {"exitCode": 0, "reason": "Completed", "startedAt": moment, "finishedAt": moment}
    return _reported(container, {"terminated": ended}, ready=True)


def _reported(container: Object, state: Object, **more: Any) -> Object:
    known = {"name": container["name"], "image": container["image"], "imageID": "", "ready": False, "started": False}
    return {**known, "restartCount": 0, "lastState": {}, **more, "state": state}


def _condition(kind: str, moment: str, reason: str = "", message: str = "", *, is_true: bool = True) -> Object:
    told = {} if is_true or not reason else {"reason": reason, "message": message}
    return {"type": kind, "status": str(is_true), "lastTransitionTime": moment, **told}


def _said(pod: Object, container: Object, message: str) -> Object:
    return {"message": _filled(message, pod, container)} if message else {}


def _filled(text: str, pod: Object, container: Object) -> str:
    """A failure's text with what this pod says in place of its capitals."""
    for word, value in _words(pod, container).items():
        text = text.replace(word, value)
    return text


def _words(pod: Object, container: Object) -> dict[str, str]:
    metadata, image = pod["metadata"], container["image"]
    probe = (container.get("livenessProbe") or container.get("startupProbe") or {}).get("httpGet") or {}
    volume, mounted = _mounted(pod)
    missing, key = _referred(container, metadata["namespace"])
    return {
        "IMAGE": image,
        "NAME": container["name"],
        "POD": f"{metadata['name']}_{metadata['namespace']}({metadata['uid']})",
        "PORT": str(probe.get("port", 8080)),
        "PATH": probe.get("path", "/"),
        "ADDRESS": _ADDRESS,
        "COMMAND": (container.get("command") or ["/app"])[0],
        "MISSING": missing,
        "KEY": key,
        "VOLUME": volume,
        "MOUNTED": mounted,
        "REGISTRY": image.partition("/")[0],
        "MANIFEST": image.replace("/", "/v2/").replace(":", "/manifests/"),
    }


def _referred(container: Object, namespace: str) -> tuple[str, str]:
    """What the environment needs: an object, and a key of it."""
    missing = key = ""
    for one in container.get("env", ()):
        for kind, ref in (one.get("valueFrom") or {}).items():
            if kind in ("configMapKeyRef", "secretKeyRef"):
                known = "ConfigMap" if kind == "configMapKeyRef" else "Secret"
                missing = f'{known.lower()} "{ref["name"]}"'
                key = f"{ref['key']} in {known} {namespace}/{ref['name']}"
    for one in container.get("envFrom", ()):
        for kind, ref in one.items():
            if kind in ("configMapRef", "secretRef"):
                missing = f'{kind.removesuffix("Ref").lower()} "{ref["name"]}"'
    return missing, key


def _mounted(pod: Object) -> tuple[str, str]:
    """The last volume that is made of an object, and that object."""
    volume = mounted = ""
    for one in pod["spec"].get("volumes", ()):
        if "configMap" in one:
            volume, mounted = one["name"], f'configmap "{one["configMap"]["name"]}"'
        if "secret" in one:
            volume, mounted = one["name"], f'secret "{one["secret"]["secretName"]}"'
    return volume, mounted


def _tag(container: Object) -> str:
    return str(container["image"]).rpartition(":")[2]
