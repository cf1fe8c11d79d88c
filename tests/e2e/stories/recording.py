"""Plays stories on the testbed and records what was read of each: python -m tests.e2e.stories.recording [story ...]

The rules' own tests read these, so that they need no testbed.
"""

import os
import re
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import anyio
import msgspec
from testbed import home, record

from argocd_gitops_mcp.argocd.client import Client
from argocd_gitops_mcp.argocd.resources import Owner
from argocd_gitops_mcp.errors import GitOpsError
from argocd_gitops_mcp.http import HTTP, TLS
from argocd_gitops_mcp.insight.evidence import Evidence
from argocd_gitops_mcp.operations._evidence import Gatherer
from argocd_gitops_mcp.operations._operation import Deps
from tests.contract.bench import Bench
from tests.e2e.stories import kubernetes
from tests.e2e.stories.catalogue import STORIES
from tests.e2e.stories.story import Scene, Story, close, scene_of
from tests.stage import Stage, of_testbed

FOLDER = Path(__file__).parents[2] / "unit" / "insight" / "seen"
_PORT = re.compile(r"127\.0\.0\.1:(?!9\b)\d+")


async def evidence(stage: Stage, name: str, account: str = "ci") -> Evidence:
    """As a diagnosis gathers it."""

    async def silent(_: str) -> None:
        pass

    async with HTTP(stage.url, TLS(ca_file=stage.ca_file), timeout=30) as http:
        client = Client(http, lambda: stage.tokens[account], allow_write=False)
        return await Gatherer(Deps(client, "", 6_000, silent, time.monotonic, anyio.sleep), Owner(name)).gather()


def written(scene: Scene, seen: Evidence) -> str:
    """As JSON without what is peculiar to the machine and the moment's names."""
    whole = msgspec.to_builtins(seen)
    for one in whole["resources"]:
        # Who writes matters where something differs.
        if not one["differs"]:
            (one.get("live") or {}).get("metadata", {}).pop("managedFields", None)
    text = msgspec.json.format(msgspec.json.encode(whole), indent=1).decode()
    run = scene.stage.repositories.removesuffix("/repositories")
    text = text.replace(run, "file:///srv/git").replace(run.removeprefix("file://"), "/srv/git")
    return _PORT.sub("127.0.0.1:8080", text.replace(scene.name, scene.story.name)) + "\n"


async def play(story: Story, bench: Bench, cluster: kubernetes.Kubernetes) -> Scene:
    """Until what it is about shows; close() ends it."""
    scene = scene_of(story, bench, cluster)
    try:
        await story.play(scene)
        await scene.until(story.seen)
        await anyio.sleep(story.lasting)
    except BaseException:
        close(scene)
        raise
    return scene


async def _record(stage: Stage, stories: Sequence[Story], cluster: kubernetes.Kubernetes) -> None:
    FOLDER.mkdir(exist_ok=True, parents=True)
    async with stage.tools() as tools:
        for story in stories:
            began = time.monotonic()
            bench = Bench(stage, tools)
            try:
                scene = await play(story, bench, cluster)
                try:
                    text = written(scene, await evidence(stage, scene.name, story.account))
                finally:
                    close(scene)
                (FOLDER / f"{story.name}.json").write_text(text)
                _say(f"{story.name}: {time.monotonic() - began:.0f} s, {len(text)} bytes")
            except (AssertionError, GitOpsError, OSError, TimeoutError) as error:
                _say(f"{story.name}: FAILED {str(error)[:1500]}")
            finally:
                bench.close()


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - a program


def main(names: Sequence[str]) -> None:
    running = record.running(home.from_environment(os.environ))
    assert running is not None, "the testbed does not run"
    stories = [one for one in STORIES if not names or one.name in names]
    with of_testbed(running) as stage:
        anyio.run(_record, stage, stories, kubernetes.of(running))


if __name__ == "__main__":
    main(sys.argv[1:])
