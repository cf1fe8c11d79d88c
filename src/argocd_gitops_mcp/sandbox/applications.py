"""Routes of Application objects: list, get, create, put, patch, delete."""

import asyncio
import json
import uuid
from collections.abc import Callable
from typing import Any

from argocd_gitops_mcp.sandbox import events, fields, jsonpatch, rbac, selectors, specs
from argocd_gitops_mcp.sandbox.controller import FINALIZER, REFRESH, forget
from argocd_gitops_mcp.sandbox.errors import Code, StatusError, denied, invalid, not_found, unknown
from argocd_gitops_mcp.sandbox.exchange import Body, Exchange, Raw, dump, required
from argocd_gitops_mcp.sandbox.merging import patch
from argocd_gitops_mcp.sandbox.world import CONTROL_PLANE, Application, Object, World, clone, stamp

BACKGROUND = f"{FINALIZER}/background"
SERVER = "argocd-server"
HYDRATE = "argocd.argoproj.io/hydrate"


def find(request: Exchange, namespace: str = "appNamespace") -> Application:
    """The application of a GET or DELETE, whose project and namespace stand in the query, the latter by this name."""
    request.caller  # noqa: B018 a bad token is refused before anything else
    projects = request.many("project", "projects")
    if len(projects) > 1:
        raise invalid("multiple projects specified - the get endpoint accepts either zero or one project")
    project = projects[0] if projects else ""
    found = rbac.application(request.world, request.parameters["name"], request.one(namespace), project)
    if not rbac.sees(request.world, request.caller, found):
        raise denied()
    return found


def find_by_body(request: Exchange, body: Body) -> Application:
    """The application of a POST or PATCH, whose project and namespace stand in the body only."""
    request.caller  # noqa: B018 a bad token is refused before anything else
    return rbac.application(request.world, request.parameters["name"], body.text("appNamespace"), body.text("project"))


def list_applications(request: Exchange) -> Raw:
    """Written item by item, which shows: a line of its own for each."""
    request.caller  # noqa: B018 a bad token is refused before anything else
    found = selected(request)
    selection = request.selection
    if selection is None:
        items = [a.view(health=False) for a in found]
    else:
        items = [fields.select_application(a, selection) for a in found]
    metadata = dump({"resourceVersion": str(request.world.applications_version)})
    content = b"[%s\n]" % b"\n,".join(map(dump, items)) if items else b"null"
    return Raw(200, "application/json", b'{"metadata":%s\n,"items":%s}' % (metadata, content))


def selected(request: Exchange) -> list[Application]:
    """The applications that the query lets through, sorted by name over all namespaces."""
    matches = matcher(request)
    found = [application for application in request.world.applications.values() if matches(application)]
    return sorted(found, key=lambda a: (a.name, a.namespace))


def matcher(request: Exchange, *, by_repo: bool = True) -> Callable[[Application], bool]:
    """The query's filters and the caller's rights, all of which must hold; a watch does not look at `repo`."""
    world, caller = request.world, request.caller
    try:
        labels = selectors.parse(request.one("selector"))
    except ValueError as error:
        raise unknown(f"error parsing the selector: {error}") from error
    projects, names = request.many("project", "projects"), set(request.many("names"))
    name, namespace = request.one("name"), request.one("appNamespace")
    repo = request.one("repo") if by_repo else ""

    def matches(application: Application) -> bool:
        return (
            (not projects or application.project in projects)
            and (not name or application.name == name)
            and (not names or not names.isdisjoint((application.name, f"{application.namespace}/{application.name}")))
            and (not namespace or application.namespace == namespace)
            and (not repo or any(source["repoURL"] == repo for source in application.sources))
            and labels(application.metadata.get("labels") or {})
            and rbac.sees(world, caller, application)
        )

    return matches


async def get_application(request: Exchange) -> Object:
    application = find(request)
    if any(name == "refresh" for name, _ in request.query):
        kind = "hard" if request.one("refresh") == "hard" else "normal"
        await refresh(request.world, application, kind)
    return application.view()


