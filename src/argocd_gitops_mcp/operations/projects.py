"""Projects: what applications may be deployed from where to where, and who may do it."""

import time
from collections import defaultdict
from typing import TYPE_CHECKING

from argocd_gitops_mcp.concurrency import Together
from argocd_gitops_mcp.effects import Effect
from argocd_gitops_mcp.errors import Forbidden, NotFound
from argocd_gitops_mcp.gitops.urls import public
from argocd_gitops_mcp.later import Later
from argocd_gitops_mcp.operations._instance import KnownArguments, absent, checked, nothing, unmatched
from argocd_gitops_mcp.operations._operation import INSTANCE_READING, Deps, operation
from argocd_gitops_mcp.views.view import Lines, View

if TYPE_CHECKING:
    from argocd_gitops_mcp.argocd import project_details as calls
    from argocd_gitops_mcp.fleet.row import Row
    from argocd_gitops_mcp.views import projects as views
    from argocd_gitops_mcp.views.projects import ProjectView
else:
    calls = Later("argocd_gitops_mcp.argocd.project_details")
    views = Later("argocd_gitops_mcp.views.projects")

_RIGHT = ("projects", "*")


@operation("List projects", Effect.READ, tool=INSTANCE_READING, verb="projects")
async def list_projects(deps: Deps, asked: KnownArguments) -> View:
    """Projects; of one what it permits, roles, windows."""
    if asked.name is not None:
        return asked.narrowed(await _one(deps, checked(asked.name)))
    async with Together() as group:
        reading = group.start(deps.argocd.send(calls.listed()))
        applications = group.start(deps.fleets.fresh(deps.argocd))
    found = reading.result().items or []
    if not found:
        return Lines(head=[await nothing(deps, "projects", _RIGHT)])
    fitting = [one for one in found if asked.fits(*_texts(one))]
    if not fitting:
        return Lines(head=[unmatched("projects", len(found), asked.query, [one.metadata.name for one in found])])
    rows: dict[str, list[Row]] = defaultdict(list)
    for row in applications.result().rows:
        rows[row.project].append(row)
    return views.projects(fitting, len(found), rows)


async def _one(deps: Deps, name: str) -> "ProjectView":
    async with Together() as group:
        reading = group.start(_found(deps, name))
        applications = group.start(deps.fleets.fresh(deps.argocd, project=name))
    rows = [row for row in applications.result().rows if row.project == name]
    following = deps.spelled("list_applications", {"project": name})
    return views.project(reading.result(), rows, time.time(), following)


async def _found(deps: Deps, name: str) -> "calls.DetailedProject":
    """Argo CD asks for the right before it looks: without it, a missing one is forbidden, too."""
    try:
        return await deps.argocd.send(calls.detailed(name))
    except (NotFound, Forbidden) as error:
        visible = (await deps.argocd.send(calls.listed())).items or []
        refusal = error.upstream if isinstance(error, Forbidden) else None
        raise await absent(deps, "Project", name, [one.metadata.name for one in visible], _RIGHT, refusal) from error


def _texts(one: "calls.WholeProject") -> list[str]:
    spec = one.spec
    places = [text for each in spec.destinations or [] for text in (each.server, each.name, each.namespace)]
    return [one.metadata.name, spec.description, *map(public, spec.source_repos or []), *places]
