"""The route that deploys an entry of an application's history again."""

from typing import Any

from argocd_gitops_mcp.sandbox import events, rbac
from argocd_gitops_mcp.sandbox.applications import SERVER, find_by_body
from argocd_gitops_mcp.sandbox.errors import invalid, precondition
from argocd_gitops_mcp.sandbox.exchange import Exchange, required
from argocd_gitops_mcp.sandbox.world import Object

# What an entry has in common with an operation; of several sources the single one is there, and empty.
DEPLOYED = ("revision", "revisions", "source", "sources")


def rollback(request: Exchange) -> Object:
    """Sources are the entry's, options the application's of now; hooks do not run, windows are not asked."""
    body, world = request.json("ApplicationRollbackRequest"), request.world
    number, dry_run, prune = body.number("id"), body.flag("dryRun"), body.flag("prune")
    if body.get("id") is None:
        raise required("id")
    caller = request.caller
    rbac.demand_bare(caller, "applications", "sync")
    application = find_by_body(request, body)
    if "deletionTimestamp" in application.metadata:
        raise precondition("application is deleting")
    if application.automated is not None:
        raise precondition("rollback cannot be initiated when auto-sync is enabled")
    entry = next((entry for entry in application.status.get("history", ()) if entry["id"] == number), None)
    if entry is None:
        named = f"{application.namespace}/{application.name}"
        raise invalid(f"application {named} does not have deployment with id {number}")
    if application.operation is not None:
        raise precondition("another operation is already in progress")
    options = (application.spec.get("syncPolicy") or {}).get("syncOptions")
    sync: Object = {name: entry[name] for name in DEPLOYED if name in entry}
    sync |= {name: value for name, value in (("prune", prune), ("dryRun", dry_run), ("syncOptions", options)) if value}
    sync["syncStrategy"] = {"apply": {}}
    application.operation = {"sync": sync, "initiatedBy": {"username": caller.account}, "retry": {}}
    application.status.pop("operationState", None)
    world.touch(application)
    text = f"{caller.account} initiated rollback to {number}"
    events.record_application(world, application, ("OperationStarted", text, SERVER))
    return application.view(health=False)


ROUTES: tuple[tuple[str, str, Any], ...] = (("POST", "/api/v1/applications/{name}/rollback", rollback),)
