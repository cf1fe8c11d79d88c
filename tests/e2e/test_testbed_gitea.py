"""The testbed's Gitea is one that Argo CD deploys from: private, over TLS, with webhooks and protected branches."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import anyio
import pytest
from testbed import certificates
from testbed.gitea.accounts import BOT, READER, REVIEWER
from testbed.gitea.forge import MAIN, Forge
from testbed.record import Testbed

from tests.contract.bench import App, Bench, config_map, deployment, manifest
from tests.stage import Stage, state, until

pytestmark = [pytest.mark.anyio, pytest.mark.real]

# Less than the 30 seconds after which Argo CD looks by itself.
AT_ONCE_SECONDS = 10


@dataclass(frozen=True)
class Deployed:
    """An empty private repository, and the name of an application for it."""

    forge: Forge
    app: App

    @property
    def files(self) -> Mapping[str, str]:
        return {"app/web.yaml": deployment(self.app.name), "app/settings.yaml": config_map(self.app.name)}

    def start(self, bench: Bench) -> None:
        """As its owner would: Argo CD checks that it can read the repository, and syncs by itself."""
        body = manifest(self.app.name, self.app.url, syncPolicy={"automated": {}})
        answer = bench.stage.raw("POST", "/api/v1/applications", body=body)
        assert answer.status == 200, answer.text

    async def arrived(self, sha: str, seconds: float = 15) -> None:
        """Synced to a commit and Healthy, with nobody asking Argo CD to look."""

        def found() -> tuple[str, tuple[str, str]]:
            status = self.app.whole().get("status", {})
            return status.get("sync", {}).get("revision", ""), state(status)

        await until(found, lambda one: one == (sha, ("Synced", "Healthy")), seconds)


@pytest.fixture
def forge(stage: Stage) -> Forge:
    assert stage.gitea is not None
    return stage.gitea


@pytest.fixture
def deployed(forge: Forge, bench: Bench) -> Iterator[Deployed]:
    name = bench.stage.unique()
    app = App(bench.stage, bench.tools, name, forge.create(name))
    bench.apps.append(app)
    yield Deployed(forge, app)
    forge.delete(name)


class Done(NamedTuple):
    """How a git command ended."""

    status: int
    out: str
    err: str

    @property
    def ok(self) -> str:
        assert self.status == 0, self.err
        return self.out.strip()


async def git(folder: Path, *words: str, environment: Mapping[str, str] | None = None) -> Done:
    author = {f"GIT_{role}_{key}": "dev@example.com" for role in ("AUTHOR", "COMMITTER") for key in ("NAME", "EMAIL")}
    isolated = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0"}
    done = await anyio.run_process(
        ["git", "-C", str(folder), *words],
        env={**os.environ, **author, **isolated, **(environment or {})},
        check=False,
    )
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


async def committed(folder: Path, files: Mapping[str, str]) -> str:
    """A fresh repository with one commit."""
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    for words in (["init", f"--initial-branch={MAIN}"], ["add", "."], ["commit", "--message=Begin"]):
        assert (await git(folder, *words)).status == 0
    return (await git(folder, "rev-parse", "HEAD")).ok


async def test_what_is_pushed_is_deployed(deployed: Deployed, bench: Bench, testbed: Testbed, tmp_path: Path) -> None:
    """First by git with a token, then by the API, which Argo CD is told of."""
    sha = await committed(tmp_path, deployed.files)
    pushed = await git(tmp_path, "push", deployed.app.url, MAIN, environment=deployed.forge.git_environment())
    assert pushed.status == 0, pushed.err
    deployed.start(bench)
    await deployed.arrived(sha, 30)

    changed = deployed.forge.commit(deployed.app.name, {"app/web.yaml": None, "app/settings.yaml": config_map("other")})
    assert changed == deployed.forge.head(deployed.app.name)
    await until(
        lambda: deployed.app.whole()["status"]["sync"]["revision"], lambda found: found == changed, AT_ONCE_SECONDS
    )
    told = f"Received push event repo: {deployed.app.url.removesuffix('.git')}, revision: {MAIN}"
    assert told in (Path(testbed.run) / "logs" / "argocd-server.log").read_text()


async def test_a_stranger_and_a_reader_are_kept_out(deployed: Deployed, forge: Forge, tmp_path: Path) -> None:
    await committed(tmp_path, deployed.files)
    trusting = {"GIT_SSL_CAINFO": forge.ca_file, "NO_PROXY": "127.0.0.1"}
    stranger = await git(tmp_path, "ls-remote", deployed.app.url, environment=trusting)
    assert "could not read Username" in stranger.err
    reads = forge.git_environment(READER)
    assert (await git(tmp_path, "ls-remote", deployed.app.url, environment=reads)).status == 0
    assert "403" in (await git(tmp_path, "push", deployed.app.url, MAIN, environment=reads)).err
    (tmp_path / "other.crt").write_bytes(certificates.authority().pem)
    misled = {**forge.git_environment(), "GIT_SSL_CAINFO": str(tmp_path / "other.crt")}
    assert "certificate" in (await git(tmp_path, "ls-remote", deployed.app.url, environment=misled)).err


async def test_a_protected_branch_takes_reviewed_requests(deployed: Deployed, forge: Forge, bench: Bench) -> None:
    """The merge is what is deployed; nothing else reaches the branch."""
    name = deployed.app.name
    await deployed_first(deployed, bench)
    forge.protect(name, approvals=1, checks=["check"])
    change = {"app/settings.yaml": config_map(name, mode="fast")}
    with pytest.raises(OSError, match=r"403|422"):
        forge.commit(name, change)
    proposed = forge.commit(name, change, new_branch="faster")

    path, bot, reviewer = f"/repos/{forge.gitea.organisation}/{name}/pulls", forge.api(BOT), forge.api(REVIEWER)
    number = bot.post(path, {"title": "Faster", "head": "faster", "base": MAIN})["number"]
    await until(lambda: bot.get(f"{path}/{number}")["mergeable"], bool)
    with pytest.raises(OSError, match="405"):
        bot.post(f"{path}/{number}/merge", {"Do": "merge"})
    reviewer.post(f"{path}/{number}/reviews", {"event": "APPROVED", "commit_id": proposed})
    with pytest.raises(OSError, match="405"):
        bot.post(f"{path}/{number}/merge", {"Do": "merge"})
    forge.set_status(name, proposed, "success", "check")
    bot.post(f"{path}/{number}/merge", {"Do": "merge"})
    merged = bot.get(f"{path}/{number}")
    assert merged["merged"]
    await deployed.arrived(merged["merge_commit_sha"], AT_ONCE_SECONDS)


async def deployed_first(deployed: Deployed, bench: Bench) -> None:
    sha = deployed.forge.commit(deployed.app.name, deployed.files, "Begin")
    deployed.start(bench)
    await deployed.arrived(sha, 30)
