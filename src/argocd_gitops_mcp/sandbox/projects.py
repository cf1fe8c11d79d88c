"""Routes of projects: list, get, create, delete, open sync windows; their updates are in project_updates."""

from collections.abc import Iterator
from typing import Any

from argocd_gitops_mcp.sandbox import fields, messages, project_tokens, rbac, specs, windows
from argocd_gitops_mcp.sandbox.errors import Code, StatusError, invalid, not_found, unknown
from argocd_gitops_mcp.sandbox.exchange import Exchange
from argocd_gitops_mcp.sandbox.world import CONTROL_PLANE, Object, World, stamp


def list_projects(request: Exchange) -> Object:
    sees = rbac.allows(request.caller, "projects", "get")
    projects = list(request.world.projects.values()) if sees else []
    shown: Object = fields.select(
        {"metadata": {"resourceVersion": str(request.world.version)}, "items": projects or None}, request.selection
    )
    return shown


def get_project(request: Exchange) -> Object:
    name = request.parameters["name"]
    rbac.demand(request.caller, "projects", "get", name)
    project = _found(request.world, name)
    project_tokens.normalize(project)
    return project


def open_windows(request: Exchange) -> Object:
    """The sync windows that are open now, whole."""
    project = get_project(request)
    found = windows.active(request.world, project["spec"].get("syncWindows") or [])
    return {"windows": found} if found else {}


def detailed(request: Exchange) -> Object:
    """With global projects, clusters and repositories of its own, which are left out where there are none: as here."""
    name = request.parameters["name"]
    rbac.demand(request.caller, "projects", "get", name)
    if name not in request.world.projects:
        raise not_found(f'error getting app project "{name}": appproject.argoproj.io "{name}" not found')
    return {"project": get_project(request)}


def global_projects(request: Exchange) -> Object:
    """There are none in the sandbox."""
    get_project(request)
    return {}


def create(request: Exchange) -> Object:
    """An existing project is answered if it is the same, and replaced with `upsert`; both stand in the body."""
    caller, body, world = request.caller, request.json("ProjectCreateRequest"), request.world
    project, upsert = body.get("project"), body.flag("upsert")
    if not project:
        raise invalid("missing payload 'project' in request")
    metadata, spec = project.get("metadata") or {}, stored(project.get("spec") or {})
    name = str(metadata.get("name", ""))
    rbac.demand(caller, "projects", "create", name)
    spec = validated(spec)
    if not name:
        raise invalid(f'{KIND} "" is invalid: metadata.name: Required value: name or generateName is required')
    specs.check_name(name, KIND)
    existing = world.projects.get(name)
    if existing is None:
        return store(world, {"metadata": metadata, "spec": spec})
    if upsert:
        rbac.demand(caller, "projects", "update", name)
        existing["spec"] = spec
        existing["metadata"] |= {"resourceVersion": str(world.next_version())}
        existing["metadata"]["generation"] += 1
    elif existing["spec"] != spec:
        keys = ",".join(_differences(existing["spec"], spec))
        text = "existing project spec is different; use upsert flag to force update; difference in keys"
        raise invalid(f'{text} "{keys}"')
    return existing


def delete(request: Exchange) -> Object:
    name, world = request.parameters["name"], request.world
    caller = request.caller
    if name == "default":
        raise invalid("name 'default' is reserved and cannot be deleted")
    rbac.demand(caller, "projects", "delete", name)
    _found(world, name)
    # Applications in other namespaces are not counted: they are left without a project.
    users = sum(one.project == name and one.namespace == CONTROL_PLANE for one in world.applications.values())
    if users:
        raise invalid(f"project is referenced by {users} applications")
    del world.projects[name]
    return {}


def store(world: World, project: Object) -> Object:
    metadata = {**project["metadata"], "namespace": CONTROL_PLANE, "uid": project["metadata"]["name"]}
    metadata |= {"resourceVersion": str(world.next_version()), "generation": 1}
    metadata["creationTimestamp"] = stamp(world.clock())
    made = {"metadata": metadata, "spec": project["spec"], "status": {}}
    world.projects[metadata["name"]] = made
    return made


