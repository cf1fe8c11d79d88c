"""PUT of a project: the object as it is to be, at the version that was read, unless that shuts its applications out."""

import re
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any

from argocd_gitops_mcp.sandbox import messages, project_tokens, projects, rbac
from argocd_gitops_mcp.sandbox.errors import Code, StatusError, invalid, not_found
from argocd_gitops_mcp.sandbox.exchange import Exchange
from argocd_gitops_mcp.sandbox.messages import Each, Struct
from argocd_gitops_mcp.sandbox.world import CONTROL_PLANE, Application, Object, World, clone

UPDATE = Struct(
    "ProjectUpdateRequest.project",
    {
        "spec": Struct(
            "v1alpha1.AppProjectSpec",
            {
                "sourceRepos": Each(str),
                "destinations": Each(Struct("v1alpha1.ApplicationDestination", {})),
                "description": str,
                "syncWindows": Each(messages.WINDOW, pointers=True),
            },
        )
    },
)
POLICY = re.compile(r"\s*p(\s*,[^,]+){5}\s*")


def update(request: Exchange) -> Object:
    """What the body leaves out is gone, but for the tokens of roles that stay."""
    caller, world = request.caller, request.world
    wanted = clone(request.json("ProjectUpdateRequest").get("project"))
    if not wanted:
        raise invalid("missing payload 'project' in request")
    metadata, name = wanted.get("metadata") or {}, request.parameters["name"]
    rbac.demand(caller, "projects", "update", name)
    messages.decode(wanted, UPDATE)
    wanted["spec"] = projects.validated(projects.stored(wanted.get("spec") or {}))
    project_tokens.normalize(wanted)
    _check_policies(wanted)
    there = world.projects.get(name)
    if there is None:
        raise not_found(f'appprojects.argoproj.io "{name}" not found')
    _check_applications(world, name, there["spec"], wanted["spec"])
    _check_version(there, name, metadata.get("resourceVersion"))
    changed = there["spec"] != wanted["spec"]
    for part in ("labels", "annotations", "finalizers"):
        there["metadata"].pop(part, None)
        there["metadata"] |= {part: metadata[part]} if metadata.get(part) else {}
    there |= {"spec": wanted["spec"], "status": wanted["status"]}
    there["metadata"]["generation"] += changed
    there["metadata"]["resourceVersion"] = str(world.next_version())
    return clone(there)


def _check_policies(wanted: Object) -> None:
    for role in wanted["spec"].get("roles") or ():
        for policy in role.get("policies") or ():
            if not POLICY.fullmatch(policy):
                form = "must be of the form: 'p, sub, res, act, obj, eft'"
                raise invalid(f"invalid policy rule '{policy}': {form}")


def _check_version(there: Object, name: str, version: Any) -> None:
    if not version:
        text = "metadata.resourceVersion: Invalid value: 0: must be specified for an update"
        raise invalid(f'appprojects.argoproj.io "{name}" is invalid: {text}')
    if version != there["metadata"]["resourceVersion"]:
        text = "the object has been modified; please apply your changes to the latest version and try again"
        raise StatusError(Code.ABORTED, f'Operation cannot be fulfilled on appprojects.argoproj.io "{name}": {text}')


def _check_applications(world: World, name: str, old: Object, new: Object) -> None:
    """Those in Argo CD's own namespace only: others are never looked at."""
    users = [one for one in world.applications.values() if one.project == name and one.namespace == CONTROL_PLANE]

    def lost(permits: Callable[[Object, Application], bool]) -> int:
        return sum(permits(old, one) and not permits(new, one) for one in users)

    counts = {"source": lost(_source_permitted), "destination": lost(_destination_permitted)}
    parts = [f"{count} applications {what} became invalid" for what, count in counts.items() if count]
    if parts:
        raise invalid(f"as a result of project update {' and '.join(parts)}")


def _source_permitted(rules: Object, application: Application) -> bool:
    allowed = rules.get("sourceRepos") or ()
    return all(any(fnmatchcase(one["repoURL"], rule) for rule in allowed) for one in application.sources)


def _destination_permitted(rules: Object, application: Application) -> bool:
    there = application.spec["destination"]
    server = there.get("server") or "https://kubernetes.default.svc"
    return any(
        fnmatchcase(server, rule.get("server") or "*") and fnmatchcase(application.target_namespace, rule["namespace"])
        for rule in rules.get("destinations") or ()
    )


ROUTES: tuple[tuple[str, str, Any], ...] = (("PUT", "/api/v1/projects/{name}", update),)
