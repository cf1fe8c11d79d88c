"""The index of a running server: one for all its clients, and gone with it."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest
from mcp import Client
from mcp.types import TextContent

from argocd_gitops_mcp.sandbox.server import Sandbox
from tests.doors.test_http import served
from tests.doors.test_stdio import Program
from tests.stage import APPLICATION, until

AT_MOST = 3.0
"""Seconds for an end; a watch that were waited for would take for ever."""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(seeds=False, applications=3) as sandbox:
        yield sandbox


def watches(sandbox: Sandbox) -> int:
    return sandbox.within(lambda world: len(world.watchers))


def lists(sandbox: Sandbox) -> int:
    return sum(one.path == "/api/v1/applications" and "sourceHydrator" in one.query for one in sandbox.requests)


def settled(sandbox: Sandbox, wanted: int) -> None:
    anyio.run(until, lambda: watches(sandbox), lambda count: count == wanted)


async def listed_by_two(url: str) -> list[str]:
    told: list[str] = []
    async with Client(url) as first, Client(url) as second:
        for client in (first, second):
            result = await client.call_tool(APPLICATION, {"operation": "list"})
            assert isinstance(result.content[0], TextContent)
            told.append(result.content[0].text)
    return told


def test_over_stdio_it_ends_with_its_client(sandbox: Sandbox, tmp_path: Path) -> None:
    environment = {"ARGOCD_SERVER_URL": sandbox.url, "ARGOCD_TOKEN": sandbox.tokens["ci"]}
    with Program(tmp_path, "--index", environment=environment) as program:
        program.initialize()
        is_error, text = program.call("list")
        assert not is_error, text
        assert text.startswith("3 applications: ")
        assert "as of 0 s ago" in text
        settled(sandbox, 1)
        began = time.monotonic()
        assert program.end() == 0
        assert time.monotonic() - began < AT_MOST
        assert [json.loads(line)["outcome"] for line in program.err.splitlines()] == ["ok"], "the audit, nothing else"
    settled(sandbox, 0)


def test_over_http_it_is_one_for_all_and_outlives_each(sandbox: Sandbox, tmp_path: Path) -> None:
    begun = lists(sandbox)
    with served(sandbox, tmp_path, "--index") as server:
        for _ in range(3):
            for text in anyio.run(listed_by_two, server.url):
                assert text.startswith("3 applications: ")
        settled(sandbox, 1)
        assert lists(sandbox) - begun == 1
        began = time.monotonic()
    assert time.monotonic() - began < AT_MOST
    settled(sandbox, 0)
