"""A sync operation from its start to its success: phase after phase, wave after wave, hooks, history."""

from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from argocd_gitops_mcp.sandbox import cluster, ending, health, manifests, windows
from argocd_gitops_mcp.sandbox.errors import StatusError
from argocd_gitops_mcp.sandbox.tasks import Task, carry_out, plan
from argocd_gitops_mcp.sandbox.world import Application, Object, World, clone, split_api_version, stamp

DELETE_POLICY = "argocd.argoproj.io/hook-delete-policy"
DEFAULT_HISTORY = 10
BLOCKED = "Sync operation blocked by sync window"


@dataclass
class Run:
    """What the controller knows about the operation under way; `result` is shown when there is something to tell."""

    groups: list[list[Task]] | None = None
    index: int = 0
    applied: bool = False
    failed: bool = False
    waited: bool = False
    remembered: bool = False
    retry_at: datetime | None = None
    result: Object = field(default_factory=dict)
    namespaces: list[Object] = field(default_factory=list)

    @property
    def last(self) -> bool:
        return self.groups is not None and self.index == len(self.groups) - 1


def step(world: World, application: Application) -> None:
    """Move the operation of an application by one step."""
    state, run = application.status.get("operationState"), application.run
    if run is None or state is None:
        application.run = Run()
        _start(world, application)
    elif state["phase"] == "Terminating":
        _stop_hooks(world, run)
        _finish(world, application, run, "Failed", "Operation terminated")
    elif run.retry_at is not None:
        if world.clock() >= run.retry_at:
            application.run = Run()
            ending.retry(world, application)
    elif run.groups is None:
        _prepare(world, application, run)
    elif run.failed:
        _settle_failure(world, application, run, run.groups[run.index])
    elif run.index < len(run.groups):
        _advance(world, application, run, run.groups)
    else:
        _complete(world, application, run)


def _start(world: World, application: Application) -> None:
    operation = clone(application.operation or {})
    state = {"operation": operation, "phase": "Running", "startedAt": stamp(world.clock())}
    application.status["operationState"] = state
    world.touch(application)


def _sync(application: Application) -> Object:
    """What is asked for; a retry with `refresh` takes the revisions out."""
    asked: Object = application.status["operationState"]["operation"]["sync"]
    return asked


def _prepare(world: World, application: Application, run: Run) -> None:
    sync = _sync(application)
    revisions = sync.get("revisions") or ([sync["revision"]] if sync.get("revision") else None)
    run.result = _result(application, revisions or [])
    if not windows.allow(world, application, manual="username" in (application.operation or {})["initiatedBy"]):
        _report(world, application, run, BLOCKED)
        return
    try:
        desired = manifests.desired(world, application, revisions, sources=_sources(application))
    except StatusError as error:
        _finish(world, application, run, "Error", f"ComparisonError: {error.message}")
        return
    run.result = _result(application, desired.revisions)
    planned = plan(world, application, sync, desired)
    if unknown := [task for task in planned if not cluster.serves(task.key.group)]:
        for task in unknown:
            task.result = _unserved(task)
        run.groups = [unknown]
        reason = f"failed to discover server resources for group version {unknown[0].obj['apiVersion']}"
        text = f"{reason}: the server could not find the requested resource"
        _finish(world, application, run, "Failed", f"one or more synchronization tasks are not valid: {text}")
        return
    run.groups = [list(group) for _, group in groupby(planned, key=lambda task: task.place)]
    if nameless := [task for task in planned if not task.key.name]:
        run.groups = [nameless]
        for task in nameless:
            carry_out(world, application, task)
        _finish(world, application, run, "Failed", "one or more objects failed to apply (dry run)")
        return
    if sync.get("dryRun"):
        _rehearse(world, application, run)
    elif _make_namespace(world, application, run):
        _report(world, application, run, f"waiting for healthy state of /Namespace/{application.target_namespace}")


def _sources(application: Application) -> list[Object]:
    sync = _sync(application)
    return list(sync.get("sources") or ([sync["source"]] if sync.get("source") else application.sources))


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
        for task in group:
            carry_out(world, application, task)
        run.applied = True
        if failed := [task for task in group if task.result["status"] == "SyncFailed"]:
            run.failed = len(failed) < len(group)
            if not run.failed:
                reasons = ending.reasons(failed)
                _finish(world, application, run, "Failed", f"one or more objects failed to apply, reason: {reasons}")
            return
    waiting = [task for task in group if not _settled(world, task, final=run.last)]
    if any(task.hook and _health(world, task) == "Degraded" for task in waiting):
        _close_hooks(world, group)
        _finish(world, application, run, "Failed", "one or more synchronization tasks completed unsuccessfully")
    elif waiting:
        run.waited = True
        _report(world, application, run, _waiting_text(waiting))
    else:
        _close_hooks(world, group)
        if not run.last or any(task.hook for task in group):
            _mark_successes(world, group)
        run.index, run.applied = run.index + 1, False


