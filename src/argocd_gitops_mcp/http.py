"""The only module that talks HTTP: TLS, limits, deadlines; the library's errors become ours here."""

import socket
import ssl
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

import httpx2

from argocd_gitops_mcp import __version__
from argocd_gitops_mcp.errors import ConnectionLost, NotConfigured, TimedOut, TLSFailed, TooLarge, Unreachable

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BODY = 256 * 2**20
"""Bytes of one answer; above Argo CD's own limit of 200 MB for one message."""
MAX_LINE = 4 * 2**20
"""Bytes of one message of a stream."""
PIECE = 64 * 2**10
"""Bytes of an unpacked piece at most: what is packed to a thirtieth is not to come out at once."""
_NO_CONTENT = 204
_HEADERS = {"User-Agent": f"argocd-gitops-mcp/{__version__}", "Accept": "*/*", "Accept-Encoding": "gzip"}
_ALIVE = (("SO_KEEPALIVE", 1), ("TCP_KEEPIDLE", 20), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 3))
"""A stream may be silent for hours, so only probes tell that the other end is gone: here within 35 s."""


@dataclass(frozen=True, slots=True)
class TLS:
    """How the server's certificate is checked, and ours shown."""

    ca_file: str | None = None
    client_cert: str | None = None
    client_key: str | None = None
    bypass: bool = False

    def context(self) -> ssl.SSLContext:
        """Build the TLS context.

        Raises:
            NotConfigured: a file cannot be read or is not a certificate.
        """
        try:
            context = ssl.create_default_context(cafile=self.ca_file)
            if self.client_cert:
                context.load_cert_chain(self.client_cert, self.client_key)
        except (OSError, ssl.SSLError) as error:
            raise NotConfigured(
                "A TLS file cannot be used (--ca-file, --client-cert, --client-key).", upstream=str(error)
            ) from error
        if self.bypass:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


@dataclass(frozen=True, slots=True)
class Request:
    """One request; `body` is already encoded JSON."""

    method: str
    path: str
    query: Sequence[tuple[str, str]] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """One whole answer.

    Args:
        media: the content type without parameters.
        location: where a redirect points.
        headers: by their names in any case.
    """

    status: int
    media: str
    body: bytes
    location: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stream:
    """An answer that is read while it arrives, either line by line, or in unpacked pieces of at most PIECE bytes."""

    status: int
    media: str
    lines: AsyncIterator[bytes]
    pieces: AsyncIterator[bytes]


