"""The resource tree: an application's objects with everything they own."""

from argocd_gitops_mcp.sandbox import comparison, health, pods
from argocd_gitops_mcp.sandbox.deployments import REVISION
from argocd_gitops_mcp.sandbox.world import Application, Key, Object, World, key_of, split_api_version


def nodes(world: World, application: Application) -> list[Object]:
    """All nodes: managed objects, live or missing, hooks that ran, and their descendants."""
    found: dict[Key, Object] = {}
    roots = {**(application.targets or {}), **comparison.tracked(world, application)}
    roots |= {key_of(hook): hook for hook in application.hooks if key_of(hook) in world.objects}
    owned = _children(world)
    for key, target in roots.items():
        live = world.objects.get(key)
        if live is None:
            found[key] = _missing(key, target)
        else:
            _walk(live, None, owned, found)
    return list(found.values())


def live_node(world: World, application: Application, key: Key) -> Object | None:
    """The live object behind a tree node, if there is one."""
    if any(_key(node) == key and "uid" in node for node in nodes(world, application)):
        return world.objects.get(key)
    return None


def _key(node: Object) -> Key:
    return Key(node.get("group", ""), node["kind"], node.get("namespace", ""), node["name"])


def _children(world: World) -> dict[str, list[Object]]:
    owned: dict[str, list[Object]] = {}
    for obj in world.objects.values():
        for reference in obj["metadata"].get("ownerReferences", ()):
            owned.setdefault(reference["uid"], []).append(obj)
        # Endpoints have no owner reference; Argo CD takes the Service of the same name for their parent.
        if obj["kind"] == "Endpoints":
            service = world.objects.get(key_of(obj)._replace(kind="Service"))
            owned.setdefault(service["metadata"]["uid"] if service else "", []).append(obj)
    return owned


def _walk(obj: Object, parent: Object | None, owned: dict[str, list[Object]], found: dict[Key, Object]) -> None:
    node = _node(obj)
    if parent is not None:
        names: tuple[str, ...] = ("group", "version", "kind", "namespace", "name", "uid")
        if obj["kind"] == "Endpoints":
            names = names[:-1]
        node["parentRefs"] = [{name: parent[name] for name in names if name in parent}]
    found[key_of(obj)] = node
    for child in owned.get(obj["metadata"]["uid"], ()):
        _walk(child, node, owned, found)


def _missing(key: Key, target: Object) -> Object:
    return {**_names(key, target), "health": {"status": "Missing"}}


def _names(key: Key, obj: Object) -> Object:
    names = {"group": key.group, "version": split_api_version(obj)[1], "kind": key.kind, "namespace": key.namespace}
    return {name: value for name, value in {**names, "name": key.name}.items() if value}


def _node(obj: Object) -> Object:
    metadata = obj["metadata"]
    node = _names(key_of(obj), obj)
    node |= {"uid": metadata["uid"], "resourceVersion": metadata["resourceVersion"]}
    node["createdAt"] = metadata["creationTimestamp"]
    if rated := health.of(obj):
        node["health"] = rated
    match obj["kind"]:
        case "Pod":
            node["info"] = _pod_info(obj)
            node["images"] = sorted({container["image"] for container in obj["spec"]["containers"]})
            node["networkingInfo"] = {"labels": metadata.get("labels", {})}
        case "ReplicaSet" | "Deployment" if revision := metadata.get("annotations", {}).get(REVISION):
            node["info"] = [{"name": "Revision", "value": f"Rev:{revision}"}]
        case "ControllerRevision":
            node["info"] = [{"name": "Revision", "value": f"Rev:{obj['revision']}"}]
        case "Service" if obj["spec"].get("selector"):
            node["networkingInfo"] = {"targetLabels": obj["spec"]["selector"]}
    return node


def _pod_info(pod: Object) -> list[Object]:
    statuses = pod["status"].get("containerStatuses", [])
    reason = pod["status"].get("reason") or pod["status"].get("phase", "")
    restarts = sum(status["restartCount"] for status in statuses)
    initial = pod["status"].get("initContainerStatuses", [])
    if stuck := [one for one in initial if "waiting" in one["state"]]:
        reason = f"Init:{stuck[0]['state']['waiting']['reason']}"
        restarts = sum(one["restartCount"] for one in initial)
    else:
        for status in reversed(statuses):
            state = status["state"]
            reason = state.get("waiting", state.get("terminated", {})).get("reason", reason)
    ready = sum(status["ready"] for status in statuses)
    info = [("Status Reason", reason), ("Node", pod["spec"].get("nodeName", ""))]
    info.append(("Containers", f"{ready}/{len(pod['spec']['containers'])}"))
    info += [("Restart Count", str(restarts))] if restarts else []
    info += [] if pods.has_ended(pod) else [("cpu", "0"), ("memory", "0")]
    return [{"name": name, "value": value} for name, value in info]


def hosts(found: list[Object]) -> list[Object]:
    """The nodes of the cluster that the pods run on."""
    if not any(node["kind"] == "Pod" for node in found):
        return []
    names = (
        "machineID",
        "systemUUID",
        "bootID",
        "kernelVersion",
        "osImage",
        "containerRuntimeVersion",
        "kubeletVersion",
    )
    system = dict.fromkeys((*names, "kubeProxyVersion"), "sandbox")
    system |= {"architecture": "amd64", "operatingSystem": "linux"}
    capacity = [{"resourceName": "cpu", "capacity": 1000000}, {"resourceName": "memory", "capacity": 1099511627776000}]
    return [{"name": pods.NODE, "resourcesInfo": capacity, "systemInfo": system}]
