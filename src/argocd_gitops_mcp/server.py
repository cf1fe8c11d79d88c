"""The MCP door: the only module that imports mcp. Tools, prompts, resources, confirmation, progress, transports."""

import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, suppress
from typing import Annotated, Any, Self, cast

import anyio
from mcp.server import CacheHint, MCPServer, ServerRequestContext
from mcp.server.mcpserver import AcceptedElicitation, Context, Elicit, ElicitationResult, Resolve
from mcp.server.mcpserver.prompts import Prompt
from mcp.server.mcpserver.prompts.base import Message, PromptArgument, UserMessage
from mcp.server.mcpserver.resources import Resource, TextResource
from mcp.server.mcpserver.tools import Tool
from mcp.server.stdio import stdio_server
from mcp.server.transport_security import TransportSecuritySettings
from mcp.shared.exceptions import MCPError
from mcp.shared.message import SessionMessage
from mcp.types import INVALID_PARAMS, CallToolResult, ListToolsResult, TextContent, ToolAnnotations
from mcp_types import DiscoverResult, JSONRPCRequest, JSONRPCResponse
from mcp_types.version import MODERN_PROTOCOL_VERSIONS
from pydantic import BaseModel, Field

from argocd_gitops_mcp import __version__, names, pipes, prompts
from argocd_gitops_mcp.concurrency import Together
from argocd_gitops_mcp.effects import Effect
from argocd_gitops_mcp.errors import GitOpsError
from argocd_gitops_mcp.guides.library import guides, instructions
from argocd_gitops_mcp.invoke import Consent, Hallway
from argocd_gitops_mcp.prompts import Fact, PromptSpec
from argocd_gitops_mcp.surfaces import ToolSpec
from argocd_gitops_mcp.views.refusals import refusal

NAME = "argocd-gitops-mcp"
_LIST_SECONDS = 300


class Answer(BaseModel):
    """The form a client shows the person."""

    confirm: Annotated[bool, Field(description="Yes, go ahead")]


Outcome = ElicitationResult[Answer]


class _Asker:
    """A client; what it was asked before the operation started is answered from here."""

    def __init__(self, context: Context[Any, Any], outcome: Outcome | None = None, asked: str = "") -> None:
        self._context = context
        self._outcome = outcome
        self._asked = asked
        self._steps = 0

    @property
    def name(self) -> str:
        return "mcp"

    @property
    def can_ask(self) -> bool:
        capabilities = self._context.client_capabilities
        return capabilities is not None and capabilities.elicitation is not None

    async def confirm(self, question: str) -> Consent:
        if not self._asked:
            return "moved"  # Argo CD could not be looked at beforehand, so nobody was asked
        if not isinstance(self._outcome, AcceptedElicitation) or not self._outcome.data.confirm:
            return "no"
        return "yes" if question == self._asked else "moved"

    async def progress(self, message: str) -> None:
        self._steps += 1
        await self._context.report_progress(self._steps, None, message)


class _Tool(Tool):
    """A tool that hands its arguments to the hallway untouched: the hallway's checks and words replace the SDK's."""

    async def run(self, arguments: dict[str, Any], context: Context[Any, Any], convert_result: bool = False) -> Any:  # noqa: FBT001, FBT002
        if not self.resolved_params:  # nobody is to be asked, which is all that the SDK would see to
            return await self.fn(arguments, context)
        return await super().run({"arguments": arguments}, context, convert_result)


