"""Whether an application that Argo CD hides is missing or forbidden, as far as Argo CD lets that be found out.

Without a project it answers the same 403 for both; with one, 404 where the token may read applications of that project.
"""

from argocd_gitops_mcp.argocd import account, applications, projects
from argocd_gitops_mcp.argocd.models import Application
from argocd_gitops_mcp.argocd.resources import Owner
from argocd_gitops_mcp.concurrency import Together
from argocd_gitops_mcp.errors import Forbidden, GitOpsError, MissingOrForbidden, NotFound, Rejected
from argocd_gitops_mcp.names import nearest
from argocd_gitops_mcp.operations._operation import Deps

_PROJECTS = 20
_AT_ONCE = 6


async def application(deps: Deps, owner: Owner) -> Application:
    """The application.

    Raises:
        NotFound: it is missing: the token may see every application, or those of all projects it knows of.
        Forbidden: the project is known, and the token has no right there.
        MissingOrForbidden: Argo CD does not let it be told; says where it was looked for.
        Rejected: Argo CD refuses to show it for another reason than that its project does not exist.
    """
    try:
        return await deps.argocd.send(applications.of(owner))
    except MissingOrForbidden as error:
        hidden = error
    except Rejected as error:
        return await _of_no_project(deps, owner, error)
    if owner.project is not None:
        raise Forbidden(
            f"This token may not read application {owner.name!r} of project {owner.project!r}, if there is one.",
            hint="It takes the right applications, get on it; the application may also be of another project.",
        ) from hidden
    raise await _explained(deps, owner, hidden) from hidden


async def _of_no_project(deps: Deps, owner: Owner, refused: Rejected) -> Application:
    """The application as the list has it, where Argo CD refuses to show it because its project does not exist."""
    if "or the project does not exist" not in refused.upstream:
        raise refused
    found = (await deps.argocd.send(applications.named(owner))).items or []
    here = [one for one in found if owner.app_namespace in (None, one.metadata.namespace)]
    if len(here) != 1:
        raise refused
    return here[0]


async def _explained(deps: Deps, owner: Owner, hidden: MissingOrForbidden) -> GitOpsError:
    async with Together() as group:
        everything = group.start(deps.argocd.send(account.can_i("applications", "get", "*/*")))
        seen = group.start(deps.argocd.send(applications.listed()))
        known = group.start(deps.argocd.send(projects.listed()))
    visible = seen.result().items or []
    elsewhere = [one for one in visible if one.metadata.name == owner.name]
    if elsewhere:
        where = ", ".join(sorted(one.metadata.namespace for one in elsewhere))
        return NotFound(
            f"Application {owner.name!r} is not there, but in namespace {where}.",
            hint=f"Give app_namespace={elsewhere[0].metadata.namespace!r}.",
        )
    close = nearest(owner.name, {one.metadata.name for one in visible})
    near = f"Nearest: {', '.join(close)}." if close else "List applications for what is there."
    if everything.result().value == "yes":
        return NotFound(f"Application {owner.name!r} does not exist; this token may see every application.", hint=near)
    every = [one.metadata.name for one in known.result().items or []]
    readable, closed = await _sorted(deps, owner, every[:_PROJECTS])
    if not readable:
        return hidden
    beyond = f" Of {', '.join(closed)} it may not be told." if closed else ""
    if len(every) > _PROJECTS:
        beyond += f" {len(every) - _PROJECTS} more projects were not asked about: give project."
    return MissingOrForbidden(
        f"Application {owner.name!r} is in none of the projects {', '.join(readable)}.{beyond}",
        hint=f"It is missing, or in a project that this token does not see. {near}",
        upstream=hidden.upstream,
    )


async def _sorted(deps: Deps, owner: Owner, names: list[str]) -> tuple[list[str], list[str]]:
    """The projects in which it is surely missing, and those in which nobody tells."""

    async def is_missing_from(project: str) -> bool:
        there = Owner(owner.name, project, owner.app_namespace)
        try:
            await deps.argocd.send(applications.of(there))
        except NotFound:
            return True
        except Forbidden:
            return False
        return False

    async with Together(_AT_ONCE) as group:
        asked = {name: group.start(is_missing_from(name)) for name in names}
    return [name for name, task in asked.items() if task.result()], [
        name for name, task in asked.items() if not task.result()
    ]
