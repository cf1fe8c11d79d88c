"""Logs and the watch of applications over real sockets."""

import http.client
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from argocd_gitops_mcp.sandbox.server import Sandbox
from tests.sandbox.conftest import Client, deployment, done, eventually

APPS = "/api/v1/applications"
LOGS = f"{APPS}/guestbook/logs"


def contents(lines: list[Any]) -> list[str]:
    return [line["result"]["content"] for line in lines]


def test_logs_of_a_workload(client: Client) -> None:
    lines = client.lines(f"{LOGS}?kind=Deployment&resourceName=web&tailLines=3")
    pods = {line["result"]["podName"] for line in lines[:-1]}
    assert len(lines) == 3 * len(pods) + 1
    assert lines[-1]["result"] | {"timeStamp": 0, "timeStampStr": 0} == {
        "content": "",
        "timeStamp": 0,
        "timeStampStr": 0,
        "podName": "",
        "last": True,
    }
    moments = [line["result"]["timeStampStr"] for line in lines[:-1]]
    assert moments == sorted(moments)
    pod = pods.pop()
    assert {line["result"]["podName"] for line in client.lines(f"{APPS}/guestbook/pods/{pod}/logs")[:-1]} == {pod}
    assert len(client.lines(f"{LOGS}?podName={pod}&tailLines=0")) > 100


@pytest.mark.parametrize(
    "query", ["kind=Deployment&resourceName=nope", "kind=deployment", "kind=Service", "namespace=other"]
)
def test_no_pods_is_an_empty_body(client: Client, query: str) -> None:
    assert client.raw("GET", f"{LOGS}?{query}")[::2] == (200, b"")


def test_filter_looks_at_what_the_tail_left(client: Client) -> None:
    assert (
        len(client.lines(f"{LOGS}?filter=STARTING")) == len(client.lines(f"{LOGS}?filter=starting&matchCase=true")) > 1
    )
    assert len(client.lines(f"{LOGS}?filter=starting&tailLines=2")) == 1
    assert len(client.lines(f"{LOGS}?filter=STARTING&matchCase=true")) == 1
    assert all("GET" not in text for text in contents(client.lines(f"{LOGS}?filter=!GET")))
    assert len(client.lines(f"{LOGS}?sinceSeconds=100")) > 100


def test_pod_errors_are_lines(client: Client) -> None:
    path = f"{APPS}/sidecar/logs?kind=Deployment&resourceName=proxy"
    first = client.lines(path)[0]["result"]
    assert first["content"].endswith("choose one of: [main side]")
    assert (first["timeStamp"], first["timeStampStr"], first["podName"]) == (None, "0001-01-01T00:00:00Z", "")
    assert "is not valid for pod" in contents(client.lines(f"{path}&container=nope"))[0]
    assert "GET" in contents(client.lines(f"{path}&container=side&tailLines=1"))[0]
    assert "previous terminated container" in contents(client.lines(f"{path}&container=main&previous=true"))[0]
    assert "FATAL" in contents(client.lines(f"{APPS}/crashing/logs?previous=true&tailLines=1"))[0]


def test_bad_log_requests(client: Client) -> None:
    assert client("GET", f"{LOGS}?tailLines=abc")[1]["code"] == 3
    status, answer = client("GET", f"{LOGS}?untilTime=abc")
    assert (status, answer["error"]["grpc_code"]) == (500, 2)
    assert client("GET", f"{LOGS}?sinceTime=now")[0] == 400
    moment = client.lines(f"{LOGS}?tailLines=9")[0]["result"]["timeStampStr"]
    last = client.lines(f"{LOGS}?untilTime={moment[:23]}Z")[-1]["result"]
    assert last["last"] is True
    assert last["content"]


