"""Every story, as a real Argo CD told it: the right cause stands first, and nothing is found where nothing is wrong."""

from pathlib import Path

import msgspec
import pytest
from tests.e2e.stories.catalogue import STORIES
from tests.e2e.stories.story import Story

from argocd_gitops_mcp.insight.diagnosis import diagnose
from argocd_gitops_mcp.insight.evidence import Evidence
from argocd_gitops_mcp.insight.rules.catalogue import RULES
from argocd_gitops_mcp.operations.catalogue import OPERATIONS
from argocd_gitops_mcp.operations.diagnosis import LIMIT
from argocd_gitops_mcp.views import diagnosis as views

SEEN = Path(__file__).with_name("seen")


def recorded(name: str) -> Evidence:
    return msgspec.json.decode((SEEN / f"{name}.json").read_bytes(), type=Evidence)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_the_cause_stands_first(story: Story) -> None:
    evidence = recorded(story.name)
    found = diagnose(evidence, RULES)
    first = [
        (one.rule.id, f"{one.finding.resource.kind}/{one.finding.resource.name}" if one.finding.resource else "")
        for one in found
    ]
    if not story.rule:
        assert first == []
        return
    assert first, "nothing was found"
    assert first[0] == (story.rule, story.resource.replace("{name}", story.name))
    operations = {one.name: one for one in OPERATIONS}
    for call in found[0].finding.next:
        operations[call.operation].arguments.model_validate(call.arguments)
    assert found[0].finding.next
    text = views.diagnosis(evidence, found, lambda name, given: {"operation": name, **given}).render(LIMIT).text
    assert len(text) <= LIMIT
