"""What leaves for a forge, and what does not."""

import msgspec
import pytest

from argocd_gitops_mcp import errors
from argocd_gitops_mcp.errors import GitOpsError
from argocd_gitops_mcp.gitops.forges import api as module
from argocd_gitops_mcp.gitops.forges.api import API
from argocd_gitops_mcp.gitops.forges.wire import Done
from argocd_gitops_mcp.http import HTTP, TLS, Reply, Request
from tests.unit.gitops.forges.transport import Forge, reply

pytestmark = pytest.mark.anyio


class Named(msgspec.Struct):
    name: str


class Broken(HTTP):
    """A network that fails."""

    def __init__(self, error: GitOpsError) -> None:
        super().__init__("https://api.example.com", TLS(), 1)
        self._error = error
        self.tries = 0

    async def send(self, request: Request, *, timeout: float | None = None) -> Reply:  # noqa: ARG002, ASYNC109 - as overridden
        self.tries += 1
        raise self._error


def client(http: HTTP, token: str | None = "t0ken", *, allow_write: bool = True) -> API:  # noqa: S107
    return API(http, "Gitea", lambda: token, allow_write=allow_write)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_a_write_does_not_leave_a_read_only_client(method: str) -> None:
    forge = Forge()
    with pytest.raises(errors.ReadOnly):
        await client(forge, allow_write=False).send(method, "/x", {}, Done, "it")
    assert forge.sent == []


async def test_the_token_is_in_one_header_and_read_each_time() -> None:
    forge = Forge().on("GET", "/x", reply({"name": "a"}))
    tokens = iter(["first", "second"])
    api = API(forge, "Gitea", lambda: next(tokens))
    await api.get("/x", Named, "it")
    await api.get("/x", Named, "it", (("page", "2"),))
    assert [one.headers["Authorization"] for one in forge.sent] == ["Bearer first", "Bearer second"]
    assert not [one for one in forge.sent if "first" in f"{one.path}{one.query}{one.body!r}"]


async def test_without_a_token_nothing_is_claimed_and_the_way_to_one_is_told() -> None:
    forge = Forge().on("GET", "/x", reply({}, 404))
    with pytest.raises(errors.NotFound) as raised:
        await client(forge, None).get("/x", Named, "it")
    assert "Authorization" not in forge.sent[0].headers
    assert "ARGOCD_MCP_FORGE_TOKEN" in raised.value.hint


@pytest.mark.parametrize("token", ["two\nlines", "gap in it", "tökén"])
async def test_a_token_that_no_header_can_carry_is_refused_and_not_quoted(token: str) -> None:
    forge = Forge()
    with pytest.raises(errors.NotConfigured) as raised:
        await client(forge, token).get("/x", Named, "it")
    assert forge.sent == []
    assert token not in f"{raised.value.message}{raised.value.hint}{raised.value.upstream}"


async def test_a_token_that_the_forge_repeats_is_not_passed_on() -> None:
    forge = Forge().on("GET", "/x", reply({"message": "token t0ken is unknown"}, 401))
    with pytest.raises(errors.Unauthenticated) as raised:
        await client(forge).get("/x", Named, "it")
    assert raised.value.upstream == "token [token] is unknown"
    assert "ARGOCD_MCP_FORGE_TOKEN" in raised.value.hint


@pytest.mark.parametrize(
    "kind", [errors.TimedOut, errors.ConnectionLost, errors.Unreachable, errors.TLSFailed], ids=lambda one: one.__name__
)
async def test_a_write_is_sent_once_and_what_went_wrong_is_said_of_the_forge(kind: type[GitOpsError]) -> None:
    network = Broken(kind("It broke.", upstream="reset"))
    with pytest.raises(kind) as raised:
        await client(network).send("POST", "/x", {}, Done, "it")
    assert network.tries == 1
    assert type(raised.value) is kind
    assert raised.value.upstream == "reset"
    assert "ARGOCD_SERVER" not in raised.value.hint
    assert raised.value.hint


async def test_a_missing_one_is_none_where_it_may_be_missing() -> None:
    forge = Forge().on("GET", "/x", reply({}, 404))
    assert await client(forge).look("/x", Named, "it") is None


async def test_pages_are_walked_on_the_same_path() -> None:
    pages = [
        reply([{"name": "a"}], link='<https://evil.example/other?page=2>; rel="next"'),
        reply([{"name": "b"}]),
    ]
    forge = Forge().on("GET", "/x", *pages)
    found = await client(forge).pages("/x", list[Named], "it", (("limit", "1"),))
    assert found == [[Named("a")], [Named("b")]]
    assert [(one.path, one.query) for one in forge.sent] == [("/x", (("limit", "1"),)), ("/x", (("page", "2"),))]


async def test_endless_pages_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_PAGES", 3)
    forge = Forge().on("GET", "/x", reply([], link='<https://x/x?page=1>; rel="next"'))
    with pytest.raises(errors.TooLarge):
        await client(forge).pages("/x", list[Named], "it")
    assert len(forge.sent) == 3
