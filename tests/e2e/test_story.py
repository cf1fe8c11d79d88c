"""The workflow of the guide from an empty repository to a healthy application, a bad release and its remedy."""

import pytest

from tests.contract.bench import IN_CLUSTER, Bench, config_map, deployment
from tests.stage import Stage, until

# The testbed's containers log crashes in this namespace only.
NAMESPACE = "crashing"

pytestmark = [pytest.mark.anyio, pytest.mark.real]


async def test_the_story(stage: Stage, bench: Bench) -> None:
    app = bench.planned({"web.yaml": deployment("{name}", replicas=2), "settings.yaml": config_map("{name}")})
    async with stage.tools(elicit="accept") as tools:
        # Created from a manifest as a template gives it, it waits for its first sync.
        created = await tools.application(
            "create",
            metadata={"name": app.name, "labels": {"team": "shop"}},
            spec={
                "project": "default",
                "source": {"repoURL": app.url, "path": "app", "targetRevision": "main"},
                "destination": {"server": IN_CLUSTER, "namespace": NAMESPACE},
            },
        )
        assert created.ok.structured["next"].startswith("sync it")
        app.refresh()
        before = (await tools.application("get", name=app.name)).ok.structured
        assert (before["sync"], before["health"]) == ("OutOfSync", "Missing")

        assert (await tools.application("sync", name=app.name, dry_run=True)).ok
        assert (await tools.application("sync", name=app.name)).ok.structured["sync"] == "Synced"
        await app.healthy()
        assert "Healthy Running ready=1/1" in (await tools.resource("get_resource_tree", app.name)).ok.text

        # A bad release is deployed as wished, and never becomes healthy.
        app.commit({"web.yaml": deployment(app.name, image="example.com/web:broken", replicas=2)}, "Release v2")
        released = (await tools.application("sync", name=app.name)).ok.structured
        assert released["sync"] == "Synced"
        assert "Progressing" in released["health"]

        def crashing() -> list[str]:
            nodes = stage.raw("GET", f"{app.path}/resource-tree").json["nodes"]
            return [one["name"] for one in nodes if "CrashLoopBackOff" in str(one.get("info"))]

        pod = (await until(crashing, bool))[0]
        tree = (await tools.resource("get_resource_tree", app.name)).ok.text
        assert any(f"Pod/{pod} Degraded CrashLoopBackOff" in line for line in tree.splitlines())
        events = (await tools.resource("get_resource_events", app.name, resource_name=pod)).ok.text
        assert "Warning BackOff" in events
        logs = (await tools.resource("get_workload_logs", app.name, resource_name=pod, previous=True)).ok.text
        assert "FATAL giving up" in logs
        manifest = await tools.resource(
            "get_application_manifest", app.name, resource_name=app.name, resource_kind="Deployment"
        )
        assert "example.com/web:broken" in manifest.ok.text

        # Rolled forward: the remedy is a commit, too.
        app.commit({"web.yaml": deployment(app.name, image="example.com/web:v3", replicas=2)}, "Release v3")
        assert (await tools.application("sync", name=app.name)).ok.structured["sync"] == "Synced"
        await app.healthy()
        healthy = (await tools.application("get", name=app.name)).ok.structured
        assert (healthy["sync"], healthy["health"]) == ("Synced", "Healthy")
        assert "problems" not in healthy

        deleted = await tools.application("delete", name=app.name)
        assert deleted.ok.structured["result"] == "deleted"
    assert stage.raw("GET", app.path, {"project": "default"}).status == 404
