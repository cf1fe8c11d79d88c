"""Pods that fail by their image's tag: sandbox and testbed show the same of them, and tell the same."""

import json

import pytest

from tests.contract.bench import Bench
from tests.stage import Stage, until

pytestmark = pytest.mark.anyio

# Of each: the pod's health, its reason in the tree, what an event says.
WAYS = {
    "missing": ("Degraded", "ImagePullBackOff", 'failed to resolve reference "example.com/web:missing"'),
    "private": ("Degraded", "ImagePullBackOff", "pull access denied"),
    "oom": ("Degraded", "CrashLoopBackOff", "Back-off restarting failed container main in pod "),
    "unlive": ("Degraded", "CrashLoopBackOff", "Container main failed liveness probe, will be restarted"),
    "unready": ("Progressing", "Running", "Readiness probe failed: HTTP probe failed with statuscode: 503"),
    "noconfig": ("Degraded", "CreateContainerConfigError", 'Error: configmap "tuning" not found'),
    "badcommand": ("Degraded", "RunContainerError", 'exec: "/app/serve": stat /app/serve: no such file'),
    "unmounted": ("Progressing", "ContainerCreating", 'failed for volume "conf" : secret "tls" not found'),
}


def _web(tag: str, initial: str = "") -> str:
    container = {
        "name": "main",
        "image": f"example.com/web:{tag}",
        "command": ["/app/serve"],
        "envFrom": [{"configMapRef": {"name": "tuning"}}],
    }
    spec = {"containers": [container], "volumes": [{"name": "conf", "secret": {"secretName": "tls"}}]}
    if initial:
        spec["initContainers"] = [{"name": "migrator", "image": f"example.com/migrate:{initial}"}]
    labels = {"app": "{name}"}
    template = {"metadata": {"labels": labels}, "spec": spec}
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "{name}"},
        "spec": {"selector": {"matchLabels": labels}, "template": template},
    }
    return json.dumps(deployment)


async def _shown(stage: Stage, bench: Bench, text: str, wanted: tuple[str, str, str]) -> None:
    app = await bench.synced({"web.yaml": text})
    health, reason, said = wanted

    def pod() -> dict[str, object]:
        nodes = stage.raw("GET", f"{app.path}/resource-tree").json["nodes"]
        return next((one for one in nodes if one["kind"] == "Pod" and one["health"]["status"] == health), {})

    def info() -> str:
        return next((one["value"] for one in pod().get("info", []) if one["name"] == "Status Reason"), "")  # type: ignore[attr-defined]

    def told() -> str:
        found = pod()
        query = {"resourceName": str(found["name"]), "resourceNamespace": "default", "resourceUID": str(found["uid"])}
        events = stage.raw("GET", f"{app.path}/events", query).json["items"] or []
        return "\n".join(one["message"] for one in events)

    await until(info, lambda found: found == reason)
    await until(told, lambda found: said in found)


@pytest.mark.parametrize("tag", WAYS)
async def test_a_failing_container(stage: Stage, bench: Bench, tag: str) -> None:
    await _shown(stage, bench, _web(tag), WAYS[tag])


async def test_a_failing_init_container(stage: Stage, bench: Bench) -> None:
    said = "Back-off restarting failed container migrator in pod "
    await _shown(stage, bench, _web("v1", "broken"), ("Progressing", "Init:CrashLoopBackOff", said))


async def test_a_slow_container_is_no_failure(bench: Bench) -> None:
    app = await bench.synced({"web.yaml": _web("slow")})
    begun = await until(app.refresh, lambda found: found["status"]["health"]["status"] == "Progressing")
    assert begun["status"]["sync"]["status"] == "Synced"
    answer = await bench.tools.application("diagnose", name=app.name)
    assert "findings" not in answer.ok.structured
