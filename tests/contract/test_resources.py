"""The guides as MCP resources, without Argo CD."""

import pytest
from mcp.types import TextResourceContents

from tests.stage import Era, Stage

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("era", ["legacy", "2026-07-28"])
async def test_guides_are_readable_without_a_token(stage: Stage, era: Era) -> None:
    async with stage.tools(token=None, era=era) as tools:
        listed = {str(one.uri) for one in (await tools.client.list_resources()).resources}
        assert {"argocd://workflow_guide", "argocd://best_practices"} <= listed
        for uri in sorted(listed):
            content = (await tools.client.read_resource(uri)).contents[0]
            assert isinstance(content, TextResourceContents)
            assert content.mime_type == "text/markdown"
            assert content.text.startswith("#")
        assert tools.http.sent == []


async def test_the_workflow_guide_names_both_tools(stage: Stage) -> None:
    async with stage.tools(token=None) as tools:
        content = (await tools.client.read_resource("argocd://workflow_guide")).contents[0]
    assert isinstance(content, TextResourceContents)
    assert "manage_argocd_application" in content.text
    assert "manage_argocd_resource" in content.text
    assert "```mermaid" in content.text
