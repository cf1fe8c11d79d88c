"""What is said of a project that is to be deleted claims no more than what the token sees."""

from typing import Any

import pytest

from argocd_gitops_mcp.argocd.applicationsets import ApplicationSetList
from argocd_gitops_mcp.argocd.models import ApplicationList, CanI
from argocd_gitops_mcp.operations import project_changes
from argocd_gitops_mcp.operations._declared import AddressedArguments
from argocd_gitops_mcp.operations._operation import Deps

pytestmark = pytest.mark.anyio


class Hiding:
    """An Argo CD whose token may delete a project, and sees its applications or not."""

    def __init__(self, sees: str, namespaces: list[str]) -> None:
        self.sees = sees
        self.spec = {"sourceNamespaces": namespaces} if namespaces else {}

    async def send(self, call: Any) -> Any:
        if call.answer is CanI:
            return CanI(self.sees if "/applications/" in call.path else "yes")
        if call.answer is ApplicationList:
            return ApplicationList(None)
        if call.answer is ApplicationSetList:
            return ApplicationSetList(None)
        return {"metadata": {"name": "shop", "uid": "1", "resourceVersion": "2"}, "spec": self.spec}


@pytest.mark.parametrize(
    ("sees", "namespaces", "is_warned"), [("no", ["teams"], True), ("yes", ["teams"], False), ("no", [], False)]
)
async def test_that_none_is_seen_is_no_proof_that_there_is_none(
    sees: str, namespaces: list[str], is_warned: bool
) -> None:
    deps = Deps(Hiding(sees, namespaces), "", 0, None, None, None)  # type: ignore[arg-type]
    preview = project_changes.delete_project.preview
    assert preview is not None
    warnings = (await preview(deps, AddressedArguments(name="shop"))).warnings
    assert any("does not see all applications" in one for one in warnings) == is_warned
