"""A forge that answers what a test has laid out, in place of the network."""

from collections.abc import Mapping
from typing import Any

import msgspec

from argocd_gitops_mcp.gitops.forges.addresses import Kind, api_url
from argocd_gitops_mcp.gitops.forges.connection import connect
from argocd_gitops_mcp.gitops.repository import Repository
from argocd_gitops_mcp.http import HTTP, TLS, Reply, Request

ADDRESSES: Mapping[Kind, str] = {
    "github": "https://github.com",
    "gitlab": "https://gitlab.com",
    "gitea": "https://git.example.com",
}


def reply(body: Any = None, status: int = 200, media: str = "application/json", **headers: str) -> Reply:
    """An answer; underscores in the names of headers stand for hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    content = b"" if body is None else msgspec.json.encode(body)
    return Reply(status, media, content, named.get("location", ""), named)


class Forge(HTTP):
    """Answers in the order laid out for a path; the last answer to a read is given again, one to a write never."""

    def __init__(self) -> None:
        super().__init__("https://api.example.com", TLS(), 1)
        self._answers: dict[tuple[str, str], list[Reply]] = {}
        self.sent: list[Request] = []

    def on(self, method: str, path: str, *replies: Reply) -> "Forge":
        self._answers.setdefault((method, path), []).extend(replies)
        return self

    async def send(self, request: Request, *, timeout: float | None = None) -> Reply:  # noqa: ARG002, ASYNC109 - as overridden
        self.sent.append(request)
        left = self._answers.get((request.method, request.path), [])
        assert left, f"{request.method} {request.path} {dict(request.query)} was not expected"
        return left[0] if request.method == "GET" and len(left) == 1 else left.pop(0)

    @property
    def writes(self) -> list[tuple[str, str, Any]]:
        """What was written: method, path, body."""
        return [
            (one.method, one.path, msgspec.json.decode(one.body) if one.body else None)
            for one in self.sent
            if one.method != "GET"
        ]


async def repository(kind: Kind, forge: HTTP, name: str, *, token: str | None = "t0ken") -> Repository:  # noqa: S107
    assert api_url(kind, ADDRESSES[kind])
    found = await connect(kind, ADDRESSES[kind], forge, lambda: token, allow_write=True).open(name)
    assert found is not None
    return found
