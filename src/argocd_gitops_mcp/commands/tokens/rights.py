"""What a token may do, asked of Argo CD for each right that this server's operations use."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from argocd_gitops_mcp.argocd import account, applications
from argocd_gitops_mcp.argocd.client import Client
from argocd_gitops_mcp.commands.tokens.identity import Identity
from argocd_gitops_mcp.concurrency import Together
from argocd_gitops_mcp.effects import Effect
from argocd_gitops_mcp.errors import Rejected

ALL = "*"
MOST_PROJECTS = 5


@dataclass(frozen=True, slots=True)
class Right:
    """A right of RBAC and the operations that need it."""

    resource: str
    action: str
    effect: Effect
    use: str

    def objects(self, project: str) -> str:
        """What to ask can-i about: a project's objects; the other resources are not in projects."""
        if self.resource in ("applications", "logs"):
            return f"{project}/*"
        return project if self.resource == "projects" else ALL


RIGHTS = (
    Right("applications", "get", Effect.READ, "list, get, resource tree, managed resources, events, manifests"),
    Right("logs", "get", Effect.READ, "workload logs"),
    Right("projects", "get", Effect.READ, "a project's limits"),
    Right("repositories", "get", Effect.READ, "effective parameters read from the repository"),
    Right("applications", "sync", Effect.WRITE, "sync"),
    Right("applications", "create", Effect.WRITE, "create"),
    Right("applications", "update", Effect.WRITE, "update, create with upsert"),
    Right("applications", "delete", Effect.DESTRUCTIVE, "delete"),
)
UNASKABLE = (
    "Resource actions (applications, action/<group>/<kind>/<name>) cannot be asked for: Argo CD's can-i answers no."
)


@dataclass(frozen=True, slots=True)
class Held:
    """The answer about one right; `unknown` where this Argo CD does not know it."""

    right: Right
    objects: str
    may: Literal["yes", "no", "unknown"]


async def held(client: Client, identity: Identity, project: str | None = None) -> list[Held]:
    """Ask for every right: in the project given, the token's own, everywhere, or where it sees applications."""
    asked = project or identity.project
    if asked:
        return await _in(client, [asked])
    everywhere = await _in(client, [ALL])
    if everywhere[0].may == "yes":
        return everywhere
    seen = await client.send(applications.listed())
    projects = sorted({one.spec.project for one in seen.items or ()})[:MOST_PROJECTS]
    return everywhere if not projects else await _in(client, projects)


async def _in(client: Client, projects: Sequence[str]) -> list[Held]:
    wanted = dict.fromkeys((right, right.objects(project)) for right in RIGHTS for project in projects)
    async with Together() as group:
        asked = [group.start(_one(client, right, objects)) for right, objects in wanted]
    return [one.result() for one in asked]


async def _one(client: Client, right: Right, objects: str) -> Held:
    try:
        said = await client.send(account.can_i(right.resource, right.action, objects))
    except Rejected:
        return Held(right, objects, "unknown")
    return Held(right, objects, "yes" if said.value == "yes" else "no")
