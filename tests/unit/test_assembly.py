"""From settings to the repositories that the hallway works with."""

import os

import pytest

from argocd_gitops_mcp import assembly
from argocd_gitops_mcp.errors import NotConfigured, UnknownRepository
from argocd_gitops_mcp.settings import Settings

pytestmark = pytest.mark.anyio


async def test_without_workspace_and_forge_no_repository_is_opened() -> None:
    known = assembly.repositories(Settings())
    for where in ("deploy", "https://git.example.com/team/deploy", f"file://{os.devnull}"):
        with pytest.raises(UnknownRepository):
            await known.open(where)
    await known.close()


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"workspace": "/nowhere/at/all"}, "no directory"),
        ({"forge": "gitea"}, "--forge-url"),
        ({"forge_url": "https://git.example.com"}, "--forge github"),
    ],
)
async def test_half_a_configuration_says_what_lacks(given: dict[str, str], missing: str) -> None:
    with pytest.raises(NotConfigured, match=missing):
        await assembly.repositories(Settings.model_validate(given)).open("https://git.example.com/team/deploy")


async def test_a_repository_of_the_forge_is_known_by_its_address_alone() -> None:
    known = assembly.repositories(Settings(forge="github"))
    found = await known.open("git@github.com:team/deploy.git")
    assert (found.kind, found.name) == ("github", "team/deploy")
    with pytest.raises(UnknownRepository):
        await known.open("https://gitlab.com/team/deploy")
    await known.close()


def test_a_switch_is_turned_off_by_a_flag_whatever_the_environment_says() -> None:
    flags, rest = assembly.split(["serve", "--no-index", "--no-allow-write", "--allow-merge"])
    loaded = assembly.load(flags, {"ARGOCD_ALLOW_WRITE": "true", "ARGOCD_MCP_CONFIG": os.devnull})
    assert rest == ["serve"]
    assert (loaded.settings.index, loaded.settings.allow_write, loaded.settings.allow_merge) == (False, False, True)
