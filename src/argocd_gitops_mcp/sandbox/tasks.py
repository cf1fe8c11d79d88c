"""The tasks of a sync: what to apply, prune or run as a hook, in which phase and wave, and how each one goes."""

from dataclasses import dataclass, field

from argocd_gitops_mcp.sandbox import cluster, comparison, manifests
from argocd_gitops_mcp.sandbox.cluster import Manner
from argocd_gitops_mcp.sandbox.errors import StatusError
from argocd_gitops_mcp.sandbox.world import Application, Key, Object, World, key_of, split_api_version

SYNC_OPTIONS = "argocd.argoproj.io/sync-options"
PHASES = ("PreSync", "Sync", "PostSync")
KINDS = (
    "Namespace",
    "ServiceAccount",
    "Secret",
    "ConfigMap",
    "Service",
    "DaemonSet",
    "Deployment",
    "StatefulSet",
    "Job",
)
LAST = 1 << 30  # the wave of pruning where it comes last


@dataclass
class Task:
    """One object to apply, prune or run as a hook."""

    key: Key
    phase: str
    wave: int
    obj: Object
    hook: str = ""
    prune: bool = False
    result: Object = field(default_factory=dict)

    @property
    def place(self) -> tuple[int, int]:
        return PHASES.index(self.phase), self.wave


def plan(world: World, application: Application, sync: Object, desired: manifests.Desired) -> list[Task]:
    """Everything a sync has to do, in its order."""
    wanted, options = sync.get("resources") or [], sync.get("syncOptions") or ()
    only_drifted = "ApplyOutOfSyncOnly=true" in options
    tasks = [
        Task(key_of(obj), "Sync", _wave(obj), obj)
        for obj in desired.objects
        if (not wanted or any(_matches(row, key_of(obj)) for row in wanted))
        and not (only_drifted and comparison.is_synced(world, application, obj))
    ]
    tasks += [
        Task(key, "Sync", LAST if "PruneLast=true" in options else _wave(obj), obj, prune=True)
        for key, obj in comparison.tracked(world, application).items()
        if key not in desired.by_key() and (not wanted or any(_matches(row, key) for row in wanted))
    ]
    if not wanted and "apply" not in (sync.get("syncStrategy") or {}):
        for hook in desired.hooks:
            kinds = map(str.strip, hook["metadata"]["annotations"][manifests.HOOK].split(","))
            tasks += [Task(key_of(hook), kind, _wave(hook), hook, hook=kind) for kind in kinds if kind in PHASES]
    return sorted(tasks, key=_order)


def _order(task: Task) -> tuple[int, int, bool, bool, int, str]:
    """In a wave pruning comes first."""
    return (*task.place, not task.prune, bool(task.hook), _kind_order(task.key.kind), task.key.name)


def _matches(row: Object, key: Key) -> bool:
    same = (row.get("group", ""), row.get("kind", ""), row.get("name", "")) == (key.group, key.kind, key.name)
    return same and row.get("namespace", key.namespace) in {key.namespace, ""}


def _wave(obj: Object) -> int:
    return int(obj["metadata"].get("annotations", {}).get(comparison.WAVE, "0"))


def _kind_order(kind: str) -> int:
    return KINDS.index(kind) if kind in KINDS else len(KINDS)


def carry_out(world: World, application: Application, task: Task, *, dry_run: bool = False) -> None:
    sync = application.status["operationState"]["operation"]["sync"]
    suffix = " (dry run)" if dry_run else ""
    row: Object = {"group": task.key.group, "version": split_api_version(task.obj)[1], "kind": task.key.kind}
    row |= {"namespace": task.key.namespace or application.target_namespace, "name": task.key.name}
    row |= {"status": "Synced", "hookPhase": "Running", "syncPhase": task.phase}
    if task.hook:
        row["hookType"] = task.hook
    if images := _images(task.obj):
        row["images"] = images
    try:
        if task.prune:
            row |= _prune(world, task, allowed=bool(sync.get("prune")), dry_run=dry_run)
        else:
            if task.hook and not dry_run:
                world.remove(task.key)
            row["message"] = cluster.apply(world, task.obj, _manner(sync, task.obj), dry_run=dry_run)
    except StatusError as error:
        row |= {"status": "SyncFailed", "hookPhase": "Failed", "message": error.message}
    if task.prune:
        row["message"] += suffix if row["status"] == "Pruned" else ""
    if dry_run and row["status"] == "Synced":
        row["hookPhase"] = "Succeeded"
    task.result = row


def _manner(sync: Object, obj: Object) -> Manner:
    """How to apply an object: its own options count beside those of the sync."""
    own = obj["metadata"].get("annotations", {}).get(SYNC_OPTIONS, "").split(",")
    options = {*(sync.get("syncOptions") or ()), *map(str.strip, own)}
    strategy = sync.get("syncStrategy") or {}
    forced = any((strategy.get(name) or {}).get("force") for name in ("apply", "hook")) or "Force=true" in own
    return Manner("ServerSideApply=true" in options, "Replace=true" in options, forced)


def _prune(world: World, task: Task, *, allowed: bool, dry_run: bool) -> Object:
    options = task.obj["metadata"].get("annotations", {}).get(SYNC_OPTIONS, "").split(",")
    if not allowed:
        return {"status": "PruneSkipped", "message": "ignored (requires pruning)", "hookPhase": "Succeeded"}
    if "Prune=false" in options:
        return {"status": "PruneSkipped", "message": "ignored (no prune)", "hookPhase": "Succeeded"}
    if not dry_run:
        world.remove(task.key)
    return {"status": "Pruned", "message": "pruned", "hookPhase": "Succeeded"}


def _images(obj: Object) -> list[str]:
    template = obj.get("spec", {}).get("template") or obj.get("spec", {}).get("jobTemplate", {}).get("spec", {}).get(
        "template"
    )
    return [container["image"] for container in (template or {}).get("spec", {}).get("containers", ())]
