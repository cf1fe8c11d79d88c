"""What most tests of the contract ask for: a client that may write, and a bench to make applications on."""

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from testbed.record import Testbed

from tests.contract.bench import Bench
from tests.contract.git_bench import GitBench
from tests.stage import Stage, Tools


@pytest.fixture
async def tools(stage: Stage) -> AsyncIterator[Tools]:
    async with stage.tools() as tools:
        yield tools


@pytest.fixture
async def asked(stage: Stage) -> AsyncIterator[Tools]:
    """A client whose user agrees to everything."""
    async with stage.tools(elicit="accept") as tools:
        yield tools


@pytest.fixture
def bench(stage: Stage, tools: Tools) -> Iterator[Bench]:
    bench = Bench(stage, tools)
    yield bench
    bench.close()


@pytest.fixture
def git(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> GitBench:
    """Repositories to change; whoever runs the server has told git who he is, and nothing else."""
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Ada")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "ada@example.com")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    return GitBench(bench)


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that has git, and neither kustomize nor Helm."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "git").symlink_to(str(shutil.which("git")))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))


@pytest.fixture
def programs(testbed: Testbed, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that has kustomize and Helm; only with the testbed."""
    monkeypatch.setenv("PATH", str(Path(testbed.argocd_cli).parent), prepend=os.pathsep)
