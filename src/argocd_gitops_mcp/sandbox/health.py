"""Health of cluster objects and of applications, by the rules of Argo CD 3.6."""

from argocd_gitops_mcp.sandbox.world import Object

# From best to worst: an application is as healthy as its worst resource.
ORDER = ("Healthy", "Suspended", "Progressing", "Missing", "Degraded", "Unknown")


def of(obj: Object) -> Object | None:
    """Health of one live object; None for kinds that have none."""
    check = CHECKS.get(obj["kind"])
    return None if check is None else check(obj)


def worst(resources: list[Object]) -> Object:
    """Health of an application from the health of its resources: missing ones count only when nothing is live."""
    rated = [r for r in resources if r.get("health") and not r.get("hook")]
    present = [r for r in rated if r["health"]["status"] != "Missing"]
    live = [r for r in resources if (r.get("health") or {}).get("status") != "Missing" and not r.get("hook")]
    if resources and not live:
        return {"status": "Missing"}
    if not present:
        return {"status": "Healthy"}
    status = max((r["health"]["status"] for r in present), key=ORDER.index)
    if status == "Healthy":
        return {"status": status}
    causes = [r for r in present if r["health"]["status"] == status]
    return {"status": status, "message": f"Caused by {', '.join(map(_name, causes))}"}


def _name(resource: Object) -> str:
    group = f"{resource['group']}/" if resource.get("group") else ""
    return f"{group}{resource['kind']}:{resource.get('namespace', '')}/{resource['name']}"


def _rated(status: str, message: str = "") -> Object:
    return {"status": status, "message": message} if message else {"status": status}


def _observed(obj: Object) -> bool:
    return bool(obj.get("status", {}).get("observedGeneration", 0) >= obj["metadata"]["generation"])


def _deployment(obj: Object) -> Object:
    spec, status = obj["spec"], obj.get("status", {})
    updated, available = status.get("updatedReplicas", 0), status.get("availableReplicas", 0)
    waiting = "Waiting for rollout to finish: "
    if spec.get("paused"):
        return _rated("Suspended", "Deployment is paused")
    if not _observed(obj):
        return _rated("Progressing", f"{waiting}observed deployment generation less than desired generation")
    if any(c["reason"] == "ProgressDeadlineExceeded" for c in status.get("conditions", ())):
        return _rated("Degraded", f'Deployment "{obj["metadata"]["name"]}" exceeded its progress deadline')
    if updated < spec["replicas"]:
        text = f"{waiting}{updated} out of {spec['replicas']} new replicas have been updated..."
    elif (old := status.get("replicas", 0) - updated) > 0:
        text = f"{waiting}{old} old replicas are pending termination..."
    elif available < updated:
        text = f"{waiting}{available} of {updated} updated replicas are available..."
    else:
        return _rated("Healthy")
    return _rated("Progressing", text)


def _replica_set(obj: Object) -> Object:
    available, wanted = obj["status"].get("availableReplicas", 0), obj["spec"]["replicas"]
    if not _observed(obj) or available < wanted:
        text = f"Waiting for rollout to finish: {available} out of {wanted} new replicas are available..."
        return _rated("Progressing", text)
    return _rated("Healthy")


def _stateful_set(obj: Object) -> Object:
    status, wanted = obj.get("status", {}), obj["spec"]["replicas"]
    if not _observed(obj):
        return _rated("Progressing", "Waiting for statefulset spec update to be observed...")
    if status.get("readyReplicas", 0) < wanted:
        return _rated("Progressing", f"Waiting for {wanted - status.get('readyReplicas', 0)} pods to be ready...")
    return _rated(
        "Healthy", f"partitioned roll out complete: {status.get('updatedReplicas', 0)} new pods have been updated..."
    )


def _daemon_set(obj: Object) -> Object:
    status, name = obj.get("status", {}), obj["metadata"]["name"]
    wanted, available = status.get("desiredNumberScheduled", 0), status.get("numberAvailable", 0)
    if not _observed(obj):
        return _rated(
            "Progressing", "Waiting for rollout to finish: observed daemon set generation less than desired generation"
        )
    if available < wanted:
        text = (
            f'Waiting for daemon set "{name}" rollout to finish: {available} of {wanted} updated pods are available...'
        )
        return _rated("Progressing", text)
    return _rated("Healthy")


def _job(obj: Object) -> Object:
    for condition in obj.get("status", {}).get("conditions", ()):
        if condition["type"] == "Failed":
            return _rated("Degraded", condition["message"])
        if condition["type"] == "Complete":
            return _rated("Healthy", condition.get("message", ""))
    return _rated("Progressing")


def _cron_job(obj: Object) -> Object:
    if obj["spec"].get("suspend"):
        return _rated("Healthy", "CronJob is Suspended")
    return _rated("Healthy", "CronJob has not been scheduled yet")


def _pod(obj: Object) -> Object:
    status, restarts = obj["status"], obj["spec"].get("restartPolicy", "Always") == "Always"
    containers = status.get("containerStatuses", ())
    stuck = [one["state"]["waiting"] for one in containers if "waiting" in one["state"]]
    stuck = [one for one in stuck if one["reason"].startswith("Err") or one["reason"].endswith(("Error", "BackOff"))]
    if stuck and restarts:
        return _rated("Degraded", ", ".join(waiting["message"] for waiting in stuck))
    if status["phase"] == "Failed":
        return _rated("Degraded", status.get("message") or _end(containers))
    ready = status["phase"] == "Running" and all(one["ready"] for one in containers)
    done = status["phase"] == "Succeeded"
    return _rated("Healthy" if done or (ready and restarts) else "Progressing")


def _end(containers: list[Object]) -> str:
    """Why the first container that failed did."""
    for one in containers:
        ended = one["state"].get("terminated", {})
        if ended.get("exitCode"):
            by_memory = ended["reason"] == "OOMKilled"
            return "OOMKilled" if by_memory else f'container "{one["name"]}" failed with exit code {ended["exitCode"]}'
    return ""


def _service(_: Object) -> Object:
    return _rated("Healthy")


CHECKS = {
    "Deployment": _deployment,
    "ReplicaSet": _replica_set,
    "StatefulSet": _stateful_set,
    "DaemonSet": _daemon_set,
    "Job": _job,
    "CronJob": _cron_job,
    "Pod": _pod,
    "Service": _service,
}
