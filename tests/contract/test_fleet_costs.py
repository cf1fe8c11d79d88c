"""What all applications cost, by what no machine changes: bytes on the wire, requests, tokens, bytes of a row."""

import gc
import tracemalloc
from collections.abc import Iterator

import httpx2
import pytest
from bench.relay import Answered, Relay

from argocd_gitops_mcp.fleet.row import row
from argocd_gitops_mcp.fleet.splitting import Splitter
from argocd_gitops_mcp.sandbox.server import Sandbox
from tests import stage as stages
from tests.stage import Stage

pytestmark = pytest.mark.anyio

FEW, MANY = 40, 400
FINDS = 20
ROW = 3_000
"""Bytes; 50,000 of them would be 150 MB."""


def tokens(text: str) -> float:
    return len(text.encode()) / 4


@pytest.fixture(params=[FEW, MANY])
def fleet(request: pytest.FixtureRequest) -> Iterator[Stage]:
    """A sandbox of so many applications, whatever the stage is."""
    with Sandbox(seeds=False, applications=request.param) as sandbox, stages.of_sandbox(sandbox) as stage:
        yield stage


def plain(stage: Stage, relay: Relay, target: str) -> tuple[Answered, httpx2.Response]:
    """The same request by an HTTP client that does nothing else."""
    headers = {"Authorization": f"Bearer {stage.tokens['ci']}", "Accept-Encoding": "gzip"}
    answer = httpx2.get(relay.url + target, headers=headers, timeout=30).raise_for_status()
    return relay.asked[-1], answer


async def _costs(stage: Stage, name: str) -> None:
    with Relay(stage.url, stage.ca_file) as relay:
        async with stage.tools(url=relay.url) as tools:
            found = (await tools.application("list", query=name)).ok.text
            [listed] = relay.lists
            assert "fields=" in listed.target
            spent = sum(one.bytes for one in relay.asked if not one.target.startswith("/api/v1/stream/"))
            for _ in range(FINDS):
                assert name in (await tools.application("list", query=name)).ok.text
            assert len(relay.lists) - 1 <= FINDS // 4
            table = (await tools.application("list")).ok.text
            summary = (await tools.application("summary")).ok.text
        same, answer = plain(stage, relay, listed.target)
        assert spent <= 1.1 * same.bytes
        whole, _ = plain(stage, relay, "/api/v1/applications")
        assert same.bytes <= 0.5 * whole.bytes
        assert tokens(found) <= 150
        assert tokens(table) <= min(0.25 * tokens(answer.text), 2_000)
        assert tokens(summary) <= min(0.25 * tokens(answer.text), 500)


async def test_of_those_that_are_always_there(stage: Stage) -> None:
    await _costs(stage, "guestbook")


async def test_of_few_and_many(fleet: Stage) -> None:
    await _costs(fleet, "synthetic-00017")


async def test_nothing_is_listed_where_nothing_changes(fleet: Stage) -> None:
    with Relay(fleet.url) as relay:
        async with fleet.tools(url=relay.url) as tools:
            for number in range(FINDS):
                await tools.application("list", query=f"synthetic-{number:05d}")
                await tools.application("summary", by="namespace")
        assert len(relay.lists) == 1


def test_a_row_is_small(fleet: Stage) -> None:
    content = fleet.raw("GET", "/api/v1/applications").text.encode()
    count = content.count(b'"reconciledAt"')
    gc.collect()
    tracemalloc.start()
    try:
        splitter = Splitter()
        rows = [row(item) for item in splitter.feed(content)]
        last, _ = splitter.end()
        del splitter, last
        gc.collect()
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(rows) == count - 1
    assert held / count <= ROW
