"""Streams that end early, or never, read from a small server that behaves so."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from argocd_gitops_mcp.argocd.client import Client
from argocd_gitops_mcp.argocd.resource_models import Node
from argocd_gitops_mcp.argocd.resources import Owner
from argocd_gitops_mcp.http import HTTP, TLS
from argocd_gitops_mcp.operations import _log_streams
from argocd_gitops_mcp.operations._log_lines import Selection
from argocd_gitops_mcp.operations._log_streams import Reading, Source, read_all
from argocd_gitops_mcp.operations._operation import Deps

pytestmark = pytest.mark.anyio

Say = Callable[[int], tuple[bytes, bool]]
"""The answer to the nth request, and whether it ends."""


def line(second: int, content: str, *, last: bool = False) -> bytes:
    stamp = f"2026-01-05T09:00:{second:02}.5Z"
    return json.dumps({"result": {"content": content, "timeStampStr": stamp, "last": last}}).encode() + b"\n"


END = line(59, "", last=True)


@asynccontextmanager
async def connected(say: Say) -> AsyncIterator[tuple[Deps, list[str]]]:
    """What an operation may use, and what it asked for."""
    asked: list[str] = []
    answering: list[asyncio.Task[None] | None] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answering.append(asyncio.current_task())
        try:
            asked.append((await reader.readuntil(b"\r\n\r\n")).split()[1].decode())
        except asyncio.IncompleteReadError:  # the time was up between connecting and asking
            writer.close()
            return
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n")
        content, ends = say(len(asked))
        writer.write(content)
        await writer.drain()
        if not ends:
            await reader.read()  # until the asker leaves
        writer.close()
        await writer.wait_closed()

    async def progress(_: str) -> None: ...

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, HTTP(url, TLS(), timeout=5) as http:
        yield Deps(Client(http, lambda: "token"), "", 0, progress, time.monotonic, asyncio.sleep), asked
    await asyncio.gather(*(one for one in answering if one is not None))


def source(pod: str = "web-0") -> Source:
    return Source(Node(kind="Pod", name=pod, namespace="shop"), "main", Selection(100))


def contents(one: Source) -> list[str]:
    return [kept.content for kept in one.selection.lines]


async def test_after_a_restart_it_is_followed_further(monkeypatch: pytest.MonkeyPatch) -> None:
    """And what the first stream brought is not told again."""
    monkeypatch.setattr(_log_streams, "_AGAIN", 0.05)

    def say(number: int) -> tuple[bytes, bool]:
        return line(1, "one") + line(2, "two") + (line(3, "three") if number > 1 else b"") + END, True

    async with connected(say) as (deps, asked):
        await read_all(deps, Reading(Owner("shop"), 100, follow_seconds=1), [one := source()])
    assert contents(one) == ["one", "two", "three"]
    assert len(asked) > 2
    assert all("follow=true" in path for path in asked)
    assert "sinceSeconds=1&" in f"{asked[0]}&"
    assert not one.is_cut_short


async def test_a_pod_that_is_gone_is_not_waited_for() -> None:
    async with connected(lambda _: (b"", True)) as (deps, asked):
        await read_all(deps, Reading(Owner("shop"), 100, follow_seconds=5), [one := source()])
    assert len(asked) == 1
    assert not one.is_there


async def test_one_time_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a stream that does not end what came is kept; those for which no time is left are known."""
    monkeypatch.setattr(_log_streams, "SECONDS", 0.3)
    monkeypatch.setattr(_log_streams, "_AT_ONCE", 1)

    async with connected(lambda number: (line(1, f"of {number}"), False)) as (deps, asked):
        await read_all(deps, Reading(Owner("shop"), 100), [first := source(), second := source("web-1")])
    assert contents(first) == ["of 1"]
    assert (first.is_cut_short, first.is_there) == (True, True)
    assert (second.is_begun, len(asked)) == (False, 1)
