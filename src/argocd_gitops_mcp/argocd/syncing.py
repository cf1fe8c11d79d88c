"""Calls that start, stop and watch operations. Shapes: ApplicationService in Argo CD's swagger 3.6."""

from argocd_gitops_mcp.argocd.call import Call, body, path
from argocd_gitops_mcp.argocd.models import Application, ApplicationEvent, Empty, SyncWindows
from argocd_gitops_mcp.argocd.resources import Owner
from argocd_gitops_mcp.effects import Effect

# As the argocd command line sends it where only the limit is given.
_BACKOFF = {"duration": "5s", "factor": 2, "maxDuration": "3m0s"}
# What tells how far an operation is. Without `fields` each of the many messages carries the whole object.
_WATCHED = (
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "metadata.resourceVersion",
    "metadata.deletionTimestamp",
    "metadata.finalizers",
    "spec.syncPolicy.automated",
    "operation",
    "status.sync.status",
    "status.sync.revision",
    "status.sync.revisions",
    "status.health",
    "status.reconciledAt",
    "status.operationState.phase",
    "status.operationState.message",
    "status.operationState.startedAt",
    "status.operationState.finishedAt",
    "status.operationState.retryCount",
    "status.operationState.operation",
    "status.operationState.syncResult.revision",
    "status.operationState.syncResult.revisions",
)


def sync(
    owner: Owner,
    *,
    request_id: str,
    revision: str | None = None,
    revisions: list[str] | None = None,
    prune: bool = False,
    force: bool = False,
    dry_run: bool = False,
    resources: list[dict[str, str]] | None = None,
    sync_options: list[str] | None = None,
    retry_limit: int | None = None,
) -> Call[Application]:
    """Start a sync. `request_id` travels as info, so that the operation can be told from any other.

    `revisions` are one for each source, in their order. `sync_options` and a retry strategy replace the application's
    own; None leaves those in force. `force` deletes and creates anew what cannot be changed in place.
    """
    return Call(
        "POST",
        path("applications", owner.name, "sync"),
        Application,
        owner.about,
        effect=Effect.DESTRUCTIVE if prune or force else Effect.WRITE,
        body=body(
            revision=revision,
            revisions=revisions,
            sourcePositions=list(range(1, len(revisions) + 1)) if revisions else None,
            prune=prune or None,
            dryRun=dry_run or None,
            strategy={"hook": {"force": True}} if force else None,
            resources=resources,
            syncOptions=None if sync_options is None else {"items": sync_options},
            retryStrategy=None if retry_limit is None else {"limit": retry_limit, "backoff": _BACKOFF},
            infos=[{"name": "request-id", "value": request_id}],
            **owner.body,
        ),
        hides_missing=True,
    )


def rollback(owner: Owner, history_id: int, *, prune: bool = False, dry_run: bool = False) -> Call[Application]:
    """Deploy an earlier entry of the history again, its source too. Takes no info, runs no hooks."""
    return Call(
        "POST",
        path("applications", owner.name, "rollback"),
        Application,
        owner.about,
        effect=Effect.DESTRUCTIVE,
        # `id` may be 0, which `body` keeps.
        body=body(id=history_id, prune=prune or None, dryRun=dry_run or None, **owner.body),
        hides_missing=True,
    )


def terminate(owner: Owner) -> Call[Empty]:
    """Ask for the running operation to be stopped; what it applied stays."""
    return Call(
        "DELETE",
        path("applications", owner.name, "operation"),
        Empty,
        f"the operation of {owner.about}",
        effect=Effect.WRITE,
        query=owner.query(),
        hides_missing=True,
    )


def windows(owner: Owner) -> Call[SyncWindows]:
    """The sync windows that concern the application, and whether it may be synced by hand now."""
    return Call(
        "GET",
        path("applications", owner.name, "syncwindows"),
        SyncWindows,
        f"the sync windows of {owner.about}",
        query=owner.query(),
        hides_missing=True,
    )


def watch(owner: Owner) -> Call[ApplicationEvent]:
    """The application as it is now and at each change, as a stream. Nothing at all comes for one that is not there."""
    fields = ["result.type", *(f"result.application.{field}" for field in _WATCHED)]
    return Call(
        "GET",
        path("stream", "applications"),
        ApplicationEvent,
        owner.about,
        query=owner.query(name=owner.name, fields=",".join(fields)),
        hides_missing=True,
    )
