"""The shell around the calls: signs them, sends each once, decodes the answer."""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import msgspec

from argocd_gitops_mcp.argocd import token, wire
from argocd_gitops_mcp.argocd.call import Call
from argocd_gitops_mcp.effects import Effect
from argocd_gitops_mcp.errors import GitOpsError, NotConfigured, ReadOnly, TokenExpired, Unauthenticated
from argocd_gitops_mcp.http import HTTP, Request, Stream

T = TypeVar("T")

_TOKEN = re.compile(r"[!-~]+")
_OK = 200


class Client:
    """Argo CD's API for one identity.

    Args:
        http: the connections.
        read_token: gives the bearer token; asked at each call, so that a rotated file is seen.
        allow_write: without it, a call with another effect than READ is refused before a byte leaves.
    """

    def __init__(self, http: HTTP, read_token: Callable[[], str | None], *, allow_write: bool = False) -> None:
        self._http = http
        self._read_token = read_token
        self._allow_write = allow_write

    @property
    def is_configured(self) -> bool:
        """Whether there is an Argo CD to ask."""
        return self._http.is_configured

    @property
    def bearer(self) -> str | None:
        """The token in use."""
        return self._read_token()

    async def send(self, call: Call[T], *, timeout: float | None = None) -> T:  # noqa: ASYNC109
        """Send a call once and decode its answer."""
        request = self._request(call)
        reply = await self._http.send(request, timeout=timeout)
        try:
            return wire.decode(call, reply)
        except Unauthenticated as error:
            raise self._explained(error) from error

    @asynccontextmanager
    async def stream(self, call: Call[T], *, sent: Callable[[], None] | None = None) -> AsyncIterator[AsyncIterator[T]]:
        """Open a stream of messages; leaving the context closes it. `sent` is called once the request has left."""
        # Compressed, one small piece of a stream may unpack to many megabytes at once.
        async with self._http.stream(self._request(call, "identity"), sent=sent) as answer:
            if answer.status != _OK:
                content = b"".join([line async for line in answer.lines])
                raise self._failure(call, answer, content)
            yield self._messages(call, answer.lines)

    @asynccontextmanager
    async def pieces(self, call: Call[Any]) -> AsyncIterator[AsyncIterator[bytes]]:
        """The answer as bytes in small pieces, for one that is too long to be held, or decoded, at once."""
        async with self._http.stream(self._request(call), ends=True) as answer:
            if answer.status != _OK:
                raise self._failure(call, answer, b"".join([piece async for piece in answer.pieces]))
            if answer.media != "application/json":
                raise wire.not_argocd(answer.status, answer.media)
            yield answer.pieces

    def _failure(self, call: Call[Any], answer: Stream, content: bytes) -> GitOpsError:
        error = wire.failure(call, answer.status, answer.media, content)
        return self._explained(error) if isinstance(error, Unauthenticated) else error

    def pinned(self) -> "Client":
        """For the token of now and no other, to read with only; it shares the connections."""
        bearer = self._read_token()
        return Client(self._http, lambda: bearer)

    async def _messages(self, call: Call[T], lines: AsyncIterator[bytes]) -> AsyncIterator[T]:
        async for line in lines:
            yield wire.decode_line(call, line)

    def _request(self, call: Call[T], encoding: str = "gzip") -> Request:
        if call.effect is not Effect.READ and not self._allow_write:
            raise ReadOnly(f"{call.method} about {call.subject} was not sent: this server is read-only.")
        headers = {"Accept": "application/json", "Accept-Encoding": encoding}
        bearer = self._read_token()
        if bearer:
            # Else the library's error would quote it.
            if not _TOKEN.fullmatch(bearer):
                raise NotConfigured("The Argo CD token is not one line of visible ASCII characters; nothing was sent.")
            headers["Authorization"] = f"Bearer {bearer}"
        content = None
        if call.method != "GET":
            # Argo CD answers 415 to anything but exactly this type, also where there is no body.
            headers["Content-Type"] = "application/json"
            content = msgspec.json.encode(call.body) if call.body is not None else None
        return Request(call.method, call.path, call.query, headers, content)

    def _explained(self, error: Unauthenticated) -> Unauthenticated:
        bearer = self._read_token()
        if not bearer:
            return Unauthenticated("No Argo CD token is configured.", upstream=error.upstream)
        expired = token.expired_at(bearer)
        if expired:
            return TokenExpired(f"The Argo CD token expired at {expired}.", upstream=error.upstream)
        return error

    async def close(self) -> None:
        """Close every connection."""
        await self._http.close()
