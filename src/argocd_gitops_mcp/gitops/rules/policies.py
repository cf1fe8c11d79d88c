"""House rules over the policies of a project's roles. Pure."""

import re
from collections.abc import Iterator

from argocd_gitops_mcp import names
from argocd_gitops_mcp.gitops.documents import Document
from argocd_gitops_mcp.gitops.rules.rule import PROJECT, Hit, rule
from argocd_gitops_mcp.gitops.rules.shape import Path, items, text
from argocd_gitops_mcp.gitops.rules.surroundings import Surroundings

_RESOURCES = ("applications", "applicationsets", "logs", "exec", "clusters", "repositories")
_ACTIONS = ("get", "create", "update", "delete", "sync", "override", "rollback", "*")
_ACTION_OF = re.compile(r"(action|update|delete)/.*")
_FIELDS = 6


def _policies(document: Document) -> Iterator[tuple[Path, str, list[str]]]:
    """Each policy with its place, its role, and its six fields, or however many it has."""
    for index, role in enumerate(items(document.value, "spec", "roles")):
        for place, policy in enumerate(items(role, "policies")):
            if isinstance(policy, str):
                fields = [one.strip(" ") for one in policy.split(",")]
                yield ("spec", "roles", index, "policies", place), text(role, "name"), fields


@rule(
    "invalid-policy",
    "error",
    (PROJECT,),
    "A policy of a project's role is one that Argo CD refuses",
    why="Its API refuses the project; from Git the line is taken as it is, and grants nothing, or what nobody meant.",
    remedy="Write `p, proj:PROJECT:ROLE, RESOURCE, ACTION, PROJECT/OBJECT, allow`.",
)
def invalid_policy(document: Document, _: Surroundings) -> Iterator[Hit]:
    """What validatePolicy of Argo CD refuses."""
    for path, role, fields in _policies(document):
        if why := _refusal(document.name, role, fields):
            yield path, why


def _refusal(project: str, role: str, fields: list[str]) -> str:
    if len(fields) != _FIELDS or fields[0] != "p":
        return "a policy is `p, subject, resource, action, object, effect`"
    _, subject, resource, action, entity, effect = fields
    if subject != f"proj:{project}:{role}":
        return f"the subject must be `proj:{project}:{role}`, not `{subject}`"
    if resource not in _RESOURCES:
        return f"there is no resource `{resource}` in projects{_meant(resource, _RESOURCES)}"
    if action not in _ACTIONS and not _ACTION_OF.search(action):
        return f"there is no action `{action}`{_meant(action, _ACTIONS)}"
    if not re.fullmatch(rf"{re.escape(project)}(/[*\w\-.]+)?/[*\w\-.]+", entity):
        return f"the object must be of this project, `{project}/...`, not `{entity}`"
    return "" if effect in {"allow", "deny"} else f"the effect is allow or deny, not `{effect}`"


def _meant(name: str, known: tuple[str, ...]) -> str:
    near = names.nearest(name, known, 1)
    return f"; did you mean `{near[0]}`?" if near else f"; there are {', '.join(known)}"


@rule(
    "wildcard-policy",
    "warning",
    (PROJECT,),
    "A role may do everything with applications",
    why="`*` includes delete, and override, with which manifests that are not in Git are synced.",
    remedy="Name the actions: get, sync, action/apps/*/restart.",
)
def wildcard_policy(document: Document, _: Surroundings) -> Iterator[Hit]:
    """Roles that are not held to Git."""
    for path, _role, fields in _policies(document):
        if len(fields) == _FIELDS and fields[2] in {"applications", "applicationsets"} and fields[3:] == _all(fields):
            yield path, "action `*` includes delete, and override, which syncs what is not in Git: name the actions"


def _all(fields: list[str]) -> list[str]:
    return ["*", fields[4], "allow"]
