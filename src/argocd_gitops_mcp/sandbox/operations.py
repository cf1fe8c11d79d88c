"""Routes that start and stop operations of an application: sync, terminate, sync windows."""

from typing import Any

from argocd_gitops_mcp.sandbox import events, manifests, rbac
from argocd_gitops_mcp.sandbox.applications import SERVER, find, find_by_body
from argocd_gitops_mcp.sandbox.errors import StatusError, invalid, precondition, unknown
from argocd_gitops_mcp.sandbox.exchange import Body, Exchange
from argocd_gitops_mcp.sandbox.world import Application, Object, World


def sync(request: Exchange) -> Object:
    caller, body, world = request.caller, request.json("ApplicationSyncRequest"), request.world
    revision, dry_run = body.text("revision"), body.flag("dryRun")
    options = _options(body)
    application = find_by_body(request, body)
    rbac.demand(caller, "applications", "sync", application.rbac_name)
    if "deletionTimestamp" in application.metadata:
        raise precondition("application is deleting")
    target = _target(world, application, revision, body, dry_run=dry_run)
    if application.operation is not None:
        raise precondition("another operation is already in progress")
    policy = application.spec.get("syncPolicy") or {}
    options = policy.get("syncOptions") if options is None else options
    wanted = {"prune": body.flag("prune"), "dryRun": dry_run, "syncOptions": options}
    wanted |= {"syncStrategy": body.get("strategy"), "resources": body.get("resources")}
    operation: Object = {"sync": {**target, **{name: value for name, value in wanted.items() if value}}}
    operation["initiatedBy"] = {"username": caller.account}
    if body.get("infos"):
        operation["info"] = body["infos"]
    operation["retry"] = body.get("retryStrategy") or policy.get("retry") or {}
    application.operation = operation
    application.status.pop("operationState", None)
    world.touch(application)
    partial = "partial " if body.get("resources") else ""
    shown = ",".join(_display(source, sha) for source, sha in _pairs(application, target))
    events.record_application(
        world, application, ("OperationStarted", f"{caller.account} initiated {partial}sync to {shown}", SERVER)
    )
    return application.view(health=False)


def terminate(request: Exchange) -> Object:
    caller, world, application = request.caller, request.world, find(request)
    rbac.demand_bare(caller, "applications", "sync")
    state = application.status.get("operationState")
    if application.operation is None or state is None:
        raise invalid("Unable to terminate operation. No operation is in progress")
    state["phase"] = "Terminating"
    world.touch(application)
    text_ = f"{caller.account} terminated running operation"
    events.record_application(world, application, ("ResourceUpdated", text_, SERVER))
    return {}


def sync_windows(request: Exchange) -> Object:
    find(request)
    return {"canSync": True}


def _options(body: Body) -> list[str] | None:
    options = body.get("syncOptions")
    if options is None:
        return None
    if not isinstance(options, dict):
        raise body.refusal("syncOptions", "application.SyncOptions")
    return list(options.get("items") or [])


def _target(world: World, application: Application, revision: str, body: Object, *, dry_run: bool) -> Object:
    """What to sync to: SHAs, freshly from git. A multi-source application does not look at `revision`."""
    sources = application.sources
    if application.spec.get("sources"):
        wanted = _positioned(body, len(sources))
        shas = [_resolved(world, s, w or s.get("targetRevision", "")) for s, w in zip(sources, wanted, strict=True)]
        return {"sources": sources, "revisions": shas}
    current = sources[0].get("targetRevision") or "HEAD"
    if revision and revision != current and application.automated is not None and not dry_run:
        current = sources[0].get("targetRevision", "")
        raise precondition(f"Cannot sync to {revision}: auto-sync currently set to {current}")
    return {"source": sources[0], "revision": _resolved(world, sources[0], revision or current)}


def _positioned(body: Object, count: int) -> list[str]:
    wanted = [""] * count
    positions, revisions = body.get("sourcePositions") or (), body.get("revisions") or ()
    for index, position in enumerate(positions):
        if not 0 < position <= count:
            raise unknown("source position is out of range")
        wanted[position - 1] = revisions[index]
    return wanted


def _resolved(world: World, source: Object, revision: str) -> str:
    try:
        return manifests.resolve(world, source, revision)
    except StatusError as error:
        raise precondition(f"error resolving repo revision: {error.go_text}") from error


def _pairs(application: Application, target: Object) -> list[tuple[Object, str]]:
    return list(zip(application.sources, target.get("revisions") or [target["revision"]], strict=True))


def _display(source: Object, sha: str) -> str:
    return f"{source.get('targetRevision') or 'HEAD'} ({sha})"


ROUTES: tuple[tuple[str, str, Any], ...] = (
    ("POST", "/api/v1/applications/{name}/sync", sync),
    ("DELETE", "/api/v1/applications/{name}/operation", terminate),
    ("GET", "/api/v1/applications/{name}/syncwindows", sync_windows),
)
