"""An AppProject with what else there is to it than what it permits. Shapes: ProjectService in Argo CD's swagger 3.6."""

from msgspec import Struct, field

from argocd_gitops_mcp.argocd.call import Call, path, query
from argocd_gitops_mcp.argocd.clusters import Cluster
from argocd_gitops_mcp.argocd.models import ObjectMeta
from argocd_gitops_mcp.argocd.projects import Project, ProjectSpec
from argocd_gitops_mcp.argocd.repositories import Repository


class RoleToken(Struct):
    """A token that was made for a role; times are seconds since 1970, `exp` is absent of what never expires."""

    id: str = ""
    iat: int = 0
    exp: int = 0


class Role(Struct, rename="camel"):
    name: str = ""
    description: str = ""
    policies: list[str] | None = None
    groups: list[str] | None = None
    jwt_tokens: list[RoleToken] | None = None


class OrphanKey(Struct):
    group: str = ""
    kind: str = ""
    name: str = ""


class OrphanedResources(Struct):
    """How what no application owns is watched; absent where it is not. Without `warn` it is only shown in trees."""

    warn: bool | None = None
    ignore: list[OrphanKey] | None = None


class SignatureKey(Struct, rename="camel"):
    key_id: str = field(default="", name="keyID")


class ServiceAccount(Struct, rename="camel"):
    """Whom Argo CD impersonates where it deploys to."""

    server: str = ""
    namespace: str = ""
    default_service_account: str = ""


class WholeSpec(ProjectSpec, rename="camel"):
    description: str = ""
    roles: list[Role] | None = None
    orphaned_resources: OrphanedResources | None = None
    signature_keys: list[SignatureKey] | None = None
    source_namespaces: list[str] | None = None
    destination_service_accounts: list[ServiceAccount] | None = None


class RoleTokens(Struct):
    items: list[RoleToken] | None = None


class ProjectStatus(Struct, rename="camel"):
    """Where tokens are kept; the roles' own lists are what older versions had."""

    jwt_tokens_by_role: dict[str, RoleTokens] | None = None


class WholeProject(Struct):
    metadata: ObjectMeta
    spec: WholeSpec = field(default_factory=WholeSpec)
    status: ProjectStatus = field(default_factory=ProjectStatus)


class WholeProjectList(Struct):
    """Null where the token may see none, but never absent."""

    items: list[WholeProject] | None


class DetailedProject(Struct, rename="camel"):
    """A project, those whose permissions it has besides its own, and what is registered for it alone."""

    project: WholeProject
    global_projects: list[Project] | None = None
    repositories: list[Repository] | None = None
    clusters: list[Cluster] | None = None


def listed() -> Call[WholeProjectList]:
    """Every project the token may see."""
    wanted = query(fields="items.metadata.name,items.spec")
    return Call("GET", path("projects"), WholeProjectList, "the list of projects", query=wanted)


def detailed(name: str) -> Call[DetailedProject]:
    """One project with all that belongs to it; its spec and those of its global projects are one (seen on 3.6)."""
    return Call("GET", path("projects", name, "detailed"), DetailedProject, f"project {name!r}")
