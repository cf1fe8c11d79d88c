"""What the index makes of a list and a watch that come in an unlucky order."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from argocd_gitops_mcp.argocd.client import Client
from argocd_gitops_mcp.fleet import index
from argocd_gitops_mcp.fleet.index import Index
from argocd_gitops_mcp.http import HTTP, TLS
from tests.stage import until
from tests.unit.fleet.rows import told

pytestmark = pytest.mark.anyio

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"


@dataclass
class Script:
    """An Argo CD of one application, that answers only when it is let.

    Args:
        listed: its health in every list.
        version: of the list.
        may_list: whether a list is answered.
        asked: how many lists were asked for.
        words: what the watch tells next; None ends it.
    """

    listed: str
    version: str = "5"
    may_list: asyncio.Event = field(default_factory=asyncio.Event)
    asked: int = 0
    words: asyncio.Queue[str | None] = field(default_factory=asyncio.Queue)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            await reader.readuntil(b"\r\n\r\n")
            if b"/stream/" in line:
                await self._watch(writer)
                break
            items = None if b"appNamespace" in line else [told("shop", health=self.listed)]
            if items is not None:
                self.asked += 1
                await self.may_list.wait()
            body = json.dumps(
                {"metadata": {"resourceVersion": self.version}, "items": items}, separators=(",", ":")
            ).encode()
            writer.write(HEAD + b"content-length: %d\r\n\r\n" % len(body) + body)
            await writer.drain()
        writer.close()

    async def _watch(self, writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD + b"transfer-encoding: chunked\r\n\r\n")
        while (health := await self.words.get()) is not None:
            message = {"result": {"type": "MODIFIED", "application": told("shop", health=health)}}
            line = json.dumps(message).encode() + b"\n"
            writer.write(b"%x\r\n%s\r\n" % (len(line), line))
        writer.write(b"0\r\n\r\n")


@asynccontextmanager
async def played(script: Script) -> AsyncIterator[Index]:
    answering: list[asyncio.Task[None]] = []
    server = await asyncio.start_server(
        lambda *sides: answering.append(asyncio.create_task(script.answer(*sides))), "127.0.0.1", 0
    )
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with HTTP(url, TLS(), 5) as http:
            one = Index(Client(http, lambda: "token"))
            yield one
            await one.close()
        script.may_list.set()
        script.words.put_nowait(None)
        await asyncio.gather(*answering)


async def health(one: Index) -> str:
    (row,) = (await one.fresh()).rows
    return row.health


async def becomes(one: Index, wanted: str) -> None:
    async with asyncio.timeout(5):
        while True:
            if await health(one) == wanted:
                return
            await asyncio.sleep(0.01)


async def test_a_word_older_than_the_list_does_not_outlive_its_watch(monkeypatch: pytest.MonkeyPatch) -> None:
    """The watch was about to tell what the list had already, and broke: the version alone would prove the wrong row."""
    monkeypatch.setattr(index, "_ENOUGH", 0.0)
    monkeypatch.setattr(index, "_PAUSES", (60.0, 60.0))
    script = Script("Degraded")
    async with played(script) as one:
        asking = asyncio.create_task(health(one))
        await until(lambda: script.asked, bool)
        script.words.put_nowait("Progressing")
        await asyncio.sleep(0.1)
        script.may_list.set()
        assert await asking == "Progressing", "what is told while a list is on its way is as a rule newer"
        script.words.put_nowait(None)
        await asyncio.sleep(0.1)
        assert await health(one) == "Degraded"
        assert script.asked == 2


async def test_whoever_asks_waits_for_no_list_that_only_makes_sure(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("_ENOUGH", 0.0), ("_BELIEVED", (60.0, 60.0)), ("_AGED", (0.2, 0.2))):
        monkeypatch.setattr(index, name, value)
    script = Script("Healthy")
    script.may_list.set()
    async with played(script) as one:
        assert await health(one) == "Healthy"
        script.words.put_nowait("Progressing")
        await becomes(one, "Progressing")
        script.version = "6"
        script.may_list.clear()
        await asyncio.sleep(0.3)
        assert await asyncio.wait_for(health(one), 1) == "Progressing"
        await until(lambda: script.asked, lambda count: count == 2)
        assert await asyncio.wait_for(health(one), 1) == "Progressing"
        script.may_list.set()
        await becomes(one, "Healthy")
        assert script.asked == 2
