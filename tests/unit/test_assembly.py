"""From settings to what the hallway works with: tokens and repositories."""

import os
import sys
from pathlib import Path

import pytest

from argocd_gitops_mcp import assembly
from argocd_gitops_mcp.errors import NotConfigured, UnknownRepository
from argocd_gitops_mcp.settings import Settings

pytestmark = pytest.mark.anyio

SECRET = "gta_0123456789abcdef"


def test_the_forges_token_from_each_place(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"{SECRET}\n")
    printing = f"{sys.executable} -c \"print('{SECRET}')\""
    assert assembly.read_forge_token(Settings()) is None
    assert assembly.read_forge_token(Settings(forge_token=f" {SECRET} ")) == SECRET
    assert assembly.read_forge_token(Settings(forge_token_file=str(file))) == SECRET
    assert assembly.read_forge_token(Settings(forge_token_command=printing)) == SECRET


def test_a_token_file_is_read_anew_each_time(tmp_path: Path) -> None:
    file = tmp_path / "token"
    given = Settings(forge_token_file=str(file))
    with pytest.raises(NotConfigured, match="forge token file"):
        assembly.read_forge_token(given)
    for token in ("first", "second"):
        file.write_text(token)
        assert assembly.read_forge_token(given) == token


@pytest.mark.parametrize("command", ["no-such-program", "", "'", f"{sys.executable} -c \"print('{SECRET}'); exit(1)\""])
def test_a_command_that_fails_tells_nothing_of_what_it_printed(command: str) -> None:
    with pytest.raises(NotConfigured, match="--forge-token-command") as raised:
        assembly.read_forge_token(Settings(forge_token_command=command))
    assert SECRET not in f"{raised.value} {raised.value.upstream} {raised.value.hint}"


def test_a_command_runs_without_a_shell(tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    told = assembly.read_forge_token(Settings(forge_token_command=f"echo token; touch {trap}"))
    assert told == f"token; touch {trap}"
    assert not trap.exists()


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
