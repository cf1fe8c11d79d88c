"""A sync operation from its start to its end: phase after phase, wave after wave, hooks, retries, history."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from argocd_gitops_mcp.sandbox import cluster, health, manifests
from argocd_gitops_mcp.sandbox.errors import StatusError
from argocd_gitops_mcp.sandbox.tasks import Task, carry_out, plan
from argocd_gitops_mcp.sandbox.world import Application, Object, World, clone, split_api_version, stamp

DELETE_POLICY = "argocd.argoproj.io/hook-delete-policy"
DEFAULT_HISTORY = 10


@dataclass
class Run:
    """What the controller knows about the operation under way."""

    started: datetime
    groups: list[list[Task]] | None = None
    index: int = 0
    applied: bool = False
    waited: bool = False
    retry_at: datetime | None = None
    desired: manifests.Desired | None = None


def step(world: World, application: Application) -> None:
    """Move the operation of an application by one step."""
    state, run = application.status.get("operationState"), application.run
    if run is None or state is None:
        application.run = Run(world.clock())
        _start(world, application)
        return
    if state["phase"] == "Terminating":
        _stop_hooks(world, run)
        _finish(world, application, "Failed", "Operation terminated")
    elif run.retry_at is not None:
        if world.clock() >= run.retry_at:
            application.run = Run(world.clock())
            state.pop("finishedAt", None)
            state["message"] = f"Retrying operation. Attempt #{state['retryCount']}"
            world.touch(application)
    elif run.groups is None:
        _prepare(world, application, run)
    elif run.index < len(run.groups):
        _advance(world, application, run, run.groups)
    else:
        _complete(world, application, run, run.groups)


def _start(world: World, application: Application) -> None:
    operation = clone(application.operation or {})
    application.status["operationState"] = {
        "operation": operation,
        "phase": "Running",
        "startedAt": stamp(world.clock()),
    }
    world.touch(application)


def _prepare(world: World, application: Application, run: Run) -> None:
    sync = (application.operation or {})["sync"]
    revisions = sync.get("revisions") or ([sync["revision"]] if sync.get("revision") else None)
    _set_result(application, revisions or [], [])
    try:
        run.desired = manifests.desired(world, application, revisions)
    except StatusError as error:
        _finish(world, application, "Error", f"ComparisonError: {error.message}")
        return
    application.targets, application.hooks = run.desired.by_key(), run.desired.hooks
    planned = plan(world, application, sync, run.desired)
    if unknown := [task for task in planned if not cluster.serves(task.key.group)]:
        _set_result(application, run.desired.revisions, [_unserved(task) for task in unknown])
        reason = f"failed to discover server resources for group version {unknown[0].obj['apiVersion']}"
        text = f"{reason}: the server could not find the requested resource"
        _finish(world, application, "Failed", f"one or more synchronization tasks are not valid: {text}")
        return
    run.groups = [list(group) for _, group in groupby(planned, key=lambda task: task.place)]
    _set_result(application, run.desired.revisions, [])
    if sync.get("dryRun"):
        _rehearse(world, application, run, planned)


def _unserved(task: Task) -> Object:
    group, kind = task.key.group, task.key.kind
    row: Object = {"group": group, "version": split_api_version(task.obj)[1], "kind": kind}
    row |= {"namespace": task.key.namespace, "name": task.key.name, "status": "SyncFailed", "syncPhase": task.phase}
    requested = f"{task.key.namespace}/{task.key.name}"
    row["message"] = (
        f"The Kubernetes API could not find {group}/{kind} for requested resource {requested}. "
        f'Make sure the "{kind}" CRD is installed on the destination cluster.'
    )
    return row


def _advance(world: World, application: Application, run: Run, groups: list[list[Task]]) -> None:
    group = groups[run.index]
    if not run.applied:
        _make_namespace(world, application)
        for task in group:
            carry_out(world, application, task)
        run.applied = True
        _report(world, application, groups, "one or more tasks are running")
    if any(task.result["status"] == "SyncFailed" for task in group):
        failed = {task.result["message"]: None for task in group if task.result["status"] == "SyncFailed"}
        text = f"one or more objects failed to apply, reason: {','.join(failed)}"
        _finish(world, application, "Failed", text)
        return
    waiting = [task for task in group if not _settled(world, task, final=run.index == len(groups) - 1)]
    if any(task.hook and _health(world, task) == "Degraded" for task in waiting):
        _close_hooks(world, group)
        _report(world, application, groups, "")
        _finish(world, application, "Failed", "one or more synchronization tasks completed unsuccessfully")
    elif waiting:
        run.waited = True
        _report(world, application, groups, _waiting_text(waiting))
    else:
        _close_hooks(world, group)
        if run.waited:
            for task in group:
                task.result["hookPhase"] = "Succeeded"
        run.index, run.applied = run.index + 1, False


def _waiting_text(waiting: list[Task]) -> str:
    first = next((task for task in waiting if task.hook), waiting[0])
    reason = "completion of hook" if first.hook else "healthy state of"
    text = f"waiting for {reason} {first.key.group}/{first.key.kind}/{first.key.name}"
    more = len(waiting) - 1
    return f"{text} and {more} more {'hooks' if first.hook else 'resources'}" if more else text


def _make_namespace(world: World, application: Application, *, dry_run: bool = False) -> None:
    sync = (application.operation or {})["sync"]
    name = application.target_namespace
    if "CreateNamespace=true" not in (sync.get("syncOptions") or ()):
        return
    if cluster.ensure_namespace(world, name, dry_run=dry_run):
        row = {"group": "", "version": "v1", "kind": "Namespace", "namespace": "", "name": name}
        row |= {"status": "Synced", "message": f"namespace/{name} created{' (dry run)' if dry_run else ''}"}
        row |= {"hookPhase": "Succeeded" if dry_run else "Running", "syncPhase": "PreSync"}
        application.status["operationState"]["syncResult"].setdefault("namespaces", []).append(row)


def _health(world: World, task: Task) -> str:
    obj = world.objects.get(task.key)
    rated = None if obj is None else health.of(obj)
    return "Healthy" if rated is None else str(rated["status"])


def _settled(world: World, task: Task, *, final: bool) -> bool:
    if task.prune or (final and not task.hook):
        return True
    return _health(world, task) in {"Healthy", "Suspended"}


def _close_hooks(world: World, group: list[Task]) -> None:
    for task in group:
        obj = world.objects.get(task.key)
        if not task.hook or obj is None:
            continue
        rated = health.of(obj) or {"status": "Healthy"}
        succeeded = rated["status"] == "Healthy"
        task.result |= {"hookPhase": "Succeeded" if succeeded else "Failed", "message": rated.get("message", "")}
        policy = task.obj["metadata"]["annotations"].get(DELETE_POLICY, "BeforeHookCreation")
        if ("HookSucceeded" if succeeded else "HookFailed") in policy:
            world.remove(task.key)


def _stop_hooks(world: World, run: Run) -> None:
    for group in run.groups or []:
        for task in group:
            if task.hook and task.result and _health(world, task) == "Progressing":
                world.remove(task.key)
                task.result |= {"hookPhase": "Failed", "message": "Terminated"}


def _report(world: World, application: Application, groups: list[list[Task]], message: str) -> None:
    state = application.status["operationState"]
    rows = [task.result for group in groups for task in group if task.result]
    result = state["syncResult"]
    if (result.get("resources", []), state.get("message")) != (rows, message):
        result |= {"resources": clone(rows)} if rows else {}
        state["message"] = message
        world.touch(application)


def _rehearse(world: World, application: Application, run: Run, tasks: list[Task]) -> None:
    _make_namespace(world, application, dry_run=True)
    for task in tasks:
        carry_out(world, application, task, dry_run=True)
    application.status["operationState"]["syncResult"]["resources"] = [task.result for task in tasks]
    run.groups = []
    _finish(world, application, "Succeeded", "successfully synced (no more tasks)")


def _complete(world: World, application: Application, run: Run, groups: list[list[Task]]) -> None:
    _report(world, application, groups, "")
    sync = (application.operation or {})["sync"]
    # Argo CD says "all tasks run" when the last of them needed no waiting.
    how = "all tasks run" if groups and not run.waited else "no more tasks"
    if not sync.get("resources"):
        _remember(world, application, run)
    _finish(world, application, "Succeeded", f"successfully synced ({how})")


def _set_result(application: Application, revisions: list[str], rows: list[Object]) -> None:
    result: Object = {"resources": rows} if rows else {}
    if application.spec.get("sources"):
        result |= {"revision": "", "revisions": revisions, "source": {"repoURL": ""}, "sources": application.sources}
    else:
        result |= {"revision": revisions[0] if revisions else "", "source": application.sources[0]}
    application.status["operationState"]["syncResult"] = result


def _remember(world: World, application: Application, run: Run) -> None:
    history = application.status.setdefault("history", [])
    state = application.status["operationState"]
    entry: Object = {
        name: value for name, value in state["syncResult"].items() if name not in {"resources", "namespaces"}
    }
    entry = {name: value for name, value in entry.items() if value}
    entry |= {"id": history[-1]["id"] + 1 if history else 0, "deployedAt": stamp(world.clock())}
    entry |= {"deployStartedAt": stamp(run.started), "initiatedBy": (application.operation or {})["initiatedBy"]}
    history.append(entry)
    del history[: -application.spec.get("revisionHistoryLimit", DEFAULT_HISTORY)]


def _finish(world: World, application: Application, phase: str, message: str) -> None:
    state = application.status["operationState"]
    namespaces = state.get("syncResult", {}).pop("namespaces", [])
    if namespaces:
        state["syncResult"]["resources"] = namespaces + state["syncResult"].get("resources", [])
    retry = (application.operation or {}).get("retry") or {}
    tried = state.get("retryCount", 0)
    state["finishedAt"] = stamp(world.clock())
    again = phase in {"Failed", "Error"} and state["phase"] != "Terminating" and tried < retry.get("limit", 0)
    if again and application.run is not None:
        application.run.retry_at = world.clock() + timedelta(seconds=_backoff(retry.get("backoff") or {}, tried))
        state |= {"phase": "Running", "retryCount": tried + 1}
        at = stamp(application.run.retry_at)
        state["message"] = f"{message}. Retrying attempt #{tried + 1} at {at}."
    else:
        state |= {"phase": phase, "message": f"{message} (retried {tried} times)." if tried else message}
        application.operation = application.run = None
        application.refresh = application.refresh or "normal"
    world.touch(application)


def _backoff(backoff: Object, tried: int) -> float:
    """Seconds until the next attempt; Go durations such as 5s or 1m."""
    seconds: float = _seconds(str(backoff.get("duration", "5s"))) * int(backoff.get("factor", 2)) ** tried
    return min(seconds, _seconds(str(backoff.get("maxDuration", "3m"))))


def _seconds(duration: str) -> float:
    for suffix, factor in (("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600)):
        if duration.endswith(suffix) and duration[: -len(suffix)].isdigit():
            return int(duration[: -len(suffix)]) * factor
    return float(duration)
