"""Routes of an application's resources: tree, managed resources, manifests, one resource, its actions, events."""

import json
from typing import Any

from argocd_gitops_mcp.sandbox import actions, comparison, events, fields, manifests, rbac, tree
from argocd_gitops_mcp.sandbox.applications import SERVER, find, find_by_body
from argocd_gitops_mcp.sandbox.errors import invalid, not_found, unknown
from argocd_gitops_mcp.sandbox.exchange import Body, Exchange, required
from argocd_gitops_mcp.sandbox.masking import mask
from argocd_gitops_mcp.sandbox.world import Application, Key, Object, World


def resource_tree(request: Exchange) -> Object:
    return shown_tree(request.world, find(request))


def shown_tree(world: World, application: Application) -> Object:
    nodes = tree.nodes(world, application)
    hosts = tree.hosts(nodes)
    return {**({"nodes": nodes} if nodes else {}), **({"hosts": hosts} if hosts else {})}


def managed_resources(request: Exchange) -> Object:
    application = find(request)
    wanted = {name: request.one(name) for name in ("namespace", "name", "group", "kind")}
    items = [
        item
        for item in comparison.managed(request.world, application)
        if all(not value or item.get(name, "") == value for name, value in wanted.items())
    ]
    shown: Object = fields.select({"items": items} if items else {}, request.selection)
    return shown


def get_manifests(request: Exchange) -> Object:
    application, world = find(request), request.world
    fresh, sources = request.flag("noCache"), application.sources
    wanted = [request.one("revision")]
    if application.spec.get("sources"):
        positions = request.numbers("sourcePositions")
        wanted = manifests.positioned(request.many("revisions"), positions, len(sources))
    found: list[Object] = []
    for source, revision in zip(sources, wanted, strict=True):
        if source.get("ref") and not source.get("path"):
            continue
        sha = manifests.resolve(world, source, revision or source.get("targetRevision", ""), fresh=fresh)
        found += manifests.render_source(world, application, source, sha, fresh=fresh)
    return (
        {"manifests": [json.dumps(mask(obj), separators=(",", ":"), sort_keys=True) for obj in found]} if found else {}
    )


def get_resource(request: Exchange) -> Object:
    return {"manifest": json.dumps(mask(_named(request, find(request))), separators=(",", ":"))}


def list_actions(request: Exchange) -> Object:
    found = actions.of(_named(request, find(request)))
    return {"actions": found} if found else {}


def run_action(request: Exchange) -> Object:
    caller, body, world = request.caller, request.json("ResourceActionRunRequestV2"), request.world
    names = {name: body.text(name) for name in ("group", "kind", "namespace", "resourceName", "version", "action")}
    for name in ("kind", "version", "resourceName", "action"):
        if name not in body:
            raise required(name)
    rows = enumerate(body.get("resourceActionParameters") or ())
    given = [Body(row, f"{body.message}.resourceActionParameters.{index}") for index, row in rows]
    parameters = {row.text("name"): row.text("value") for row in given}
    application = find_by_body(request, body)
    key = Key(names["group"], names["kind"], names["namespace"], names["resourceName"])
    rbac.demand_bare(caller, "applications", "action")
    obj = _live(world, application, key, names["version"])
    actions.run(world, obj, names["action"], parameters)
    where = f"{key.group}/{key.kind}/{key.name}"
    message = f"{caller.account} ran action {names['action']} on resource {where}"
    events.record_application(world, application, ("ResourceActionRan", message, SERVER))
    return {}


def list_events(request: Exchange) -> Object:
    application, world = find(request), request.world
    name, namespace, uid = (request.one(p) for p in ("resourceName", "resourceNamespace", "resourceUID"))
    if not name and not uid:
        found = events.of(world, application.metadata["uid"])
    else:
        wanted = (name, namespace, uid)
        nodes = tree.nodes(world, application)
        if not any((n["name"], n.get("namespace", ""), n.get("uid")) == wanted for n in nodes):
            raise invalid(f"{name} not found as part of application {application.name}")
        found = events.of(world, uid)
    return {"metadata": {"resourceVersion": str(world.version)}, "items": found or None}


