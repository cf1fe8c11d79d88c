"""The application controller: render, compare, judge, sync by itself, and delete; one tick at a time."""

from datetime import datetime, timedelta

from argocd_gitops_mcp.sandbox import comparison, events, health, manifests, pods, syncing, windows, workloads
from argocd_gitops_mcp.sandbox.errors import StatusError
from argocd_gitops_mcp.sandbox.world import CONTROL_PLANE, Application, Object, World, clone, key_of, stamp

FINALIZER = "resources-finalizer.argocd.argoproj.io"
RESYNC = timedelta(seconds=180)
AFTER = timedelta(milliseconds=40)  # from the end of an operation to the comparison
COMPONENT = "argocd-application-controller"
REFRESH = "argocd.argoproj.io/refresh"


def tick(world: World) -> None:
    """One round of everything that moves by itself."""
    pods.advance(world)
    workloads.advance(world)
    # Whatever wakes an application changes the version, too; so thousands of sleeping ones are not looked at again.
    if world.listed != world.version:
        world.listed = world.version
        world.awake = [a for a in world.applications.values() if not a.asleep or _is_wanted(a)]
    for application in world.awake:
        step(world, application)


def _is_wanted(application: Application) -> bool:
    deleting = application.metadata.get("deletionTimestamp")
    return bool(application.refresh or application.ended or application.operation or deleting)


def step(world: World, application: Application) -> None:
    # A running operation holds a deletion as long as there is something left to do.
    free = application.operation is None or not application.metadata.get("finalizers")
    if application.metadata.get("deletionTimestamp") and free and _delete(world, application):
        return
    if application.operation is not None:
        _operate(world, application)
    if application.ended and world.clock() - application.ended < AFTER and not application.refresh:
        return  # the comparison comes as a change of its own
    moved = world.changed.get(application.target_namespace, 0) > application.seen
    due = application.compared is None or world.clock() - application.compared > RESYNC
    fresh = bool(application.refresh) or bool(application.ended) or due
    if fresh or moved:
        reconcile(world, application, fresh=fresh)


def _operate(world: World, application: Application) -> None:
    syncing.step(world, application)
    if application.operation is None:
        state = application.status["operationState"]
        revision = state["syncResult"].get("revision", "")
        verb = "succeeded" if state["phase"] == "Succeeded" else f"failed: {state['message']}"
        partial = state["operation"]["sync"].get("resources")
        text = f"{'Partial sync' if partial else 'Sync'} operation to {revision} {verb}"
        failed = state["phase"] != "Succeeded"
        events.record_application(world, application, ("OperationCompleted", text, COMPONENT), warning=failed)


def reconcile(world: World, application: Application, *, fresh: bool) -> None:
    """Compare with Git (anew if `fresh`) and with the cluster, and write down what was found."""
    before = clone(application.status)
    application.seen = world.version
    if fresh or application.targets is None:
        application.compared = world.clock()
        _load(world, application)
    _judge(world, application)
    _announce(world, application, before)
    _auto_sync(world, application)
    if fresh:
        application.ended = None
        application.status["reconciledAt"] = stamp(world.clock())
    if application.status != before:
        world.touch(application)
    if application.refresh:
        # Argo CD 3.6 leaves the two of the hydrator behind when that is off.
        for name in (REFRESH, f"{REFRESH}-timestamp"):
            application.metadata.get("annotations", {}).pop(name, None)
        application.refresh = None
        world.touch(application)


def _load(world: World, application: Application) -> None:
    """Render the target state; a failure becomes the condition ComparisonError."""
    application.failure = ""
    try:
        desired = manifests.desired(world, application, again=application.refresh == "hard")
    except StatusError as error:
        application.failure = error.message
        revisions = [source.get("targetRevision", "") for source in application.sources]
        application.targets, application.hooks = {}, []
    else:
        revisions = desired.revisions
        application.targets, application.hooks = desired.by_key(), desired.hooks
        application.status |= _types(application, desired.types)
    sync = application.status["sync"]
    sync |= {"revisions": revisions} if application.spec.get("sources") else {"revision": revisions[0]}
    sync["comparedTo"] = compared_to(application)


def compared_to(application: Application) -> Object:
    spec = application.spec
    multiple = {"source": {"repoURL": ""}, "sources": spec.get("sources")}
    return {"destination": spec["destination"], **(multiple if spec.get("sources") else {"source": spec["source"]})}


def _types(application: Application, types: list[str]) -> Object:
    return {"sourceTypes": types} if application.spec.get("sources") else {"sourceType": types[0]}


def _judge(world: World, application: Application) -> None:
    status = application.status
    status.pop("conditions", None)
    status |= {"resourceHealthSource": "appTree", "controllerNamespace": CONTROL_PLANE, "sourceHydrator": {}}
    if application.failure:
        status.pop("resources", None)
        status["sync"]["status"] = "Unknown"
        _set_health(world, status, {"status": "Healthy"})
        moment = stamp(world.clock())
        condition = {"type": "ComparisonError", "message": application.failure, "lastTransitionTime": moment}
        status["conditions"] = [condition]
        return
    rows = comparison.resources(world, application)
    status["resources"] = rows
    drifted = any(row.get("status") == "OutOfSync" for row in rows)
    status["sync"]["status"] = "OutOfSync" if drifted else "Synced"
    _set_health(world, status, health.worst(rows))
    images = {image for obj in _live(world, application) for image in _images(obj)}
    status["summary"] = {"images": sorted(images)} if images else {}


