"""The least server of the same SDK: one tool, nothing else. What it takes to start is what the SDK takes."""

import sys

from mcp.server import MCPServer

server: MCPServer[None] = MCPServer("bare", log_level="WARNING")


@server.tool()
async def echo(text: str) -> str:
    """Give the text back."""
    return text


if __name__ == "__main__":
    if sys.argv[1:2] == ["--port"]:
        server.run("streamable-http", port=int(sys.argv[2]))
    else:
        server.run("stdio")
