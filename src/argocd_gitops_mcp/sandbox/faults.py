"""Faults that a test arms for the next requests, and the log of all requests."""

import asyncio
import json
import re
from dataclasses import dataclass
from enum import Enum
from typing import Any

from argocd_gitops_mcp.sandbox.exchange import Raw

HTML = b"<!doctype html><html><head><title>Argo CD</title></head><body><div id=app></div></body></html>"
PROXY_HTML = b"<html><head><title>%d %s</title></head><body><center><h1>%d %s</h1></center><hr>nginx</body></html>"
REASONS = {401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 409: "Conflict", 429: "Too Many Requests"}
REASONS |= {500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout"}
GRPC_CODES = {401: 16, 403: 7, 404: 5, 409: 10, 429: 8, 500: 2, 502: 14, 503: 14, 504: 4}


class Fault(Enum):
    """What goes wrong."""

    STATUS = "a gateway's JSON error with `status`"
    PROXY = "a proxy's HTML error page with `status`"
    HTML = "200 with a web page"
    BROKEN_JSON = "200 with JSON that ends in the middle"
    EMPTY = "200 without a body"
    HANG = "no answer"
    RESET = "the connection is cut after the request was read"
    REDIRECT = "307 to https"
    STREAM_CUT = "the stream ends in the middle of its first line"
    STREAM_EMPTY_OBJECT = "the stream's first line is {}"


@dataclass
class Armed:
    """A fault waiting for its requests."""

    fault: Fault
    method: str
    path: re.Pattern[str]
    times: int
    status: int


@dataclass(frozen=True)
class Received:
    """A request as it came in."""

    method: str
    path: str
    query: str
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Faults:
    """The faults armed at the moment; the first that matches strikes."""

    def __init__(self) -> None:
        self.armed: list[Armed] = []

    def arm(self, fault: Fault, *, method: str = "", path: str = "", times: int = 1, status: int = 500) -> None:
        """Let the next `times` requests fail; an empty method matches all, the path is a regular expression."""
        self.armed.append(Armed(fault, method, re.compile(path), times, status))

    def clear(self) -> None:
        self.armed.clear()

    def strike(self, method: str, path: str) -> Armed | None:
        for armed in self.armed:
            if armed.method in {"", method} and armed.path.search(path):
                armed.times -= 1
                if armed.times <= 0:
                    self.armed.remove(armed)
                return armed
        return None


def raw(armed: Armed, host: str, target: str) -> Raw | None:  # noqa: PLR0911 a table
    """The answer of a fault that is an ordinary answer."""
    status, reason = armed.status, REASONS.get(armed.status, "Error")
    match armed.fault:
        case Fault.STATUS:
            body = {"error": reason, "code": GRPC_CODES.get(status, 2), "message": reason}
            return Raw(status, "application/json", json.dumps(body).encode())
        case Fault.PROXY:
            return Raw(status, "text/html", PROXY_HTML % (status, reason.encode(), status, reason.encode()))
        case Fault.HTML:
            return Raw(200, "text/html; charset=utf-8", HTML)
        case Fault.BROKEN_JSON:
            return Raw(200, "application/json", b'{"metadata":{"name":"guestb')
        case Fault.EMPTY:
            return Raw(200, "application/json", b"")
        case Fault.REDIRECT:
            return Raw(307, "text/html; charset=utf-8", b"", {"location": f"https://{host}{target}"})
        case Fault.STREAM_CUT:
            return Raw(200, "application/json", b'{"result":{"content":"half a li')
        case Fault.STREAM_EMPTY_OBJECT:
            return Raw(200, "application/json", b"{}\n")
    return None


async def hang(stopping: asyncio.Event) -> None:
    """Answer nothing until the sandbox ends."""
    await stopping.wait()
