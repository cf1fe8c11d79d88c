"""Events of an application, of all it consists of, of one resource and what it owns."""

import pytest

from tests.contract.bench import App, Bench, deployment
from tests.stage import Tools, until

pytestmark = pytest.mark.anyio


async def failing(bench: Bench) -> App:
    """An application whose three pods cannot pull their image: Kubernetes forgets the events of the seeds."""
    app = await bench.synced({"web.yaml": deployment("{name}", image="example.com/web:missing", replicas=3)})

    def told() -> str:
        nodes = app.stage.raw("GET", f"{app.path}/resource-tree").json["nodes"]
        return " ".join(str(one.get("info")) for one in nodes)

    await until(told, lambda text: text.count("ImagePullBackOff") == 3)
    return app


async def test_of_everything_the_worst_first(bench: Bench) -> None:
    app = await failing(bench)
    lines = (await app.resource("get_resource_events", limit=100)).ok.text.split("\n")
    assert f"different events of application '{app.name}'" in lines[0]
    assert " Warning Failed" in lines[1]
    warnings = [" Warning " in line for line in lines[1:] if not line.startswith("[")]
    assert warnings == sorted(warnings, reverse=True)
    assert {True, False} == set(warnings)


async def test_the_application_s_own_are_among_them(bench: Bench) -> None:
    app = await bench.synced({"web.yaml": deployment("{name}")})
    text = (await app.resource("get_resource_events", limit=200)).ok.text
    assert f"OperationStarted Application/{app.name}: ci initiated sync to main" in text
    assert "Pod/" in text
    assert " ago" in text
    scaled = await app.resource("get_resource_events", resource_name=app.name, resource_kind="Deployment")
    assert "ScalingReplicaSet" in scaled.ok.text


async def test_of_a_workload_and_its_pods_siblings_in_one_line(bench: Bench) -> None:
    app = await failing(bench)
    answer = await app.resource("get_resource_events", resource_name=app.name, resource_kind="Deployment")
    pulls = [line for line in answer.ok.text.split("\n") if "Pod/" in line and "Warning Failed" in line]
    assert pulls
    assert all("and 2 more" in line for line in pulls), answer.text
    assert "Application/" not in answer.text


async def test_limit_is_told(bench: Bench) -> None:
    app = await failing(bench)
    text = (await app.resource("get_resource_events", limit=1)).ok.text
    assert "[the 1 worst and newest shown; raise limit]" in text
    assert sum(" ago" in line for line in text.split("\n")) == 1


async def test_what_is_not_in_the_cluster_has_no_events(tools: Tools) -> None:
    nothing = await tools.resource("get_resource_events", "waiting", resource_name="web", resource_kind="Deployment")
    assert "is not in the cluster" in nothing.refused("failed_precondition")
