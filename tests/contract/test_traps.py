"""The traps of Argo CD's API, one by one: how it behaves (raw), and that the tools do not fall in."""

from typing import Any

import httpx2
import pytest

from tests.contract.bench import BROKEN_YAML, UNKNOWN_KIND, Bench, config_map, manifest
from tests.stage import Stage, Tools, state, until

pytestmark = pytest.mark.anyio

APPS = "/api/v1/applications"
FINALIZERS = ["resources-finalizer.argocd.argoproj.io"]


async def test_trap_01_put_and_patch_write_to_the_application_in_the_body(bench: Bench) -> None:
    one, other = bench.created(), bench.created()
    body = manifest(other.name, other.url, {"labels": {"put": "here"}})
    assert bench.stage.raw("PUT", one.path, body=body).json["metadata"]["name"] == other.name
    assert other.whole()["metadata"]["labels"] == {"put": "here"}
    assert "labels" not in one.whole()["metadata"]
    answer = await one.tools.application("update", name=one.name, metadata={"name": other.name, "labels": {"a": "b"}})
    assert "given twice" in answer.refused("invalid_argument")
    assert one.tools.writes == []
    assert (await one.tools.application("update", name=one.name, metadata={"labels": {"a": "b"}})).ok
    (sent,) = one.tools.writes
    assert sent.method == "PATCH"
    assert one.name not in (sent.body or b"").decode()


async def test_trap_02_put_and_upsert_replace_finalizers(bench: Bench) -> None:
    app = bench.created(metadata={"finalizers": FINALIZERS})
    body = manifest(app.name, app.url)
    assert "finalizers" not in bench.stage.raw("POST", APPS, {"upsert": "true"}, body=body).json["metadata"]
    bench.stage.raw("PUT", app.path, body=manifest(app.name, app.url, {"finalizers": FINALIZERS}))
    flat = {"name": app.name, "repo_url": app.url, "path": "app", "destination_namespace": "default"}
    assert (await app.tools.application("create", **flat, upsert=True)).ok
    assert (await app.tools.application("update", name=app.name, target_revision="main")).ok
    assert app.whole()["metadata"]["finalizers"] == FINALIZERS


async def test_trap_03_between_retries_it_is_finished_and_running(bench: Bench) -> None:
    app = bench.created({"gadget.yaml": UNKNOWN_KIND})
    app.start_sync(retryStrategy={"limit": 1, "backoff": {"duration": "2s", "factor": 1, "maxDuration": "2s"}})

    def between(whole: dict[str, Any]) -> bool:
        operation = whole["status"].get("operationState", {})
        return operation.get("phase") == "Running" and bool(operation.get("finishedAt")) and "operation" in whole

    whole = await until(app.whole, between)
    assert "Retrying attempt #1" in whole["status"]["operationState"]["message"]
    running = (await app.tools.application("get", name=app.name)).ok.structured["operation"]
    assert running.startswith("sync Running since")
    assert (await app.ended())["phase"] == "Failed"


async def test_trap_04_a_sync_that_did_nothing_or_left_something_succeeds(bench: Bench) -> None:
    app = await bench.synced()
    app.start_sync(resources=[{"kind": "Deployment", "name": app.name}])
    operation = await app.ended()
    assert operation["phase"] == "Succeeded"
    assert not operation["syncResult"].get("resources")
    app.commit({"settings.yaml": None})
    told = (await app.sync()).ok.structured
    assert told["phase"] == "Succeeded"
    assert (told["sync"], told["result"]) == ("OutOfSync", "applied, but not Synced")


async def test_trap_05_one_revision_is_ignored_for_several_sources(stage: Stage, tools: Tools) -> None:
    ignored = stage.raw("GET", f"{APPS}/multi/manifests", {"revision": "no-such-revision"})
    assert ignored.status == 200
    assert len(ignored.json["manifests"]) == 2
    sync = await tools.application("sync", name="multi", revision="no-such-revision")
    manifests = await tools.resource("get_application_manifest", "multi", revision="no-such-revision")
    for answer in (sync, manifests):
        assert "sources" in answer.refused("invalid_argument")


async def test_trap_06_what_is_to_be_pruned_is_not_modified(bench: Bench) -> None:
    app = await bench.synced()
    app.commit({"settings.yaml": None})
    app.refresh()
    items = bench.stage.raw("GET", f"{app.path}/managed-resources", {"kind": "ConfigMap"}).json["items"]
    assert [(one["targetState"], "modified" in one) for one in items] == [("null", False)]
    text = (await app.resource("get_managed_resources")).ok.text
    assert any(line.startswith("ConfigMap/") and "to_be_pruned" in line for line in text.splitlines())


