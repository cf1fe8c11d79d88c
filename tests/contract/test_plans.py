"""A plan tells what a write would do, sends nothing, and is applied only while the world is as it was."""

import json
import time
from typing import Any

import pytest
import time_machine

from argocd_gitops_mcp import plans
from tests.contract.bench import App, Bench, config_map, deployment
from tests.stage import Era, Stage, Tools

pytestmark = pytest.mark.anyio

ERAS: list[Era] = ["legacy", "2026-07-28"]


async def planned(app: App, operation: str, **arguments: Any) -> dict[str, Any]:
    """The plan of a write, of which nothing was sent."""
    before = len(app.tools.writes)
    plan = (await app.tools.application(operation, name=app.name, plan=True, **arguments)).ok.structured
    assert plan["result"] == "planned; nothing was sent"
    assert len(app.tools.writes) == before
    return plan


async def test_a_sync_is_planned_and_applied_as_planned(bench: Bench) -> None:
    app = await bench.synced()
    app.commit({"web.yaml": deployment(app.name, "example.com/web:v2"), "more.yaml": config_map(f"{app.name}-more")})
    before = app.version
    plan = await planned(app, "sync")
    assert f"ConfigMap/{app.name}-more: created" in plan["changes"]
    assert any("example.com/web:v1 -> example.com/web:v2" in change for change in plan["changes"])
    assert plan["rights"] == [f"applications, sync, default/{app.name}: yes"]
    assert before <= int(plan["resourceVersion"]) <= app.version  # the controller may write meanwhile
    done = (await app.tools.application("apply_plan", plan_id=plan["planId"])).ok.structured
    assert done["summary"] == "1 configured, 1 created, 1 unchanged"


async def test_the_request_of_a_plan_is_the_one_that_is_sent(bench: Bench) -> None:
    app = await bench.synced()
    plan = await planned(app, "sync", sync_options=["PruneLast=true"], retry_limit=2)
    await app.tools.application("apply_plan", plan_id=plan["planId"])
    (sent,) = app.tools.writes
    method, path, body = plan["request"].split(" ", 2)
    assert (method, path) == (sent.method, sent.path)
    told, real = json.loads(body), json.loads(sent.body or b"")
    assert {**told, "infos": None} == {**real, "infos": None}


async def test_drift_in_the_cluster_is_part_of_the_plan(bench: Bench) -> None:
    app = await bench.synced()
    patch = {"spec": {"replicas": 3}}
    web = {"resource_name": app.name, "resource_kind": "Deployment"}
    assert (await app.resource("patch_resource", patch=patch, **web)).ok
    app.refresh()
    plan = await planned(app, "sync")
    assert any("spec.replicas: 3 -> 1" in change and "(live)" in change for change in plan["changes"])


async def test_a_plan_is_refused_when_git_moved(bench: Bench) -> None:
    app = await bench.synced()
    plan = await planned(app, "sync")
    app.commit({"more.yaml": config_map(f"{app.name}-more")})
    refused = await app.tools.application("apply_plan", plan_id=plan["planId"])
    assert "changes" in refused.refused("plan_outdated")
    assert app.tools.writes == []


async def test_a_plan_is_applied_once(bench: Bench) -> None:
    app = await bench.synced()
    plan = await planned(app, "sync")
    assert (await app.tools.application("apply_plan", plan_id=plan["planId"])).ok
    again = await app.tools.application("apply_plan", plan_id=plan["planId"])
    assert "history" in again.refused("plan_outdated")
    assert len(app.tools.writes) == 1


async def test_a_plan_of_an_update_holds_while_only_the_status_moves(bench: Bench) -> None:
    app = await bench.synced()
    plan = await planned(app, "update", target_revision="HEAD")
    assert plan["changes"] == ["spec.source.targetRevision: main -> HEAD"]
    app.refresh()
    done = await app.tools.application("apply_plan", plan_id=plan["planId"])
    assert done.ok.structured["changed"] == plan["changes"]


async def test_a_plan_of_an_update_is_refused_when_somebody_else_updated(bench: Bench) -> None:
    app = await bench.synced()
    plan = await planned(app, "update", target_revision="HEAD")
    body = {"patch": json.dumps({"spec": {"revisionHistoryLimit": 3}}), "patchType": "merge"}
    assert bench.stage.raw("PATCH", app.path, body=body).status == 200
    refused = await app.tools.application("apply_plan", plan_id=plan["planId"])
    assert "spec and metadata" in refused.refused("plan_outdated")
    assert app.whole()["spec"]["source"]["targetRevision"] == "main"


