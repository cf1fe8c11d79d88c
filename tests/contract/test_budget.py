"""An application of 1,700 resources, some of which fail: every answer about it is small, and tells how to see more."""

import json
import re
from typing import Any

import pytest

from argocd_gitops_mcp.views.text import size
from argocd_gitops_mcp.views.view import BYTES_PER_TOKEN, FULL, allowed
from tests.contract.bench import App, Bench, config_map, deployment
from tests.stage import Stage, Tools, until

pytestmark = pytest.mark.anyio

FAILING = {"missing": "ImagePullBackOff", "oom": "CrashLoopBackOff", "noregistry": "ImagePullBackOff"}
"""Tags of images, and how pods of them fail."""
READS = ("get", "diagnose", "diff", "images", "links", "windows", "commit", "history")
RESOURCE_READS = (
    "get_resource_tree",
    "get_managed_resources",
    "get_application_manifest",
    "get_application_parameters",
    "get_resource_events",
    "get_workload_logs",
)
SMALLER = (100, 10)


async def deployed(bench: Bench, settings: int, workloads: int) -> App:
    """So many ConfigMaps and Deployments; three of each ten of these do not get healthy."""
    tags = dict(enumerate(FAILING))
    images = [f"example.com/web:{tags.get(index % 10, 'v1')}" for index in range(workloads)]
    web = [deployment(f"{{name}}-{index:02}", image) for index, image in enumerate(images)]
    maps = [config_map(f"{{name}}-{index:04}") for index in range(settings)]
    app = bench.created({"web.yaml": "---\n".join(web), "settings.yaml": "---\n".join(maps)})
    app.start_sync()
    await until(app.whole, lambda whole: _has_ended(whole["status"]), seconds=120)

    def reasons() -> set[str]:
        nodes = bench.stage.raw("GET", f"{app.path}/resource-tree").json["nodes"]
        return {info["value"] for node in nodes for info in node.get("info", []) if info["name"] == "Status Reason"}

    def healthy() -> int:
        held = app.whole()["status"]["resources"]
        return sum(one["kind"] == "Deployment" and one.get("health") == {"status": "Healthy"} for one in held)

    await until(reasons, lambda found: found >= {*FAILING.values(), "Running"}, seconds=60)
    await until(healthy, lambda found: found == workloads - workloads * 3 // 10, seconds=60)
    app.refresh()
    return app


def _has_ended(status: dict[str, Any]) -> bool:
    return bool((status.get("operationState") or {}).get("phase") == "Succeeded")


def size_of(stage: Stage) -> tuple[int, int]:
    """On a real cluster it is smaller, so that it is there in seconds."""
    return SMALLER if stage.real else (1_520, 60)


async def test_the_tree_shows_the_way_to_each_kind_of_trouble_in_1000_tokens(bench: Bench) -> None:
    app = await deployed(bench, *size_of(bench.stage))
    text = (await app.resource("get_resource_tree")).ok.text
    assert size(text) <= 1_000 * BYTES_PER_TOKEN
    head, note, *lines = text.split("\n")
    assert "detail=full shows each" in note
    for reason in set(FAILING.values()):
        at = next(index for index, line in enumerate(lines) if "Pod/" in line and f"Degraded {reason}" in line)
        assert [line.split("/")[0].strip() for line in lines[at - 2 : at + 1]] == ["Deployment", "ReplicaSet", "Pod"]
    shown = sum(line.strip().startswith(("Deployment/", "ReplicaSet/", "Pod/")) for line in lines)
    counted = sum(int(one) for line in lines for one in re.findall(r"(?:^ *and|\(with) (\d+) more", line))
    counted += sum(int(one) for line in lines if "healthy" in line for one in re.findall(r"(\d+) [A-Z]", line))
    assert shown + counted == int(head.split()[1])

    full = (await app.resource("get_resource_tree", detail="full")).ok.text
    assert size(full) <= FULL
    assert "[cut: " not in full or "name a resource (resource_name, resource_kind) to see its part" in full
    name = lines[0].split()[0].removeprefix("Deployment/")
    part = (await app.resource("get_resource_tree", resource_name=name, resource_kind="Deployment")).ok.text
    assert [line.split("/")[0].strip() for line in part.split("\n")[1:]] == ["Deployment", "ReplicaSet", "Pod"]


async def test_managed_resources_that_differ_alike_are_counted_in_1000_tokens(bench: Bench) -> None:
    count, workloads = size_of(bench.stage)
    app = await deployed(bench, count, workloads)
    modes = ["fast" if index < count - 50 else "normal" for index in range(count)]
    maps = [config_map(f"{app.name}-{index:04}", mode=mode) for index, mode in enumerate(modes)]
    app.commit({"settings.yaml": "---\n".join(maps)})
    app.refresh()
    text = (await app.resource("get_managed_resources")).ok.text
    assert size(text) <= 1_000 * BYTES_PER_TOKEN
    assert "[Synced and healthy, not listed (detail=full lists them): 50 ConfigMap" in text
    rows = [line for line in text.split("\n") if line.startswith("ConfigMap/") and line.endswith("modified")]
    more = sum(map(int, re.findall(r"\nand (\d+) more ConfigMap OutOfSync modified", text)))
    assert len(rows) + more == count - 50
    assert more or bench.stage.real
    failing = sum(line.startswith("Deployment/") for line in text.split("\n"))
    failing += sum(map(int, re.findall(r"\nand (\d+) more Deployment Synced (?:Progressing|Degraded)", text)))
    assert failing == workloads * 3 // 10

    one = (await app.resource("get_managed_resources", resource_name=f"{app.name}-0040")).ok.text
    assert f"ConfigMap/{app.name}-0040 " in one
    assert size((await app.resource("get_managed_resources", detail="full")).ok.text) <= FULL


@pytest.mark.parametrize("max_tokens", [500, 2_000])
async def test_every_answer_keeps_to_what_is_set(stage: Stage, bench: Bench, max_tokens: int) -> None:
    app = await deployed(bench, *SMALLER)
    usual = max_tokens * BYTES_PER_TOKEN
    more = {"get_application_manifest": allowed(FULL // 2, usual), "get_workload_logs": allowed(FULL, usual)}
    async with stage.tools(max_tokens=max_tokens) as tools:
        for operation in (*READS, *RESOURCE_READS):
            assert size(await _asked(tools, operation, app.name)) <= more.get(operation, usual), operation
        for operation in ("get", "get_application_manifest", "get_managed_resources"):
            whole = await _asked(tools, operation, app.name, detail="full")
            assert size(await _asked(tools, operation, app.name)) < size(whole) <= FULL, operation


async def _asked(tools: Tools, operation: str, name: str, **more: str) -> str:
    """The text of an answer; what is structured beside it says the same."""
    if operation in READS:
        answer = await tools.application(operation, name=name, **more)
    else:
        answer = await tools.resource(operation, name, **more)
    assert answer.ok.structured == (json.loads(answer.text) if answer.text.startswith("{") else {})
    return answer.text