def _tool(spec: ToolSpec, hallway: Hallway) -> Tool:
    async def wanted(arguments: dict[str, Any], ctx: Context[Any, Any]) -> str:
        """What the person has to be asked, if there is anybody and anything."""
        asker = _Asker(ctx)
        if asker.can_ask:
            # An error here is told by the hallway, which looks again before it would want the answer.
            with suppress(GitOpsError, TimeoutError):
                name, given = spec.route(arguments)
                return await hallway.question(name, given, asker) or ""
        return ""

    async def question(asked: Annotated[str, Resolve(wanted)]) -> Answer | Elicit[Answer]:
        return Elicit(asked, Answer) if asked else Answer(confirm=False)

    async def answered(arguments: dict[str, Any], asker: _Asker) -> CallToolResult:
        try:
            name, given = spec.route(arguments)
            answer = await hallway.invoke(name, given, asker)
        except GitOpsError as error:
            return CallToolResult(content=[TextContent(type="text", text=refusal(error, hallway.usual))], is_error=True)
        return CallToolResult(
            content=[TextContent(type="text", text=answer.text)], structured_content=answer.structured
        )

    async def read(arguments: dict[str, Any], ctx: Context[Any, Any]) -> CallToolResult:
        return await answered(arguments, _Asker(ctx))

    async def call(
        arguments: dict[str, Any],
        ctx: Context[Any, Any],
        asked: Annotated[str, Resolve(wanted)],
        outcome: Annotated[Outcome, Resolve(question)],
    ) -> CallToolResult:
        return await answered(arguments, _Asker(ctx, outcome, asked))

    # Where nothing but reading is allowed nobody is asked, and finding that out at each call takes a while.
    tool = _Tool.from_function(
        read if spec.effect is Effect.READ else call,
        name=spec.name,
        title=spec.title,
        description=spec.description,
        structured_output=False,
        annotations=ToolAnnotations(
            read_only_hint=spec.effect is Effect.READ,
            destructive_hint=spec.effect is Effect.DESTRUCTIVE,
            idempotent_hint=spec.effect is Effect.READ,
            open_world_hint=True,
        ),
    )
    tool.parameters = dict(spec.schema)
    return tool


class _Prompt(Prompt):
    """A prompt that gets its arguments untouched: of wrong ones the SDK says only that there was an error."""

    async def render(self, arguments: dict[str, Any] | None, context: Context[Any, Any]) -> list[Message]:
        try:
            return [UserMessage(await cast("Awaitable[str]", self.fn(arguments or {}, _Asker(context))))]
        except GitOpsError as error:
            raise MCPError(INVALID_PARAMS, refusal(error)) from error


def _prompt(spec: PromptSpec, hallway: Hallway) -> Prompt:
    """A prompt whose facts are read when it is asked for."""

    async def render(arguments: dict[str, Any], asker: _Asker) -> str:
        given = prompts.checked(spec, arguments)
        async with Together() as group:
            facts = [group.start(_fact(hallway, operation, given, asker)) for operation in spec.asks]
        return prompts.worded(spec, repr(given["name"]), [one.result() for one in facts])

    taken = [
        PromptArgument(name=name, description=about, required=name in prompts.NEEDED)
        for name, about in prompts.ARGUMENTS.items()
    ]
    return _Prompt(
        name=spec.name,
        title=spec.title,
        description=spec.description,
        arguments=taken,
        fn=render,
        context_kwarg=None,
    )


async def _fact(hallway: Hallway, operation: str, given: dict[str, Any], asker: _Asker) -> Fact:
    try:
        return Fact(operation, (await hallway.invoke(operation, given, asker)).text)
    except GitOpsError as error:
        return Fact(operation, refusal(error, hallway.usual), is_error=True)


def build(specs: Sequence[ToolSpec], hallway: Hallway) -> MCPServer[Any]:
    """The server; nothing is connected to before the first call of a tool."""
    listed = {spec.name for spec in specs if spec.listed}
    offered = prompts.offered(operation.name for operation in hallway.operations)

    async def only_listed(ctx: ServerRequestContext[Any, Any], call_next: Callable[[Any], Awaitable[Any]]) -> Any:
        """Aliases and refused tools answer, but are not listed."""
        result = await call_next(ctx)
        if ctx.method != "tools/list":
            return result
        if isinstance(result, ListToolsResult):
            return result.model_copy(update={"tools": [tool for tool in result.tools if tool.name in listed]})
        return {**result, "tools": [tool for tool in result["tools"] if tool["name"] in listed]}

    async def only_offered(ctx: ServerRequestContext[Any, Any], call_next: Callable[[Any], Awaitable[Any]]) -> Any:
        """A prompt that is none is a mistake of the client's, not one of ours with a traceback."""
        name = str((ctx.params or {}).get("name"))
        known = [one.name for one in offered]
        if ctx.method == "prompts/get" and name not in known:
            close = names.nearest(name, known) or known
            raise MCPError(INVALID_PARAMS, f"There is no prompt {name[:100]!r}. Nearest: {', '.join(close) or 'none'}.")
        return await call_next(ctx)

    resources: list[Resource] = [
        TextResource(
            uri=guide.uri,
            name=guide.name,
            title=guide.title,
            description=guide.description,
            mime_type="text/markdown",
            text=guide.text,
        )
        for guide in guides()
    ]
    cached = CacheHint(ttl_ms=_LIST_SECONDS * 1000, scope="private")
    with _plain_logs():
        server: MCPServer[Any] = MCPServer(
            NAME,
            title="Argo CD GitOps",
            version=__version__,
            instructions=instructions({spec.name for spec in specs}),
            tools=[_tool(spec, hallway) for spec in specs],
            resources=resources,
            log_level="WARNING",
            lifespan=_closing(hallway),
            cache_hints={"tools/list": cached, "prompts/list": cached},
            middleware=[only_listed, only_offered],
        )
    for one in offered:
        server.add_prompt(_prompt(one, hallway))
    return server


