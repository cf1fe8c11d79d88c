"""The guide's workflow on real git, a real Gitea and a real Argo CD: from an empty repository, through a bad release,
to a healthy application; each change a pull request that somebody else approves."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import pytest
from testbed.gitea.accounts import BOT, REVIEWER
from testbed.gitea.forge import Forge

from argocd_gitops_mcp.gitops.forges import addresses, connection
from argocd_gitops_mcp.gitops.repositories import Repositories, of_workspace
from argocd_gitops_mcp.http import HTTP, TLS
from tests.contract.bench import IN_CLUSTER, NAMESPACE
from tests.stage import Answer, Stage, Tools, until

pytestmark = [pytest.mark.anyio, pytest.mark.real]

CHECK = "validate"
IMAGE = "example.com/shop"


@dataclass(frozen=True)
class Shop:
    """A repository, the application that deploys its production, and the two people it takes."""

    stage: Stage
    forge: Forge
    tools: Tools
    name: str
    where: str
    """How the tools name the repository."""

    @property
    def overlay(self) -> str:
        return f"services/{self.name}/overlays/production"

    async def git(self, operation: str, **arguments: Any) -> Answer:
        return await self.tools.repository(operation, self.where, **arguments)

    async def track(self, **arguments: Any) -> dict[str, Any]:
        return (await self.git("track_change", **arguments)).ok.structured

    async def release(self, tag: str, **arguments: Any) -> dict[str, Any]:
        """Propose it, wherever the line is that decides it."""
        change = {"application_name": self.name, "image": tag, **arguments}
        return (await self.tools.repository("open_pull_request", self.where, **change)).ok.structured

    def approve(self, request: str, user: str = REVIEWER) -> None:
        body = {"event": "APPROVED", "body": "Good."}
        self.forge.api(user).post(f"/repos/{self.path}/pulls/{request}/reviews", body)

    def checked(self, request: str, state: str) -> None:
        head = self.forge.api().get(f"/repos/{self.path}/pulls/{request}")["head"]["sha"]
        self.forge.set_status(self.name, head, state, CHECK)

    def body(self, request: str) -> str:
        return str(self.forge.api().get(f"/repos/{self.path}/pulls/{request}")["body"])

    def requests(self) -> list[str]:
        return [str(one["number"]) for one in self.forge.api().get(f"/repos/{self.path}/pulls?state=all")]

    @property
    def path(self) -> str:
        return f"{self.forge.gitea.organisation}/{self.name}"

    async def merge(self, request: str) -> dict[str, Any]:
        """Merge what is approved and green; Gitea takes a moment to see that."""
        seen = await self._until_mergeable(request)
        assert "against" not in seen, seen
        return (await self.git("merge_pull_request", pull_request=request)).ok.structured

    async def _until_mergeable(self, request: str) -> dict[str, Any]:
        path = f"/repos/{self.path}/pulls/{request}"
        await until(lambda: self.forge.api().get(path)["mergeable"], bool)
        return (await self.git("get_pull_request", pull_request=request)).ok.structured


@pytest.fixture
def forge(stage: Stage) -> Forge:
    assert stage.gitea is not None
    return stage.gitea


@pytest.fixture
def name(stage: Stage, forge: Forge) -> Iterator[str]:
    """A private repository, empty, and the name of an application."""
    name = stage.unique("shop")
    forge.create(name)
    yield name
    stage.raw("DELETE", f"/api/v1/applications/{name}")
    forge.delete(name)


@asynccontextmanager
async def connected(stage: Stage, forge: Forge, name: str, workspace: Path | None) -> AsyncIterator[Shop]:
    """The tools as the bot: by the forge's API, or with a clone in a workspace, by the user's own git."""
    url = forge.gitea.url
    async with HTTP(addresses.api_url("gitea", url), TLS(forge.ca_file), timeout=30) as http:
        bot = forge.gitea.users[BOT].token
        known = connection.connect("gitea", url, http, lambda: bot, allow_write=True)
        openers = (known.open,) if workspace is None else (of_workspace(workspace, known.open, allow_write=True),)
        repositories = Repositories(openers, sign_off=True)
        where = forge.url(name) if workspace is None else name
        async with stage.tools(elicit="accept", allow_merge=True, repositories=repositories) as tools:
            yield Shop(stage, forge, tools, name, where)


async def begun(shop: Shop) -> None:
    """From an empty repository to a healthy application."""
    values = {
        "service": shop.name,
        "image": IMAGE,
        "tag": "v1",
        "owners": [f"@{shop.forge.gitea.organisation}/{REVIEWER}"],
        "environments": ["staging", "production"],
    }
    made = (await shop.git("scaffold_repository", values=values)).ok.structured
    assert made["result"] == "begun with its first commit"
    # Gitea learns of the first push by and by, and until then panics when asked for a branch.
    await until(lambda: shop.forge.api().get(f"/repos/{shop.path}")["empty"], lambda empty: not empty)
    assert made["commit"] == shop.forge.head(shop.name)[:8]
    shop.forge.protect(shop.name, approvals=1, checks=[CHECK])

    valid = (await shop.git("validate_manifests", paths=["services"])).ok.text
    assert valid.startswith("no findings"), valid
    created = await shop.tools.application(
        "create",
        name=shop.name,
        repo_url=shop.forge.url(shop.name),
        path=shop.overlay,
        target_revision="main",
        destination_server=IN_CLUSTER,
        destination_namespace=NAMESPACE,
        sync_policy="Automated",
    )
    assert created.ok.structured["result"] == "created"
    told = await shop.track(commit="main", timeout_seconds=60)
    assert told["result"] == "healthy", told


@pytest.mark.parametrize("way", ["api", "clone"])
async def test_from_an_empty_repository_through_a_bad_release_to_health(
    stage: Stage, forge: Forge, name: str, way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = None
    if way == "clone":
        workspace = tmp_path / "workspace"
        for variable, value in (forge.git_environment() | identity()).items():
            monkeypatch.setenv(variable, value)
        await anyio.run_process(["git", "clone", "--quiet", forge.url(name), str(workspace / name)])
    async with connected(stage, forge, name, workspace) as shop:
        await begun(shop)

        planned = (await shop.git("plan_change", application_name=name, image="broken")).ok.structured
        assert "+    newTag: broken\n" in planned["diff"]
        assert shop.requests() == []
        bad = await shop.release("broken")
        assert bad["result"] == "opened"
        assert bad["files"] == [f"{shop.overlay}/kustomization.yaml +1 -1"]
        effect = f"Deployment/{name}: spec.template.spec.containers.{name}.image: {IMAGE}:v1 -> {IMAGE}:broken"
        assert bad["effects"] == [f"{name}: {effect}"]
        request = bad["pullRequest"]
        assert effect in shop.body(request)
        again = await shop.release("broken")
        assert (again["result"], again["pullRequest"]) == ("open already: it was found", request)
        assert shop.requests() == [request]

        told = await shop.track(pull_request=request)
        assert told["result"] == "not merged"
        text = (await shop.git("merge_pull_request", pull_request=request)).refused("merge_refused")
        assert "0 of 1 approvals" in text
        shop.checked(request, "failure")
        shop.approve(request)
        text = (await shop.git("merge_pull_request", pull_request=request)).refused("merge_refused")
        assert f"check '{CHECK}' is failure" in text
        shop.checked(request, "success")
        merged = await shop.merge(request)
        assert merged["commit"] == forge.head(name)[:8]

        told = await shop.track(pull_request=request, timeout_seconds=8)
        assert told["result"] != "healthy"
        assert f"{name}: synced; health is Progressing" in told["applications"][0]
        tree = (await shop.tools.resource("get_resource_tree", name)).ok.text
        assert "CrashLoopBackOff" in tree

        good = await shop.release("v2", title=f"Release v2 of {name}", body="Mends the crash of the release before.")
        assert "Mends the crash" in shop.body(good["pullRequest"])
        comment = {"pull_request": good["pullRequest"], "body": "Tested in staging."}
        assert (await shop.git("comment_pull_request", **comment)).ok.structured["url"].startswith("https://")
        shop.checked(good["pullRequest"], "success")
        shop.approve(good["pullRequest"])
        await shop.merge(good["pullRequest"])
        told = await shop.track(pull_request=good["pullRequest"], timeout_seconds=60)
        assert (told["result"], told["commit"]) == ("healthy", forge.head(name)[:8])

        commit = forge.api().get(f"/repos/{forge.gitea.organisation}/{name}/commits?sha={good['branch']}&limit=1")
        assert "Signed-off-by: " in commit[0]["commit"]["message"]
        outcomes = {one.operation: one.outcome for one in shop.tools.audit}
        assert outcomes["open_pull_request"] == outcomes["merge_pull_request"] == outcomes["track_change"] == "ok"
        assert forge.gitea.users[BOT].token not in str(shop.tools.audit)


def identity() -> dict[str, str]:
    """Who commits, without the machine's own configuration."""
    who = {f"GIT_{role}_NAME": "Bot" for role in ("AUTHOR", "COMMITTER")}
    return (
        who
        | {f"GIT_{role}_EMAIL": "bot@example.com" for role in ("AUTHOR", "COMMITTER")}
        | {"GIT_CONFIG_GLOBAL": "/dev/null"}
    )