def test_more_than_ten_pods(client: Client, sandbox: Sandbox, new_app: str) -> None:
    sandbox.commit(new_app, {"app/web.yaml": deployment("v1").replace("replicas: 1", "replicas: 11")})
    client("POST", f"{APPS}/{new_app}/sync", {})
    done(client, new_app)
    status, answer = eventually(lambda: (found := client.raw("GET", f"{APPS}/{new_app}/logs"))[0] == 400 and found[::2])
    assert status == 400
    assert json.loads(answer)["error"]["message"].startswith("max pods to view logs are reached")


class Watch:
    """An open stream."""

    def __init__(self, sandbox: Sandbox, path: str, timeout: float = 5) -> None:
        target = urlsplit(sandbox.url)
        self.connection = http.client.HTTPConnection(str(target.hostname), target.port, timeout=timeout)
        self.connection.request("GET", path, headers={"Authorization": f"Bearer {sandbox.tokens['ci']}"})

    def __enter__(self) -> http.client.HTTPResponse:
        self.response = self.connection.getresponse()
        return self.response

    def __exit__(self, *_: object) -> None:
        self.connection.close()


def test_follow(sandbox: Sandbox) -> None:
    with Watch(sandbox, f"{LOGS}?follow=true&tailLines=1") as response:
        assert json.loads(response.readline())["result"]["last"] is False


def test_watch(client: Client, sandbox: Sandbox, new_app: str) -> None:
    path = f"/api/v1/stream/applications?name={new_app}&fields=result.type,result.application.metadata.name"
    with Watch(sandbox, path) as response:
        assert json.loads(response.readline()) == {
            "result": {"type": "ADDED", "application": {"metadata": {"name": new_app}}}
        }
        client("POST", f"{APPS}/{new_app}/sync", {})
        assert json.loads(response.readline())["result"]["type"] == "MODIFIED"
        done(client, new_app)
        client("DELETE", f"{APPS}/{new_app}")
        # Equal messages in a row are sent once: the next one is the deletion.
        assert json.loads(response.readline())["result"]["type"] == "DELETED"


def test_nothing_is_sent_before_the_first_message(sandbox: Sandbox) -> None:
    watch = Watch(sandbox, "/api/v1/stream/applications?name=nobody", timeout=0.3)
    with pytest.raises(TimeoutError), watch:
        pass
    watch.connection.close()


def test_server_sent_events(client: Client) -> None:
    status, headers, body = client.raw("GET", f"{LOGS}?tailLines=1", headers={"Accept": "text/event-stream"})
    assert (status, headers["content-type"]) == (200, "text/event-stream")
    assert body.startswith(b'data: {"result":')


FOLLOWED = ("metadata.name", "operation", "status.operationState", "status.sync.status", "status.history")


def courses(response: http.client.HTTPResponse, until: str) -> Iterator[tuple[str, int, str, bool]]:
    """Phase, length of the history, sync status and whether the operation is there, change by change."""
    while True:
        app = json.loads(response.readline())["result"]["application"]
        status = app["status"]
        phase = status.get("operationState", {}).get("phase", "")
        yield phase, len(status.get("history", [])), status["sync"]["status"], "operation" in app
        if (phase, status["sync"]["status"]) == ("Succeeded", until):
            return


def test_the_end_of_an_operation_and_the_comparison_after_it_are_two_changes(
    client: Client, sandbox: Sandbox, new_app: str
) -> None:
    client("POST", f"{APPS}/{new_app}/sync", {})
    done(client, new_app)
    sandbox.commit(new_app, {"app/web.yaml": deployment("v2")})
    fields = ",".join(f"result.application.{name}" for name in FOLLOWED)
    with Watch(sandbox, f"/api/v1/stream/applications?name={new_app}&fields={fields}") as response:
        response.readline()
        client("POST", f"{APPS}/{new_app}/sync", {})
        seen = list(courses(response, "Synced"))
    assert seen[0] == ("", 1, "Synced", True)
    assert seen[1] == ("Running", 1, "Synced", True)
    assert seen[-4:] == [
        ("Running", 1, "OutOfSync", True),
        ("Running", 2, "OutOfSync", True),
        ("Succeeded", 2, "OutOfSync", False),
        ("Succeeded", 2, "Synced", False),
    ]
