"""The library's errors become ours, all of them; limits hold; tokens stay where they were sent."""

import gzip
import inspect
import socket
import ssl
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import anyio
import httpx2
import pytest

from argocd_gitops_mcp import __version__, errors, http
from argocd_gitops_mcp.errors import GitOpsError
from argocd_gitops_mcp.http import HTTP, TLS, Reply, Request

pytestmark = pytest.mark.anyio

CONNECTION = HTTP("https://argocd.example.com", TLS(), 1)
EXCEPTIONS = sorted(
    (one for _, one in inspect.getmembers(httpx2, inspect.isclass) if issubclass(one, Exception)),
    key=lambda one: one.__name__,
)
# What a request that is never redirected, streamed twice or checked for its status cannot raise.
IMPOSSIBLE = {
    "CookieConflict",
    "HTTPError",
    "HTTPStatusError",
    "RequestError",
    "TransportError",
    "TimeoutException",
    "NetworkError",
    "ProtocolError",
}
# Programming errors: they are to be seen as such.
OURS = {"StreamError", "StreamConsumed", "StreamClosed", "ResponseNotRead", "RequestNotRead"}
NOT_SENT = {"ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError", "UnsupportedProtocol", "InvalidURL"}


def made(kind: Callable[..., Exception]) -> Exception:
    takes_request = "request" in inspect.signature(kind).parameters
    return kind("text of the library", request=None) if takes_request else kind("text of the library")


@pytest.mark.parametrize(
    "kind", [one for one in EXCEPTIONS if one.__name__ not in IMPOSSIBLE | OURS], ids=lambda one: one.__name__
)
def test_the_translation_is_total(kind: type[Exception]) -> None:
    with pytest.raises(GitOpsError) as raised, CONNECTION._translated():
        raise made(kind)
    assert isinstance(raised.value, (errors.Unreachable, errors.NotConfigured))
    assert raised.value.__cause__ is not None
    assert "library" not in raised.value.message


def test_subclasses_that_a_later_release_may_add_are_translated_too() -> None:
    for parent in (
        httpx2.TransportError,
        httpx2.TimeoutException,
        httpx2.NetworkError,
        httpx2.ProtocolError,
        httpx2.RequestError,
    ):
        later = type("Later", (parent,), {})
        with pytest.raises(errors.Unreachable), CONNECTION._translated():
            raise made(later)


@pytest.mark.parametrize("name", sorted(NOT_SENT & {one.__name__ for one in EXCEPTIONS}))
def test_what_failed_before_sending_is_not_said_to_have_been_sent(name: str) -> None:
    with pytest.raises(GitOpsError) as raised, CONNECTION._translated():
        raise made(getattr(httpx2, name))
    assert not isinstance(raised.value, (errors.ConnectionLost, errors.TimedOut))


def test_a_certificate_is_told_from_a_closed_port() -> None:
    with pytest.raises(errors.TLSFailed), CONNECTION._translated():
        raise httpx2.ConnectError("certificate verify failed") from ssl.SSLCertVerificationError("self-signed")
    with pytest.raises(errors.Unreachable) as raised, CONNECTION._translated():
        raise httpx2.ConnectError("refused")
    assert type(raised.value) is errors.Unreachable


def test_a_handshake_that_breaks_off_says_nothing_of_certificates() -> None:
    with pytest.raises(errors.Unreachable) as raised, CONNECTION._translated():
        raise httpx2.ConnectError("EOF occurred in violation of protocol") from ssl.SSLEOFError(8, "EOF")
    assert type(raised.value) is errors.Unreachable


def test_our_own_errors_pass() -> None:
    with pytest.raises(errors.TooLarge), CONNECTION._translated():
        raise errors.TooLarge("above")


@pytest.mark.parametrize("tls", [lambda file: TLS(ca_file=file), lambda file: TLS(client_cert=file)])
def test_a_tls_file_that_cannot_be_used(tmp_path: Path, tls: Callable[[str], TLS]) -> None:
    broken = tmp_path / "broken.pem"
    broken.write_text("no certificate")
    for file in (broken, tmp_path / "missing.pem"):
        with pytest.raises(errors.NotConfigured):
            tls(str(file)).context()


