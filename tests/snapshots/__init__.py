"""What a client's model reads before it asks anything: tools on each surface and mode, instructions, resources."""

import json
from functools import partial
from pathlib import Path
from typing import Any

import anyio
from mcp import Client

from argocd_gitops_mcp import server, surfaces
from argocd_gitops_mcp.errors import NotConfigured
from argocd_gitops_mcp.invoke import Hallway
from argocd_gitops_mcp.operations.catalogue import OPERATIONS
from argocd_gitops_mcp.policy import Policy

FOLDER = Path(__file__).parent
MODES = [(surface, writes) for surface in ("unified", "split") for writes in (False, True)]


def connect() -> Any:
    """Nothing that is listed needs an Argo CD."""
    raise NotConfigured("no Argo CD")


def built(surface: str, *, writes: bool) -> Any:
    """The server as it is served, without an Argo CD."""
    hallway = Hallway(OPERATIONS, Policy(allow_write=writes), connect, lambda _: None, lambda *_: None)
    return server.build(surfaces.tools(OPERATIONS, hallway.policy, surface), hallway)


async def listed(surface: str, *, writes: bool) -> list[dict[str, Any]]:
    """`tools/list` as it goes over the wire."""
    async with Client(built(surface, writes=writes)) as client:
        found = (await client.list_tools()).tools
    return [tool.model_dump(by_alias=True, exclude_none=True, mode="json") for tool in found]


async def _around() -> dict[str, Any]:
    async with Client(built("unified", writes=False)) as client:
        resources = (await client.list_resources()).resources
        return {
            "instructions": client.instructions,
            "resources": [one.model_dump(by_alias=True, exclude_none=True, mode="json") for one in resources],
        }


def current() -> dict[str, str]:
    """Each snapshot's file name and text."""
    texts: dict[str, Any] = {"around.json": anyio.run(_around)}
    for surface, writes in MODES:
        name = f"tools-{surface}-{'write' if writes else 'read'}.json"
        texts[name] = anyio.run(partial(listed, surface, writes=writes))
    return {name: json.dumps(value, indent=1, ensure_ascii=False) + "\n" for name, value in texts.items()}
