"""The ApplicationSet controller: makes, puts back and deletes what the sets generate, and says so in their status."""

from collections.abc import Iterator

from argocd_gitops_mcp.sandbox import applications, specs, templating
from argocd_gitops_mcp.sandbox.controller import forget as forget_application
from argocd_gitops_mcp.sandbox.errors import StatusError
from argocd_gitops_mcp.sandbox.world import CONTROL_PLANE, Application, Object, World, clone, stamp

# Sets elsewhere are stored, and nobody looks at them: the testbed's controller watches one namespace.
WATCHED = CONTROL_PLANE
GOOD = "All applications have been generated successfully"
WRONG = "ErrorOccurred"
PARAMETERS = "All parameters have been generated successfully"
PRESERVED = ("notified.notifications.argoproj.io", "argocd.argoproj.io/refresh", "argocd.argoproj.io/hydrate")


def tick(world: World) -> None:
    """Look at every set once, unless nothing changed since the last look."""
    if world.sets_seen == world.version:
        return
    for found in list(world.application_sets.values()):
        if found["metadata"]["namespace"] != WATCHED:
            continue
        if "deletionTimestamp" in found["metadata"]:
            _release(world, found)
            if not found["metadata"].get("finalizers"):
                forget(world, found)
        else:
            _reconcile(world, found)
    world.sets_seen = world.version


def _release(world: World, found: Object) -> None:
    """Give up its own finalizer; where the policy forbids deletions, what it made is set free before that."""
    held = found["metadata"].pop("finalizers", [])
    if others := [one for one in held if one != templating.FINALIZER]:
        found["metadata"]["finalizers"] = others
    if _policy(found) in ("sync", "create-delete"):
        return
    for key in sorted(world.made.pop(found["metadata"]["uid"], ())):
        if key in world.applications:
            del world.applications[key].metadata["ownerReferences"]
            world.touch(world.applications[key])


def _reconcile(world: World, found: Object) -> None:
    """What it generates is made so; its status is written anew only where something was done, or goes wrong."""
    try:
        generated = templating.applications(found["spec"], found["metadata"]["namespace"])
    except StatusError as error:
        _report(world, found, error.message, "ApplicationParamsGenerationError", generated=False)
        return
    except templating.TemplateError as error:
        _report(world, found, str(error), "RenderTemplateParamsError", generated=False)
        return
    problems = dict(_problems(world, found, generated))
    valid = [one for one in generated if one["metadata"]["name"] not in problems]
    moved, refusal = _make(world, found, sorted(valid, key=lambda app: str(app["metadata"]["name"])))
    if refusal:
        _report(world, found, refusal, "UpdateApplicationError")
        return
    moved |= _clear(world, found, {one["metadata"]["name"] for one in generated})
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    message = list(problems.values())[-1] + more if problems else ""
    if _report(world, found, message, "ApplicationValidationError") or moved:
        _list(world, found)


def _make(world: World, found: Object, wanted: list[Object]) -> tuple[bool, str]:
    """Whether anything was done, and the first refusal."""
    namespace, refusal, moved = found["metadata"]["namespace"], "", False
    known = world.made.setdefault(found["metadata"]["uid"], set())
    for one in wanted:
        name = one["metadata"]["name"]
        there = world.applications.get((namespace, name))
        if there is not None and _policy(found) in ("create-only", "create-delete"):
            continue
        if (owner := _other_owner(found, there)) is not None:
            text = f"Object {namespace}/{name} is already owned by another ApplicationSet controller {owner}"
            refusal = refusal or f"error while wrapping using MutateFn: {text}"
            continue
        moved |= _apply(world, found, one, there)
        known.add((namespace, name))
    return moved, refusal


def _clear(world: World, found: Object, wanted: set[str]) -> bool:
    """Delete what it does not generate any more; answers whether its status tells of more than there is."""
    known = world.made[found["metadata"]["uid"]]
    known.intersection_update(world.applications)
    if _policy(found) not in ("sync", "create-delete"):
        wanted = {name for _, name in known}
    for key in sorted(known):
        if key[1] not in wanted:
            start_deletion(world, world.applications[key])
    known.intersection_update(world.applications)
    told: int = found["status"].get("resourcesCount", 0)
    return len(known) != told


def _policy(found: Object) -> str:
    return str((found["spec"].get("syncPolicy") or {}).get("applicationsSync", "sync"))


