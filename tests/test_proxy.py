"""The proxy of the tests does what it says: else the tests that break connections prove nothing."""

import anyio
import pytest

from argocd_gitops_mcp.errors import ConnectionLost, TimedOut, Unreachable
from argocd_gitops_mcp.http import HTTP, TLS, Request
from tests.proxy import Action, Proxy
from tests.stage import Stage

pytestmark = pytest.mark.anyio

VERSION = Request("GET", "/api/version")


async def test_what_is_not_struck_passes(stage: Stage) -> None:
    async with Proxy(stage) as proxy, HTTP(proxy.url, TLS(ca_file=stage.ca_file), 5) as http:
        for _ in range(2):
            assert b"Version" in (await http.send(VERSION)).body


@pytest.mark.parametrize("kept_alive", [False, True])
@pytest.mark.parametrize("action", ["cut", "halve", "drop"])
async def test_one_connection_is_broken_and_the_next_one_is_not(stage: Stage, action: Action, kept_alive: bool) -> None:
    async with Proxy(stage) as proxy, HTTP(proxy.url, TLS(ca_file=stage.ca_file), 5) as http:
        if kept_alive:
            await http.send(VERSION)
        strike = proxy.arm(action)
        with pytest.raises(ConnectionLost):
            await http.send(VERSION)
        assert strike.hit.is_set()
        assert (await http.send(VERSION)).status == 200


@pytest.mark.parametrize("kept_alive", [False, True])
async def test_a_cut_request_arrives_and_a_dropped_one_does_not(stage: Stage, kept_alive: bool) -> None:
    headers = {"Authorization": f"Bearer {stage.tokens['ci']}", "Content-Type": "application/json"}
    for action, arrives in (("cut", True), ("drop", False)):
        token = stage.unique("token")
        body = f'{{"expiresIn": 60, "id": "{token}"}}'.encode()
        async with Proxy(stage) as proxy, HTTP(proxy.url, TLS(ca_file=stage.ca_file), 5) as http:
            if kept_alive:
                await http.send(VERSION)
            proxy.arm("cut" if action == "cut" else "drop")
            with pytest.raises(ConnectionLost):
                await http.send(Request("POST", "/api/v1/account/ci/token", (), headers, body))
        assert (token in stage.raw("GET", "/api/v1/account/ci").text) is arrives
        stage.raw("DELETE", f"/api/v1/account/ci/token/{token}")


async def test_a_stalled_answer_does_not_come_and_a_delayed_one_comes_late(stage: Stage) -> None:
    async with Proxy(stage) as proxy, HTTP(proxy.url, TLS(ca_file=stage.ca_file), 0.5) as http:
        await http.send(VERSION)
        proxy.arm("stall")
        with pytest.raises(TimedOut):
            await http.send(VERSION)
        proxy.arm("delay", 0.3)
        began = anyio.current_time()
        assert (await http.send(VERSION)).status == 200
        assert anyio.current_time() - began >= 0.3


async def test_nothing_passes_while_it_is_down(stage: Stage) -> None:
    async with Proxy(stage) as proxy, HTTP(proxy.url, TLS(ca_file=stage.ca_file), 5) as http:
        await http.send(VERSION)
        proxy.fall()
        for _ in range(2):
            with pytest.raises(Unreachable):
                await http.send(VERSION)
        proxy.is_down = False
        assert (await http.send(VERSION)).status == 200
