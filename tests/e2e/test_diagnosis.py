"""Each story, played on the real Argo CD, is diagnosed right in one call; where nothing is wrong nothing is found."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from testbed.record import Testbed

from tests.contract.bench import Bench
from tests.e2e.stories import kubernetes
from tests.e2e.stories.catalogue import STORIES
from tests.e2e.stories.recording import play
from tests.e2e.stories.story import Scene, Story, close
from tests.stage import Answer, Stage, Tools

pytestmark = [pytest.mark.anyio, pytest.mark.real]

TOKENS = 1_500
FAILURES = [one for one in STORIES if one.rule]
OTHERS = [one for one in STORIES if not one.rule]


@asynccontextmanager
async def played(story: Story, bench: Bench, testbed: Testbed) -> AsyncIterator[Scene]:
    scene = await play(story, bench, kubernetes.of(testbed))
    try:
        yield scene
    finally:
        close(scene)


async def diagnosed(tools: Tools, scene: Scene) -> Answer:
    answer = (await tools.application("diagnose", name=scene.name)).ok
    assert len(answer.text) <= TOKENS * 4
    return answer


@pytest.mark.parametrize("story", FAILURES, ids=lambda one: one.name)
async def test_a_failure_is_diagnosed_at_rank_one(story: Story, stage: Stage, bench: Bench, testbed: Testbed) -> None:
    async with played(story, bench, testbed) as scene, stage.tools(story.account, allow_write=False) as tools:
        answer = (await diagnosed(tools, scene)).structured
        first = answer["findings"][0]
        resource = scene.filled(story.resource)
        assert (first["rule"], first.get("resource", "").partition(" in ")[0]) == (story.rule, resource)
        assert any(story.unseen in one for one in answer.get("notSeen", [""]))
        for call in (call for finding in answer["findings"] for call in finding["next"]):
            followed = await tools.call(**call)
            assert not followed.is_error, (call, followed.text)


@pytest.mark.parametrize("story", OTHERS, ids=lambda one: one.name)
async def test_nothing_is_found_where_nothing_is_wrong(
    story: Story, stage: Stage, bench: Bench, testbed: Testbed
) -> None:
    async with played(story, bench, testbed) as scene, stage.tools(story.account, allow_write=False) as tools:
        answer = await diagnosed(tools, scene)
        assert "findings" not in answer.structured, answer.text