def _found(world: World, name: str) -> Object:
    if name not in world.projects:
        raise not_found(f'appprojects.argoproj.io "{name}" not found')
    return world.projects[name]


def stored(spec: Object) -> Object:
    """As Go writes it, what counts of it here."""
    read = messages.decode({"spec": spec}, messages.PROJECT).get("spec") or {}
    known = {name: value for name, value in spec.items() if name in SPEC}
    return {name: value for name, value in {**known, "syncWindows": read.get("syncWindows")}.items() if value}


def validated(spec: Object) -> Object:
    """The spec as it is stored. Plain errors get a context, those with a code of their own do not."""
    places: set[str] = set()
    for row in spec.get("destinations") or ():
        place = f"{row.get('server') or row.get('name', '')}/{row.get('namespace', '')}"
        if place in places:
            raise invalid(f"destination '{place}' already added")
        places.add(place)
    roles = [role.get("name") for role in spec.get("roles") or ()]
    for name in roles:
        if roles.count(name) > 1:
            raise StatusError(Code.ALREADY_EXISTS, f"role '{name}' already exists")
    stored: list[Object] = []
    for window in spec.get("syncWindows") or ():
        try:
            stored.append(_window(window, stored))
        except ValueError as error:
            raise unknown(f"error validating project: {error}") from error
    return {**spec, "syncWindows": stored} if stored else spec


def _window(window: Object, others: list[Object]) -> Object:
    checked = windows.checked(window)
    kind, schedule, duration = checked["kind"], checked["schedule"], checked["duration"]
    same = {**checked, "manualSync": None, "description": None}
    if any({**other, "manualSync": None, "description": None} == same for other in others):
        text = f"sync window with kind '{kind}', schedule '{schedule}', and duration '{duration}' already exists"
        raise StatusError(Code.ALREADY_EXISTS, f"{text} (hash={abs(hash(schedule))}, duplicate detected)")
    if not any(window.get(part) for part in ("applications", "namespaces", "clusters")):
        text = f"window '{kind}':'{schedule}':'{duration}' requires one of application, cluster or namespace"
        raise StatusError(Code.OUT_OF_RANGE, text)
    return checked


def _differences(old: Any, new: Any, path: str = "") -> Iterator[str]:
    """Where two specs differ, by the names that Go has for it."""
    if isinstance(old, dict | list) or isinstance(new, dict | list):
        left, right = _children(old), _children(new)
        for name in left | right:
            yield from _differences(left.get(name), right.get(name), f"{path},{name[:1].upper()}{name[1:]}")
    elif old != new:
        yield path.removeprefix(",")


def _children(value: Any) -> dict[str, Any]:
    if isinstance(value, list):
        return {str(index): item for index, item in enumerate(value)}
    return value if isinstance(value, dict) else {}


KIND = "AppProject.argoproj.io"
SPEC = (
    *("sourceRepos", "destinations", "description", "roles", "syncWindows", "orphanedResources", "sourceNamespaces"),
    *("clusterResourceWhitelist", "clusterResourceBlacklist"),
    *("namespaceResourceWhitelist", "namespaceResourceBlacklist"),
    *("signatureKeys", "sourceIntegrity", "permitOnlyProjectScopedClusters", "destinationServiceAccounts"),
)
ROUTES: tuple[tuple[str, str, Any], ...] = (
    ("GET", "/api/v1/projects", list_projects),
    ("POST", "/api/v1/projects", create),
    ("GET", "/api/v1/projects/{name}", get_project),
    ("DELETE", "/api/v1/projects/{name}", delete),
    ("GET", "/api/v1/projects/{name}/syncwindows", open_windows),
    ("GET", "/api/v1/projects/{name}/globalprojects", global_projects),
    ("GET", "/api/v1/projects/{name}/detailed", detailed),
)
