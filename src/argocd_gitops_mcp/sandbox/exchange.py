"""One request and its answer, as the gateway in front of Argo CD's gRPC services treats them."""

import json
import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from starlette.requests import cookie_parser
from starlette.types import Send

from argocd_gitops_mcp.sandbox import fields, tokens
from argocd_gitops_mcp.sandbox.errors import Code, StatusError, go_kind, invalid
from argocd_gitops_mcp.sandbox.world import Object, World

GZIP = 16 + zlib.MAX_WBITS
TRUE, FALSE = frozenset({"1", "t", "T", "TRUE", "true", "True"}), frozenset({"0", "f", "F", "FALSE", "false", "False"})


@dataclass
class Stream:
    """An answer that comes message by message."""

    messages: AsyncIterator[Object]


@dataclass
class Raw:
    """An answer that is not JSON."""

    status: int
    content_type: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Exchange:
    """A request as the handlers see it."""

    world: World
    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    body: bytes
    parameters: dict[str, str] = field(default_factory=dict)

    @property
    def caller(self) -> tokens.Caller:
        cookie = cookie_parser(self.headers.get("cookie", "")).get("argocd.token")
        return tokens.verify(self.world, self.headers.get("authorization"), cookie)

    def one(self, name: str) -> str:
        return next((value for key, value in self.query if key == name), "")

    def many(self, *names: str) -> list[str]:
        return [value for key, value in self.query if key in names]

    def numbers(self, name: str) -> list[int]:
        """Integers as Go's strconv.ParseInt reads them."""
        values = self.many(name)
        for value in values:
            if not value.removeprefix("-").removeprefix("+").isdigit():
                raise invalid(f'strconv.ParseInt: parsing "{value}": invalid syntax')
        return [int(value) for value in values]

    def flag(self, name: str, *, default: bool = False) -> bool:
        """A bool as Go's strconv.ParseBool reads it."""
        values = self.many(name)
        if not values:
            return default
        if values[0] not in TRUE | FALSE:
            raise invalid(f'strconv.ParseBool: parsing "{values[0]}": invalid syntax')
        return values[0] in TRUE

    def json(self, message: str) -> "Body":
        """The body as the named message; an absent one reads as empty."""
        try:
            value = json.loads(self.body) if self.body.strip() else {}
        except ValueError as error:
            raise invalid("unexpected EOF") from error
        if not isinstance(value, dict):
            raise invalid(f"json: cannot unmarshal {go_kind(value)} into Go value of type {message}")
        return Body(value, message)

    @property
    def selection(self) -> fields.Selection | None:
        return fields.parse(self.one("fields"))

    @property
    def gzip(self) -> bool:
        return "gzip" in self.headers.get("accept-encoding", "") and not self.events

    @property
    def events(self) -> bool:
        return "text/event-stream" in self.headers.get("accept", "")


class Body(dict[str, Any]):
    """A JSON body with the name of the message it should be: wrong types are refused in Go's words."""

    def __init__(self, value: Object, message: str) -> None:
        super().__init__(value)
        self.message = message

    def text(self, name: str) -> str:
        return str(self._typed(name, str, "string") or "")

    def number(self, name: str) -> int:
        return int(self._typed(name, int, "int64") or 0)

    def flag(self, name: str) -> bool:
        return bool(self._typed(name, bool, "bool"))

    def child(self, name: str) -> Object:
        return dict(self._typed(name, dict, name) or {})

    def refusal(self, name: str, go: str) -> StatusError:
        found = go_kind(self.get(name))
        return invalid(f"json: cannot unmarshal {found} into Go struct field {self.message}.{name} of type {go}")

    def _typed(self, name: str, kind: type, go: str) -> Any:
        value = self.get(name)
        if value is not None and (not isinstance(value, kind) or (kind is int and isinstance(value, bool))):
            raise self.refusal(name, go)
        return value


def required(name: str) -> StatusError:
    return StatusError(Code.INTERNAL, f'grpc: error while marshaling: proto: required field "{name}" not set')


def failure(error: StatusError) -> Object:
    return {"error": error.message, "code": int(error.code), "message": error.message}


def stream_failure(error: StatusError) -> Object:
    names = {"grpc_code": int(error.code), "http_code": error.status, "message": error.message}
    return {"error": {**names, "http_status": HTTPStatus(error.status).phrase}}


def dump(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


async def answer(send: Send, request: Exchange, raw: Raw) -> None:
    """Send a whole answer."""
    body, headers = raw.body, dict(raw.headers)
    if request.gzip:
        squeeze = zlib.compressobj(1, zlib.DEFLATED, GZIP)
        body = squeeze.compress(body) + squeeze.flush()
        headers["content-encoding"] = "gzip"
    headers |= {"content-type": raw.content_type, "content-length": str(len(body)), "vary": "Accept-Encoding"}
    await send({"type": "http.response.start", "status": raw.status, "headers": _encoded(headers)})
    await send({"type": "http.response.body", "body": b"" if request.method == "HEAD" else body})


class Writer:
    """The body of a streamed answer; nothing at all is sent before the first message."""

    def __init__(self, send: Send, request: Exchange) -> None:
        self.send = send
        self.events = request.events
        self.squeeze = zlib.compressobj(1, zlib.DEFLATED, GZIP) if request.gzip else None
        self.started = False

    async def start(self, status: int = 200) -> None:
        self.started = True
        headers = {"content-type": "text/event-stream" if self.events else "application/json"}
        headers |= {"content-encoding": "gzip"} if self.squeeze else {}
        await self.send({"type": "http.response.start", "status": status, "headers": _encoded(headers)})

    async def write(self, message: Object, status: int = 200) -> None:
        line = b"data: %s \n\n\n" % dump(message) if self.events else dump(message) + b"\n"
        await self.write_bytes(line, status)

    async def write_bytes(self, content: bytes, status: int = 200) -> None:
        if not self.started:
            await self.start(status)
        if self.squeeze:
            content = self.squeeze.compress(content) + self.squeeze.flush(zlib.Z_SYNC_FLUSH)
        await self.send({"type": "http.response.body", "body": content, "more_body": True})

    async def end(self) -> None:
        if not self.started:
            await self.start()
        rest = self.squeeze.flush() if self.squeeze else b""
        await self.send({"type": "http.response.body", "body": rest, "more_body": False})


def _encoded(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in headers.items()]
