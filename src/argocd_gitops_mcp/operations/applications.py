"""Read, create and change Application objects. Syncing, deletion and history have modules of their own."""

from typing import Annotated, Any

import msgspec
from pydantic import Field

from argocd_gitops_mcp.argocd import applications as calls
from argocd_gitops_mcp.argocd import ownership
from argocd_gitops_mcp.argocd.call import Call
from argocd_gitops_mcp.argocd.models import Application
from argocd_gitops_mcp.effects import Effect
from argocd_gitops_mcp.errors import AlreadyExists, InvalidArgument, MissingOrForbidden
from argocd_gitops_mcp.operations import _manifest, fleet
from argocd_gitops_mcp.operations._arguments import (
    AppNamespace,
    Detail,
    Limit,
    Name,
    OwnNamespace,
    Project,
    Selector,
    agreed,
)
from argocd_gitops_mcp.operations._manifest import ManifestArguments
from argocd_gitops_mcp.operations._operation import APPLICATION, Arguments, Deps, operation
from argocd_gitops_mcp.operations._sending import sent
from argocd_gitops_mcp.operations._standing import (
    Right,
    may,
    object_of,
    owner_warnings,
    rbac_object,
    refuse_deleting,
    refuse_without,
)
from argocd_gitops_mcp.views import applications as views
from argocd_gitops_mcp.views import changes
from argocd_gitops_mcp.views.plans import Preview
from argocd_gitops_mcp.views.view import View

_DEPLOYS = "Auto-sync is on: Argo CD deploys this at once."


class GetArguments(Arguments):
    name: Annotated[Name | None, Field(description="Application name")] = None
    namespace: OwnNamespace = None
    project: Project = None
    selector: Selector = None
    app_namespace: AppNamespace = None
    limit: Limit = 100
    detail: Detail = "summary"


@operation("Get an application", Effect.READ, tool=APPLICATION, verb="get")
async def get_application(deps: Deps, asked: GetArguments) -> View:
    """Show an application's sync, health, last operation and problems; without a name, list."""
    where = agreed("namespace", asked.namespace, asked.app_namespace)
    if asked.name is None:
        same = fleet.ListArguments(
            project=asked.project, selector=asked.selector, app_namespace=where, limit=asked.limit
        )
        return await fleet.list_applications.run(deps, same)
    if asked.selector is not None:
        raise InvalidArgument("selector goes with list: with a name there is nothing to select.")
    if asked.detail == "full":
        whole = await deps.argocd.send(calls.get_whole(asked.name, project=asked.project, app_namespace=where))
        return views.full_application(msgspec.convert(whole, Application), whole.get("spec") or {})
    return views.application(await deps.argocd.send(calls.get(asked.name, project=asked.project, app_namespace=where)))


class CreateArguments(ManifestArguments):
    validate_: Annotated[bool, Field(alias="validate", description="false: do not render first")] = True
    upsert: Annotated[bool, Field(description="Overwrite an existing one")] = False


async def _new(
    deps: Deps, asked: CreateArguments
) -> tuple[Call[Application], dict[str, Any], Application | None, list[Right]]:
    """The call, its manifest, what it would overwrite, and the rights it takes."""
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
        refuse_deleting(existing)
        # Argo CD replaces finalizers on upsert: absent means removed, and the resources would outlive the application.
        manifest["metadata"].setdefault("finalizers", existing.metadata.finalizers or [])
    rights = [await may(deps, "create", await object_of(deps, manifest["spec"]["project"], name, namespace))]
    if existing is not None:
        rights.append(await may(deps, "update", rbac_object(existing)))
    refuse_without(tuple(rights))
    return calls.create(manifest, upsert=asked.upsert, validate=asked.validate_), manifest, existing, rights