def _settle_failure(world: World, application: Application, run: Run, group: list[Task]) -> None:
    """Some of a group failed: the others are looked at once more before the operation ends."""
    _mark_successes(world, group)
    reasons = ending.reasons([task for task in group if task.result["status"] == "SyncFailed"])
    text = f"one or more synchronization tasks completed unsuccessfully, reason: {reasons}"
    _finish(world, application, run, "Failed", text)


def _mark_successes(world: World, group: list[Task]) -> None:
    for task in group:
        if task.result["hookPhase"] == "Running" and _health(world, task) == "Healthy":
            task.result["hookPhase"] = "Succeeded"


def _waiting_text(waiting: list[Task]) -> str:
    first = next((task for task in waiting if task.hook), waiting[0])
    reason = "completion of hook" if first.hook else "healthy state of"
    text = f"waiting for {reason} {first.key.group}/{first.key.kind}/{first.key.name}"
    more = len(waiting) - 1
    return f"{text} and {more} more {'hooks' if first.hook else 'resources'}" if more else text


def _make_namespace(world: World, application: Application, run: Run, *, dry_run: bool = False) -> bool:
    """Before everything else, even for a partial sync that matches nothing; answers whether there was need."""
    name = application.target_namespace
    wanted = "CreateNamespace=true" in (_sync(application).get("syncOptions") or ())
    made = wanted and cluster.ensure_namespace(world, name, dry_run=dry_run)
    if made:
        row = {"group": "", "version": "v1", "kind": "Namespace", "namespace": "", "name": name}
        row |= {"status": "Synced", "message": f"namespace/{name} created{' (dry run)' if dry_run else ''}"}
        row |= {"hookPhase": "Succeeded" if dry_run else "Running", "syncPhase": "PreSync"}
        run.namespaces.append(row)
    return made


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


def _report(world: World, application: Application, run: Run, message: str) -> None:
    """Tell what is waited for. A sync that waits for nothing shows no result before its end."""
    state = application.status["operationState"]
    shown = {"message": message, "syncResult": _shown(run)}
    if any(state.get(name) != value for name, value in shown.items()):
        state |= shown
        world.touch(application)


def _shown(run: Run) -> Object:
    rows = clone([task.result for group in run.groups or [] for task in group if task.result])
    rows = clone(run.namespaces) + rows
    return {**({"resources": rows} if rows else {}), **run.result}


def _rehearse(world: World, application: Application, run: Run) -> None:
    _make_namespace(world, application, run, dry_run=True)
    for task in [task for group in run.groups or [] for task in group]:
        carry_out(world, application, task, dry_run=True)
    _finish(world, application, run, "Succeeded", "successfully synced (no more tasks)")


def _complete(world: World, application: Application, run: Run) -> None:
    """The end of a success; the history grows in a change of its own, before the operation goes."""
    if not run.remembered and not _sync(application).get("resources"):
        run.remembered = True
        _remember(world, application, run)
        return
    # Argo CD says "all tasks run" when the last of them were no hooks, which it waits for.
    ran = run.groups and not any(task.hook for task in run.groups[-1])
    _finish(
        world, application, run, "Succeeded", f"successfully synced ({'all tasks run' if ran else 'no more tasks'})"
    )


def _result(application: Application, revisions: list[str]) -> Object:
    sources = _sync(application).get("sources")
    if sources:
        return {"revision": "", "revisions": revisions, "source": {"repoURL": ""}, "sources": sources}
    return {"revision": revisions[0] if revisions else "", "source": _sources(application)[0]}


def _remember(world: World, application: Application, run: Run) -> None:
    history, state = application.status.setdefault("history", []), application.status["operationState"]
    entry = {name: value for name, value in run.result.items() if value}
    entry |= {"id": history[-1]["id"] + 1 if history else 0, "deployedAt": stamp(world.clock())}
    entry |= {"deployStartedAt": state["startedAt"], "initiatedBy": state["operation"]["initiatedBy"]}
    history.append(entry)
    del history[: -application.spec.get("revisionHistoryLimit", DEFAULT_HISTORY)]
    world.touch(application)


def _finish(world: World, application: Application, run: Run, phase: str, message: str) -> None:
    application.status["operationState"]["syncResult"] = _shown(run)
    run.retry_at = ending.close(world, application, phase, message)
