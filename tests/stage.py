"""A Stage is one Argo CD to play on, sandbox or testbed, with MCP clients connected to it and raw HTTP beside."""

import json
import secrets
import shutil
import ssl
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple, Self, TypeVar

import anyio
import httpx2
from mcp import Client as McpClient
from mcp.types import ElicitRequestParams, ElicitResult, TextContent
from testbed import repositories
from testbed.gitea import forge
from testbed.gitea.forge import Forge
from testbed.record import Testbed

from argocd_gitops_mcp import server, surfaces
from argocd_gitops_mcp.argocd.client import Client
from argocd_gitops_mcp.audit import Entry
from argocd_gitops_mcp.fleet.fleets import Fleets
from argocd_gitops_mcp.gitops.repositories import Repositories, of_workspace
from argocd_gitops_mcp.http import HTTP, TLS, Reply, Request, Stream
from argocd_gitops_mcp.invoke import Hallway
from argocd_gitops_mcp.operations.catalogue import OPERATIONS
from argocd_gitops_mcp.policy import Policy
from argocd_gitops_mcp.sandbox.server import Sandbox

APPLICATION = "manage_argocd_application"
REPOSITORY = "manage_gitops_repository"
RESOURCE = "manage_argocd_resource"

SEEDS = {
    **dict.fromkeys(
        ("charted", "elsewhere", "guestbook", "kustomized", "multi", "private", "secretive", "sidecar", "waves"),
        ("Synced", "Healthy"),
    ),
    **dict.fromkeys(("crashing", "unpullable"), ("Synced", "Progressing")),
    "unrenderable": ("Unknown", "Healthy"),
    "waiting": ("OutOfSync", "Missing"),
}
"""The applications that are always there, with sync and health status."""

T = TypeVar("T")
Era = Literal["legacy", "2026-07-28"]
Files = Mapping[str, str | None]


class Answer(NamedTuple):
    """What a tool answered."""

    is_error: bool
    text: str
    structured: dict[str, Any]

    @property
    def ok(self) -> Self:
        assert not self.is_error, self.text
        return self

    def refused(self, code: str) -> str:
        """The text of the error that was expected."""
        assert self.is_error, self.text
        assert self.text.startswith(f"error {code}:"), self.text
        return self.text


class Raw(NamedTuple):
    """What Argo CD itself answered."""

    status: int
    media: str
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.text.splitlines() if line]

    @property
    def said(self) -> tuple[int, int, str]:
        """Status, gRPC code and message of an error."""
        return self.status, self.json["code"], self.json["message"]


class Recorder(HTTP):
    """HTTP that remembers what was sent, so that a test can prove what was not."""

    def __init__(self, url: str, tls: TLS) -> None:
        super().__init__(url, tls, timeout=30)
        self.sent: list[Request] = []
        self.streamed: list[Request] = []

    @asynccontextmanager
    async def stream(
        self, request: Request, *, sent: Callable[[], None] | None = None, ends: bool = False
    ) -> AsyncIterator[Stream]:
        self.streamed.append(request)
        async with super().stream(request, sent=sent, ends=ends) as found:
            yield found

    async def send(self, request: Request, *, timeout: float | None = None) -> Reply:  # noqa: ASYNC109 - as overridden
        self.sent.append(request)
        return await super().send(request, timeout=timeout)


@dataclass(frozen=True)
class Tools:
    """A connected MCP client."""

    client: McpClient
    http: Recorder
    audit: list[Entry]

    async def call(self, tool: str, **arguments: Any) -> Answer:
        result = await self.client.call_tool(tool, arguments)
        text = "\n".join(one.text for one in result.content if isinstance(one, TextContent))
        return Answer(bool(result.is_error), text, result.structured_content or {})

    async def application(self, operation: str, **arguments: Any) -> Answer:
        return await self.call(APPLICATION, operation=operation, **arguments)

    async def resource(self, operation: str, application_name: str, **arguments: Any) -> Answer:
        return await self.call(RESOURCE, operation=operation, application_name=application_name, **arguments)

    async def repository(self, operation: str, repository: str | None = None, **arguments: Any) -> Answer:
        about = {} if repository is None else {"repository": repository}
        return await self.call(REPOSITORY, operation=operation, **about, **arguments)

    @property
    def writes(self) -> list[Request]:
        """What was sent and is no GET."""
        return [request for request in self.http.sent if request.method != "GET"]


