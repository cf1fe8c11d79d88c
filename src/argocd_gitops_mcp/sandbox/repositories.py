"""Routes of clusters and repositories, with the details of a source."""

from typing import Any

from argocd_gitops_mcp.sandbox import helm, manifests, rbac, rendering
from argocd_gitops_mcp.sandbox.errors import StatusError, denied, invalid
from argocd_gitops_mcp.sandbox.exchange import Exchange
from argocd_gitops_mcp.sandbox.world import CLUSTER, Application, Object, stamp

API_VERSIONS = [
    *("apps/v1", "apps/v1/DaemonSet", "apps/v1/Deployment", "apps/v1/ReplicaSet", "apps/v1/StatefulSet"),
    *("batch/v1", "batch/v1/CronJob", "batch/v1/Job", "v1", "v1/ConfigMap", "v1/Namespace", "v1/Pod", "v1/Secret"),
    "v1/Service",
]


def list_clusters(request: Exchange) -> Object:
    request.caller  # noqa: B018 a bad token is refused before anything else
    world = request.world
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
    request.caller  # noqa: B018 a bad token is refused before anything else
    world = request.world
    state = {"status": "Successful", "message": "", "attemptedAt": stamp(world.clock())}
    items = [
        {"repo": url, "username": row["username"], "connectionState": state, "type": "git"}
        for url, row in world.repositories.items()
    ]
    return {"metadata": {}, "items": items or None}


def list_application_sets(request: Exchange) -> Object:
    """There are none in the sandbox."""
    request.caller  # noqa: B018 a bad token is refused before anything else
    return {"metadata": {"resourceVersion": str(request.world.version)}, "items": None}


def app_details(request: Exchange) -> Object:
    """What a source is, and its parameters' default values; the application's overrides are not applied."""
    caller, body, world = request.caller, request.json("RepoAppDetailsQuery"), request.world
    body.number("sourceIndex")
    url, source = request.parameters["url"], body.child("source")
    rbac.demand(caller, "repositories", "get", url)
    application = _owner(request, body.text("appName"), source, body.text("appProject"))
    release = rendering.Release(application.name, application.target_namespace, {})
    folder = world.git.folder(url)
    try:
        sha = manifests.resolve(world, source, source.get("targetRevision", ""), fresh=False)
        files = world.git.tree(folder, sha) if folder else {}
        path = source.get("path", "").strip("/.")
        if not any(name.startswith(f"{path}/" if path else "") for name in files):
            raise invalid(f"{source.get('path', '')}: app path does not exist")
        kind = rendering.source_type(files, source)
        if kind == "Helm":
            return {"type": kind, "helm": _helm(files, path, source)}
        if kind == "Kustomize":
            objects = rendering.render(files, {k: v for k, v in source.items() if k != "kustomize"}, release)
            return {"type": kind, "kustomize": {"images": _images(objects)}}
    except StatusError as error:
        raise invalid(error.message) from error
    return {"type": kind}


def _owner(request: Exchange, name: str, source: Object, project: str) -> Application:
    """The application that asks; an existing one may ask about its own sources only."""
    namespace, _, plain = name.rpartition("/")
    existing = request.world.applications.get((namespace or "argocd", plain))
    if existing is None:
        return Application({"name": plain, "namespace": namespace}, {"project": project, "destination": {}}, {})
    if source not in existing.sources or (project and project != existing.project):
        raise denied()
    return existing


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
    ("GET", "/api/v1/applicationsets", list_application_sets),
    ("GET", "/api/v1/repositories", list_repositories),
    ("POST", "/api/v1/repositories/{url+}/appdetails", app_details),
)