def test_certificates_are_verified_unless_told_otherwise() -> None:
    assert TLS().context().verify_mode is ssl.CERT_REQUIRED
    assert TLS().context().check_hostname
    assert TLS(bypass=True).context().verify_mode is ssl.CERT_NONE


class Answering(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/nothing":
            self.send_response(204)
            self.send_header("Content-Encoding", "gzip")
            self.end_headers()
            return
        if self.path == "/redirect":
            self.send_response(307)
            self.send_header("Location", f"http://{self.headers['Host']}/elsewhere")
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("Content-Type", "Application/JSON; charset=utf-8")
        if self.path.startswith("/packed"):
            self.send_header("Content-Encoding", "gzip")
            self.end_headers()
            self.wfile.write(gzip.compress(b"x" * 5000)[: -9 if self.path.endswith("/cut") else None])
            return
        self.send_header("Set-Cookie", "argocd.token=theirs; Path=/")
        self.end_headers()
        if self.path == "/headers":
            self.wfile.write(bytes(self.headers))
            return
        self.wfile.write(self.path.encode() if self.path.startswith("/echo") else b"x" * 5000)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Answering) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


async def ask(url: str, path: str, **headers: str) -> Reply:
    async with HTTP(url, TLS(), 2) as connection:
        return await connection.send(Request("GET", path, headers=headers))


async def test_the_media_type_without_parameters(url: str) -> None:
    assert (await ask(url, "/echo")).media == "application/json"


async def test_a_quoted_path_arrives_as_quoted(url: str) -> None:
    assert (await ask(url, "/echo/..%2Fprojects%2Fp")).body == b"/echo/..%2Fprojects%2Fp"


async def test_redirects_are_answered_not_followed(url: str) -> None:
    reply = await ask(url, "/redirect")
    assert reply.status == 307
    assert reply.location.endswith("/elsewhere")


async def test_a_packed_answer_is_whole_or_none(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (await ask(url, "/packed")).body == b"x" * 5000
    with pytest.raises(errors.ConnectionLost, match="broke off"):
        await ask(url, "/packed/cut")
    monkeypatch.setattr(http, "MAX_BODY", 4000)
    with pytest.raises(errors.TooLarge):
        await ask(url, "/packed")


async def test_no_content_is_no_broken_answer(url: str) -> None:
    """A server may name an encoding all the same; taken for broken, a write that succeeded would be in doubt."""
    reply = await ask(url, "/nothing")
    assert (reply.status, reply.body) == (204, b"")


async def test_it_says_who_asks_and_keeps_no_cookie(url: str) -> None:
    async with HTTP(url, TLS(), 2) as connection:
        for _ in range(2):
            told = (await connection.send(Request("GET", "/headers"))).body.decode()
            assert f"User-Agent: argocd-gitops-mcp/{__version__}" in told
            assert "Cookie:" not in told


async def test_an_answer_above_the_limit_is_not_read_to_its_end(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "MAX_BODY", 4000)
    with pytest.raises(errors.TooLarge):
        await ask(url, "/long")


async def test_a_line_above_the_limit_is_not_read_to_its_end(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "MAX_LINE", 1000)
    async with HTTP(url, TLS(), 2) as connection, connection.stream(Request("GET", "/long")) as stream:
        with pytest.raises(errors.TooLarge):
            [line async for line in stream.lines]


async def test_a_header_that_cannot_be_sent_is_not_quoted(url: str) -> None:
    with pytest.raises(GitOpsError) as raised:
        await ask(url, "/echo", Authorization="Bearer s3cret\nline")
    assert "s3cret" not in f"{raised.value.message}{raised.value.upstream}"


async def test_a_closed_port_is_unreachable_and_soon_known() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with anyio.fail_after(5), pytest.raises(errors.Unreachable) as raised:
            await ask(f"http://127.0.0.1:{taken.getsockname()[1]}", "/")
    assert type(raised.value) is errors.Unreachable
    assert raised.value.retry


async def test_no_answer_is_a_time_out() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        async with HTTP(f"http://127.0.0.1:{silent.getsockname()[1]}", TLS(), 0.1) as connection:
            with pytest.raises(errors.TimedOut):
                await connection.send(Request("GET", "/"))
