"""A repository of the real Gitea, reached as the server would, and by itself beside."""

import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from testbed.gitea import forge as testbed_forge
from testbed.gitea.accounts import ADMINISTRATOR, BOT
from testbed.gitea.forge import MAIN
from testbed.record import Testbed

from argocd_gitops_mcp import errors
from argocd_gitops_mcp.gitops.forges.addresses import api_url
from argocd_gitops_mcp.gitops.forges.connection import connect
from argocd_gitops_mcp.gitops.repository import Draft, Files, PullRequest, Repository
from argocd_gitops_mcp.http import HTTP, TLS, Reply, Request

FILES: Files = {
    "apps/web.yaml": b"image: v1\n",
    "apps/old.yaml": b"",
    "bin/logo": bytes(range(256)),
    "ä b.md": b"x\r\n",
}
CHANGE: Files = {"apps/web.yaml": b"image: v2\n", "apps/old.yaml": None, "apps/new.yaml": b"new: true\n"}
MESSAGE = "Change the image\n\nSigned-off-by: Bot <bot@example.com>"


class Watched(HTTP):
    """Remembers what was sent, and may lose the answer to the next write, or to one after it."""

    def __init__(self, url: str, tls: TLS) -> None:
        super().__init__(url, tls, 30)
        self.writes: list[tuple[str, str]] = []
        self.loses = 0

    async def send(self, request: Request, *, timeout: float | None = None) -> Reply:  # noqa: ASYNC109 - as overridden
        reply = await super().send(request, timeout=timeout)
        if request.method != "GET":
            self.writes.append((request.method, request.path))
            self.loses -= 1
            if self.loses == 0:
                raise errors.ConnectionLost("The answer is lost.")
        return reply


@dataclass
class Play:
    """One repository of the real Gitea, as its users see it."""

    testbed: Testbed
    forge: testbed_forge.Forge
    name: str

    @property
    def url(self) -> str:
        return self.forge.url(self.name)

    @asynccontextmanager
    async def seen_by(
        self, user: str = BOT, *, token: str | None = None, name: str | None = None, allow_write: bool = True
    ) -> AsyncIterator[tuple[Repository, Watched]]:
        gitea = self.testbed.gitea
        async with Watched(api_url("gitea", gitea.url), TLS(ca_file=self.testbed.ca_file)) as http:
            found = connect("gitea", gitea.url, http, lambda: token or gitea.users[user].token, allow_write=allow_write)
            opened = await found.open(self.forge.url(name or self.name))
            assert opened is not None
            yield opened, http

    def ask(self, method: str, path: str, body: Any = None, user: str = ADMINISTRATOR) -> Any:
        """Ask Gitea by itself, beside what is tested."""
        call: Callable[..., Any] = getattr(self.forge.api(user), method)
        whole = f"/repos/{self.forge.gitea.organisation}/{self.name}{path}"
        return call(whole) if body is None else call(whole, body)

    def branches(self) -> set[str]:
        return {one["name"] for one in self.ask("get", "/branches")}


Begun = tuple[Play, Repository, str]
"""With the bot's view of the repository, and its first commit."""


async def proposed(begun: Begun, branch: str = "feature/image", files: Files = CHANGE) -> PullRequest:
    _, repository, base = begun
    await repository.commits.push(Draft(base, branch, files, MESSAGE))
    return await repository.pull_requests.open(branch, MAIN, "Change the image", "Why")


@pytest.fixture
def play(testbed: Testbed) -> Iterator[Play]:
    found = Play(testbed, testbed_forge.of(testbed), f"forge-{secrets.token_hex(4)}")
    found.forge.create(found.name)
    yield found
    found.forge.delete(found.name)


@pytest.fixture
async def begun(play: Play) -> AsyncIterator[tuple[Play, Repository, str]]:
    """The bot's view of a repository with one commit."""
    async with play.seen_by() as (repository, _):
        yield play, repository, await repository.commits.begin(MAIN, FILES, "Begin")
