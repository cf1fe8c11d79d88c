"""The shapes of Argo CD's answers that the client relies on."""

import json
from typing import Any

import pytest

from tests.contract.bench import Bench
from tests.stage import Stage

APPS = "/api/v1/applications"


def items(stage: Stage, query: dict[str, Any]) -> Any:
    return stage.raw("GET", APPS, query).json["items"]


def test_log_lines(stage: Stage) -> None:
    answer = stage.raw("GET", f"{APPS}/guestbook/logs", {"kind": "Deployment", "resourceName": "web", "tailLines": "2"})
    assert (answer.status, answer.media) == (200, "application/json")
    *lines, last = [line["result"] for line in answer.lines]
    assert len(lines) == 4
    assert {line["podName"].rpartition("-")[0] for line in lines} == {lines[0]["podName"].rpartition("-")[0]}
    for line in lines:
        assert set(line) == {"content", "timeStamp", "timeStampStr", "last", "podName"}
        assert line["last"] is False
        assert line["timeStampStr"].startswith(line["timeStamp"].rstrip("Z"))
    assert (last["last"], last["content"], last["podName"]) == (True, "", "")


@pytest.mark.parametrize(
    ("container", "said"),
    [({}, "a container name must be specified for pod"), ({"container": "no"}, "container no is not valid for pod")],
)
def test_a_log_line_that_is_an_error(stage: Stage, container: dict[str, str], said: str) -> None:
    query = {"kind": "Deployment", "resourceName": "proxy", **container}
    line = stage.raw("GET", f"{APPS}/sidecar/logs", query).lines[0]["result"]
    assert line["content"].startswith(said)
    assert (line["timeStamp"], line["timeStampStr"], line["podName"]) == (None, "0001-01-01T00:00:00Z", "")


@pytest.mark.parametrize("kind", ["Service", "deployment", "StatefulSet"])
def test_logs_of_what_has_no_pods_are_empty(stage: Stage, kind: str) -> None:
    answer = stage.raw("GET", f"{APPS}/guestbook/logs", {"kind": kind, "resourceName": "web"})
    assert (answer.status, answer.text) == (200, "")


def test_logs_refused(stage: Stage) -> None:
    answer = stage.raw("GET", f"{APPS}/guestbook/logs", {"kind": "Deployment", "resourceName": "web"}, token="nologs")
    assert answer.status == 403
    error = answer.json["error"]
    assert (error["grpc_code"], error["http_code"], error["http_status"]) == (7, 403, "Forbidden")
    assert error["message"].startswith("permission denied: logs, get, default/guestbook, sub: nologs")
    filtered = {"kind": "Deployment", "resourceName": "web", "fields": "result.content"}
    answer = stage.raw("GET", f"{APPS}/guestbook/logs", filtered, token="nologs")
    assert (answer.status, answer.text.strip()) == (403, "{}")


def test_fields_of_a_list(stage: Stage) -> None:
    fields = "items.metadata.name,items.metadata.labels,items.status.sync.status,items.status.operationState.phase"
    assert items(stage, {"name": "guestbook", "fields": fields}) == [
        {
            "metadata": {"name": "guestbook", "labels": {"team": "web", "tier": "frontend"}},
            "status": {"sync": {"status": "Synced"}, "operationState": {"phase": "Succeeded"}},
        }
    ]
    unset = "items.metadata.labels,items.metadata.deletionTimestamp,items.spec.source,items.status.sync.revision"
    assert items(stage, {"name": "multi", "fields": unset}) == [
        {
            "metadata": {"labels": None, "deletionTimestamp": None},
            "spec": {"source": None},
            "status": {"sync": {"revision": ""}},
        }
    ]


@pytest.mark.parametrize("field", ["status", "metadata", "status.sync", "status.conditions", "metadata.uid"])
def test_fields_that_a_list_does_not_know_are_empty(stage: Stage, field: str) -> None:
    assert items(stage, {"name": "guestbook", "fields": f"items.{field}"}) == [{}]


def test_filters_of_a_list(stage: Stage) -> None:
    def names(**query: Any) -> set[str]:
        found = items(stage, {"fields": "items.metadata.name", **query}) or []
        return {one["metadata"]["name"] for one in found}

    everything = names()
    assert items(stage, {"name": "nowhere"}) is None
    # One whose project is missing, as a story of e2e leaves it, cannot be deleted by the API.
    listed = items(stage, {"fields": "items.metadata.name,items.spec.project"}) or []
    within = {one["metadata"]["name"] for one in listed if one["spec"]["project"] in ("default", "elsewhere")}
    assert names(projects=["default", "elsewhere"]) == within
    assert names(projects="default,elsewhere") == set()
    assert names(search="guestbook", limit="1", **{"continue": "x"}) == everything
    assert names(repo=f"{stage.repositories}/apps.git", projects="elsewhere") == {"elsewhere"}


def test_a_list_has_no_health_of_resources_and_get_has(stage: Stage) -> None:
    def deployments(resources: list[dict[str, Any]]) -> list[bool]:
        return ["health" in one for one in resources if one["kind"] == "Deployment"]

    assert deployments(items(stage, {"name": "guestbook"})[0]["status"]["resources"]) == [False]
    assert deployments(stage.get("guestbook")["status"]["resources"]) == [True]


def test_states_of_what_is_to_be_created(stage: Stage) -> None:
    for one in stage.raw("GET", f"{APPS}/waiting/managed-resources").json["items"]:
        assert (one["liveState"], one["normalizedLiveState"], one["modified"]) == ("null", "null", True)
        assert json.loads(one["targetState"])["metadata"]["name"] == one["name"]


def test_states_of_what_is_as_wanted(stage: Stage) -> None:
    answer = stage.raw("GET", f"{APPS}/guestbook/managed-resources", {"kind": "ConfigMap"}).json["items"]
    (one,) = answer
    assert "modified" not in one
    assert json.loads(one["liveState"])["data"] == json.loads(one["targetState"])["data"]


def test_fields_and_filters_of_managed_resources(stage: Stage) -> None:
    path = f"{APPS}/guestbook/managed-resources"
    assert stage.raw("GET", path, {"kind": "Service", "fields": "items.kind,items.name"}).json == {
        "items": [{"kind": "Service", "name": "web"}]
    }
    without = {"kind": "Service", "fields": "-items.liveState,items.targetState"}
    assert "liveState" not in stage.raw("GET", path, without).text
    for nothing in ({"kind": "service"}, {"fields": "nothing"}, {"name": "nowhere"}):
        assert stage.raw("GET", path, nothing).json == {}


def test_a_node_that_is_not_yet_in_the_cluster(stage: Stage) -> None:
    nodes = stage.raw("GET", f"{APPS}/waiting/resource-tree").json["nodes"]
    deployment = next(one for one in nodes if one["kind"] == "Deployment")
    assert "uid" not in deployment
    assert deployment["health"]["status"] == "Missing"


@pytest.mark.anyio
async def test_a_sync_answers_with_the_operation_and_without_a_state(bench: Bench) -> None:
    app = await bench.synced()
    body = {"revision": "main", "infos": [{"name": "request-id", "value": "x"}]}
    answer = bench.stage.raw("POST", f"{app.path}/sync", body=body).json
    assert len(answer["operation"]["sync"]["revision"]) == 40
    assert answer["operation"]["info"] == [{"name": "request-id", "value": "x"}]
    assert "operationState" not in answer["status"]
    assert (await app.ended())["operation"]["info"] == [{"name": "request-id", "value": "x"}]
