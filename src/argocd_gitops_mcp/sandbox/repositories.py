"""Routes of clusters and repositories, with the details of a source."""

from fnmatch import fnmatchcase
from typing import Any

from argocd_gitops_mcp.sandbox import helm, manifests, rbac, rendering
from argocd_gitops_mcp.sandbox.errors import StatusError, denied, invalid, not_found, unknown
from argocd_gitops_mcp.sandbox.exchange import Exchange
from argocd_gitops_mcp.sandbox.world import CLUSTER, Application, Object, World, stamp

API_VERSIONS = [
    *("apps/v1", "apps/v1/DaemonSet", "apps/v1/Deployment", "apps/v1/ReplicaSet", "apps/v1/StatefulSet"),
    *("batch/v1", "batch/v1/CronJob", "batch/v1/Job", "v1", "v1/ConfigMap", "v1/Namespace", "v1/Pod", "v1/Secret"),
    "v1/Service",
]


def list_clusters(request: Exchange) -> Object:
    caller, world = request.caller, request.world
    if not rbac.allows(caller, "clusters", "get"):
        return {"metadata": {}, "items": None}
    if request.one("name") not in {"", "in-cluster"} or request.one("server") not in {"", CLUSTER}:
        return {"metadata": {}, "items": None}
    state = {"status": "Successful", "message": "", "attemptedAt": stamp(world.clock())}
    cache = {"resourcesCount": len(world.objects), "apisCount": 63, "lastCacheSyncTime": stamp(world.clock())}
    info: Object = {"connectionState": state, "serverVersion": "v1.37.0", "cacheInfo": cache}
    info |= {"applicationsCount": len(world.applications), "apiVersions": API_VERSIONS}
    cluster = {"server": CLUSTER, "name": "in-cluster", "config": {"tlsClientConfig": {"insecure": False}}}
    shown = {**cluster, "connectionState": state, "serverVersion": "v1.37.0", "info": info}
    return {"metadata": {}, "items": [shown]}


def list_repositories(request: Exchange) -> Object:
    caller, world = request.caller, request.world
    if not rbac.allows(caller, "repositories", "get"):
        return {"metadata": {}, "items": None}
    state = {"status": "Successful", "message": "", "attemptedAt": stamp(world.clock())}
    items = [
        {"repo": url, "username": row["username"], "connectionState": state, "type": "git"}
        for url, row in world.repositories.items()
    ]
    return {"metadata": {}, "items": items or None}


def list_credentials(request: Exchange) -> Object:
    """Credential templates: there are none in the sandbox."""
    request.caller  # noqa: B018 a bad token is refused before anything else
    return {"metadata": {}, "items": None}


def app_details(request: Exchange) -> Object:
    """What a source is, and its parameters' default values; the application's overrides are not applied."""
    caller, body, world = request.caller, request.json("RepoAppDetailsQuery"), request.world
    body.number("sourceIndex")
    url, source = request.parameters["url"], body.child("source")
    rbac.demand(caller, "repositories", "get", url)
    application = _owner(request, body.text("appName"), source, body.text("appProject"))
    _check_project(world, body.text("appProject"), url)
    release = rendering.Release(application.name, application.target_namespace, {})
    try:
        sha = manifests.full(world, source, manifests.resolve(world, source, source.get("targetRevision", "")))
        folder = world.git.folder(url)
        files = world.git.tree(folder, sha) if folder else {}
        path = _folder(files, source.get("path", ""))
        kind = "Directory" if source.get("directory") else rendering.source_type(files, source)
        if kind == "Helm":
            return {"type": kind, "helm": _helm(files, path, source)}
        if kind == "Kustomize":
            objects = rendering.render(files, {k: v for k, v in source.items() if k != "kustomize"}, release)
            return {"type": kind, "kustomize": {"images": _images(objects)}}
    except StatusError as error:
        # toUserInputStatusError of the repo-server; whatever else fails keeps its code.
        if error.message.endswith(("app path does not exist", "revision not found")):
            raise invalid(error.message) from error
        raise
    return {"type": kind}


def _folder(files: dict[str, str], given: str) -> str:
    path = given.strip("/.")
    if given.startswith(".."):
        raise unknown(f"{given}: app path outside root")
    if path in files:
        raise unknown(f"{given}: app path is not a directory")
    if not any(name.startswith(f"{path}/" if path else "") for name in files):
        raise unknown(f"{given}: app path does not exist")
    return path


def _owner(request: Exchange, name: str, source: Object, project: str) -> Application:
    """The application that asks; an existing one may ask about its own sources only, another must be permitted."""
    namespace, _, plain = name.rpartition("/")
    target = f"{project}/{name}" if project else name
    if not project:
        raise rbac.refused(request.caller, "applications", "get", target)
    rbac.demand(request.caller, "applications", "get", target)
    existing = request.world.applications.get((namespace or "argocd", plain))
    if existing is None:
        rbac.demand(request.caller, "applications", "create", target)
        return Application({"name": plain, "namespace": namespace}, {"project": project, "destination": {}}, {})
    if source not in existing.sources or project != existing.project:
        raise denied()
    return existing


def _check_project(world: World, name: str, url: str) -> None:
    project = world.projects.get(name)
    if project is None:
        raise not_found(f'error getting app project "{name}": appproject.argoproj.io "{name}" not found')
    if not any(fnmatchcase(url, pattern) for pattern in project["spec"].get("sourceRepos", ())):
        raise denied(f"repository '{url}' not permitted in project '{name}'")


def _helm(files: dict[str, str], path: str, source: Object) -> Object:
    options = source.get("helm") or {}
    flat = helm.flatten(helm.defaults(files, path, options, {}))
    found = [
        name.removeprefix(f"{path}/") for name in files if name.startswith(f"{path}/values") and name.endswith(".yaml")
    ]
    parameters = [{"name": name, "value": value} for name, value in flat.items()]
    return {"valueFiles": sorted(found), "parameters": parameters, "values": files.get(f"{path}/values.yaml", "")}


def _images(objects: list[Object]) -> list[str]:
    workloads = [obj for obj in objects if obj["kind"] in rendering.WORKLOADS]
    return sorted({c["image"] for obj in workloads for c in obj["spec"]["template"]["spec"]["containers"]})


ROUTES: tuple[tuple[str, str, Any], ...] = (
    ("GET", "/api/v1/clusters", list_clusters),
    ("GET", "/api/v1/repositories", list_repositories),
    ("GET", "/api/v1/repocreds", list_credentials),
    ("POST", "/api/v1/repositories/{url+}/appdetails", app_details),
)
