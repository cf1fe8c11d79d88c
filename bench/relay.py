"""Plain HTTP in front of an Argo CD: counts the bytes that come back for each request, packed as they are."""

import asyncio
import re
import ssl
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Self
from urllib.parse import urlsplit

_REQUEST = re.compile(rb"^[A-Z]+ (/\S*) HTTP/1\.1\r$", re.MULTILINE)
_PIECE = 2**16


class Answered:
    """One request's target, and the bytes that came back until the next one over its connection."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.bytes = 0

    @property
    def is_list(self) -> bool:
        """Of applications; a list of a namespace that cannot be is not one, but tells the version of all."""
        path, _, query = self.target.partition("?")
        return path == "/api/v1/applications" and "appNamespace=_&" not in f"{query}&"


class Relay:
    """Runs in a thread while the block lasts; `url` leads through it."""

    def __init__(self, url: str, ca_file: str | None = None) -> None:
        where = urlsplit(url)
        self._host, self._port = str(where.hostname), int(where.port or 443)
        self._tls = ssl.create_default_context(cafile=ca_file) if where.scheme == "https" else None
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="relay", daemon=True)
        self._ready: Future[int] = Future()
        self.asked: list[Answered] = []
        self.url = ""

    def __enter__(self) -> Self:
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._ready.result(10)}"
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    @property
    def bytes(self) -> int:
        """Of all answers so far."""
        return sum(one.bytes for one in self.asked)

    @property
    def lists(self) -> list[Answered]:
        """The requests so far that listed applications."""
        return [one for one in self.asked if one.is_list]

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        connections: set[asyncio.Task[None]] = set()

        def accept(client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
            if self._stop.is_set():
                to_client.transport.abort()
                return
            task = asyncio.create_task(self._connect(client, to_client))
            connections.add(task)
            task.add_done_callback(connections.discard)
            task.add_done_callback(lambda _: to_client.transport.abort())

        server = await asyncio.start_server(accept, "127.0.0.1", 0)
        self._ready.set_result(server.sockets[0].getsockname()[1])
        await self._stop.wait()
        server.close()
        for one in connections:
            one.cancel()
        await asyncio.gather(*connections, return_exceptions=True)

    async def _connect(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        server, to_server = await asyncio.open_connection(self._host, self._port, ssl=self._tls)
        current = Answered("")

        async def ask(data: bytes) -> None:
            nonlocal current
            for found in _REQUEST.finditer(data):
                current = Answered(found[1].decode())
                self.asked.append(current)

        async def count(data: bytes) -> None:
            current.bytes += len(data)

        ways = [asyncio.create_task(_pass_on(client, to_server, ask))]
        ways.append(asyncio.create_task(_pass_on(server, to_client, count)))
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in ways:
                one.cancel()
            # Before anything is awaited, since the end of the relay may come meanwhile.
            to_client.close()
            to_server.transport.abort()
            await asyncio.gather(*ways, return_exceptions=True)
            with suppress(OSError):
                await to_client.wait_closed()


async def _pass_on(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, see: Callable[[bytes], Awaitable[None]]
) -> None:
    while data := await reader.read(_PIECE):
        await see(data)
        writer.write(data)
        await writer.drain()
