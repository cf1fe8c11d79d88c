"""Laying a manifest over a live object: the three-way merge of `apply`, and what the API server would fill in."""

from typing import Any

from argocd_gitops_mcp.sandbox.world import Object, clone

# Lists of objects that are merged by one of their keys instead of being replaced.
MERGE_KEYS = {
    "containers": ("name",),
    "initContainers": ("name",),
    "env": ("name",),
    "volumes": ("name",),
    "volumeMounts": ("mountPath",),
    "ports": ("containerPort", "port"),
    "imagePullSecrets": ("name",),
}


def merge(live: Object, target: Object, last: Object) -> Object:
    """The live object after `target` was applied; what was in `last` and is not in `target` goes away."""
    merged = {name: value for name, value in live.items() if name in target or name not in last}
    for name, value in target.items():
        if value is None:
            continue
        merged[name] = _value(name, live.get(name), value, last.get(name))
    return merged


def _value(name: str, live: Any, target: Any, last: Any) -> Any:
    if isinstance(live, dict) and isinstance(target, dict):
        return merge(live, target, last if isinstance(last, dict) else {})
    if isinstance(live, list) and isinstance(target, list):
        return _list(name, live, target, last if isinstance(last, list) else [])
    return target


def _list(name: str, live: list[Any], target: list[Any], last: list[Any]) -> list[Any]:
    if not all(isinstance(item, dict) for item in live + target):
        return target
    keys = next(((key,) for key in MERGE_KEYS.get(name, ()) if all(key in item for item in target)), ())
    if not keys:
        pairs = zip(live, target, strict=False)
        return [merge(old, new, {}) for old, new in pairs] + target[len(live) :]
    by_key = {item.get(keys[0]): item for item in live}
    before = {item.get(keys[0]): item for item in last}
    wanted = {item[keys[0]] for item in target}
    merged = [merge(by_key.get(item[keys[0]], {}), item, before.get(item[keys[0]], {})) for item in target]
    return merged + [item for key, item in by_key.items() if key not in wanted and key not in before]


def patch(obj: Object, change: Object) -> Object:
    """RFC 7396 merge patch."""
    result = dict(obj)
    for name, value in change.items():
        if value is None:
            result.pop(name, None)
        elif isinstance(value, dict):
            below = result.get(name)
            result[name] = patch(below if isinstance(below, dict) else {}, value)
        else:
            result[name] = value
    return result


def strategic(obj: Object, change: Object) -> Object:
    """Kubernetes' strategic merge patch: like a merge patch, but lists of objects are merged by their keys."""
    result = dict(obj)
    for name, value in change.items():
        below = result.get(name)
        if value is None:
            result.pop(name, None)
        elif isinstance(value, dict):
            result[name] = strategic(below if isinstance(below, dict) else {}, value)
        elif isinstance(value, list) and (key := _merge_key(name, value)):
            result[name] = _merged_items(below or [], value, key)
        else:
            result[name] = value
    return result


def _merge_key(name: str, items: list[Any]) -> str | None:
    return next((key for key in MERGE_KEYS.get(name, ()) if all(key in item for item in items)), None)


def _merged_items(live: list[Any], items: list[Any], key: str) -> list[Any]:
    """Items that are new come first."""
    wanted = {item[key]: item for item in items}
    known = {item.get(key) for item in live}
    kept = [strategic(item, wanted.get(item.get(key), {})) for item in live if not _deleted(wanted.get(item.get(key)))]
    return [item for item in items if item[key] not in known and not _deleted(item)] + kept


def _deleted(item: Object | None) -> bool:
    return item is not None and item.get("$patch") == "delete"


def with_defaults(obj: Object) -> Object:
    """The object as the API server would store it, as far as anybody looks."""
    obj = clone(obj)
    spec = obj.get("spec", {})
    match obj["kind"]:
        case "Deployment":
            rolling = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}}
            _fill(spec, replicas=1, progressDeadlineSeconds=600, revisionHistoryLimit=10, strategy=rolling)
        case "StatefulSet":
            strategy = {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}}
            _fill(
                spec, replicas=1, podManagementPolicy="OrderedReady", revisionHistoryLimit=10, updateStrategy=strategy
            )
        case "DaemonSet":
            strategy = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}}
            _fill(spec, revisionHistoryLimit=10, updateStrategy=strategy)
        case "Job":
            _fill(spec, backoffLimit=6, completionMode="NonIndexed", completions=1, parallelism=1, suspend=False)
        case "CronJob":
            _fill(
                spec, concurrencyPolicy="Allow", failedJobsHistoryLimit=1, successfulJobsHistoryLimit=3, suspend=False
            )
        case "Service":
            _fill(spec, type="ClusterIP", sessionAffinity="None", ipFamilies=["IPv4"], internalTrafficPolicy="Cluster")
            for port in spec.get("ports", ()):
                _fill(port, protocol="TCP", targetPort=port.get("port"))
        case "Secret":
            obj.setdefault("type", "Opaque")
    if template := spec.get("template") or spec.get("jobTemplate", {}).get("spec", {}).get("template"):
        _fill_pod(template.setdefault("spec", {}))
    return obj


def _fill_pod(spec: Object) -> None:
    _fill(spec, dnsPolicy="ClusterFirst", restartPolicy="Always", schedulerName="default-scheduler", securityContext={})
    _fill(spec, terminationGracePeriodSeconds=30)
    for container in spec.get("containers", ()):
        _fill(container, imagePullPolicy="IfNotPresent", resources={}, terminationMessagePath="/dev/termination-log")
        _fill(container, terminationMessagePolicy="File")
        for port in container.get("ports", ()):
            _fill(port, protocol="TCP")


def _fill(obj: Object, **defaults: Any) -> None:
    for name, value in defaults.items():
        if obj.get(name) is None:
            obj[name] = value