def _set_health(world: World, status: Object, rated: Object) -> None:
    old = status.get("health", {})
    if {name: value for name, value in old.items() if name != "lastTransitionTime"} != rated:
        same = old.get("status") == rated["status"]
        moment = old["lastTransitionTime"] if same else stamp(world.clock())
        status["health"] = {**rated, "lastTransitionTime": moment}


def _live(world: World, application: Application) -> list[Object]:
    hooks = [world.objects[key] for key in map(key_of, application.hooks) if key in world.objects]
    return list(comparison.tracked(world, application).values()) + hooks


def _images(obj: Object) -> list[str]:
    spec = obj.get("spec", {}).get("jobTemplate", obj).get("spec", {})
    return [container["image"] for container in spec.get("template", {}).get("spec", {}).get("containers", ())]


def _announce(world: World, application: Application, before: Object) -> None:
    for name, word in (("sync", "sync"), ("health", "health")):
        old, new = before.get(name, {}).get("status", ""), application.status[name].get("status", "")
        if old != new:
            cause = application.status[name].get("message", "")
            text = f"Updated {word} status: {old} -> {new}" + (f" ({cause})" if cause else "")
            events.record_application(world, application, ("ResourceUpdated", text, COMPONENT))


def _auto_sync(world: World, application: Application) -> None:
    automated, status = application.automated, application.status
    deleting = application.metadata.get("deletionTimestamp")
    if automated is None or application.operation or deleting or status["sync"]["status"] != "OutOfSync":
        return
    if not windows.allow(world, application, manual=False):
        return
    drifted = [row for row in status["resources"] if row.get("status") == "OutOfSync"]
    if not automated.get("prune") and all(row.get("requiresPruning") for row in drifted):
        return
    revisions = status["sync"].get("revisions") or [status["sync"]["revision"]]
    resources: list[Object] = []
    attempts = 0
    last = status.get("operationState", {})
    if _attempted(application, last, revisions):
        if last["phase"] != "Succeeded":
            text = f"Failed last sync attempt to {revisions}: {last['message']}"
            condition = {"type": "SyncError", "message": text, "lastTransitionTime": stamp(world.clock())}
            status["conditions"] = [condition]
            return
        if not automated.get("selfHeal"):
            return
        attempts = last["operation"]["sync"].get("autoHealAttemptsCount", 0)
        if world.clock() < _heal_after(last["finishedAt"], attempts):
            return
        resources = [{n: row[n] for n in ("group", "kind", "name") if n in row} for row in drifted]
    _start_auto_sync(world, application, revisions, resources, attempts + 1)


def _heal_after(finished: str, attempts: int) -> datetime:
    """Self-healing backs off: at once, then after 2, 6, 18, ... seconds, at most 5 minutes."""
    delay = min(2 * 3 ** (attempts - 1), 300) if attempts else 0
    return datetime.fromisoformat(finished) + timedelta(seconds=delay)


def _attempted(application: Application, last: Object, revisions: list[str]) -> bool:
    result = last.get("syncResult", {})
    if (result.get("revisions") or [result.get("revision")]) != revisions:
        return False
    return bool((result.get("sources") or [result.get("source")]) == application.sources)


def _start_auto_sync(
    world: World, application: Application, revisions: list[str], resources: list[Object], attempts: int
) -> None:
    policy = application.spec["syncPolicy"]
    sync: Object = {"prune": True} if policy["automated"].get("prune") else {}
    if application.spec.get("sources"):
        sync |= {"sources": application.sources, "revisions": revisions}
    else:
        sync |= {"source": application.sources[0], "revision": revisions[0]}
    if policy.get("syncOptions"):
        sync["syncOptions"] = policy["syncOptions"]
    if resources:
        sync |= {"resources": resources, "autoHealAttemptsCount": attempts}
    retry = policy.get("retry") or {"limit": 5}
    application.operation = {"sync": sync, "initiatedBy": {"automated": True}, "retry": retry}
    application.status.pop("operationState", None)
    text = f"Initiated automated sync to '{', '.join(revisions)}'"
    events.record_application(world, application, ("OperationStarted", text, COMPONENT))


def _delete(world: World, application: Application) -> bool:
    """Delete its resources, then itself unless somebody else's finalizer is left; answers whether it is gone."""
    finalizers = application.metadata.get("finalizers", [])
    others = [finalizer for finalizer in finalizers if not finalizer.startswith(FINALIZER)]
    if others != finalizers:
        for key in comparison.tracked(world, application):
            world.remove(key)
        for hook in application.hooks:
            world.remove(key_of(hook))
        application.metadata["finalizers"] = others
        world.touch(application)
    if not others:
        forget(world, application)
    return not others


def forget(world: World, application: Application) -> None:
    del world.applications[application.namespace, application.name]
    world.touch(application, "DELETED")
