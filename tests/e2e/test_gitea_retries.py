"""The same change again on a real Gitea: one request for one try, a new one for a new try, with and without a clone."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import pytest
from testbed.gitea.accounts import ADMINISTRATOR, BOT
from testbed.gitea.forge import Forge

from argocd_gitops_mcp import errors
from argocd_gitops_mcp.gitops.forges import addresses, connection
from argocd_gitops_mcp.gitops.repositories import Repositories, of_workspace
from argocd_gitops_mcp.http import TLS
from tests.e2e.gitea import Watched
from tests.e2e.test_git_story import identity
from tests.stage import Answer, Stage, Tools, until

pytestmark = [pytest.mark.anyio, pytest.mark.real]


@dataclass(frozen=True)
class Deploy:
    """A repository with one file, and the tools as the bot."""

    forge: Forge
    tools: Tools
    http: Watched
    name: str
    where: str

    async def open(self, text: str, **more: Any) -> Answer:
        return await self.tools.repository("open_pull_request", self.where, files={"notes.md": text}, **more)

    async def opened(self, text: str, **more: Any) -> tuple[str, str]:
        """Number and branch."""
        made = (await self.open(text, **more)).ok.structured
        return made["pullRequest"], made["branch"]

    @property
    def is_by_api(self) -> bool:
        return self.where != self.name

    def ask(self, method: str, path: str, *body: Any) -> Any:
        call = getattr(self.forge.api(ADMINISTRATOR), method)
        return call(f"/repos/{self.forge.gitea.organisation}/{self.name}{path}", *body)

    def requests(self) -> dict[str, str]:
        return {str(one["number"]): one["head"]["ref"] for one in self.ask("get", "/pulls?state=all")}

    async def merge(self, request: str, style: str, *, delete: bool) -> None:
        await until(lambda: self.ask("get", f"/pulls/{request}")["mergeable"], bool)
        self.ask("post", f"/pulls/{request}/merge", {"Do": style, "delete_branch_after_merge": delete})

    def close(self, request: str) -> None:
        self.ask("patch", f"/pulls/{request}", {"state": "closed"})


@pytest.fixture
def name(stage: Stage) -> Iterator[str]:
    assert stage.gitea is not None
    name = stage.unique("deploy")
    stage.gitea.create(name, {"notes.md": "v1\n"})
    yield name
    stage.gitea.delete(name)


@pytest.fixture(params=["api", "clone"])
async def deploy(
    stage: Stage, name: str, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Deploy]:
    forge = stage.gitea
    assert forge is not None
    workspace = None
    if request.param == "clone":
        workspace = tmp_path / "workspace"
        for variable, value in (forge.git_environment() | identity()).items():
            monkeypatch.setenv(variable, value)
        await anyio.run_process(["git", "clone", "--quiet", forge.url(name), str(workspace / name)])
    async with connected(stage, forge, name, workspace) as found:
        yield found


@asynccontextmanager
async def connected(stage: Stage, forge: Forge, name: str, workspace: Path | None) -> AsyncIterator[Deploy]:
    url, bot = forge.gitea.url, forge.gitea.users[BOT].token
    async with Watched(addresses.api_url("gitea", url), TLS(forge.ca_file)) as http:
        known = connection.connect("gitea", url, http, lambda: bot, allow_write=True)
        openers = (known.open,) if workspace is None else (of_workspace(workspace, known.open, allow_write=True),)
        async with stage.tools(repositories=Repositories(openers)) as tools:
            yield Deploy(forge, tools, http, name, forge.url(name) if workspace is None else name)


@pytest.mark.parametrize(("style", "delete"), [("merge", False), ("squash", False), ("squash", True)])
async def test_what_was_merged_and_taken_back_is_a_new_request(deploy: Deploy, style: str, delete: bool) -> None:
    first, branch = await deploy.opened("v2\n")
    await deploy.merge(first, style, delete=delete)
    deploy.forge.commit(deploy.name, {"notes.md": "v1\n"}, "Take it back")
    second, other = await deploy.opened("v2\n")
    assert (second != first, other) == (True, f"{branch}-2")
    assert await deploy.opened("v2\n", title="The same again") == (second, other)
    assert set(deploy.requests()) == {first, second}
    if not delete:
        (await deploy.open("v2\n", branch=branch)).refused("conflict")
    assert set(deploy.requests()) == {first, second}


async def test_what_was_closed_is_a_new_request(deploy: Deploy) -> None:
    first, branch = await deploy.opened("v2\n")
    deploy.close(first)
    (await deploy.open("v2\n", branch=branch)).refused("conflict")
    second, other = await deploy.opened("v2\n")
    assert (second != first, other) == (True, f"{branch}-2")
    assert await deploy.opened("v2\n") == (second, other)
    deploy.ask("patch", f"/pulls/{second}", {"state": "closed"})
    deploy.ask("patch", f"/pulls/{first}", {"state": "open"})
    assert await deploy.opened("v2\n") == (first, branch)


async def test_a_branch_with_something_else_is_left_alone(deploy: Deploy) -> None:
    first, branch = await deploy.opened("v2\n")
    deploy.forge.commit(deploy.name, {"more.md": "more\n"}, branch=branch)
    head = deploy.forge.head(deploy.name, branch)
    second, other = await deploy.opened("v2\n")
    assert (second != first, other) == (True, f"{branch}-2")
    (await deploy.open("v2\n", branch=branch)).refused("conflict")
    assert deploy.forge.head(deploy.name, branch) == head


async def test_a_base_that_moved_is_no_new_request(deploy: Deploy) -> None:
    first = await deploy.opened("v2\n")
    deploy.forge.commit(deploy.name, {"more.md": "more\n"})
    assert await deploy.opened("v2\n") == first
    assert deploy.requests() == dict([first])


async def test_calls_at_once_end_in_one_request(deploy: Deploy) -> None:
    found: list[tuple[str, str]] = []

    async def one(title: str) -> None:
        found.append(await deploy.opened("v2\n", title=title))

    async with anyio.create_task_group() as group:
        for number in range(6):
            group.start_soon(one, f"Try {number}")
    assert len(set(found)) == 1
    assert deploy.requests() == dict(set(found))


@pytest.mark.parametrize("nth", [1, 2])
async def test_a_lost_answer_is_found(deploy: Deploy, nth: int) -> None:
    """Of the push, or of the opening; git's own push is none of the forge's requests."""
    deploy.http.loses = nth
    answer = await deploy.open("v2\n")
    if nth == 1 or deploy.is_by_api:
        answer.refused(errors.ConnectionLost.code)
    deploy.forge.commit(deploy.name, {"more.md": "more\n"})
    first = await deploy.opened("v2\n", title="Once more")
    assert deploy.requests() == dict([first])
    assert len([path for _, path in deploy.http.writes if path.endswith("/pulls")]) == 1
