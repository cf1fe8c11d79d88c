"""What leaves the client, and what does not; a double of HTTP stands in for the network."""

from typing import Any

import anyio
import pytest

from argocd_gitops_mcp import errors
from argocd_gitops_mcp.argocd import applications, resources, syncing
from argocd_gitops_mcp.argocd.client import Client
from argocd_gitops_mcp.argocd.resource_models import Node
from argocd_gitops_mcp.argocd.resources import Owner
from argocd_gitops_mcp.errors import GitOpsError
from argocd_gitops_mcp.http import HTTP, TLS, Reply, Request
from tests.unit.argocd.test_token import jwt


class Wire(HTTP):
    """Answers every request the same and remembers it."""

    def __init__(self, reply: Reply) -> None:
        super().__init__("http://argocd.example.com", TLS(), 1)
        self._reply = reply
        self.sent: list[Request] = []

    async def send(self, request: Request, *, timeout: float | None = None) -> Reply:  # noqa: ARG002, ASYNC109 - as overridden
        self.sent.append(request)
        return self._reply


OK = Reply(200, "application/json", b"{}")
REFUSED = Reply(401, "application/json", b'{"error":"invalid session","code":16,"message":"invalid session"}')


def send(call: Any, wire: Wire, bearer: str | None = "t0ken", *, allow_write: bool = True) -> Any:
    return anyio.run(Client(wire, lambda: bearer, allow_write=allow_write).send, call)


@pytest.mark.parametrize(
    "call",
    [
        applications.create({"metadata": {"name": "shop"}}),
        applications.patch("shop", []),
        applications.delete("shop"),
        syncing.sync(Owner("shop"), request_id="r", dry_run=True),
        syncing.rollback(Owner("shop"), 1),
        syncing.terminate(Owner("shop")),
        resources.patch(Owner("shop"), Node(kind="Pod", name="web-0"), "{}", "merge"),
        resources.delete(Owner("shop"), Node(kind="Pod", name="web-0")),
        applications.get("shop", refresh="hard"),
    ],
)
def test_a_write_does_not_leave_a_read_only_client(call: Any) -> None:
    wire = Wire(OK)
    with pytest.raises(errors.ReadOnly):
        send(call, wire, allow_write=False)
    assert wire.sent == []


@pytest.mark.parametrize("bearer", ["two\nlines", "tab\there", "gap in it", "tökén", "\ufefft0ken", "nul\x00"])
def test_a_token_that_no_header_can_carry_is_refused_and_not_quoted(bearer: str) -> None:
    wire = Wire(OK)
    with pytest.raises(errors.NotConfigured) as raised:
        send(applications.get("shop"), wire, bearer)
    assert wire.sent == []
    assert bearer not in f"{raised.value.message}{raised.value.hint}{raised.value.upstream}"


@pytest.mark.parametrize(
    ("bearer", "kind"),
    [
        (None, errors.Unauthenticated),
        (jwt(exp=1_700_000_000), errors.TokenExpired),
        (jwt(sub="ci"), errors.Unauthenticated),
    ],
)
def test_a_401_says_why_where_the_token_tells(bearer: str | None, kind: type[GitOpsError]) -> None:
    with pytest.raises(GitOpsError) as raised:
        send(applications.get("shop"), Wire(REFUSED), bearer)
    assert type(raised.value) is kind
    assert ("No Argo CD token is configured" in raised.value.message) is (bearer is None)
    assert ("2023-11-14" in raised.value.message) is (kind is errors.TokenExpired)


def test_what_is_no_get_carries_exactly_the_type_argo_cd_takes() -> None:
    wire = Wire(Reply(200, "application/json", b'{"metadata": {}}'))
    send(applications.delete("shop"), wire)
    send(applications.get("shop"), wire)
    delete, get = wire.sent
    assert delete.headers["Content-Type"] == "application/json"
    assert "Content-Type" not in get.headers
    assert get.headers["Accept"] == "application/json"
    assert get.headers["Authorization"] == "Bearer t0ken"
