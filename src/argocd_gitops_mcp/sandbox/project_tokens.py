"""Tokens of a project's roles: minted, and kept equal in spec and status, as Argo CD does at every read and write."""

import uuid
from typing import Any

from argocd_gitops_mcp.sandbox import rbac, tokens
from argocd_gitops_mcp.sandbox.errors import invalid, not_found
from argocd_gitops_mcp.sandbox.exchange import Exchange
from argocd_gitops_mcp.sandbox.world import Object


def normalize(project: Object) -> None:
    """A token that either place knows of stays in both; those of roles that are gone go."""
    known = (project.setdefault("status", {})).get("jwtTokensByRole") or {}
    by_role: Object = {}
    for role in project["spec"].get("roles") or ():
        found = {one["id"]: one for one in (known.get(role["name"]) or {}).get("items", ())}
        found |= {one["id"]: one for one in role.pop("jwtTokens", None) or ()}
        items = sorted(found.values(), key=lambda one: int(-one["iat"]))
        role.update({"jwtTokens": items} if items else {})
        by_role[role["name"]] = {"items": items} if items else {}
    project["status"] = {"jwtTokensByRole": by_role} if by_role else {}


def mint(request: Exchange) -> Object:
    body, world = request.json("ProjectTokenCreateRequest"), request.world
    name, wanted = request.parameters["name"], request.parameters["role"]
    caller = request.caller
    project = world.projects.get(name)
    if project is None:
        raise not_found(f'appprojects.argoproj.io "{name}" not found')
    role: Any = next((one for one in project["spec"].get("roles") or () if one["name"] == wanted), None)
    if role is None:
        raise not_found(f"project '{name}' does not have role '{wanted}'")
    rbac.demand(caller, "projects", "update", name)
    token_id, seconds = body.text("id") or str(uuid.uuid4()), body.number("expiresIn")
    if any(one["id"] == token_id for one in role.get("jwtTokens") or ()):
        raise invalid(f"Token id '{token_id}' has been used. ")
    issued = int(world.clock().timestamp())
    token = {"iat": issued, **({"exp": issued + seconds} if seconds else {}), "id": token_id}
    role["jwtTokens"] = [*(role.get("jwtTokens") or ()), token]
    normalize(project)
    project["metadata"]["resourceVersion"] = str(world.next_version())
    project["metadata"]["generation"] += 1
    return {"token": tokens.issue(world, f"proj:{name}:{wanted}", token_id, seconds)}


def revoke(request: Exchange) -> Object:
    rbac.demand(request.caller, "projects", "update", request.parameters["name"])
    project = request.world.projects[request.parameters["name"]]
    for role in project["spec"].get("roles") or ():
        if role["name"] == request.parameters["role"]:
            role["jwtTokens"] = [one for one in role.get("jwtTokens") or () if one["id"] != request.one("id")]
    project.pop("status", None)
    normalize(project)
    return {}


ROUTES: tuple[tuple[str, str, Any], ...] = (
    ("POST", "/api/v1/projects/{name}/roles/{role}/token", mint),
    ("DELETE", "/api/v1/projects/{name}/roles/{role}/token/{iat}", revoke),
)