async def refresh(world: World, application: Application, kind: str) -> None:
    """Ask the controller and wait; the request leaves traces in the annotations, as on the real one."""
    annotations = application.metadata.setdefault("annotations", {})
    annotations |= {REFRESH: kind, HYDRATE: "normal"}
    annotations |= {f"{name}-timestamp": stamp(world.clock()) for name in (REFRESH, HYDRATE)}
    application.refresh = kind
    world.touch(application)
    while application.refresh and (application.namespace, application.name) in world.applications:  # noqa: ASYNC110 the controller is a plain function
        await asyncio.sleep(0.01)


def create(request: Exchange) -> Object:
    caller, body, world = request.caller, request.json("v1alpha1.Application"), request.world
    wanted = specs.admitted(body)
    spec, metadata = wanted["spec"], wanted["metadata"]
    rbac.demand(caller, "applications", "create", f"{spec['project']}/{metadata.get('name', '')}")
    namespace = metadata.get("namespace") or CONTROL_PLANE
    _check(world, wanted, "error while validating and normalizing app", validate=request.flag("validate", default=True))
    if namespace not in world.application_namespaces:
        raise unknown(f"namespace '{namespace}' is not permitted")
    specs.check_name(metadata["name"], context="error creating application: ")
    existing = world.applications.get((namespace, metadata["name"]))
    if existing is None:
        given = body.get("metadata") or {}
        if given.get("resourceVersion"):
            text = "error creating application: resourceVersion should not be set on objects to be created"
            raise StatusError(Code.INTERNAL, text)
        # Only here: no update changes the owners. The real one also deletes what its owners have left behind.
        made = store(world, wanted, namespace, given.get("ownerReferences"))
        events.record_application(world, made, ("ResourceCreated", f"{caller.account} created application", SERVER))
        return made.view(health=False)
    if specs.same(existing, wanted):
        return existing.view(health=False)
    if not request.flag("upsert"):
        raise invalid("existing application spec is different, use upsert flag to force update")
    rbac.demand(caller, "applications", "update", existing.rbac_name)
    merged = {name: {**existing.metadata.get(name, {}), **metadata.get(name, {})} for name in ("labels", "annotations")}
    replace(world, existing, {**metadata, **merged}, spec)
    return existing.view(health=False)


def put(request: Exchange) -> Object:
    """The body names the application, the URL does not."""
    caller, wanted, world = request.caller, specs.admitted(request.json("v1alpha1.Application")), request.world
    metadata = wanted["metadata"]
    if not metadata.get("name"):
        raise denied()
    application = rbac.application(world, metadata["name"], metadata.get("namespace", ""), request.one("project"))
    rbac.demand(caller, "applications", "update", application.rbac_name)
    _check(world, wanted, "error validating and normalizing app", validate=request.flag("validate", default=True))
    replace(world, application, metadata, wanted["spec"])
    events.record_application(
        world, application, ("ResourceUpdated", f"{caller.account} updated application spec", SERVER)
    )
    return application.view(health=False)


def patch_application(request: Exchange) -> Object:
    caller, body, world = request.caller, request.json("ApplicationPatchRequest"), request.world
    change, kind = body.text("patch"), body.text("patchType")
    for name in ("patch", "patchType"):
        if name not in body:
            raise required(name)
    application = find_by_body(request, body)
    rbac.demand(caller, "applications", "update", application.rbac_name)
    # A patch sees the status and the operation, too, but changes neither.
    shown = {**application.view(health=False), "metadata": application.metadata}
    wanted = specs.admitted(_patched(shown, change, kind))
    metadata = wanted["metadata"]
    target = world.applications.get((metadata.get("namespace", CONTROL_PLANE), metadata.get("name", "")))
    if target is None:
        raise denied()
    context = "error validating and updating app: error validating and normalizing app"
    _check(world, wanted, context, validate=True)
    replace(world, target, metadata, wanted["spec"])
    events.record_application(world, target, ("ResourceUpdated", f"{caller.account} updated application spec", SERVER))
    return target.view(health=False)


def _patched(shown: Object, change: str, kind: str) -> Object:
    match kind:
        case "json" | "":
            try:
                changed = jsonpatch.apply(shown, jsonpatch.decode(change))
            except jsonpatch.UnreadableError as error:
                raise unknown(f"error decoding json patch: {error}") from error
            except jsonpatch.PatchError as error:
                raise unknown(f"error applying patch: {error}") from error
        case "merge":
            try:
                merging = json.loads(change)
            except ValueError as error:
                raise unknown("error calculating merge patch: Invalid JSON Patch") from error
            if not isinstance(merging, dict | list):
                raise unknown("error calculating merge patch: Invalid JSON Patch")
            changed = patch(clone(shown), merging) if isinstance(merging, dict) else merging
        case _:
            raise invalid(f"Patch type '{kind}' is not supported")
    specs.check_types(changed)
    result: Object = changed
    return result


