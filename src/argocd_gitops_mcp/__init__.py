"""An MCP server that lets an AI agent run Argo CD."""

__version__ = "0.5.0"
