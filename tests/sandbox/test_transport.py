"""Statuses and shapes before any service is reached, accounts and rights."""

import json
import time
import zlib
from collections.abc import Callable
from datetime import timedelta

import pytest

from argocd_gitops_mcp.sandbox.server import Sandbox
from tests.sandbox.conftest import Client

APPS = "/api/v1/applications"


@pytest.mark.parametrize(
    ("method", "path", "status", "text"),
    [
        ("GET", "/api/v1/nothing", 404, b"Not Found\n"),
        ("GET", "/nothing", 404, b"404 page not found\n"),
        ("PUT", APPS, 405, b"Method Not Allowed\n"),
        ("GET", f"{APPS}/a:b", 404, b"Not Found\n"),
        ("GET", f"{APPS}/a%2Fb", 404, b"Not Found\n"),
        ("GET", "/healthz", 200, b"ok\n"),
    ],
)
def test_plain_answers(client: Client, method: str, path: str, status: int, text: bytes) -> None:
    found, headers, body = client.raw(method, path)
    assert (found, body) == (status, text)
    assert headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize("path", [f"{APPS}/.", f"{APPS}/../projects", "/api/v1//applications"])
def test_unclean_paths_redirect(client: Client, path: str) -> None:
    status, headers, _ = client.raw("GET", path)
    assert status == 307
    assert headers["location"] in {APPS, "/api/v1/projects"}


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "application/merge-patch+json", "text/plain"])
def test_other_content_types_are_refused(client: Client, kind: str) -> None:
    status, _, body = client.raw("POST", f"{APPS}/guestbook/sync", {}, {"Content-Type": kind})
    assert (status, body) == (415, b"Invalid content type\n")


def test_gzip(client: Client) -> None:
    _, headers, body = client.raw("GET", APPS, headers={"Accept-Encoding": "gzip"})
    assert headers["content-encoding"] == "gzip"
    assert json.loads(zlib.decompress(body, 31))["items"]


@pytest.mark.parametrize(
    ("header", "text"),
    [
        ("", "no session information"),
        ("bearer x.y.z", "no session information"),
        ("Bearer nodots", "no session information"),
    ],
)
def test_no_token(client: Client, header: str, text: str) -> None:
    status, _, body = client.raw("GET", APPS, headers={"Authorization": header})
    assert status == 401
    assert json.loads(body) == {"error": text, "code": 16, "message": text}


def test_forged_token(client: Client, sandbox: Sandbox) -> None:
    status, _, body = client.raw("GET", APPS, headers={"Authorization": f"Bearer {sandbox.tokens['ci'][:-4]}AAAA"})
    assert status == 401
    assert "token signature is invalid" in json.loads(body)["error"]


def test_public_answers(client: Client) -> None:
    without = {"Authorization": ""}
    assert set(json.loads(client.raw("GET", "/api/version", headers=without)[2])) == {"Version"}
    assert json.loads(client.raw("GET", "/api/v1/session/userinfo", headers=without)[2]) == {}
    assert "controllerNamespace" not in json.loads(client.raw("GET", "/api/v1/settings", headers=without)[2])
    assert client.get("/api/v1/settings")["controllerNamespace"] == "argocd"
    assert client.get("/api/v1/session/userinfo") == {"loggedIn": True, "username": "ci", "iss": "argocd"}


def test_login(client: Client, sandbox: Sandbox) -> None:
    credentials = {"username": "reader", "password": sandbox.passwords["reader"]}
    status, answer = client("POST", "/api/v1/session", credentials)
    assert (status, list(answer)) == (200, ["token"])
    assert (
        client("POST", "/api/v1/session", {"username": "x", "password": "y"})[1]["error"]
        == "Invalid username or password"
    )
    assert client("POST", "/api/v1/session", {})[1]["error"] == "no credentials supplied"


def test_login_is_locked_after_five_failures(client: Client, sandbox: Sandbox) -> None:
    for _ in range(5):
        client("POST", "/api/v1/session", {"username": "nologs", "password": "wrong"})
    status, _ = client("POST", "/api/v1/session", {"username": "nologs", "password": sandbox.passwords["nologs"]})
    assert status == 401


def test_token_life(client: Client, sandbox: Sandbox) -> None:
    status, answer = client("POST", "/api/v1/account/ci/token", {"expiresIn": 60, "id": "short"})
    assert status == 200
    mine = {"Authorization": f"Bearer {answer['token']}"}
    assert client.raw("GET", APPS, headers=mine)[0] == 200
    assert client("POST", "/api/v1/account/ci/token", {"id": "short"})[0] == 500
    assert client("POST", "/api/v1/account/ci/token", {"expiresIn": "1"})[0] == 400
    clock = sandbox.world.clock
    try:
        sandbox.world.clock = lambda: clock() + timedelta(minutes=2)
        assert b"token is expired" in client.raw("GET", APPS, headers=mine)[2]
    finally:
        sandbox.world.clock = clock
    assert client("DELETE", "/api/v1/account/ci/token/short") == (200, {})
    assert b"does not have token with id short" in client.raw("GET", APPS, headers=mine)[2]
    assert client("DELETE", "/api/v1/account/ci/token/short")[1]["code"] == 5
    assert client("POST", "/api/v1/account/admin/token", {})[1]["code"] == 2


def test_can_i(as_account: Callable[[str], Client]) -> None:
    reader, nologs = as_account("reader"), as_account("nologs")
    path = "/api/v1/account/can-i"
    assert reader.get(f"{path}/applications/get/default/x") == {"value": "yes"}
    assert reader.get(f"{path}/applications/sync/default/x") == {"value": "no"}
    assert nologs.get(f"{path}/logs/get/*/*") == {"value": "no"}
    assert nologs.get(f"{path}/applications/get/*") == {"value": "no"}
    assert "does not contain rockets" in reader("GET", f"{path}/rockets/get/x")[1]["error"]


def test_rights(as_account: Callable[[str], Client]) -> None:
    reader = as_account("reader")
    status, answer = reader("POST", f"{APPS}/waiting/sync", {})
    assert status == 403
    assert answer["error"].startswith("permission denied: applications, sync, default/waiting, sub: reader, iat: ")
    assert reader("DELETE", f"{APPS}/waiting/operation")[1]["error"] == "permission denied"
    status, answer = as_account("nologs")("GET", f"{APPS}/guestbook/logs")
    assert (status, answer["error"]["grpc_code"]) == (403, 7)


def test_missing_or_forbidden(client: Client) -> None:
    assert client("GET", f"{APPS}/nope")[1] == {"error": "permission denied", "code": 7, "message": "permission denied"}
    status, answer = client("GET", f"{APPS}/nope?project=default")
    assert (status, answer["error"]) == (404, 'applications.argoproj.io "nope" not found')
    assert client("GET", f"{APPS}/guestbook?project=elsewhere")[0] == 404
    assert client("GET", f"{APPS}/elsewhere")[0] == 403
    assert client.app("elsewhere", "?appNamespace=argocd-apps")["spec"]["project"] == "elsewhere"


def test_starts_fast_and_leaves_nothing() -> None:
    before = time.monotonic()
    with Sandbox() as sandbox:
        assert time.monotonic() - before < 1
        folder = sandbox.world.git.root
        assert (folder / "apps.git").is_dir()
    assert not folder.exists()
