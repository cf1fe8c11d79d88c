"""Plan, apply, wait, a bad release, roll back: the story of docs/changes.md, on both surfaces."""

from typing import Any

import pytest

from tests.contract.bench import App, Bench, config_map, deployment
from tests.stage import APPLICATION, Answer, Stage, Tools, until

pytestmark = pytest.mark.anyio

SPLIT = {
    "sync": "sync_application",
    "wait": "wait_for_application",
    "history": "get_history",
    "rollback": "rollback_application",
    "update": "update_application",
    "delete": "delete_application",
    "refresh": "refresh_application",
    "apply_plan": "apply_plan",
}


async def call(tools: Tools, surface: str, operation: str, **arguments: Any) -> Answer:
    """The same call on either surface."""
    if surface == "split":
        return await tools.call(SPLIT[operation], **arguments)
    return await tools.call(APPLICATION, operation=operation, **arguments)


def replaced(app: App) -> bool:
    """Whether Argo CD's own clock left the second in which it became healthy: its stamps are whole ones."""
    status = app.refresh()["status"]
    return bool(
        status["reconciledAt"] > max(status["history"][-1]["deployedAt"], status["health"]["lastTransitionTime"])
    )


@pytest.mark.parametrize("surface", ["unified", "split"])
async def test_the_story(stage: Stage, bench: Bench, surface: str) -> None:
    app = bench.created()
    async with stage.tools(surface=surface, elicit="accept") as tools:

        async def done(operation: str, **arguments: Any) -> dict[str, Any]:
            return (await call(tools, surface, operation, **arguments)).ok.structured

        plan = await done("sync", name=app.name, plan=True)
        assert plan["changes"] == [f"ConfigMap/{app.name}: created", f"Deployment/{app.name}: created"]
        assert tools.writes == []
        applied = await done("apply_plan", plan_id=plan["planId"])
        assert applied["phase"] == "Succeeded"
        healthy = await done("wait", name=app.name, operation_id=applied["operationId"])
        assert (healthy["result"], healthy["operationId"]) == ("synced and healthy", applied["operationId"])
        await until(lambda: replaced(app), bool)

        # A bad release: applied as wished, and not called healthy.
        bad = {"web.yaml": deployment(app.name, "example.com/web:broken"), "more.yaml": config_map(f"{app.name}-more")}
        sha = app.commit(bad)
        plan = await done("sync", name=app.name, plan=True)
        assert any("example.com/web:v1 -> example.com/web:broken" in change for change in plan["changes"])
        released = await done("apply_plan", plan_id=plan["planId"])
        assert (released["revision"], released["sync"]) == (sha[:8], "Synced")
        waited = await done("wait", name=app.name, operation_id=released["operationId"], timeout_seconds=3)
        assert waited["result"] == "not healthy yet"
        assert "Progressing" in waited["note"]

        # Back to what was healthy, planned first; nothing is pruned that was not asked for.
        plan = await done("rollback", name=app.name, to="last_healthy", plan=True)
        assert "(id 1) -> " in plan["changes"][0]
        assert "OutOfSync afterwards" in plan["warnings"][0]
        back = await done("apply_plan", plan_id=plan["planId"])
        assert "rolled back to deployment 0" in back["result"]
        assert f"ConfigMap/{app.name}-more kept: ignored (requires pruning)" in back["resources"]
        again = await call(tools, surface, "apply_plan", plan_id=plan["planId"])
        assert "history" in again.refused("plan_outdated")
        healthy = await done("wait", name=app.name, operation_id=back["operationId"])
        assert healthy["result"] == "healthy, but not Synced"
        assert healthy["problems"] == [f"Deployment/{app.name} OutOfSync Healthy"]

        history = (await call(tools, surface, "history", name=app.name)).ok.text.splitlines()[2:]
        assert [row.split()[0] for row in history] == ["2", "1", "0"]
        # Every write was planned before: three plans, three requests that write.
        assert len(tools.writes) == 3