@pytest.mark.parametrize("era", ERAS)
async def test_a_destructive_plan_still_wants_a_confirmation(stage: Stage, bench: Bench, era: Era) -> None:
    app = await bench.synced()
    async with stage.tools(era=era, elicit="decline") as tools:
        plan = (await tools.application("delete", name=app.name, plan=True)).ok.structured
        assert sorted(plan["removes"]) == [f"ConfigMap/{app.name}", f"Deployment/{app.name}"]
        (await tools.application("apply_plan", plan_id=plan["planId"])).refused("not_confirmed")
        assert tools.writes == []
    async with stage.tools(era=era) as tools:
        refused = await tools.application("apply_plan", plan_id=plan["planId"])
        assert f"confirm={app.name!r}" in refused.refused("not_confirmed")
        done = await tools.application("apply_plan", plan_id=plan["planId"], confirm=app.name)
    assert done.ok.structured["result"] == "deleted"


async def test_a_resource_plan_is_applied_by_either_tool(bench: Bench) -> None:
    app = await bench.synced()
    web = {"resource_name": app.name, "resource_kind": "Deployment"}
    plan = (await app.resource("patch_resource", patch={"spec": {"replicas": 2}}, plan=True, **web)).ok.structured
    assert plan["changes"] == ["spec.replicas: 1 -> 2"]
    done = await app.tools.call("manage_argocd_resource", operation="apply_plan", plan_id=plan["planId"])
    assert done.ok.structured["changed"] == ["spec.replicas: 1 -> 2"]


async def test_every_write_can_be_planned_in_a_read_only_server(stage: Stage, bench: Bench) -> None:
    app = await bench.synced()
    async with stage.tools(allow_write=False) as tools:
        plans_made = [
            (await tools.application(operation, name=app.name, plan=True)).ok.structured
            for operation in ("sync", "delete", "refresh")
        ]
        assert all("read-only" in plan["next"] for plan in plans_made)
        plan = plans_made[0]
        (await tools.application("apply_plan", plan_id=plan["planId"])).refused("read_only")
        assert [one for one in tools.http.sent if one.method != "GET"] == []


async def test_with_require_plan_a_plan_is_the_only_way(stage: Stage, bench: Bench) -> None:
    app = await bench.synced()
    async with stage.tools(require_plan=True, elicit="accept") as tools:
        for operation in ("sync", "delete", "refresh"):
            refused = await tools.application(operation, name=app.name)
            assert "plan=true" in refused.refused("plan_required")
        assert tools.http.sent == []
        plan = (await tools.application("sync", name=app.name, plan=True)).ok.structured
        assert (await tools.application("apply_plan", plan_id=plan["planId"])).ok
        assert len(tools.writes) == 1


async def test_plan_ids_that_are_worth_nothing(bench: Bench, stage: Stage) -> None:
    app = await bench.synced()
    plan_id = (await planned(app, "sync"))["planId"]
    for wrong in ("", "rubbish", plan_id[:-3] + "abc", plan_id.replace(".", "", 1)):
        (await app.tools.application("apply_plan", plan_id=wrong)).refused("invalid_plan")
    async with stage.tools("admin") as tools:
        (await tools.application("apply_plan", plan_id=plan_id)).refused("plan_of_another")
        assert tools.http.sent == []
    with time_machine.travel(time.time() + plans.LIFETIME + 60, tick=True):
        (await app.tools.application("apply_plan", plan_id=plan_id)).refused("plan_expired")
    assert app.tools.writes == []


async def test_plan_and_application_share_a_name_in_the_audit_trail(bench: Bench, tools: Tools) -> None:
    app = await bench.synced()
    plan_id = (await planned(app, "sync"))["planId"]
    await tools.application("apply_plan", plan_id=plan_id)
    made, applied = tools.audit[-2:]
    assert (made.operation, made.effect, applied.operation, applied.effect) == (
        "sync_application",
        "read",
        "apply_plan",
        "write",
    )
    assert made.plan == applied.plan != ""
    assert applied.target == app.name


async def test_what_cannot_be_planned(tools: Tools) -> None:
    (await tools.application("get", name="guestbook", plan=True)).refused("unknown_argument")
    (await tools.application("sync", name="guestbook", plan="maybe")).refused("invalid_argument")
    (await tools.application("apply_plan")).refused("invalid_argument")
