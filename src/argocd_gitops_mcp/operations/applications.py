"""Create, read, change and delete Application objects. Following a sync is in syncing."""

from typing import Annotated, Literal

import msgspec
from pydantic import Field

from argocd_gitops_mcp.argocd import applications as calls
from argocd_gitops_mcp.argocd.models import Application
from argocd_gitops_mcp.effects import Effect
from argocd_gitops_mcp.errors import (
    AlreadyExists,
    FailedPrecondition,
    GitOpsError,
    InvalidArgument,
    MissingOrForbidden,
    NotFound,
)
from argocd_gitops_mcp.operations import _manifest
from argocd_gitops_mcp.operations._arguments import AppNamespace, Detail, Limit, Name, Project, Selector
from argocd_gitops_mcp.operations._manifest import ManifestArguments, OwnNamespace
from argocd_gitops_mcp.operations._operation import APPLICATION, Arguments, Deps, operation
from argocd_gitops_mcp.views import applications as views
from argocd_gitops_mcp.views import changes
from argocd_gitops_mcp.views.view import View

_GONE_WITHIN = 10.0
"""Seconds a deletion is followed."""
_LOOK_EVERY = 0.2


class ListArguments(Arguments):
    project: Project = None
    selector: Selector = None
    app_namespace: AppNamespace = None
    limit: Limit = 100


@operation("List applications", Effect.READ, tool=APPLICATION, verb="list")
async def list_applications(deps: Deps, asked: ListArguments) -> View:
    """List applications, worst first, with counts by health and sync."""
    projects = [asked.project] if asked.project else None
    found = await deps.argocd.send(
        calls.listed(projects=projects, selector=asked.selector, app_namespace=asked.app_namespace)
    )
    filters = [
        f"{name}={value}" for name in ("project", "selector", "app_namespace") if (value := getattr(asked, name))
    ]
    return views.listing(found.items or [], limit=asked.limit, filters=f" with {', '.join(filters)}" if filters else "")


class GetArguments(ListArguments):
    name: Annotated[Name | None, Field(description="Application name")] = None
    namespace: OwnNamespace = None
    detail: Detail = "summary"


@operation("Get an application", Effect.READ, tool=APPLICATION, verb="get")
async def get_application(deps: Deps, asked: GetArguments) -> View:
    """Show an application's sync, health, last operation and problems; without a name, list."""
    where = _manifest.where(asked.namespace, asked.app_namespace)
    if asked.name is None:
        same = ListArguments(project=asked.project, selector=asked.selector, app_namespace=where, limit=asked.limit)
        return await list_applications.run(deps, same)
    if asked.selector is not None:
        raise InvalidArgument("selector goes with list: with a name there is nothing to select.")
    if asked.detail == "full":
        whole = await deps.argocd.send(calls.get_whole(asked.name, project=asked.project, app_namespace=where))
        return views.full_application(msgspec.convert(whole, Application), whole.get("spec") or {})
    return views.application(await deps.argocd.send(calls.get(asked.name, project=asked.project, app_namespace=where)))


class CreateArguments(ManifestArguments):
    validate_: Annotated[bool, Field(alias="validate", description="false: do not render the manifests first")] = True
    upsert: Annotated[bool, Field(description="Overwrite the spec of an existing one")] = False


@operation("Create an application", Effect.WRITE, tool=APPLICATION, verb="create")
async def create_application(deps: Deps, asked: CreateArguments) -> View:
    """Create an application from flat arguments or metadata + spec; never overwrites unless upsert."""
    name, namespace = _manifest.identity(asked)
    manifest = _manifest.new(asked)
    try:
        existing = await deps.argocd.send(calls.get(name, app_namespace=namespace))
    except MissingOrForbidden:
        existing = None
    if existing is not None:
        if not asked.upsert:
            raise AlreadyExists(
                f"application {name!r} exists already, in project {existing.spec.project!r}; nothing was sent.",
                hint="Change it with update (what is not named stays), or overwrite its spec with upsert=true.",
            )
        if existing.metadata.deletion_timestamp:
            raise FailedPrecondition(
                f"application {name!r} is being deleted; overwriting it now would strand its resources."
            )
        # Argo CD replaces finalizers on upsert: absent means removed, and the resources would outlive the application.
        manifest["metadata"].setdefault("finalizers", existing.metadata.finalizers or [])
    stored = await deps.argocd.send(calls.create(manifest, upsert=asked.upsert, validate=asked.validate_))
    return changes.created(stored, "overwritten" if existing is not None else "created")