@dataclass(frozen=True)
class Stage:
    """One Argo CD. `commit` and `new_repository` work on bare repositories; a real one reads a Gitea's, too."""

    url: str
    ca_file: str | None
    tokens: Mapping[str, str] = field(repr=False)
    repositories: str
    real: bool
    commit: Callable[[str, Files, str], str] = field(repr=False)
    new_repository: Callable[[str, dict[str, str]], str] = field(repr=False)
    web: httpx2.Client = field(repr=False)
    gitea: Forge | None = field(default=None, repr=False)

    def unique(self, prefix: str = "app") -> str:
        return f"{prefix}-{secrets.token_hex(3)}"

    async def settled(self) -> None:
        """Wait until every application of the seeds is as they leave it."""
        query = {"fields": "items.metadata.name,items.status.sync.status,items.status.health"}

        def states() -> dict[str, tuple[str, str]]:
            items = self.raw("GET", "/api/v1/applications", query).json["items"]
            return {one["metadata"]["name"]: state(one["status"]) for one in items}

        await until(states, lambda found: all(found.get(name) == wanted for name, wanted in SEEDS.items()))

    def remove_repository(self, name: str) -> None:
        shutil.rmtree(Path(self.repositories.removeprefix("file://")) / f"{name}.git")

    def raw(
        self,
        method: str,
        path: str,
        query: Mapping[str, str | Sequence[str]] | None = None,
        *,
        body: Any = None,
        token: str | None = "ci",  # noqa: S107 - an account's name
        headers: Mapping[str, str] | None = None,
        timeout: float = 30,
    ) -> Raw:
        """Ask Argo CD itself; `token` is an account's name, or a token."""
        sent = {"Accept": "application/json", **({"Content-Type": "application/json"} if method != "GET" else {})}
        if token:
            sent["Authorization"] = f"Bearer {self.tokens.get(token, token)}"
        content = None if body is None else json.dumps(body).encode()
        answer = self.web.request(
            method,
            f"{self.url}{path}",
            params=dict(query or {}),
            content=content,
            headers={**sent, **(headers or {})},
            timeout=timeout,
        )
        return Raw(answer.status_code, answer.headers.get("content-type", "").partition(";")[0], answer.text)

    def get(self, name: str, **query: str) -> dict[str, Any]:
        """An application as Argo CD holds it."""
        answer = self.raw("GET", f"/api/v1/applications/{name}", query)
        assert answer.status == 200, answer.text
        whole: dict[str, Any] = answer.json
        return whole

    async def expired_token(self) -> str:
        """A token that was good a moment ago."""
        body = {"expiresIn": 1, "id": self.unique("token")}
        token: str = self.raw("POST", "/api/v1/account/ci/token", body=body).json["token"]
        await until(lambda: self.raw("GET", "/api/v1/account", token=token).status, lambda status: status == 401)
        return token

    @asynccontextmanager
    async def tools(
        self,
        token: str | None = "ci",  # noqa: S107 - an account's name
        *,
        allow_write: bool = True,
        require_plan: bool = False,
        allow_merge: bool = False,
        repositories: Repositories | None = None,
        surface: str = "unified",
        era: Era = "2026-07-28",
        elicit: Literal["accept", "decline"] | None = None,
        url: str | None = None,
        tls: TLS | None = None,
        index: bool = True,
        max_tokens: int = 2_000,
    ) -> AsyncIterator[Tools]:
        """A connected client; `token` is an account's name, or a token.

        `repositories` are the stage's own bare ones, unless others are given.
        """
        http = Recorder(url or self.url, tls or TLS(ca_file=self.ca_file))
        bearer = self.tokens.get(token, token) if token else None
        policy = Policy(allow_write, require_plan, frozenset({"allow_merge"} if allow_merge else ()))
        argocd = Client(http, lambda: bearer, allow_write=allow_write)
        audit: list[Entry] = []
        bare = Path(self.repositories.removeprefix("file://"))
        known = repositories or Repositories((of_workspace(bare, None, allow_write=allow_write),))
        fleets = Fleets(keeps=index)
        hallway = Hallway(
            OPERATIONS,
            policy,
            lambda: argocd,
            audit.append,
            _raise,
            self.url,
            known,
            surface,
            fleets,
            max_tokens=max_tokens,
        )
        built = server.build(surfaces.tools(OPERATIONS, policy, surface), hallway)

        async def answer(context: object, params: ElicitRequestParams) -> ElicitResult:  # noqa: ARG001 - the SDK names them
            if elicit == "accept":
                return ElicitResult(action="accept", content={"confirm": True})
            return ElicitResult(action="decline")

        async with _plainly(), http, McpClient(built, mode=era, elicitation_callback=answer if elicit else None) as one:
            yield Tools(one, http, audit)


@asynccontextmanager
async def _plainly() -> AsyncIterator[None]:
    """Take a test's failure out of the groups that the client's tasks wrap around it."""
    try:
        yield
    except BaseExceptionGroup as group:
        error: BaseException = group
        while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
            error = error.exceptions[0]
        raise error from None


def _raise(request_id: str, error: Exception) -> None:
    """Show the traceback of a mistake of ours instead of its id."""
    raise AssertionError(f"internal error {request_id}") from error


def state(status: Mapping[str, Any]) -> tuple[str, str]:
    """Sync and health status."""
    return (status.get("sync") or {}).get("status", ""), (status.get("health") or {}).get("status", "")


async def until(what: Callable[[], T], wanted: Callable[[T], bool], seconds: float = 15) -> T:
    """Look until it is as wanted; the last look is in the failure."""
    found = what()
    with anyio.move_on_after(seconds):
        while not wanted(found):
            await anyio.sleep(0.05)
            found = what()
    assert wanted(found), found
    return found


@contextmanager
def of_sandbox(sandbox: Sandbox) -> Iterator[Stage]:
    with httpx2.Client(timeout=30) as web:
        yield Stage(
            sandbox.url,
            None,
            sandbox.tokens,
            sandbox.repositories,
            real=False,
            commit=lambda repository, files, message: sandbox.commit(repository, dict(files), message),
            new_repository=sandbox.new_repository,
            web=web,
        )


def _bare(testbed: Testbed, name: str) -> Path:
    return testbed.bare_repositories / f"{name}.git"


def _begun(testbed: Testbed, name: str, files: Files) -> str:
    repositories.create(_bare(testbed, name), files, "Begin")
    return f"{testbed.repositories}/{name}.git"


@contextmanager
def of_testbed(testbed: Testbed) -> Iterator[Stage]:
    with httpx2.Client(timeout=30, verify=ssl.create_default_context(cafile=testbed.ca_file)) as web:
        yield Stage(
            testbed.url,
            testbed.ca_file,
            testbed.tokens,
            testbed.repositories,
            real=True,
            commit=lambda repository, files, message: repositories.commit(_bare(testbed, repository), files, message),
            new_repository=lambda name, files: _begun(testbed, name, files),
            web=web,
            gitea=forge.of(testbed),
        )
