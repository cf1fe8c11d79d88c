"""Rights, a small fixed policy: admin and ci do everything, reader reads, nologs reads and syncs applications."""

from fnmatch import fnmatchcase

from argocd_gitops_mcp.sandbox.errors import StatusError, denied, invalid, not_found
from argocd_gitops_mcp.sandbox.tokens import Caller, issued_at
from argocd_gitops_mcp.sandbox.world import CONTROL_PLANE, Application, World

ADMINS = frozenset({"admin", "ci"})
RESOURCES = (
    "clusters",
    "projects",
    "applications",
    "applicationsets",
    "repositories",
    "write-repositories",
    "certificates",
    "accounts",
    "gpgkeys",
    "logs",
    "exec",
    "extensions",
)
ACTIONS = ("get", "create", "update", "delete", "sync", "rollback", "override", "action", "invoke")
SLASHED = ("applications", "applicationsets", "logs", "exec")


def allows(caller: Caller, resource: str, action: str) -> bool:
    match caller.account:
        case account if account in ADMINS:
            return True
        case "nologs":
            return resource == "applications" and action in {"get", "sync"}
        case "reader":
            return action == "get"
    return False


def sees(world: World, caller: Caller, application: Application) -> bool:
    """Whether it may get this application."""
    return permits(world, caller, "applications", "get", application.rbac_name)


def permits(world: World, caller: Caller, resource: str, action: str, target: str) -> bool:
    """The same for one object: the role of a project may only what its policies name."""
    kind, _, rest = caller.account.partition(":")
    if kind != "proj":
        return allows(caller, resource, action)
    project, _, name = rest.partition(":")
    roles = (world.projects.get(project) or {"spec": {}})["spec"].get("roles") or ()
    policies = [line.split(", ") for role in roles if role["name"] == name for line in role.get("policies") or ()]
    return any(
        resource == named and given in (action, "*") and fnmatchcase(target, pattern)
        for _, _, named, given, pattern, _ in policies
    )


def can_i(world: World, caller: Caller, resource: str, action: str, subresource: str) -> bool:
    """The answer of can-i with its limits: no resource actions, and objects of applications need a slash."""
    if action not in ACTIONS:
        raise invalid(f"[{' '.join(ACTIONS)}] does not contain {action}")
    if resource not in RESOURCES:
        raise invalid(f"[{' '.join(RESOURCES)}] does not contain {resource}")
    if action == "action" or (resource in SLASHED and "/" not in subresource):
        return False
    return permits(world, caller, resource, action, subresource)


def demand(caller: Caller, resource: str, action: str, target: str) -> None:
    """The check that names what is missing: only a few calls have it."""
    if not allows(caller, resource, action):
        raise refused(caller, resource, action, target)


def refused(caller: Caller, resource: str, action: str, target: str) -> StatusError:
    return denied(f"permission denied: {resource}, {action}, {target}, sub: {caller.account}, iat: {issued_at(caller)}")


def demand_bare(caller: Caller, resource: str, action: str) -> None:
    if not allows(caller, resource, action):
        raise denied()


def application(world: World, name: str, namespace: str, project: str) -> Application:
    """Find an application as Argo CD does: 403 unless the project was given, then 404."""
    found = world.applications.get((namespace or CONTROL_PLANE, name))
    if found is not None and project in {"", found.project}:
        return found
    if project:
        raise not_found(f'applications.argoproj.io "{name}" not found')
    raise denied()
