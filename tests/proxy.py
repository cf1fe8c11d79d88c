"""A TCP proxy before the Argo CD of a stage: it cuts, drops, holds or stalls the connection that carries one request.

TLS passes through untouched, so requests are not seen: a `Strike` is armed just before a request leaves, and takes the
next connection over which its client says something, be it a new one or one that was kept alive.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal, Self
from urllib.parse import urlsplit

from tests.stage import Stage

Action = Literal["pass", "cut", "halve", "drop", "delay", "stall"]

_RECORD_HEADER = 5
_APPLICATION_DATA = 23


@dataclass(eq=False)
class Strike:
    """What becomes of a connection from its client's next words on; may be changed while it lasts.

    Args:
        action: `pass` lets all through; `cut` gives the server what the client says, and closes instead of giving the
            answer back; `halve` gives half of what comes next, and closes; `drop` closes instead of giving the client's
            words on; `delay` holds each answer; `stall` gives nothing on any more, in either direction, and closes
            nothing.
        seconds: of a delay.
        hit: set once the connection was struck.
        answered: set once some of an answer was given back since.
    """

    action: Action = "pass"
    seconds: float = 0
    hit: asyncio.Event = field(default_factory=asyncio.Event)
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    sides: tuple[asyncio.StreamWriter, ...] = ()

    def sever(self) -> None:
        """Close the connection now."""
        for side in self.sides:
            side.transport.abort()


class Proxy:
    """Runs while the block lasts, on the test's own event loop; `url` leads through it."""

    def __init__(self, stage: Stage) -> None:
        where = urlsplit(stage.url)
        self._host, self._port = str(where.hostname), int(where.port or 443)
        self._scheme = where.scheme
        self._armed: Strike | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self._sides: set[tuple[asyncio.StreamWriter, ...]] = set()
        self.is_down = False
        self.url = ""

    def arm(self, action: Action, seconds: float = 0) -> Strike:
        """Strike the connection over which a client says something next; a handshake is no saying."""
        self._armed = Strike(action, seconds)
        return self._armed

    def fall(self) -> None:
        """Close every connection, and from now on each new one at once, until `is_down` is taken back."""
        self.is_down = True
        for side in [side for sides in self._sides for side in sides]:
            side.transport.abort()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.url = f"{self._scheme}://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await asyncio.sleep(0)  # what is cancelled before it began would close nothing
        for one in self._connections:
            one.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def _accept(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._connect(client, to_client))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def _connect(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        sides = [to_client]
        try:
            if not self.is_down:
                server, to_server = await asyncio.open_connection(self._host, self._port)
                sides.append(to_server)
                await self._join(client, to_client, server, to_server)
        finally:
            for side in sides:
                side.close()
                with suppress(OSError):
                    await side.wait_closed()

    async def _join(
        self,
        client: asyncio.StreamReader,
        to_client: asyncio.StreamWriter,
        server: asyncio.StreamReader,
        to_server: asyncio.StreamWriter,
    ) -> None:
        sides = (to_client, to_server)
        self._sides.add(sides)
        connection = _Connection(self, sides, _Words(is_tls=self._scheme == "https"))
        directions = [
            asyncio.create_task(connection.pass_on(client, to_server, connection.is_said)),
            asyncio.create_task(connection.pass_on(server, to_client, connection.is_answered)),
        ]
        try:
            await asyncio.wait(directions, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._sides.discard(sides)
            for one in directions:
                one.cancel()
            await asyncio.gather(*directions, return_exceptions=True)

    def take(self, sides: tuple[asyncio.StreamWriter, ...]) -> Strike | None:
        """The strike that is armed, if one is, for the connection between these sides."""
        taken, self._armed = self._armed, None
        if taken is not None:
            taken.sides = sides
            taken.hit.set()
        return taken


class _Connection:
    def __init__(self, proxy: Proxy, sides: tuple[asyncio.StreamWriter, ...], words: "_Words") -> None:
        self._proxy = proxy
        self._sides = sides
        self._words = words
        self._strike = Strike(sides=sides)

    async def pass_on(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, may: Callable[[bytes], Awaitable[bool]]
    ) -> None:
        while (data := await reader.read(2**16)) and await may(data):
            writer.write(data)
            await writer.drain()

    async def is_said(self, data: bytes) -> bool:
        if self._words.are_in(data):
            self._strike = self._proxy.take(self._sides) or self._strike
        if self._strike.action == "drop":
            self._strike.sever()
        return not await self._stalls() and self._strike.action != "drop"

    async def is_answered(self, data: bytes) -> bool:
        if self._strike.action == "halve":
            self._sides[0].write(data[: len(data) // 2])
            self._sides[0].close()
            return False
        if self._strike.action == "cut":
            self._strike.sever()
        if self._strike.action == "delay":
            await asyncio.sleep(self._strike.seconds)
        if await self._stalls() or self._strike.action == "cut":
            return False
        self._strike.answered.set()
        return True

    async def _stalls(self) -> bool:
        """False, or nothing for as long as the test lasts."""
        if self._strike.action == "stall":
            await asyncio.Event().wait()
        return False


class _Words:
    """Tells a client's requests from its TLS 1.3 handshake, whose last record looks like one."""

    def __init__(self, *, is_tls: bool) -> None:
        self._is_tls = is_tls
        self._records = 0
        self._rest = b""

    def are_in(self, data: bytes) -> bool:
        """Whether these bytes, the next ones, carry some of a request."""
        if not self._is_tls:
            return True
        self._rest += data
        begun = self._records
        while self._rest:
            size = _RECORD_HEADER + int.from_bytes(self._rest[3:_RECORD_HEADER])
            if len(self._rest) < size:
                break
            self._records += self._rest[0] == _APPLICATION_DATA
            self._rest = self._rest[size:]
        return self._records > max(begun, 1)
