"""The shell around a forge's JSON API: signs requests, sends each once, walks pages."""

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import msgspec

from argocd_gitops_mcp.errors import (
    ConnectionLost,
    GitOpsError,
    NotConfigured,
    NotFound,
    ReadOnly,
    TimedOut,
    TLSFailed,
    TooLarge,
    Unauthenticated,
    Unreachable,
)
from argocd_gitops_mcp.gitops.forges import wire
from argocd_gitops_mcp.gitops.forges.wire import Query
from argocd_gitops_mcp.http import HTTP, Reply, Request

T = TypeVar("T")

AT_ONCE = 8
"""Requests of one operation that run at the same time; GitHub asks for few (best practices for the REST API)."""
MOST_PAGES = 200

_TOKEN = re.compile(r"[!-~]+")
_HINTS: Mapping[type[Unreachable], str] = {
    Unreachable: "Check ARGOCD_MCP_FORGE_URL, the network and any proxy.",
    TLSFailed: "Give the authority that signed the certificate with ARGOCD_MCP_FORGE_CA_FILE.",
    TimedOut: wire.AGAIN,
    ConnectionLost: wire.AGAIN,
}


class API:
    """A forge's API for one identity.

    Args:
        http: connections to the API's address.
        forge: its name, for errors.
        read_token: gives the token; asked at each request, so that a rotated file is seen.
        allow_write: without it, whatever is not a GET is refused before a byte leaves.
        headers: what each request carries beside the token.
    """

    def __init__(
        self,
        http: HTTP,
        forge: str,
        read_token: Callable[[], str | None],
        *,
        allow_write: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._http = http
        self._forge = forge
        self._read_token = read_token
        self._allow_write = allow_write
        self._headers = {"Accept": "application/json", "User-Agent": "argocd-gitops-mcp", **(headers or {})}

    async def get(self, path: str, answer: type[T], about: str, query: Query = ()) -> T:
        """Read something.

        Args:
            path: quoted, from the API's address, with `/` in front.
            answer: the type to decode.
            about: what it is about, in words, for errors.
            query: parameters.

        Raises:
            GitOpsError: the leaf that fits; see `wire`.
        """
        return (await self._ask(Request("GET", path, query), answer, about))[0]

    async def look(self, path: str, answer: type[T], about: str, query: Query = ()) -> T | None:
        """Read something that need not be there."""
        try:
            return await self.get(path, answer, about, query)
        except NotFound:
            return None

    async def pages(self, path: str, page: type[T], about: str, query: Query = ()) -> list[T]:
        """Read every page of a list.

        Raises:
            TooLarge: there are more than MOST_PAGES.
        """
        found: list[T] = []
        asked: Query | None = query
        while asked is not None:
            if len(found) == MOST_PAGES:
                raise TooLarge(f"{self._forge} has more than {MOST_PAGES} pages about {about}.", hint="")
            decoded, reply = await self._ask(Request("GET", path, asked), page, about)
            found.append(decoded)
            asked = wire.next_page(reply)
        return found

    async def send(self, method: str, path: str, body: Mapping[str, Any] | None, answer: type[T], about: str) -> T:
        """Write something; it is sent once, whatever happens.

        Raises:
            ReadOnly: writes are not allowed; nothing was sent.
            GitOpsError: the leaf that fits; see `wire`.
        """
        if not self._allow_write:
            raise ReadOnly(f"{method} about {about} was not sent: this server is read-only.")
        content = None if body is None else msgspec.json.encode(body)
        return (await self._ask(Request(method, path, body=content), answer, about))[0]

    async def _ask(self, request: Request, answer: type[T], about: str) -> tuple[T, Reply]:
        token = self._read_token()
        headers = dict(self._headers)
        if token:
            # Else the library's error would quote it.
            if not _TOKEN.fullmatch(token):
                raise NotConfigured(f"The token of {self._forge} is not one line of visible ASCII; nothing was sent.")
            headers["Authorization"] = f"Bearer {token}"
        if request.body is not None:
            headers["Content-Type"] = "application/json"
        signed = Request(request.method, request.path, request.query, headers, request.body)
        try:
            reply = await self._http.send(signed)
            return wire.decode(self._forge, about, signed, reply, answer), reply
        except GitOpsError as error:
            raise self._explained(error, token) from error

    def _explained(self, error: GitOpsError, token: str | None) -> GitOpsError:
        """The same error with the next step for a forge, and without the token should anyone have repeated it."""
        hint = _HINTS.get(type(error), error.hint) if isinstance(error, Unreachable) else error.hint
        message = error.message
        if isinstance(error, Unauthenticated | NotFound) and not token:
            message, hint = f"{message} No token is configured.", wire.ACCESS.format(forge=self._forge)
        upstream = error.upstream.replace(token, "[token]") if token else error.upstream
        return type(error)(message, hint=hint, upstream=upstream)