async def _preview_create(deps: Deps, asked: CreateArguments) -> Preview:
    call, manifest, existing, rights = await _new(deps, asked)
    name = manifest["metadata"]["name"]
    if existing is None:
        told = [f"application {name!r}: created"]
        rests: Any = None
    else:
        where = manifest["metadata"].get("namespace")
        rests = (await deps.argocd.send(calls.get_whole(name, app_namespace=where)))["spec"]
        told = changes.differences(rests, manifest["spec"], "spec")
    automated = (manifest["spec"].get("syncPolicy") or {}).get("automated") is not None
    return Preview(
        call,
        f"{'Create' if existing is None else 'Overwrite'} application {name!r} in project "
        f"{manifest['spec']['project']!r}",
        {"existing": rests},
        changes=told,
        warnings=([_DEPLOYS] if automated else [])
        + (await owner_warnings(deps, existing) if existing is not None else []),
        rights=[f"{one}: {one.answer}" for one in rights],
        resource_version=existing.metadata.resource_version if existing is not None else "",
    )


@operation("Create an application", Effect.WRITE, tool=APPLICATION, verb="create", preview=_preview_create)
async def create_application(deps: Deps, asked: CreateArguments) -> View:
    """Create an application from flat arguments or metadata + spec; never overwrites unless upsert."""
    call, manifest, existing, _ = await _new(deps, asked)
    name, namespace = manifest["metadata"]["name"], manifest["metadata"].get("namespace")

    async def look() -> Application | None:
        """It was not there before; of an overwritten one only the spec can tell."""
        try:
            whole = await deps.argocd.send(calls.get_whole(name, app_namespace=namespace))
        except MissingOrForbidden:
            return None
        is_ours = existing is None or whole["spec"] == manifest["spec"]
        return msgspec.convert(whole, Application) if is_ours else None

    stored = await sent(deps, call, look, "get the application")
    return changes.created(stored, "overwritten" if existing is not None else "created")


async def _changed(
    deps: Deps, asked: ManifestArguments
) -> tuple[Call[dict[str, Any]], dict[str, Any], dict[str, Any], list[Right]]:
    """The call, the application as it is, what is editable of it afterwards, and the rights it takes."""
    name, namespace = _manifest.identity(asked)
    before = await deps.argocd.send(calls.get_whole(name, app_namespace=namespace))
    app = msgspec.convert(before, Application)
    refuse_deleting(app)
    merge = _manifest.patch(asked, before)
    after = changes.merged(_manifest.editable(before), merge)
    rights = [await may(deps, "update", rbac_object(app))]
    project = after["spec"].get("project")
    if project != app.spec.project:
        rights.append(await may(deps, "create", await object_of(deps, project, name, namespace)))
    refuse_without(tuple(rights))
    steps = _manifest.steps(before, merge)
    return calls.patch(name, steps, project=app.spec.project, app_namespace=namespace), before, after, rights


async def _preview_update(deps: Deps, asked: ManifestArguments) -> Preview:
    call, before, after, rights = await _changed(deps, asked)
    app = msgspec.convert(before, Application)
    automated = ((after["spec"].get("syncPolicy") or {}).get("automated")) is not None
    return Preview(
        call,
        f"Update application {app.metadata.name!r}",
        {"application": app.metadata.uid, "spec and metadata": _manifest.editable(before)},
        changes=changes.differences(_manifest.editable(before), after),
        warnings=await owner_warnings(deps, app) + ([_DEPLOYS] if automated else []),
        rights=[f"{one}: {one.answer}" for one in rights],
        owner=str(ownership.owner(app) or ""),
        resource_version=app.metadata.resource_version,
    )


@operation("Update an application", Effect.WRITE, tool=APPLICATION, verb="update", preview=_preview_update)
async def update_application(deps: Deps, asked: ManifestArguments) -> View:
    """Change only what is given. In metadata and spec, null removes a field and a list replaces the list."""
    call, before, wanted, _ = await _changed(deps, asked)
    name, namespace = _manifest.identity(asked)

    async def look() -> dict[str, Any] | None:
        whole = await deps.argocd.send(calls.get_whole(name, app_namespace=namespace))
        return whole if _manifest.editable(whole) == wanted != _manifest.editable(before) else None

    after = await sent(deps, call, look, "get the application with detail=full")
    changed = changes.differences(_manifest.editable(before), _manifest.editable(after))
    manual = views.sync_policy(msgspec.convert(after, Application)) == "Manual"
    return changes.Updated(
        result="updated" if changed else "unchanged: it was so already",
        name=name,
        changed=changed,
        warnings=await owner_warnings(deps, msgspec.convert(before, Application)) if changed else [],
        note="The sync policy is Manual: sync it to deploy the change." if changed and manual else "",
    )
