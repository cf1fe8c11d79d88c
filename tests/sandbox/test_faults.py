"""Armed faults, the log of requests, TLS, synthetic applications and the command."""

import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from argocd_gitops_mcp.sandbox.faults import Fault
from argocd_gitops_mcp.sandbox.server import Sandbox
from tests.sandbox.conftest import Client

APPS = "/api/v1/applications"


@pytest.fixture(autouse=True)
def _disarmed(sandbox: Sandbox) -> Iterator[None]:
    yield
    sandbox.faults.clear()


@pytest.mark.parametrize("status", [401, 403, 404, 409, 429, 500, 502, 503, 504])
def test_status(client: Client, sandbox: Sandbox, status: int) -> None:
    sandbox.faults.arm(Fault.STATUS, path="/guestbook$", status=status)
    assert client("GET", f"{APPS}/waiting")[0] == 200
    found, answer = client("GET", f"{APPS}/guestbook")
    assert (found, set(answer)) == (status, {"error", "code", "message"})
    assert client("GET", f"{APPS}/guestbook")[0] == 200


@pytest.mark.parametrize(
    ("fault", "expected", "start"),
    [
        (Fault.PROXY, (502, "text/html"), b"<html>"),
        (Fault.HTML, (200, "text/html; charset=utf-8"), b"<!doctype html>"),
        (Fault.BROKEN_JSON, (200, "application/json"), b'{"metadata"'),
        (Fault.EMPTY, (200, "application/json"), b""),
        (Fault.STREAM_CUT, (200, "application/json"), b'{"result":{"content":"half'),
        (Fault.STREAM_EMPTY_OBJECT, (200, "application/json"), b"{}\n"),
    ],
)
def test_strange_answers(
    client: Client, sandbox: Sandbox, fault: Fault, expected: tuple[int, str], start: bytes
) -> None:
    sandbox.faults.arm(fault, method="GET", path="/guestbook", status=502)
    found, headers, body = client.raw("GET", f"{APPS}/guestbook")
    assert (found, headers["content-type"]) == expected
    assert body.startswith(start)


def test_redirect(client: Client, sandbox: Sandbox) -> None:
    sandbox.faults.arm(Fault.REDIRECT)
    status, headers, _ = client.raw("GET", f"{APPS}?name=x")
    assert (status, headers["location"]) == (307, sandbox.url.replace("http:", "https:") + f"{APPS}?name=x")


def test_hang_and_reset(client: Client, sandbox: Sandbox) -> None:
    sandbox.faults.arm(Fault.HANG, times=1)
    with pytest.raises(TimeoutError):
        client.raw("GET", APPS, timeout=0.2)
    sandbox.faults.arm(Fault.RESET, method="POST")
    before = len(sandbox.requests)
    with pytest.raises((ConnectionError, http.client.RemoteDisconnected)):
        client.raw("POST", f"{APPS}/waiting/sync", {"dryRun": True})
    assert [(r.method, r.json()) for r in sandbox.requests[before:]] == [("POST", {"dryRun": True})]


def test_requests_are_logged(client: Client, sandbox: Sandbox) -> None:
    client.get(f"{APPS}?name=x")
    last = sandbox.requests[-1]
    assert (last.method, last.path, last.query, last.body) == ("GET", APPS, "name=x", b"")


def test_synthetic_applications() -> None:
    with Sandbox(seeds=False, applications=50) as sandbox:
        _, _, body = Client(sandbox).raw("GET", APPS)
        items = json.loads(body)["items"]
        assert len(items) == 50
        assert 8_000 < len(body) / 50 < 13_000
        assert {item["status"]["sync"]["status"] for item in items} == {"Synced", "OutOfSync"}


def test_synthetic_applications_stay_what_they_are_when_they_change() -> None:
    """Their long lists are made at each look until then."""
    with Sandbox(seeds=False, applications=3) as sandbox:
        client = Client(sandbox)
        path, where = f"{APPS}/synthetic-00001", "?name=synthetic-00001"
        shown, listed = client.get(path), client.get(APPS + where)["items"][0]
        selected = client.get(f"{APPS}{where}&fields=items.status.resources,items.status.sync.revision")["items"][0]
        assert selected["status"]["resources"] == listed["status"]["resources"]
        assert selected["status"]["sync"] == {"revision": shown["status"]["sync"]["revision"]}
        client.get(f"{path}?refresh=normal")  # there is no such repository
        changed = client.get(path)["status"]
        assert changed["conditions"]
        assert "resources" not in changed
        assert changed["history"] == shown["status"]["history"]
        assert changed["operationState"] == shown["status"]["operationState"]
        assert "status" not in client.get(f"{APPS}{where}&fields=items.status.resources")["items"][0]


def test_command() -> None:
    code = "from argocd_gitops_mcp.sandbox.server import run; run(seeds=False, lifetime=30)"
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)  # noqa: S603 our own code
    assert process.stdout is not None
    facts = json.loads(process.stdout.readline())
    assert set(facts) == {"url", "tokens", "passwords", "repositories", "pid"}
    folder = facts["repositories"].removeprefix("file://")
    assert os.path.isdir(folder)  # noqa: PTH112 a URL's path
    process.send_signal(signal.SIGTERM)
    assert process.wait(5) == 0
    process.stdout.close()
    assert not os.path.exists(folder)  # noqa: PTH110 a URL's path
