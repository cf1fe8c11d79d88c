"""Nothing about a large fleet keeps everybody else waiting: the longest step is measured in time of the processor."""

import asyncio
import json
import time
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import pytest

from argocd_gitops_mcp.argocd.client import Client
from argocd_gitops_mcp.fleet import grouping, index
from argocd_gitops_mcp.fleet.fleets import Fleets
from argocd_gitops_mcp.fleet.row import Row
from argocd_gitops_mcp.fleet.search import Wanted, search
from argocd_gitops_mcp.fleet.selector import parsed
from argocd_gitops_mcp.http import HTTP, TLS
from tests.unit.fleet.rows import made, told

pytestmark = pytest.mark.anyio

FILLED, SEARCHED = 10_000, 50_000
FILLING, SEARCHING = 0.020, 0.100
"""Seconds. Searching takes about 0.03 at most where nothing else runs: this is not to fail on a busy machine."""
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\ncontent-length: %d\r\n\r\n"


class Ticker:
    """The longest that the loop's thread worked without letting go."""

    def __init__(self) -> None:
        self.longest = 0.0

    async def run(self) -> None:
        before = time.thread_time()
        while True:
            await asyncio.sleep(0)
            now = time.thread_time()
            self.longest, before = max(self.longest, now - before), now


def packed(version: int, health: str) -> bytes:
    items = [told(f"app-{number:05d}", labels={"team": f"t{number % 90}"}, health=health) for number in range(FILLED)]
    inner = "\n,".join(json.dumps(one, separators=(",", ":")) for one in items)
    squeeze = zlib.compressobj(1, zlib.DEFLATED, 31)
    text = f'{{"metadata":{{"resourceVersion":"{version}"}}\n,"items":[{inner}\n]}}'
    return squeeze.compress(text.encode()) + squeeze.flush()


@asynccontextmanager
async def serving(lists: list[bytes]) -> AsyncIterator[str]:
    """An Argo CD that gives one list after the other, the last again and again, and a watch that says nothing."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            await reader.readuntil(b"\r\n\r\n")
            if b"/stream/" in line:
                continue
            body = zlib.compress(b'{"metadata":{},"items":null}', wbits=31)
            if b"appNamespace" not in line:
                body = lists.pop(0) if len(lists) > 1 else lists[0]
            writer.write(HEAD % len(body) + body)
            await writer.drain()
        writer.close()
        await writer.wait_closed()

    answering: list[asyncio.Task[None]] = []
    server = await asyncio.start_server(
        lambda *sides: answering.append(asyncio.create_task(answer(*sides))), "127.0.0.1", 0
    )
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        await asyncio.gather(*answering)


async def test_neither_filling_nor_comparing_holds_up_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "_OUTDATED", 0.0)
    ticker, fleets = Ticker(), Fleets(keeps=True)
    async with (
        serving([packed(1, "Healthy"), packed(1, "Healthy"), packed(2, "Degraded")]) as url,
        HTTP(url, TLS(), 30) as http,
    ):
        # The pool of connections is made once, and not by us.
        client = Client(http, lambda: "token")
        await Fleets().fresh(client)
        ticking = asyncio.create_task(ticker.run())
        for health in ("Healthy", "Degraded"):
            found = await fleets.fresh(client)
            assert len(found.rows) == FILLED
            assert {row.health for row in found.rows} == {health}
            assert ticker.longest < FILLING
        ticking.cancel()
        await fleets.close()


@pytest.fixture(scope="module")
def many() -> list[Row]:
    like = made(labels={"team": "payments", "tier": "backend"})
    states = [("Healthy", "Synced")] * 95 + [("Degraded", "Synced"), ("Healthy", "OutOfSync")]
    rows = []
    for number in range(SEARCHED):
        health, sync = states[number % len(states)]
        name, project = f"checkout-{number:05d}", f"project-{number % 200}"
        text = like.text.replace("shop", name).replace("default", project)
        rows.append(msgspec.structs.replace(like, name=name, project=project, health=health, sync=sync, text=text))
    return rows


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(),
        Wanted(query="checkout"),
        Wanted(query="checkout-34711"),
        Wanted(query="chekcout-34711"),
        Wanted(query="nothing-like-it"),
        Wanted(selector=parsed("team=payments,tier in (backend),!legacy")),
        Wanted(repository="shop/deploy"),
        Wanted(since=1.0),
        Wanted(project="projct-7", cluster="nowhere"),
    ],
    ids=["all", "each", "one", "a typo", "nothing", "labels", "repository", "since", "no such project"],
)
def test_a_search_among_fifty_thousand_is_short(many: list[Row], wanted: Wanted) -> None:
    took = []
    for _ in range(3):
        began = time.thread_time()
        found = search(many, wanted, {})
        found.page(100)
        grouping.groups(found.rows, "project", {})
        took.append(time.thread_time() - began)
    assert min(took) < SEARCHING
