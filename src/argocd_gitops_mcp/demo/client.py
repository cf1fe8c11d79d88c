"""A real MCP client over stdio; the only module of the demo that imports mcp."""

import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mcp import Client, StdioServerParameters
from mcp.client import ClientRequestContext
from mcp.client.stdio import stdio_client
from mcp.shared.exceptions import MCPError
from mcp.types import ElicitRequestParams, ElicitResult, TextContent, TextResourceContents

from argocd_gitops_mcp.demo.errors import StepFailed

BYTES_PER_TOKEN = 4
_SERVER = (sys.executable, "-m", "argocd_gitops_mcp")

Ask = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model would read, and what it took to get it."""

    text: str
    is_error: bool
    seconds: float

    @property
    def tokens(self) -> int:
        """About how many."""
        return tokens(self.text)


def tokens(text: str) -> int:
    """Bytes by four, rounded up."""
    return -(-len(text.encode()) // BYTES_PER_TOKEN)


class Session:
    """One connection to the server."""

    def __init__(self, client: Client) -> None:
        self._client = client

    @property
    def protocol(self) -> str:
        """The revision both sides speak."""
        return self._client.protocol_version

    async def tools(self) -> tuple[list[str], int]:
        """The names of the tools, and the tokens of their list."""
        listed = await self._client.list_tools()
        return [tool.name for tool in listed.tools], tokens(listed.model_dump_json(by_alias=True, exclude_none=True))

    async def call(self, tool: str, arguments: Mapping[str, Any]) -> Answer:
        """Call a tool."""
        began = time.monotonic()
        try:
            result = await self._client.call_tool(tool, dict(arguments))
        except MCPError as error:
            raise StepFailed(f"the server refuses the call of {tool}: {error}") from error
        seconds = time.monotonic() - began
        text = "\n".join(block.text for block in result.content if isinstance(block, TextContent))
        return Answer(text, bool(result.is_error), seconds)

    async def read(self, uri: str) -> Answer:
        """Read a resource."""
        began = time.monotonic()
        try:
            result = await self._client.read_resource(uri)
        except MCPError as error:
            raise StepFailed(f"the server refuses to read {uri}: {error}") from error
        seconds = time.monotonic() - began
        text = "\n".join(one.text for one in result.contents if isinstance(one, TextResourceContents))
        return Answer(text, is_error=False, seconds=seconds)


@asynccontextmanager
async def connected(environment: Mapping[str, str], log: Path, ask: Ask) -> AsyncIterator[Session]:
    """Start the server with these settings and connect; its stderr goes to `log`, its questions to `ask`."""

    async def elicited(context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:  # noqa: ARG001 - the SDK's signature
        return ElicitResult(action="accept", content={"confirm": ask(params.message)})

    command, *arguments = _SERVER
    server = StdioServerParameters(command=command, args=arguments, env=dict(environment))
    with log.open("w", encoding="utf-8") as stderr:
        async with Client(stdio_client(server, errlog=stderr), elicitation_callback=elicited) as client:
            yield Session(client)