@operation("Update an application", Effect.WRITE, tool=APPLICATION, verb="update")
async def update_application(deps: Deps, asked: ManifestArguments) -> View:
    """Change only what is given. In metadata and spec, null removes a field and a list replaces the list."""
    name, namespace = _manifest.identity(asked)
    before = await deps.argocd.send(calls.get_whole(name, app_namespace=namespace))
    after = await deps.argocd.send(calls.patch(name, _manifest.patch(asked, before), app_namespace=namespace))
    changed = changes.differences(_manifest.editable(before), _manifest.editable(after))
    manual = views.sync_policy(msgspec.convert(after, Application)) == "Manual"
    return changes.Updated(
        result="updated" if changed else "unchanged: it was so already",
        name=name,
        changed=changed,
        note="The sync policy is Manual: sync it to deploy the change." if changed and manual else "",
    )


class DeleteArguments(Arguments):
    name: Annotated[Name, Field(description="Application name")]
    cascade: Annotated[bool, Field(description="false: leave the deployed resources running")] = True
    propagation_policy: Annotated[
        Literal["foreground", "background"] | None, Field(description="How cascade deletes")
    ] = None
    namespace: OwnNamespace = None
    project: Project = None
    app_namespace: AppNamespace = None


@operation("Delete an application", Effect.DESTRUCTIVE, tool=APPLICATION, verb="delete")
async def delete_application(deps: Deps, asked: DeleteArguments) -> View:
    """Delete an application, with its deployed resources unless cascade=false; says whether it is gone."""
    if asked.propagation_policy is not None and not asked.cascade:
        raise InvalidArgument("propagation_policy goes with cascade=true: without cascade nothing is propagated.")
    where = _manifest.where(asked.namespace, asked.app_namespace)
    before = await deps.argocd.send(calls.get(asked.name, project=asked.project, app_namespace=where))
    if before.operation is not None:
        raise FailedPrecondition(
            f"A sync of application {asked.name!r} is running; Argo CD deletes only after its end. Nothing was sent.",
            hint="Get it again until the operation has ended, then delete.",
        )
    project = before.spec.project
    await deps.argocd.send(
        calls.delete(
            asked.name,
            cascade=asked.cascade,
            propagation_policy=asked.propagation_policy,
            project=project,
            app_namespace=where,
        ),
    )
    resources = [f"{one.kind}/{one.name}" for one in before.status.resources or [] if not one.hook]
    note = f"resources {'removed with it' if asked.cascade else 'left running'}: {len(resources)}"
    deadline = deps.now() + _GONE_WITHIN
    while True:
        try:
            left = await deps.argocd.send(calls.get(asked.name, project=project, app_namespace=where))
        except (NotFound, MissingOrForbidden):
            return changes.Deleted(result="deleted", name=asked.name, resources=resources, note=note)
        except GitOpsError as error:
            error.hint = "The deletion was sent: get the application to see whether it is gone; do not send it again."
            raise
        if left.metadata.uid != before.metadata.uid:
            return changes.Deleted(
                result="deleted, then created again by its owner (an ApplicationSet, an application)", name=asked.name
            )
        if deps.now() >= deadline:
            return changes.Deleted(
                result="deletion requested, not finished",
                name=asked.name,
                resources=resources,
                finalizers=left.metadata.finalizers or [],
                note=f"It was still there after {_GONE_WITHIN:g} s; get it again to see whether it is gone.",
            )
        await deps.progress(f"waiting until {asked.name} is gone")
        await deps.sleep(_LOOK_EVERY)