@contextmanager
def _plain_logs() -> Iterator[None]:
    """Keep the SDK from loading rich, a thirtieth of the start, to colour a log that programs read."""
    if "rich.console" in sys.modules:
        yield
        return
    sys.modules["rich.console"] = None  # type: ignore[assignment] # what is None there cannot be imported
    try:
        yield
    finally:
        del sys.modules["rich.console"]


def _closing(hallway: Hallway) -> Callable[[MCPServer[None]], AbstractAsyncContextManager[None]]:
    """Whatever the transport is: when it ends, so does all that was started for it."""

    @asynccontextmanager
    async def lifespan(_: MCPServer[None]) -> AsyncIterator[None]:
        try:
            yield
        finally:
            await hallway.close()

    return lifespan


def serve_http(server: MCPServer[Any], host: str, port: int, allowed_hosts: Sequence[str]) -> None:
    """Serve streamable HTTP at /mcp until interrupted; `allowed_hosts` are Host headers taken beside loopback's."""
    security = None
    if allowed_hosts:
        hosts = ["127.0.0.1:*", "localhost:*", "[::1]:*", *allowed_hosts]
        origins = [f"{scheme}://{one}" for one in hosts for scheme in ("http", "https")]
        security = TransportSecuritySettings(
            enable_dns_rebinding_protection=True, allowed_hosts=hosts, allowed_origins=origins
        )
    server.run("streamable-http", host=host, port=port, stateless_http=False, transport_security=security)


def serve_stdio(server: MCPServer[Any]) -> None:
    """Serve on stdin and stdout until stdin closes, nobody reads stdout any more, or somebody interrupts."""

    async def run() -> None:
        low = server._lowlevel_server  # noqa: SLF001 - the SDK offers no public way to wrap its streams
        async with (
            pipes.claimed() as (lines, out),
            stdio_server(cast("Any", lines), cast("Any", out)) as (read, write),
        ):
            await low.run(_Probes(read, write, server), write, low.create_initialization_options())

    with suppress(KeyboardInterrupt):
        anyio.run(run)


class _Probes:
    """Answers leading `server/discover` requests itself, so that the next request decides the protocol's era.

    Some clients probe with the modern request and go on with the legacy handshake, which the SDK alone refuses.
    """

    def __init__(self, read: Any, write: Any, server: MCPServer[Any]) -> None:
        self._read = read
        self._write = write
        self._low = server._lowlevel_server  # noqa: SLF001
        self._probing = True

    def _discovery(self, request: JSONRPCRequest) -> dict[str, Any] | None:
        version = ((request.params or {}).get("_meta") or {}).get("io.modelcontextprotocol/protocolVersion")
        if version not in MODERN_PROTOCOL_VERSIONS:
            return None  # the SDK refuses it properly
        found = DiscoverResult(
            supported_versions=list(MODERN_PROTOCOL_VERSIONS),
            capabilities=self._low.get_capabilities(protocol_version=version),
            instructions=self._low.instructions,
        ).model_dump(by_alias=True, mode="json", exclude_none=True)
        meta = {**found.get("_meta", {}), "io.modelcontextprotocol/serverInfo": self._low.server_info_stamp}
        return {"resultType": "complete", "ttlMs": 0, "cacheScope": "private", **found, "_meta": meta}

    async def receive(self) -> Any:
        while True:
            item = await self._read.receive()
            message = getattr(item, "message", None)
            if self._probing and isinstance(message, JSONRPCRequest):
                answer = self._discovery(message) if message.method == "server/discover" else None
                if answer is not None:
                    await self._write.send(SessionMessage(JSONRPCResponse(jsonrpc="2.0", id=message.id, result=answer)))
                    continue
                self._probing = False
            return item

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Any:
        try:
            return await self.receive()
        except anyio.EndOfStream:
            raise StopAsyncIteration from None

    async def aclose(self) -> None:
        await self._read.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    @property
    def last_context(self) -> Any:
        return getattr(self._read, "last_context", None)
