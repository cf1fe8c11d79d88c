"""Patching and deleting live resources, where Argo CD allows it."""

from typing import Any

import pytest

from tests.contract.bench import App, Bench, secret
from tests.stage import Stage, Tools

pytestmark = pytest.mark.anyio


def web(app: App) -> dict[str, Any]:
    return {"resource_name": app.name, "resource_kind": "Deployment"}


async def test_a_patch_tells_what_changed_and_how_long_it_lasts(bench: Bench) -> None:
    app = await bench.synced()
    told = (await app.resource("patch_resource", patch={"spec": {"replicas": 2}}, **web(app))).ok.structured
    assert told["changed"] == ["spec.replicas: 1 -> 2"]
    assert "until the next sync" in told["warnings"][0]
    again = (await app.resource("patch_resource", patch='{"spec": {"replicas": 2}}', **web(app))).ok.structured
    assert again["result"].startswith("unchanged")


@pytest.mark.parametrize(
    ("patch_type", "patch"),
    [
        ("json", [{"op": "replace", "path": "/spec/replicas", "value": 2}]),
        ("strategic", {"spec": {"replicas": 2}}),
    ],
)
async def test_the_other_types_of_patches(bench: Bench, patch_type: str, patch: Any) -> None:
    app = await bench.synced()
    told = await app.resource("patch_resource", patch=patch, patch_type=patch_type, **web(app))
    assert told.ok.structured["changed"] == ["spec.replicas: 1 -> 2"]


async def test_self_heal_is_warned_of(bench: Bench) -> None:
    app = bench.created(syncPolicy={"automated": {"selfHeal": True}})
    await app.healthy()
    plan = (await app.resource("patch_resource", patch={"spec": {"replicas": 2}}, plan=True, **web(app))).ok.structured
    assert "undoes the change" in plan["warnings"][0]


async def test_patches_that_are_none(bench: Bench) -> None:
    app = await bench.synced()
    for wrong in ("not JSON", "[]", "7"):
        (await app.resource("patch_resource", patch=wrong, **web(app))).refused("invalid_argument")
    step = {"op": "replace", "path": "/spec/replicas", "value": 2}
    (await app.resource("patch_resource", patch=step, patch_type="json", **web(app))).refused("invalid_argument")
    assert app.tools.writes == []
    refused = await app.resource("patch_resource", patch={"spec": {"replicas": "many"}}, **web(app))
    assert refused.is_error
    assert app.whole()["status"]["sync"]["status"] == "Synced"


async def test_a_secret_in_a_patch_is_in_no_answer(bench: Bench) -> None:
    app = await bench.synced({"secret.yaml": secret("{name}", "first")})
    given: dict[str, Any] = {"resource_name": app.name, "resource_kind": "Secret"}
    patch = {"stringData": {"password": "hunter-two"}}
    plan = await app.resource("patch_resource", patch=patch, plan=True, **given)
    done = await app.resource("patch_resource", patch=patch, **given)
    for answer in (plan.ok, done.ok):
        assert "hunter-two" not in answer.text
        assert "aHVudGVyLXR3bw" not in answer.text


async def test_a_deleted_resource_is_seen_gone_and_missed(bench: Bench, asked: Tools) -> None:
    app = await bench.synced()
    await app.healthy()
    told = (await asked.resource("delete_resource", app.name, **web(app))).ok.structured
    assert told["result"] == "deleted"
    assert "until the next sync" in told["warnings"][0]
    managed = (await app.resource("get_managed_resources")).ok.text
    assert any("to_be_created" in line for line in managed.splitlines() if line.startswith(f"Deployment/{app.name}"))


async def test_a_deletion_lists_what_goes_along_and_wants_the_resource_named(bench: Bench) -> None:
    app = await bench.synced()
    await app.healthy()
    text = (await app.resource("delete_resource", **web(app))).refused("not_confirmed")
    assert f"Deployment/{app.name}" in text
    assert f"ReplicaSet/{app.name}-" in text
    assert f"Pod/{app.name}-" in text
    (await app.resource("delete_resource", confirm="true", **web(app))).refused("not_confirmed")
    assert app.tools.writes == []
    assert (await app.resource("delete_resource", confirm=app.name, **web(app))).ok


async def test_a_pod_is_made_again_by_its_owner(bench: Bench, asked: Tools) -> None:
    app = await bench.synced()
    await app.healthy()
    nodes = bench.stage.raw("GET", f"{app.path}/resource-tree").json["nodes"]
    pod = next(one["name"] for one in nodes if one["kind"] == "Pod")
    told = await asked.resource("delete_resource", app.name, resource_name=pod, resource_kind="Pod")
    assert told.ok.structured["result"] == "deleted"
    assert "warnings" not in told.structured


async def test_self_heal_makes_it_again(bench: Bench, asked: Tools) -> None:
    app = bench.created(syncPolicy={"automated": {"selfHeal": True}})
    await app.healthy()
    given: dict[str, Any] = {"resource_name": app.name, "resource_kind": "ConfigMap"}
    told = (await asked.resource("delete_resource", app.name, **given)).ok.structured
    assert told["result"] in ("deleted", "deleted, then created again")
    assert "undoes the change" in told["warnings"][0]
    await app.healthy()


async def test_what_is_not_in_the_cluster(bench: Bench, asked: Tools) -> None:
    app = bench.created()
    app.refresh()
    calls: list[tuple[str, dict[str, Any]]] = [("patch_resource", {"patch": {}}), ("delete_resource", {})]
    for operation, more in calls:
        answer = await asked.resource(operation, app.name, **web(app), **more)
        assert "not in the cluster" in answer.refused("failed_precondition")
    assert asked.writes == []


async def test_who_may_not(stage: Stage, bench: Bench) -> None:
    app = await bench.synced()
    async with stage.tools("reader", elicit="accept") as tools:
        patched = await tools.resource("patch_resource", app.name, patch={"spec": {"replicas": 2}}, **web(app))
        assert "lacks the right" in patched.refused("forbidden")
        deleted = await tools.resource("delete_resource", app.name, **web(app))
        assert "lacks the right" in deleted.refused("forbidden")
    assert app.refresh()["status"]["sync"]["status"] == "Synced"