def delete(request: Exchange) -> Object:
    caller, world, application = request.caller, request.world, find(request)
    rbac.demand(caller, "applications", "delete", application.rbac_name)
    cascade, policy = request.flag("cascade", default=True), request.one("propagationPolicy")
    if policy and not cascade:
        raise invalid("cannot set propagation policy when cascading is disabled")
    if policy.lower() not in {"", "foreground", "background"}:
        raise invalid(f"invalid propagation policy: {policy}")
    deleting = "deletionTimestamp" in application.metadata
    finalizers = application.metadata.get("finalizers", [])
    # Nothing can be added to what is being deleted.
    if not (cascade and deleting):
        finalizers = [finalizer for finalizer in finalizers if not finalizer.startswith(FINALIZER)]
    if cascade and not deleting:
        finalizers.append(BACKGROUND if policy.lower() == "background" else FINALIZER)
    application.metadata["finalizers"] = finalizers
    application.metadata.setdefault("deletionTimestamp", stamp(world.clock()))
    application.metadata["deletionGracePeriodSeconds"] = 0
    world.touch(application)
    if not finalizers:
        # Not even a running operation holds it, and what was only waiting to be deleted is gone before it is deleted.
        forget(world, application)
        if deleting:
            gone = not_found(f'applications.argoproj.io "{application.name}" not found')
            raise StatusError(gone.code, f"error deleting application: {gone.message}")
    events.record_application(world, application, ("ResourceDeleted", f"{caller.account} deleted application", SERVER))
    return {}


def _check(world: World, wanted: Object, context: str, *, validate: bool) -> None:
    """Validation. Argo CD's context shows only before plain errors: a gRPC status inside keeps its own text."""
    try:
        specs.check(world, wanted, validate=validate)
    except StatusError as error:
        if error.code is Code.UNKNOWN:
            error.message = f"{context}: {error.message}"
        raise


def store(world: World, wanted: Object, namespace: str, owners: list[Object] | None = None) -> Application:
    metadata = {**wanted["metadata"], "namespace": namespace, "uid": str(uuid.uuid4())}
    metadata |= {"creationTimestamp": stamp(world.clock())}
    if owners:
        metadata["ownerReferences"] = owners
    status: Object = {"health": {}, "summary": {}, "sourceHydrator": {}}
    status["sync"] = {"status": "", "comparedTo": {"source": {"repoURL": ""}, "destination": {}}}
    made = Application(metadata, wanted["spec"], status)
    world.applications[namespace, made.name] = made
    world.touch(made, "ADDED")
    return made


def replace(world: World, application: Application, metadata: Object, spec: Object) -> None:
    """Store other metadata and another spec."""
    added = [f for f in metadata.get("finalizers", ()) if f not in application.metadata.get("finalizers", ())]
    if added and "deletionTimestamp" in application.metadata:
        shown = ", ".join(json.dumps(finalizer) for finalizer in added)
        text = (
            f"no new finalizers can be added if the object is being deleted, found new finalizers []string{{{shown}}}"
        )
        named = f'Application.argoproj.io "{application.name}" is invalid: metadata.finalizers: Forbidden'
        raise invalid(f"error updating application: {named}: {text}")
    for name in ("labels", "annotations", "finalizers"):
        if metadata.get(name):
            application.metadata[name] = metadata[name]
        else:
            application.metadata.pop(name, None)
    if spec != application.spec:
        application.spec = spec
        application.compared = None
    world.touch(application)


ROUTES: tuple[tuple[str, str, Any], ...] = (
    ("GET", "/api/v1/applications", list_applications),
    ("POST", "/api/v1/applications", create),
    ("GET", "/api/v1/applications/{name}", get_application),
    ("PUT", "/api/v1/applications/{name}", put),
    ("PATCH", "/api/v1/applications/{name}", patch_application),
    ("DELETE", "/api/v1/applications/{name}", delete),
)