def _problems(world: World, found: Object, generated: list[Object]) -> Iterator[tuple[str, str]]:
    """By the names of the applications, sorted; one of a name that is taken spoils the others of that name."""
    problems: dict[str, str] = {}
    seen: set[str] = set()
    for one in generated:
        name, spec = str(one["metadata"].get("name", "")), one["spec"]
        if name in seen:
            problems[name] = (
                f"ApplicationSet {found['metadata']['name']} contains applications with duplicate name: {name}"
            )
            continue
        seen.add(name)
        if spec.get("project") not in world.projects:
            problems[name] = f"application references project {spec.get('project')} which does not exist"
        elif text := specs.destination_error(spec.get("destination") or {}):
            problems[name] = f"application destination spec is invalid: {text}"
    yield from sorted(problems.items())


def _other_owner(found: Object, there: Application | None) -> str | None:
    owners = (there.metadata.get("ownerReferences") or ()) if there is not None else ()
    return next((str(one["name"]) for one in owners if one["uid"] != found["metadata"]["uid"]), None)


def _apply(world: World, found: Object, one: Object, there: Application | None) -> bool:
    """Make it, or make it as it is generated, whoever made it before; answers whether that changed anything."""
    wanted = specs.admitted(one)
    metadata = found["metadata"]
    owner = {"apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "name": metadata["name"]}
    owners = [{**owner, "uid": metadata["uid"], "controller": True, "blockOwnerDeletion": True}]
    if there is None:
        applications.store(world, wanted, metadata["namespace"], owners)
        return True
    if "deletionTimestamp" in there.metadata:
        return False
    annotations = {
        name: value
        for name, value in (there.metadata.get("annotations") or {}).items()
        if name.startswith(PRESERVED)  # else it would fight with what puts them there
    }
    mine: Object = {
        "labels": wanted["metadata"].get("labels") or {},
        "annotations": {**annotations, **(wanted["metadata"].get("annotations") or {})},
        "finalizers": wanted["metadata"].get("finalizers") or [],
    }
    is_same = all((there.metadata.get(name) or type(value)()) == value for name, value in mine.items())
    if is_same and there.spec == wanted["spec"] and there.metadata.get("ownerReferences") == owners:
        return False
    there.metadata["ownerReferences"] = owners
    applications.replace(world, there, mine, wanted["spec"])
    return True


def start_deletion(world: World, application: Application) -> None:
    """As Kubernetes deletes: finalizers hold it; without any it is gone, and its resources stay."""
    if "deletionTimestamp" in application.metadata:
        return
    application.metadata |= {"deletionTimestamp": stamp(world.clock()), "deletionGracePeriodSeconds": 0}
    world.touch(application)
    if not application.metadata.get("finalizers"):
        forget_application(world, application)


def forget(world: World, found: Object) -> None:
    """The set is gone, and Kubernetes deletes what it owned."""
    metadata = found["metadata"]
    del world.application_sets[metadata["namespace"], metadata["name"]]
    for key in sorted(world.made.pop(metadata["uid"], ())):
        if key in world.applications:
            start_deletion(world, world.applications[key])


def _report(world: World, found: Object, message: str, reason: str, *, generated: bool = True) -> bool:
    """Write the conditions and the health; answers whether that was news."""
    rows = (
        (WRONG, bool(message), message or GOOD, reason if message else "ApplicationSetUpToDate"),
        ("ParametersGenerated", generated, *((PARAMETERS, "ParametersGenerated") if generated else (message, WRONG))),
        ("ResourcesUpToDate", not message, message or GOOD, WRONG if message else "ApplicationSetUpToDate"),
    )
    conditions = [
        {"type": kind, "message": text, "status": str(is_so), "reason": why} for kind, is_so, text, why in rows
    ]
    before = [
        {name: value for name, value in one.items() if name != "lastTransitionTime"}
        for one in found["status"].get("conditions", ())
    ]
    if before == conditions:
        return False
    moment = stamp(world.clock())
    found["status"]["conditions"] = [{**one, "lastTransitionTime": moment} for one in conditions]
    found["status"]["health"] = {"status": "Degraded" if message else "Healthy", "message": message or GOOD}
    found["metadata"]["resourceVersion"] = str(world.next_version())
    return True


def _list(world: World, found: Object) -> None:
    rows = [_row(world.applications[key]) for key in sorted(world.made[found["metadata"]["uid"]])]
    found["status"].pop("resources", None)
    found["status"].pop("resourcesCount", None)
    found["status"] |= {"resources": rows, "resourcesCount": len(rows)} if rows else {}
    found["metadata"]["resourceVersion"] = str(world.next_version())


def _row(application: Application) -> Object:
    names = {"namespace": application.namespace, "name": application.name}
    row: Object = {"group": "argoproj.io", "version": "v1alpha1", "kind": "Application", **names}
    status, health = application.status["sync"].get("status"), application.status["health"].get("status")
    return clone({**row, **({"status": status} if status else {}), "health": {"status": health} if health else {}})