def application_links(request: Exchange) -> Object:
    """One link is configured for every application; the namespace goes by a name of its own here."""
    application = find(request, namespace="namespace")
    link = {"title": "Runbook", "url": f"https://runbooks.example.com/{application.name}"}
    return {"items": [{**link, "description": "what to do when it fails"}]}


def resource_links(request: Exchange) -> Object:
    """One link is configured for pods."""
    obj = _named(request, find(request))
    if obj["kind"] != "Pod":
        return {}
    return {"items": [{"title": "Logs", "url": f"https://logs.example.com/?pod={obj['metadata']['name']}"}]}


def revision_metadata(request: Exchange) -> Object:
    application, world = find(request), request.world
    source = _source(request, application)
    revision = request.parameters["revision"]
    if not all(letter in "0123456789abcdef" for letter in revision):
        raise unknown(f"revision {revision} must be resolved")
    folder = world.git.folder(source["repoURL"])
    sha = world.git.commit_of(folder, revision) if folder else None
    if folder is None or sha is None:
        raise unknown(
            "error acquiring repo lock: failed to initialize repository resources: rpc error: code = Internal desc = "
            f"Failed to checkout revision {revision}: "
            f"`git fetch origin {revision} --tags --force --prune` failed exit status 128: "
            f"fatal: git upload-pack: not our ref {revision}\nfatal: remote error: upload-pack: not our ref {revision}"
        )
    author, date, message = world.git.describe(folder, sha)
    tags = world.git.tags(folder, sha)
    return {"author": author, "date": date, **({"tags": tags} if tags else {}), "message": message}


def chart_details(request: Exchange) -> Object:
    """Charts of chart repositories are not played here; what Git holds is none."""
    application = find(request)
    _source(request, application)
    raise unknown(f"no chart found for application: {application.name}")


def _source(request: Exchange, application: Application) -> Object:
    """One of several sources, as it is or as it was at a deployment."""
    index, version = request.one("sourceIndex"), request.one("versionId")
    text, sources = "error getting app source by source index and version ID", application.sources
    if version:
        entry = next((one for one in application.status.get("history") or () if one["id"] == int(version)), None)
        if entry is None:
            raise unknown(
                f"{text}: error getting source by version ID: revision history not found for version ID {version}"
            )
        sources = entry.get("sources") or [entry["source"]]
    at = int(index or 0)
    if at >= len(sources):
        there = "is only 1 source" if len(sources) == 1 else f"are only {len(sources)} sources"
        raise unknown(f"{text}: source index {at} not found because there {there}")
    source: Object = sources[at]
    return source


def _named(request: Exchange, application: Application) -> Object:
    for name in ("kind", "version", "resourceName"):
        if not request.many(name):
            raise required(name)
    one = request.one
    key = Key(one("group"), one("kind"), one("namespace"), one("resourceName"))
    return _live(request.world, application, key, one("version"))


def _live(world: World, application: Application, key: Key, version: str) -> Object:
    obj = tree.live_node(world, application, key)
    if obj is None:
        raise invalid(f"{key.kind} {key.group} {key.name} not found as part of application {application.name}")
    asked = f"{key.group}/{version}".lstrip("/")
    if asked != obj["apiVersion"]:
        raise not_found(
            "error getting resource: failed to get api resource: failed to discover server resources for group version "
            f"{asked}: the server could not find the requested resource"
        )
    return obj


ROUTES: tuple[tuple[str, str, Any], ...] = (
    ("GET", "/api/v1/applications/{name}/resource-tree", resource_tree),
    ("GET", "/api/v1/applications/{name}/managed-resources", managed_resources),
    ("GET", "/api/v1/applications/{name}/manifests", get_manifests),
    ("GET", "/api/v1/applications/{name}/resource", get_resource),
    ("GET", "/api/v1/applications/{name}/resource/links", resource_links),
    ("GET", "/api/v1/applications/{name}/links", application_links),
    ("GET", "/api/v1/applications/{name}/resource/actions", list_actions),
    ("POST", "/api/v1/applications/{name}/resource/actions/v2", run_action),
    ("GET", "/api/v1/applications/{name}/events", list_events),
    ("GET", "/api/v1/applications/{name}/revisions/{revision}/metadata", revision_metadata),
    ("GET", "/api/v1/applications/{name}/revisions/{revision}/chartdetails", chart_details),
)
