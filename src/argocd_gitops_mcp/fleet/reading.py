"""All applications listed, decoded while they come and without holding up anything else."""

import asyncio

from argocd_gitops_mcp.argocd import fleet as calls
from argocd_gitops_mcp.argocd.client import Client
from argocd_gitops_mcp.fleet.row import Row, row
from argocd_gitops_mcp.fleet.splitting import Splitter


async def listed(
    client: Client, *, project: str | None = None, app_namespace: str | None = None
) -> tuple[list[Row], str]:
    """Every row, and the version of the whole."""
    splitter = Splitter()
    rows: list[Row] = []
    async with client.pieces(calls.listed(project=project, app_namespace=app_namespace)) as pieces:
        async for piece in pieces:
            rows += map(row, splitter.feed(piece))
            # A piece is about a millisecond; where the next one is there already, nothing else would wait for us.
            await asyncio.sleep(0)
    last, frame = splitter.end()
    return rows if last is None else [*rows, row(last)], frame.metadata.resource_version
