"""What a client's model reads before it asks anything: tools by surface and mode, instructions, prompts, resources."""

import json
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
MODES = {
    "unified-read": ("unified", Policy()),
    "unified-write": ("unified", Policy(allow_write=True)),
    "unified-merge": ("unified", Policy(allow_write=True, permissions=frozenset({"allow_merge"}))),
    "split-read": ("split", Policy()),
    "split-write": ("split", Policy(allow_write=True)),
}


def connect() -> Any:
    """Nothing that is listed needs an Argo CD."""
    raise NotConfigured("no Argo CD")


def built(surface: str, policy: Policy) -> Any:
    """The server as it is served, without an Argo CD."""
    hallway = Hallway(OPERATIONS, policy, connect, lambda _: None, lambda *_: None)
    return server.build(surfaces.tools(OPERATIONS, hallway.policy, surface), hallway)


async def listed(surface: str, policy: Policy) -> list[dict[str, Any]]:
    """`tools/list` as it goes over the wire."""
    async with Client(built(surface, policy)) as client:
        found = (await client.list_tools()).tools
    return [tool.model_dump(by_alias=True, exclude_none=True, mode="json") for tool in found]


async def _around() -> dict[str, Any]:
    async with Client(built("unified", Policy())) as client:
        resources = (await client.list_resources()).resources
        prompts = (await client.list_prompts()).prompts
        return {
            "instructions": client.instructions,
            "prompts": [one.model_dump(by_alias=True, exclude_none=True, mode="json") for one in prompts],
            "resources": [one.model_dump(by_alias=True, exclude_none=True, mode="json") for one in resources],
        }


def current() -> dict[str, str]:
    """Each snapshot's file name and text."""
    texts: dict[str, Any] = {"around.json": anyio.run(_around)}
    for name, (surface, policy) in MODES.items():
        texts[f"tools-{name}.json"] = anyio.run(listed, surface, policy)
    return {name: json.dumps(value, indent=1, ensure_ascii=False) + "\n" for name, value in texts.items()}
