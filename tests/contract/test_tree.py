"""The tree, the managed resources, events: what is there, what differs, what happened."""

import pytest

from tests.contract.bench import Bench, config_map, deployment, secret
from tests.stage import Tools, until

pytestmark = pytest.mark.anyio


async def test_a_crash_loop_is_seen_in_the_tree(tools: Tools) -> None:
    text = (await tools.resource("get_resource_tree", "crashing")).ok.text
    pod = next(line for line in text.splitlines() if "Pod/" in line)
    assert "Degraded CrashLoopBackOff ready=0/1" in pod
    assert pod.startswith("    ")


async def test_an_image_that_cannot_be_pulled_is_seen_in_the_tree(tools: Tools) -> None:
    assert "ImagePullBackOff" in (await tools.resource("get_resource_tree", "unpullable")).ok.text


async def test_a_part_of_the_tree(tools: Tools) -> None:
    text = (
        await tools.resource("get_resource_tree", "sidecar", resource_name="db", resource_kind="StatefulSet")
    ).ok.text
    assert "Pod/db-0" in text
    assert "Deployment/proxy" not in text


async def test_what_is_only_in_git_is_to_be_created(tools: Tools) -> None:
    text = (await tools.resource("get_managed_resources", "waiting")).ok.text
    assert text.count("in_Git_only:_to_be_created") == 2


async def test_what_differs_is_modified_and_what_is_left_over_is_to_be_pruned(bench: Bench) -> None:
    app = await bench.synced({"web.yaml": config_map("{name}"), "old.yaml": config_map("{name}-old")})
    app.commit({"web.yaml": config_map(app.name, mode="loud"), "old.yaml": None})
    app.refresh()
    lines = (await app.resource("get_managed_resources")).ok.text.splitlines()
    assert any(line.startswith(f"ConfigMap/{app.name} ") and line.endswith("OutOfSync modified") for line in lines)
    assert any(line.startswith(f"ConfigMap/{app.name}-old ") and "to_be_pruned" in line for line in lines)
    full = await app.resource("get_managed_resources", resource_name=app.name, detail="full")
    assert "MODE: loud" in full.ok.text.partition("in the cluster")[0]
    assert "MODE: normal" in full.text.partition("in the cluster")[2]


async def test_secret_values_are_masked_everywhere(bench: Bench) -> None:
    app = await bench.synced({"secret.yaml": secret("{name}", "hunter2-in-plain-text")})
    app.commit({"secret.yaml": secret(app.name, "hunter3-in-plain-text")})
    app.refresh()
    answers = [
        await app.resource("get_managed_resources", resource_name=app.name, detail="full"),
        await app.resource("get_application_manifest"),
        await app.resource("get_application_manifest", detail="full"),
    ]
    for answer in answers:
        assert "hunter" not in answer.ok.text
        assert "aHVudGVy" not in answer.text
        assert "++++++++" in answer.text
    # Masks of different lengths tell that the values differ.
    assert "password: ++++++++\n" in answers[0].text
    assert "password: ++++++++++++\n" in answers[0].text


async def test_hooks_are_named_apart(tools: Tools) -> None:
    text = (await tools.resource("get_managed_resources", "waves")).ok.text
    assert "hooks (not compared): Job/migrate, Job/smoke" in text


async def test_events_of_a_failing_pod_name_the_cause(bench: Bench) -> None:
    app = await bench.synced({"web.yaml": deployment("{name}", image="example.com/web:missing")})

    def failing() -> list[str]:
        nodes = bench.stage.raw("GET", f"{app.path}/resource-tree").json["nodes"]
        return [one["name"] for one in nodes if "ImagePullBackOff" in str(one.get("info"))]

    (pod,) = await until(failing, bool)
    text = (await app.resource("get_resource_events", resource_name=pod)).ok.text
    assert "Warning Failed" in text
    assert "pull" in text


async def test_what_is_not_in_the_cluster_has_no_events(tools: Tools) -> None:
    answer = await tools.resource("get_resource_events", "waiting", resource_name="web", resource_kind="Deployment")
    assert "Sync the application" in answer.refused("failed_precondition")


async def test_what_was_applied_by_hand_is_seen_as_drift(bench: Bench) -> None:
    """Scaled through an action: the cluster differs from Git until the next sync."""
    app = await bench.synced()
    await app.healthy()
    await app.resource(
        "run_resource_action",
        resource_name=app.name,
        resource_kind="Deployment",
        action_name="scale",
        action_params={"replicas": 2},
    )
    await until(app.refresh, lambda whole: whole["status"]["sync"]["status"] == "OutOfSync")
    text = (await app.resource("get_managed_resources")).ok.text
    assert next(line for line in text.splitlines() if line.startswith("Deployment/")).endswith("modified")