async def test_trap_07_what_cannot_be_rendered_looks_healthy_and_empty(bench: Bench) -> None:
    app = bench.created({"broken.yaml": BROKEN_YAML})
    whole = await until(app.whole, lambda whole: state(whole["status"]) == ("Unknown", "Healthy"))
    assert [one["type"] for one in whole["status"]["conditions"]] == ["ComparisonError"]
    for part in ("resource-tree", "managed-resources"):
        assert bench.stage.raw("GET", f"{app.path}/{part}")[::2] == (200, "{}")
    got = (await app.tools.application("get", name=app.name)).ok.structured
    assert "broken.yaml" in got["conditions"][0]
    assert "health says nothing" in got["note"]
    for operation in ("get_resource_tree", "get_managed_resources"):
        assert "broken.yaml" in (await app.resource(operation)).ok.text


async def test_trap_07_a_chart_s_object_without_a_kind_is_no_object(bench: Bench) -> None:
    chart = {
        "Chart.yaml": "apiVersion: v2\nname: odd\nversion: 1.0.0\n",
        "templates/odd.yaml": "metadata:\n  name: odd\n",
    }
    app = bench.created(chart)
    whole = await until(app.whole, lambda whole: state(whole["status"]) == ("Unknown", "Healthy"))
    (condition,) = whole["status"]["conditions"]
    assert condition["type"] == "ComparisonError"
    assert 'Object \'Kind\' is missing in \'{"metadata":{"name":"odd"}}\'' in condition["message"]
    app.commit({"templates/odd.yaml": config_map(app.name)})  # and it is looked at on
    app.refresh()
    assert (
        state((await until(app.whole, lambda whole: state(whole["status"])[0] != "Unknown"))["status"])[0]
        == "OutOfSync"
    )


async def test_trap_08_a_stream_is_silent_before_its_first_message(stage: Stage, tools: Tools) -> None:
    version = stage.raw("GET", APPS, {"fields": "items.metadata.name"}).json["metadata"]["resourceVersion"]
    with pytest.raises(httpx2.ReadTimeout):
        stage.web.get(
            f"{stage.url}/api/v1/stream/applications",
            params={"name": "multi", "resourceVersion": version},
            headers={"Authorization": f"Bearer {stage.tokens['ci']}"},
            timeout=1,
        )
    for operation in ("get_resource_tree", "get_managed_resources"):
        await tools.resource(operation, "guestbook")
    await tools.application("list")
    assert not [request.path for request in tools.http.sent if "/stream/" in request.path]


async def test_trap_09_refresh_writes_annotations_and_needs_only_get(bench: Bench) -> None:
    app = bench.created()
    await until(app.whole, lambda whole: bool(whole["status"]["sync"].get("status")))
    assert "annotations" not in app.whole()["metadata"]
    assert bench.stage.raw("GET", app.path, {"refresh": ""}, token="reader").status == 200
    assert "argocd.argoproj.io/hydrate" in app.whole()["metadata"]["annotations"]
    await app.tools.application("get", name=app.name)
    for operation in ("get_resource_tree", "get_managed_resources", "get_application_manifest"):
        await app.resource(operation)
    assert not [request for request in app.tools.http.sent if "refresh" in dict(request.query)]


async def test_trap_10_the_filter_sees_the_tail_only(stage: Stage, tools: Tools) -> None:
    query = {"kind": "StatefulSet", "resourceName": "db", "container": "main"}
    path = f"{APPS}/sidecar/logs"
    oldest = stage.raw("GET", path, query).lines[0]["result"]["content"]
    tailed = stage.raw("GET", path, {**query, "tailLines": "1", "filter": oldest}).lines
    assert oldest not in [line["result"]["content"] for line in tailed]
    found = await tools.resource(
        "get_workload_logs", "sidecar", resource_name="db", resource_kind="StatefulSet", tail_lines=1, filter=oldest
    )
    assert found.ok.text.splitlines()[-1] == f"| {oldest}"
    nothing = stage.raw("GET", path, {"kind": "Deployment", "resourceName": "nothing"})
    assert (nothing.status, nothing.text) == (200, "")
    (await tools.resource("get_workload_logs", "sidecar", resource_name="nothing")).refused("unknown_resource")


async def test_trap_11_a_missing_field_is_a_server_error(stage: Stage, tools: Tools) -> None:
    missing = {"resourceName": "web", "version": "v1", "group": "apps", "namespace": "guestbook"}
    status, code, message = stage.raw("GET", f"{APPS}/guestbook/resource", missing).said
    assert (status, code) == (500, 13)
    assert 'required field "kind" not set' in message
    for arguments, named in (({}, "resource_name"), ({"resource_name": "web"}, "action_name")):
        answer = await tools.resource("run_resource_action", "guestbook", **arguments)
        assert f"{named} is needed" in answer.refused("invalid_argument")
    assert tools.http.sent == []


async def test_trap_12_can_i_knows_neither_actions_nor_half_wildcards(stage: Stage) -> None:
    def can(what: str) -> str:
        return str(stage.raw("GET", f"/api/v1/account/can-i/{what}").json["value"])

    assert can("applications/action/default/guestbook") == "no"
    assert can("applications/get/*") == "no"
    assert can("applications/get/*/*") == "yes"
    async with stage.tools() as tools:
        assert (
            await tools.resource("get_resource_actions", "guestbook", resource_name="web", resource_kind="Deployment")
        ).ok
        assert not [request for request in tools.http.sent if "can-i" in request.path]
