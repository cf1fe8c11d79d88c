"""Routes that start and stop operations of an application: sync, terminate, sync windows."""

from typing import Any

from argocd_gitops_mcp.sandbox import events, manifests, messages, rbac, windows
from argocd_gitops_mcp.sandbox.applications import SERVER, find, find_by_body
from argocd_gitops_mcp.sandbox.errors import StatusError, denied, invalid, precondition
from argocd_gitops_mcp.sandbox.exchange import Exchange
from argocd_gitops_mcp.sandbox.world import Application, Object, World


def sync(request: Exchange) -> Object:
    caller, world = request.caller, request.world
    raw = request.json("ApplicationSyncRequest")
    body = messages.decode(raw, messages.SYNC)
    application = find_by_body(request, raw)
    if not windows.allow(world, application, manual=True):
        raise denied("cannot sync: blocked by sync window")
    rbac.demand(caller, "applications", "sync", application.rbac_name)
    if "deletionTimestamp" in application.metadata:
        raise precondition("application is deleting")
    target = _target(world, application, body)
    if application.operation is not None:
        raise precondition("another operation is already in progress")
    policy = application.spec.get("syncPolicy") or {}
    options = body["syncOptions"].get("items") if "syncOptions" in body else policy.get("syncOptions")
    # An element that is null makes the real one drop the connection.
    body["resources"] = [row for row in body.get("resources") or () if row]
    wanted: Object = {name: body[name] for name in ("prune", "dryRun", "resources") if body.get(name)}
    wanted |= {"syncOptions": options} if options else {}
    wanted |= {"syncStrategy": body["strategy"]} if "strategy" in body else {}
    operation: Object = {"sync": {**target, **wanted}, "initiatedBy": {"username": caller.account}}
    if "infos" in body:
        operation["info"] = body["infos"]
    operation["retry"] = body["retryStrategy"] if "retryStrategy" in body else policy.get("retry") or {}
    application.operation = operation
    application.status.pop("operationState", None)
    world.touch(application)
    partial = "partial " if body["resources"] else ""
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
    application, world = find(request), request.world
    assigned = windows.assigned(world, application)
    shown = {"activeWindows": windows.active(world, assigned), "assignedWindows": assigned}
    answer: Object = {name: windows.shown(found) for name, found in shown.items() if found}
    return answer | {"canSync": windows.allow(world, application, manual=True)}


def _target(world: World, application: Application, body: Object) -> Object:
    """What to sync to: SHAs, freshly from git. A multi-source application does not look at `revision`."""
    sources = application.sources
    if application.spec.get("sources"):
        wanted = manifests.positioned(body.get("revisions") or [], body.get("sourcePositions") or [], len(sources))
        pairs = list(zip(sources, wanted, strict=True))
        for source, revision in pairs:
            _demand_same(application, source, revision, body, f"source {source['repoURL']} ")
        shas = [_resolved(world, source, revision or source.get("targetRevision", "")) for source, revision in pairs]
        return {"sources": sources, "revisions": shas}
    revision = body.get("revision", "")
    _demand_same(application, sources[0], revision, body, "")
    current = sources[0].get("targetRevision") or "HEAD"
    return {"source": sources[0], "revision": _resolved(world, sources[0], revision or current)}


def _demand_same(application: Application, source: Object, revision: str, body: Object, what: str) -> None:
    """With automated sync only a dry run may look at another revision."""
    current = source.get("targetRevision", "")
    if revision and revision != (current or "HEAD") and application.automated is not None and not body.get("dryRun"):
        raise precondition(f"Cannot sync {what}to {revision}: auto-sync currently set to {current}")


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