class HTTP:
    """A pool of connections to one server. Redirects are never followed: a token goes only where it was meant for."""

    def __init__(self, url: str, tls: TLS, timeout: float) -> None:
        self._url = url.rstrip("/")
        self._host = urlsplit(self._url).netloc
        self._timeout = timeout
        self._tls = tls
        self._transport: httpx2.AsyncHTTPTransport | None = None

    def _pool(self) -> httpx2.AsyncHTTPTransport:
        """Without the library's client around it, which would keep cookies and send them back."""
        if self._transport is None:
            verify: ssl.SSLContext | bool = self._tls.context() if self._url.startswith("https:") else False
            # retries=1 concerns connecting only: nothing was sent yet.
            self._transport = httpx2.AsyncHTTPTransport(
                verify=verify,
                retries=1,
                limits=httpx2.Limits(max_connections=20, keepalive_expiry=30),
                socket_options=_kept_alive(),
            )
        return self._transport

    async def close(self) -> None:
        """Close every connection."""
        if self._transport is not None:
            await self._transport.aclose()
            self._transport = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def is_configured(self) -> bool:
        """Whether there is an address at all."""
        return bool(self._url)

    def need_address(self) -> None:
        """Refuse to go on without an address.

        Raises:
            NotConfigured: there is none.
        """
        if not self._url:
            raise NotConfigured("Argo CD's address is not set: give --url or ARGOCD_SERVER_URL.")

    def _build(self, request: Request, timeout: httpx2.Timeout) -> httpx2.Request:
        self.need_address()
        return httpx2.Request(
            request.method,
            self._url + request.path,
            params=list(request.query) or None,
            headers={**_HEADERS, **request.headers},
            content=request.body,
            extensions={"timeout": timeout.as_dict()},
        )

    async def send(self, request: Request, *, timeout: float | None = None) -> Reply:  # noqa: ASYNC109
        """Send one request, once, and read the whole answer.

        Raises:
            Unreachable: or one of its kinds; the request may have arrived only for TimedOut and ConnectionLost.
            TooLarge: the answer is above MAX_BODY.
        """
        with self._translated():
            prepared = self._build(request, httpx2.Timeout(timeout or self._timeout))
            response = await self._pool().handle_async_request(prepared)
            try:
                body = bytearray()
                async for piece in self._pieces(response):
                    body += piece
                    if len(body) > MAX_BODY:
                        raise TooLarge(f"{self._host}'s answer is above {MAX_BODY // 2**20} MiB; reading was stopped.")
            finally:
                await response.aclose()
        location = response.headers.get("location", "")
        return Reply(response.status_code, _media(response), bytes(body), location, response.headers)

    @asynccontextmanager
    async def stream(
        self, request: Request, *, sent: Callable[[], None] | None = None, ends: bool = False
    ) -> AsyncIterator[Stream]:
        """Open a stream; only connecting has a deadline: before its first message Argo CD sends not even a status.

        Args:
            request: for what.
            sent: called once the request has left.
            ends: it is an answer of some size, each piece of which has a deadline.
        """
        with self._translated():
            silence = self._timeout if ends else None
            prepared = self._build(request, httpx2.Timeout(silence, connect=self._timeout, pool=self._timeout))
            if sent is not None:
                prepared.extensions["trace"] = _on_sent(sent)
            response = await self._pool().handle_async_request(prepared)
            try:
                yield Stream(response.status_code, _media(response), self._lines(response), self._pieces(response))
            finally:
                await response.aclose()

    async def _pieces(self, response: httpx2.Response) -> AsyncIterator[bytes]:
        packed = response.headers.get("content-encoding", "") == "gzip"
        unpacking = zlib.decompressobj(16 + zlib.MAX_WBITS)
        with self._translated():
            async for chunk in response.aiter_raw():
                rest = chunk
                while rest:
                    try:
                        piece = unpacking.decompress(rest, PIECE) if packed else rest[:PIECE]
                    except zlib.error as error:
                        raise ConnectionLost(f"{self._host}'s answer is no gzip.", upstream=str(error)) from error
                    rest = unpacking.unconsumed_tail if packed else rest[PIECE:]
                    if piece:
                        yield piece
            if packed and not unpacking.eof and response.status_code != _NO_CONTENT:
                raise ConnectionLost(f"{self._host}'s answer broke off.")

    async def _lines(self, response: httpx2.Response) -> AsyncIterator[bytes]:
        rest = bytearray()
        with self._translated():
            async for chunk in response.aiter_bytes():
                rest += chunk
                if len(rest) > MAX_LINE and b"\n" not in rest:
                    raise TooLarge(f"One message of the stream is above {MAX_LINE // 2**20} MiB; reading was stopped.")
                *whole, last = rest.split(b"\n")
                rest = bytearray(last)
                for line in whole:
                    if line:
                        yield bytes(line)
        if rest:
            yield bytes(rest)

    @contextmanager
    def _translated(self) -> "Iterator[None]":
        """Turn every error of the library into one of ours; tests/unit/test_http.py proves the map total."""
        try:
            yield
        except (httpx2.ConnectTimeout, httpx2.PoolTimeout) as error:
            raise Unreachable(
                f"No connection to {self._host} within {self._timeout:g} s.", upstream=str(error)
            ) from error
        except httpx2.TimeoutException as error:
            raise TimedOut(f"{self._host} did not answer in time.", upstream=str(error)) from error
        except (httpx2.ConnectError, httpx2.ProxyError) as error:
            if _is_tls(error):
                raise TLSFailed(f"The certificate of {self._host} was not accepted.", upstream=str(error)) from error
            raise Unreachable(f"{self._host} cannot be reached.", upstream=str(error)) from error
        except httpx2.UnsupportedProtocol as error:
            raise NotConfigured(f"{self._url!r} is no http or https URL.") from error
        except httpx2.LocalProtocolError as error:
            # Its text quotes the header, and so the token.
            raise NotConfigured(f"The request to {self._host} cannot be written as HTTP; nothing was sent.") from error
        except httpx2.TransportError as error:
            raise ConnectionLost(f"The connection to {self._host} broke.", upstream=str(error)) from error
        except (httpx2.InvalidURL, httpx2.RequestError) as error:
            raise Unreachable(f"The answer of {self._host} cannot be read as HTTP.", upstream=str(error)) from error


def _on_sent(sent: Callable[[], None]) -> Callable[[str, Any], Awaitable[None]]:
    """The library tells of each of its steps by name."""

    async def trace(step: str, _: Any) -> None:
        if step.endswith(".send_request_body.complete"):
            sent()

    return trace


def _kept_alive() -> list[tuple[int, int, int]]:
    """What this system offers of it: names differ."""
    levels = {"SO": socket.SOL_SOCKET, "TCP": socket.IPPROTO_TCP}
    known = [(name, value) for name, value in _ALIVE if hasattr(socket, name)]
    return [(levels[name.partition("_")[0]], getattr(socket, name), value) for name, value in known]


def _media(response: httpx2.Response) -> str:
    content_type: str = response.headers.get("content-type", "")
    return content_type.partition(";")[0].strip().lower()


def _is_tls(error: BaseException | None) -> bool:
    """Whether TLS failed, and not the connection below it: what is cut in the middle of a handshake is down."""
    while error is not None:
        if isinstance(error, ssl.SSLError) and not isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
            return True
        error = error.__cause__ or error.__context__
    return False
