"""A process of many MCP clients over HTTP, each with a session of its own, that call one tool again and again.

It reads JSON from stdin (host, port, clients, seconds, tool, arguments) and prints the calls' milliseconds as JSON.
Sockets are read by hand, so that the callers spend little of the machine that the server needs.
"""

import asyncio
import json
import sys
import time
from typing import Any

_HEADERS = "Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n"
_PROTOCOL = "2025-11-25"


class _Client:
    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._session = ""

    async def open(self) -> None:
        self._reader, self._writer = await asyncio.open_connection(self._host, self._port)
        about = {"protocolVersion": _PROTOCOL, "capabilities": {}, "clientInfo": {"name": "bench", "version": "1"}}
        headers, _ = await self.post({"id": 0, "method": "initialize", "params": about})
        self._session = f"Mcp-Session-Id: {headers['mcp-session-id']}\r\nMcp-Protocol-Version: {_PROTOCOL}\r\n"
        await self.post({"method": "notifications/initialized"})

    async def post(self, message: dict[str, Any]) -> tuple[dict[str, str], bytes]:
        content = json.dumps({"jsonrpc": "2.0", **message}).encode()
        head = f"POST /mcp HTTP/1.1\r\nHost: {self._host}:{self._port}\r\n{_HEADERS}{self._session}"
        self._writer.write(f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content)
        first, *lines = (await self._reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
        body = await self._body(headers)
        if first.split()[1] not in {"200", "202"}:
            raise RuntimeError(f"{first}: {body[:500]!r}")
        return headers, body

    async def _body(self, headers: dict[str, str]) -> bytes:
        if headers.get("transfer-encoding") != "chunked":
            return await self._reader.readexactly(int(headers.get("content-length", "0")))
        body = b""
        while size := int(await self._reader.readline(), 16):
            body += (await self._reader.readexactly(size + 2))[:-2]
        await self._reader.readline()
        return body

    def close(self) -> None:
        self._writer.close()


async def _calls(client: _Client, call: dict[str, Any], until: float) -> list[float]:
    took = []
    number = 0
    while (began := time.perf_counter()) < until:
        number += 1
        _, body = await client.post({"id": number, "method": "tools/call", "params": call})
        if b'"result"' not in body or b'"isError":true' in body:
            raise RuntimeError(body[:500])
        took.append((time.perf_counter() - began) * 1000)
    return took


async def main() -> None:
    """All clients at once."""
    given = json.loads(sys.stdin.read())
    clients = [_Client(given["host"], given["port"]) for _ in range(given["clients"])]
    for one in clients:
        await one.open()
    call = {"name": given["tool"], "arguments": given["arguments"]}
    await _calls(clients[0], call, time.perf_counter())
    began = time.perf_counter()
    took = await asyncio.gather(*(_calls(one, call, began + given["seconds"]) for one in clients))
    print(json.dumps({"seconds": time.perf_counter() - began, "took": [one for each in took for one in each]}))
    for one in clients:
        one.close()


if __name__ == "__main__":
    asyncio.run(main())
