"""Each story, played on the real Argo CD, is diagnosed right in one call; where nothing is wrong nothing is found."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import anyio
import pytest
from testbed.record import Testbed

from tests.contract.bench import Bench
from tests.e2e.stories import kubernetes
from tests.e2e.stories.catalogue import STORIES
from tests.e2e.stories.recording import play
from tests.e2e.stories.story import Story, close
from tests.stage import Answer, Stage, Tools

pytestmark = pytest.mark.real

TOKENS = 1_500
AT_ONCE = 6
"""Stories mostly wait; so many do it at the same time."""


@dataclass
class Outcome:
    """What came of one story: its diagnosis, and the answers of every next call; or why it could not be played."""

    resource: str = ""
    answer: Answer | None = None
    followed: list[tuple[Mapping[str, Any], Answer]] = field(default_factory=list)
    failure: Exception | None = None


async def _outcome(story: Story, stage: Stage, testbed: Testbed, tools: Tools) -> Outcome:
    bench = Bench(stage, tools)
    found = Outcome()
    try:
        scene = await play(story, bench, kubernetes.of(testbed))
        try:
            found.resource = scene.filled(story.resource)
            async with stage.tools(story.account, allow_write=False) as asker:
                found.answer = await asker.application("diagnose", name=scene.name)
                for finding in found.answer.structured.get("findings", []):
                    found.followed += [(call, await asker.call(**call)) for call in finding["next"]]
        finally:
            close(scene)
    except Exception as error:  # noqa: BLE001 - told by the story's own test
        found.failure = error
    finally:
        bench.close()
    return found


async def _play_all(stage: Stage, testbed: Testbed) -> dict[str, Outcome]:
    places = asyncio.Semaphore(AT_ONCE)

    async def one(story: Story, tools: Tools) -> Outcome:
        async with places:
            return await _outcome(story, stage, testbed, tools)

    async with stage.tools() as tools:
        found = await asyncio.gather(*(one(story, tools) for story in STORIES))
    return {story.name: outcome for story, outcome in zip(STORIES, found, strict=True)}


@pytest.fixture(scope="module")
def outcomes(stage: Stage, testbed: Testbed) -> dict[str, Outcome]:
    return anyio.run(_play_all, stage, testbed)


@pytest.mark.parametrize("story", STORIES, ids=lambda one: one.name)
def test_a_story_is_diagnosed_right(story: Story, outcomes: Mapping[str, Outcome]) -> None:
    found = outcomes[story.name]
    if found.failure is not None:
        raise found.failure
    assert found.answer is not None
    answer = found.answer.ok
    assert len(answer.text) <= TOKENS * 4
    if not story.rule:
        assert "findings" not in answer.structured, answer.text
        return
    first = answer.structured["findings"][0]
    named = (first["rule"], first.get("resource", "").partition(" in ")[0])
    assert named == (story.rule, found.resource), answer.text
    assert any(story.unseen in one for one in answer.structured.get("notSeen", [""]))
    for call, followed in found.followed:
        assert not followed.is_error, (call, followed.text)
