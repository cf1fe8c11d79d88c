"""The ASGI application: logging, faults, routing, the content-type check, and errors in the gateway's shape."""

import asyncio
import posixpath
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qsl, unquote, unquote_plus

from starlette.types import Receive, Scope, Send

from argocd_gitops_mcp.sandbox import (
    accounts,
    applications,
    applicationsets,
    faults,
    fields,
    live,
    operations,
    project_tokens,
    project_updates,
    projects,
    repositories,
    resources,
    rollback,
    streams,
)
from argocd_gitops_mcp.sandbox.errors import StatusError
from argocd_gitops_mcp.sandbox.exchange import Exchange, Raw, Stream, Writer, answer, dump, failure, stream_failure
from argocd_gitops_mcp.sandbox.faults import Fault, Faults, Received
from argocd_gitops_mcp.sandbox.world import World

Handler = Callable[[Exchange], Any]
TEXT = "text/plain; charset=utf-8"
ROUTES: tuple[tuple[str, str, Handler], ...] = (
    *accounts.ROUTES,
    *applications.ROUTES,
    *operations.ROUTES,
    *rollback.ROUTES,
    *resources.ROUTES,
    *live.ROUTES,
    *projects.ROUTES,
    *project_updates.ROUTES,
    *project_tokens.ROUTES,
    *repositories.ROUTES,
    *applicationsets.ROUTES,
    *streams.ROUTES,
)


class Api:
    """The sandbox's API over one world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.faults = Faults()
        self.requests: list[Received] = []
        self.stopping = asyncio.Event()
        self.routes = [(method, pattern.strip("/").split("/"), handler) for method, pattern, handler in ROUTES]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = await self._read(scope, receive)
        query = scope["query_string"].decode()
        self.requests.append(Received(request.method, request.path, query, request.body))
        armed = self.faults.strike(request.method, request.path)
        if armed is not None:
            await self._fail(armed, scope, request, send)
            return
        result = await self._answer(request)
        if isinstance(result, Stream):
            await self._stream(request, result, receive, send)
        else:
            await answer(send, request, result)

    async def _read(self, scope: Scope, receive: Receive) -> Exchange:
        body = b""
        more = True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
        path = scope.get("raw_path", b"").decode() or scope["path"]
        query = parse_qsl(scope["query_string"].decode(), keep_blank_values=True)
        return Exchange(self.world, scope["method"], path, query, headers, body)

    async def _answer(self, request: Exchange) -> Raw | Stream:
        if (refusal := _refusal(request)) is not None:
            return refusal
        handler = self._find(request)
        if isinstance(handler, Raw):
            return handler
        try:
            result = handler(request)
            if asyncio.iscoroutine(result):
                result = await result
        except StatusError as error:
            streamed = request.path.startswith("/api/v1/stream/") or request.path.endswith("/logs")
            # What the gateway itself cannot parse is refused in the ordinary shape, also before a stream.
            streamed = streamed and not error.message.startswith(("strconv.", "field type "))
            # A stream's `fields` filter its errors too, and leave nothing of them.
            said = fields.select(stream_failure(error), request.selection) if streamed else failure(error)
            return Raw(error.status, "application/json", dump(said))
        return result if isinstance(result, Raw | Stream) else Raw(200, "application/json", dump(result))

    def _find(self, request: Exchange) -> Handler | Raw:
        segments = request.path.removeprefix("/").split("/")
        known = False
        for method, pattern, handler in self.routes:
            parameters = _match(pattern, segments)
            if parameters is None:
                continue
            known = True
            if method == request.method:
                request.parameters = parameters
                return handler
        if known:
            return Raw(405, TEXT, b"Method Not Allowed\n")
        if request.path == "/healthz":
            return Raw(200, TEXT, b"ok\n")
        if request.path == "/":
            return Raw(200, "text/html; charset=utf-8", faults.HTML)
        return Raw(404, TEXT, b"Not Found\n" if request.path.startswith("/api/") else b"404 page not found\n")

    async def _stream(self, request: Exchange, stream: Stream, receive: Receive, send: Send) -> None:
        writer = Writer(send, request)
        ends = {asyncio.ensure_future(_disconnect(receive)), asyncio.ensure_future(self.stopping.wait())}
        try:
            while True:
                following = asyncio.ensure_future(anext(stream.messages))
                await asyncio.wait({following, *ends}, return_when=asyncio.FIRST_COMPLETED)
                if not following.done():
                    following.cancel()
                    with suppress(asyncio.CancelledError):
                        await following
                    return
                await writer.write(following.result())
        except StopAsyncIteration:
            await writer.end()
        except StatusError as error:
            await writer.write(stream_failure(error), error.status)
            await writer.end()
        finally:
            for end in ends:
                end.cancel()
            if hasattr(stream.messages, "aclose"):
                await stream.messages.aclose()

    async def _fail(self, armed: faults.Armed, scope: Scope, request: Exchange, send: Send) -> None:
        host = request.headers.get("host", "127.0.0.1")
        query = scope["query_string"].decode()
        target = request.path + (f"?{query}" if query else "")
        if (raw := faults.raw(armed, host, target)) is not None:
            await answer(send, request, raw)
        elif armed.fault is Fault.HANG:
            await faults.hang(self.stopping)
        else:
            cut(scope)


def cut(scope: Scope) -> None:
    """Close the connection without an answer."""
    scope["extensions"]["sandbox.abort"]()


async def _disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _refusal(request: Exchange) -> Raw | None:
    """What the server answers before any service sees the request."""
    clean = posixpath.normpath(request.path)
    if clean != request.path.rstrip("/") and request.path.strip("/"):
        return Raw(307, "text/html; charset=utf-8", b"", {"location": clean.replace("//", "/")})
    if request.method in {"OPTIONS", "HEAD"}:
        return Raw(405, TEXT, b"Method Not Allowed\n") if request.path.startswith("/api/") else None
    if request.method != "GET" and request.headers.get("content-type", "").lower() != "application/json":
        return Raw(415, TEXT, b"Invalid content type\n")
    return None


def _match(pattern: list[str], segments: Iterable[str]) -> dict[str, str] | None:
    """Path parameters; `{name*}` takes the rest, `{url+}` may hold encoded slashes, others neither '/' nor ':'."""
    parameters: dict[str, str] = {}
    rest = list(segments)
    for part in pattern:
        if not rest:
            return None
        if part.endswith("*}"):
            value = unquote("/".join(rest))
            if ":" in value.rpartition("/")[2]:
                return None  # the gateway takes what follows for the verb of a method
            parameters[part[1:-2]] = value
            return parameters
        segment = rest.pop(0)
        if part.endswith("+}"):
            parameters[part[1:-2]] = unquote_plus(segment)
        elif part.startswith("{"):
            value = unquote(segment)
            if "/" in value or ":" in value:
                return None
            parameters[part[1:-1]] = value
        elif part != segment:
            return None
    return None if rest else parameters
