"""Creating an application whose answer is lost."""

from typing import Any

import pytest

from argocd_gitops_mcp import errors
from argocd_gitops_mcp.argocd.call import Call
from argocd_gitops_mcp.argocd.client import Client
from argocd_gitops_mcp.argocd.models import CanI
from argocd_gitops_mcp.effects import Effect
from argocd_gitops_mcp.http import HTTP, TLS
from argocd_gitops_mcp.operations._operation import Deps
from argocd_gitops_mcp.operations.applications import CreateArguments, create_application
from argocd_gitops_mcp.views.changes import Created

pytestmark = pytest.mark.anyio
ASKED = CreateArguments(name="shop", repo_url="https://git.example.com/shop.git", path="k8s")


class Wire(Client):
    """An Argo CD that loses the answer to every write, and perhaps the write."""

    def __init__(self, *, arrives: bool) -> None:
        super().__init__(HTTP("http://argocd.example.com", TLS(), 1), lambda: None)
        self._arrives = arrives
        self._stored: Any = None
        self.written: list[Call[Any]] = []

    async def send(self, call: Call[Any], *, timeout: float | None = None) -> Any:  # noqa: ARG002, ASYNC109 - as overridden
        if call.effect is not Effect.READ:
            self.written.append(call)
            self._stored = call.body if self._arrives else None
            raise errors.ConnectionLost("broke")
        if call.answer is CanI:
            return CanI("yes")
        if self._stored is None:
            raise errors.MissingOrForbidden("shop does not exist, or this token may not see it")
        return self._stored


def deps(wire: Wire) -> Deps:
    async def nothing(_: Any) -> None:
        """Neither tells nor waits."""

    return Deps(wire, "r1", 1000, nothing, lambda: 0.0, nothing)


async def test_what_arrived_is_told_as_created() -> None:
    wire = Wire(arrives=True)
    found = await create_application.run(deps(wire), ASKED)
    assert isinstance(found, Created)
    assert (found.result, found.name) == ("created", "shop")
    assert len(wire.written) == 1


async def test_what_is_not_there_was_looked_for() -> None:
    """Argo CD answers that there is no such application: that is a look, too."""
    wire = Wire(arrives=False)
    with pytest.raises(errors.ConnectionLost) as raised:
        await create_application.run(deps(wire), ASKED)
    assert "does not show it" in raised.value.hint
    assert len(wire.written) == 1
