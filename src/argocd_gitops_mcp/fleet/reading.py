"""All applications listed, decoded while they come and without holding up anything else."""

import asyncio

from argocd_gitops_mcp.argocd import fleet as calls
from argocd_gitops_mcp.argocd.client import Client
from argocd_gitops_mcp.fleet.row import Key, Row, row
from argocd_gitops_mcp.fleet.splitting import Splitter


async def listed(
    client: Client, *, project: str | None = None, app_namespace: str | None = None
) -> tuple[dict[Key, Row], str]:
    """Every row, and the version of the whole."""
    splitter = Splitter()
    rows: dict[Key, Row] = {}
    async with client.pieces(calls.listed(project=project, app_namespace=app_namespace)) as pieces:
        async for piece in pieces:
            rows.update({one.key: one for one in map(row, splitter.feed(piece))})
            # A piece is about a millisecond; where the next one is there already, nothing else would wait for us.
            await asyncio.sleep(0)
    last, frame = splitter.end()
    if last is not None:
        one = row(last)
        rows[one.key] = one
    return rows, frame.metadata.resource_version
