"""A sandbox of its own for what goes wrong, and an MCP client whose every answer is looked through for leaks."""

import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client as McpClient

from argocd_gitops_mcp import server, surfaces
from argocd_gitops_mcp.argocd.client import Client
from argocd_gitops_mcp.audit import Entry
from argocd_gitops_mcp.gitops.repositories import Repositories, of_workspace
from argocd_gitops_mcp.http import HTTP, TLS, Reply, Request
from argocd_gitops_mcp.invoke import Hallway
from argocd_gitops_mcp.operations.catalogue import OPERATIONS
from argocd_gitops_mcp.policy import Policy
from argocd_gitops_mcp.sandbox.faults import Fault, Received
from argocd_gitops_mcp.sandbox.server import Sandbox
from tests import stage as stages

READING = ("/appdetails", "/generate")
"""POSTs that only read."""
PATIENCE = 0.3
"""Seconds for one request: what hangs is known soon."""


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(seeds=True) as sandbox, stages.of_sandbox(sandbox) as stage:
        anyio.run(stage.settled)
        yield sandbox


@pytest.fixture(autouse=True)
def unarmed(sandbox: Sandbox) -> Iterator[None]:
    """No fault outlives its test."""
    yield
    sandbox.faults.clear()


@pytest.fixture(autouse=True)
def committer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Git is told who commits, and nothing else."""
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Ada")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "ada@example.com")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)


class Following(HTTP):
    """Arms a fault once a write was answered, so that it strikes while the write is followed."""

    def __init__(self, url: str, timeout: float, after_write: Callable[[], None] | None) -> None:
        super().__init__(url, TLS(), timeout)
        self._after_write = after_write

    async def send(self, request: Request, *, timeout: float | None = None) -> Reply:  # noqa: ASYNC109 - as overridden
        reply = await super().send(request, timeout=timeout)
        if request.method != "GET" and self._after_write is not None:
            self._after_write()
            self._after_write = None
        return reply


@dataclass
class Asked:
    """A client, what Argo CD received from it, and what was audited."""

    client: McpClient
    sandbox: Sandbox
    token: str
    start: int
    audit: list[Entry]
    mistakes: list[Exception]

    def begin(self) -> None:
        """Forget what was before, faults too."""
        self.sandbox.faults.clear()
        self.start = len(self.sandbox.requests)
        self.audit.clear()

    @property
    def received(self) -> list[Received]:
        return self.sandbox.requests[self.start :]

    @property
    def writes(self) -> list[Received]:
        return [one for one in self.received if one.method != "GET" and not one.path.endswith(READING)]

    async def call(self, operation: str, arguments: dict[str, Any]) -> tuple[str, bool]:
        """Text and whether it is an error; never a traceback, never the token, never an internal error."""
        result = await self.client.call_tool(operation, arguments)
        text = "\n".join(getattr(one, "text", "") for one in result.content)
        assert not self.mistakes, text
        shown = f"{text}{result.structured_content}{self.audit}"
        assert self.token not in shown
        assert self.token.rpartition(".")[2] not in shown
        assert "Traceback" not in text
        return text, bool(result.is_error)


Connect = Callable[..., AbstractAsyncContextManager[Asked]]


@asynccontextmanager
async def _connected(
    sandbox: Sandbox,
    *,
    url: str | None = None,
    token: str | None = None,
    seconds: float = 5,
    allow_write: bool = True,
    after_write: Callable[[], None] | None = None,
) -> AsyncIterator[Asked]:
    bearer = sandbox.tokens["ci"] if token is None else token
    policy = Policy(allow_write=allow_write, permissions=frozenset({"allow_merge"}))
    bare = Path(sandbox.repositories.removeprefix("file://"))
    repositories = Repositories((of_workspace(bare, None, allow_write=allow_write),))
    audit: list[Entry] = []
    mistakes: list[Exception] = []
    async with stages._plainly(), Following(url or sandbox.url, seconds, after_write) as http:
        argocd = Client(http, lambda: bearer, allow_write=allow_write)
        report = mistakes.append
        hallway = Hallway(
            OPERATIONS, policy, lambda: argocd, audit.append, lambda _, error: report(error), "", repositories
        )
        built = server.build(surfaces.tools(OPERATIONS, policy, "split"), hallway)
        async with McpClient(built) as client:
            yield Asked(client, sandbox, bearer, len(sandbox.requests), audit, mistakes)


@pytest.fixture
def connect(sandbox: Sandbox) -> Connect:
    return partial(_connected, sandbox)


def timeout_for(fault: Fault) -> float:
    return PATIENCE if fault is Fault.HANG else 5
