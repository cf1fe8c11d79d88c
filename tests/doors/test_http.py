"""`serve --http`: the same server over a port on loopback, closed to other hosts, origins and addresses."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import anyio
import httpx2
import pytest
from mcp import Client
from mcp.types import CallToolResult, ElicitRequestParams, ElicitResult, TextContent, TextResourceContents

from argocd_gitops_mcp.sandbox.server import Sandbox
from tests.doors.terminal import Terminal
from tests.stage import APPLICATION, Era, until

SECONDS = 20.0
ERAS: list[Era] = ["legacy", "2026-07-28"]
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}},
}


class Served(NamedTuple):
    """A running server."""

    port: int
    stderr: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/mcp"

    def status(self, **headers: str) -> int:
        """Of a handshake sent with these headers."""
        accept = {"Accept": "application/json, text/event-stream"}
        return httpx2.post(self.url, json=INITIALIZE, headers={**accept, **headers}, timeout=SECONDS).status_code


def reachable(address: str, port: int) -> bool:
    try:
        socket.create_connection((address, port), SECONDS).close()
    except OSError:
        return False
    return True


@contextmanager
def served(sandbox: Sandbox, folder: Path, *argv: str) -> Iterator[Served]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("ARGOCD_", "MCP_"))}
    given = {"ARGOCD_SERVER_URL": sandbox.url, "ARGOCD_TOKEN": sandbox.tokens["ci"], "XDG_CONFIG_HOME": str(folder)}
    command = [sys.executable, "-m", "argocd_gitops_mcp", "serve", "--http", "--port", str(port), "--allow-write"]
    server = Served(port, folder / "stderr")
    with (
        server.stderr.open("w") as errors,
        subprocess.Popen([*command, *argv], env={**inherited, **given}, stderr=errors) as process,  # noqa: S603 - the program under test
    ):
        try:
            anyio.run(until, lambda: process.poll() is not None or reachable("127.0.0.1", port), bool, SECONDS)
            assert process.poll() is None, server.stderr.read_text()
            yield server
        finally:
            process.terminate()
            try:
                process.wait(SECONDS)
            finally:
                process.kill()


@pytest.fixture(scope="module")
def shared() -> Iterator[Sandbox]:
    with Sandbox(seeds=False, applications=4) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(shared: Sandbox) -> Sandbox:
    shared.requests.clear()
    return shared


@pytest.fixture(scope="module")
def server(shared: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(shared, tmp_path_factory.mktemp("server")) as server:
        yield server


class Person:
    """Answers the server's questions."""

    def __init__(self, *, agrees: bool) -> None:
        self._agrees = agrees
        self.asked: list[str] = []

    async def __call__(self, context: object, params: ElicitRequestParams) -> ElicitResult:  # noqa: ARG002 - the SDK names them
        self.asked.append(params.message)
        if self._agrees:
            return ElicitResult(action="accept", content={"confirm": True})
        return ElicitResult(action="decline")


def text(result: CallToolResult) -> str:
    [content] = result.content
    assert isinstance(content, TextContent)
    return content.text


def deleted(sandbox: Sandbox) -> list[str]:
    return [one.path for one in sandbox.requests if one.method == "DELETE"]


@pytest.mark.anyio
@pytest.mark.parametrize("era", ERAS)
async def test_both_eras(server: Served, era: Era) -> None:
    async with Client(server.url, mode=era) as client:
        assert APPLICATION in [tool.name for tool in (await client.list_tools()).tools]
        [guide] = (await client.read_resource("argocd://best_practices")).contents
        assert isinstance(guide, TextResourceContents)
        assert guide.text.startswith("# ")
        listed = await client.call_tool(APPLICATION, {"operation": "list"})
        assert not listed.is_error
        assert "synthetic-00000" in text(listed)
        refused = await client.call_tool(APPLICATION, {"operation": "lst"})
        assert refused.is_error
        assert "Did you mean 'list'?" in text(refused)


@pytest.mark.anyio
@pytest.mark.parametrize(("era", "name"), [("legacy", "synthetic-00002"), ("2026-07-28", "synthetic-00003")])
async def test_a_person_confirms(server: Served, sandbox: Sandbox, era: Era, name: str) -> None:
    person = Person(agrees=True)
    async with Client(server.url, mode=era, elicitation_callback=person) as client:
        done = await client.call_tool(APPLICATION, {"operation": "delete", "name": name, "cascade": False})
    assert not done.is_error, text(done)
    assert len(person.asked) == 1
    assert name in person.asked[0]
    assert deleted(sandbox) == [f"/api/v1/applications/{name}"]


@pytest.mark.anyio
@pytest.mark.parametrize("era", ERAS)
async def test_a_person_declines(server: Served, sandbox: Sandbox, era: Era) -> None:
    person = Person(agrees=False)
    async with Client(server.url, mode=era, elicitation_callback=person) as client:
        arguments = {"operation": "delete", "name": "synthetic-00001", "confirm": "synthetic-00001"}
        declined = await client.call_tool(APPLICATION, arguments)
    assert declined.is_error
    assert text(declined).startswith("error not_confirmed:")
    assert len(person.asked) == 1
    assert [one for one in sandbox.requests if one.method != "GET"] == []


@pytest.mark.anyio
async def test_nobody_can_be_asked(server: Served, sandbox: Sandbox) -> None:
    async with Client(server.url, mode="2026-07-28") as client:
        refused = await client.call_tool(APPLICATION, {"operation": "delete", "name": "synthetic-00001"})
    assert refused.is_error
    assert "confirm='synthetic-00001'" in text(refused)
    assert [one for one in sandbox.requests if one.method != "GET"] == []


def test_other_hosts_and_origins_are_refused(server: Served) -> None:
    assert server.status() == 200
    assert server.status(Host=f"localhost:{server.port}", Origin=f"http://localhost:{server.port}") == 200
    assert server.status(Host="evil.example.com") == 421
    assert server.status(Host=f"127.0.0.1.example.com:{server.port}") == 421
    assert server.status(Origin="https://evil.example.com") == 403
    assert server.status(Origin="null") == 403


def test_a_host_that_is_allowed_comes_beside_loopback(sandbox: Sandbox, tmp_path: Path) -> None:
    with served(sandbox, tmp_path, "--allowed-host", "mcp.example.com") as server:
        assert server.status(Host="mcp.example.com", Origin="https://mcp.example.com") == 200
        assert server.status() == 200
        assert server.status(Host=f"localhost:{server.port}", Origin=f"http://localhost:{server.port}") == 200
        assert server.status(Host="evil.example.com") == 421
        assert server.status(Host="mcp.example.com", Origin="https://evil.example.com") == 403


def test_it_listens_on_loopback_and_says_where(server: Served, sandbox: Sandbox) -> None:
    assert reachable("127.0.0.1", server.port)
    # All of 127/8 is this machine on Linux: a server on 0.0.0.0 would answer here.
    assert not reachable("127.0.0.2", server.port)
    said = server.stderr.read_text()
    assert said.startswith(f"Serving MCP on {server.url}\n")
    assert sandbox.tokens["ci"] not in said


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])  # noqa: S104 - it is refused
def test_beyond_loopback_needs_an_allowed_host(capsys: pytest.CaptureFixture[str], host: str) -> None:
    ended = Terminal(capsys).run("serve", "--http", "--host", host)
    assert ended.code == 1
    assert "--allowed-host" in ended.err
