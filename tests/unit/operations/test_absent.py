"""What is said of an application that Argo CD hides claims no more than what was asked."""

from typing import Any

import pytest

from argocd_gitops_mcp import errors
from argocd_gitops_mcp.argocd.models import Application, ApplicationList, CanI, ObjectMeta
from argocd_gitops_mcp.argocd.projects import Project, ProjectList
from argocd_gitops_mcp.argocd.resources import Owner
from argocd_gitops_mcp.operations import _absent
from argocd_gitops_mcp.operations._operation import Deps

pytestmark = pytest.mark.anyio


class Hiding:
    """An Argo CD with many projects, of which the token may read every other one, and the application in none."""

    def __init__(self, projects: int) -> None:
        self.projects = ProjectList([Project(ObjectMeta(name=f"team-{number}")) for number in range(projects)])
        self.asked: list[str] = []

    async def send(self, call: Any) -> Any:
        if call.answer is CanI:
            return CanI("no")
        if call.answer is ApplicationList:
            return ApplicationList(None)
        if call.answer is ProjectList:
            return self.projects
        assert call.answer is Application
        project = dict(call.query).get("project", "")
        if not project:
            raise errors.MissingOrForbidden("hidden")
        self.asked.append(project)
        raise (errors.NotFound if int(project.removeprefix("team-")) % 2 else errors.MissingOrForbidden)(project)


async def told(argocd: Hiding) -> str:
    deps = Deps(argocd, "", 0, None, None, None)  # type: ignore[arg-type]
    with pytest.raises(errors.MissingOrForbidden) as caught:
        await _absent.application(deps, Owner("shop"))
    return caught.value.message


async def test_where_it_is_not_and_where_nobody_tells() -> None:
    said = await told(Hiding(4))
    assert said == "Application 'shop' is in none of the projects team-1, team-3. Of team-0, team-2 it may not be told."


async def test_what_was_not_asked_is_said() -> None:
    argocd = Hiding(25)
    assert (await told(argocd)).endswith(" 5 more projects were not asked about: give project.")
    assert len(argocd.asked) == 20
