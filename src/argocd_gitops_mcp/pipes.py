"""Standard input and output where they are pipes, read and written by the event loop.

The MCP SDK's own way takes any file, by threads: five changes of thread in a call, half a millisecond.
"""

import asyncio
import os
import stat
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Self

LONGEST = 64 * 2**20
"""Bytes of one message; twice as many are read ahead."""


class Lines:
    """What comes in, line by line, to the end."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> str:
        try:
            line = await self._reader.readline()
        except ValueError:
            return ""  # longer than LONGEST: refused as what is no JSON is
        if not line:
            raise StopAsyncIteration
        return line.decode(errors="replace")


class Out:
    """What goes out: a write ends when all of it has left, as a flush would.

    Args:
        incoming: closed once nobody reads any more, which ends the lines as the client's own end does.
    """

    def __init__(self, writer: asyncio.StreamWriter, incoming: asyncio.ReadTransport) -> None:
        self._writer = writer
        self._incoming = incoming

    async def write(self, text: str) -> None:
        """Send."""
        self._writer.write(text.encode())
        try:
            await self._writer.drain()
        except ConnectionError:
            self._incoming.close()

    async def flush(self) -> None:
        """Nothing is held back."""


@asynccontextmanager
async def claimed() -> AsyncIterator[tuple[Lines, Out] | tuple[None, None]]:
    """Take standard input and output over, if both are pipes or sockets and the loop can wait for them.

    From then on who reads standard input reads nothing, and who writes standard output writes standard error.
    """
    if not _are_pipes():
        yield None, None
        return
    loop = asyncio.get_running_loop()
    given, taken = os.fdopen(os.dup(0), "rb", 0), os.fdopen(os.dup(1), "wb", 0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    reader = asyncio.StreamReader(LONGEST)
    incoming, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), given)
    outgoing, flow = await loop.connect_write_pipe(asyncio.streams.FlowControlMixin, taken)
    outgoing.set_write_buffer_limits(0)
    try:
        yield Lines(reader), Out(asyncio.StreamWriter(outgoing, flow, None, loop), incoming)
    finally:
        incoming.close()
        outgoing.close()


def _are_pipes() -> bool:
    """Whether all are apart: what can be read on its way out the loop takes for the end, and stderr is not awaited."""
    if sys.platform == "win32":
        return False
    try:
        into, out, errors = (os.fstat(fd) for fd in range(3))
    except OSError:
        return False
    fit = all(stat.S_ISFIFO(one.st_mode) or stat.S_ISSOCK(one.st_mode) for one in (into, out))
    return fit and not any(os.path.samestat(*pair) for pair in ((into, out), (into, errors), (out, errors)))
