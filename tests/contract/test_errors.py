"""Statuses, codes and texts of Argo CD's own errors, and what the tools make of them."""

from typing import Any

import pytest

from tests.contract.bench import STUCK, Bench
from tests.stage import Raw, Stage

pytestmark = pytest.mark.anyio

APPS = "/api/v1/applications"
WEB = {"resourceName": "web", "kind": "Deployment", "version": "v1", "group": "apps", "namespace": "guestbook"}
REQUIRED = 'grpc: error while marshaling: proto: required field "{}" not set'

# Method, path below the applications, query or body, status, gRPC code, message.
ERRORS: list[tuple[str, str, dict[str, Any], int, int, str]] = [
    ("GET", "/nowhere", {}, 403, 7, "permission denied"),
    ("GET", "/nowhere", {"project": "default"}, 404, 5, 'applications.argoproj.io "nowhere" not found'),
    ("GET", "/guestbook", {"project": "elsewhere"}, 404, 5, 'applications.argoproj.io "guestbook" not found'),
    ("GET", "/guestbook", {"appNamespace": "kube-system"}, 403, 7, "permission denied"),
    ("GET", "", {"selector": "team in"}, 500, 2, "error parsing the selector"),
    ("GET", "/guestbook/manifests", {"revision": "nowhere"}, 500, 2, "to a commit SHA: revision not found"),
    ("GET", "/guestbook/resource", {"resourceName": "web"}, 500, 13, REQUIRED.format("kind")),
    ("GET", "/guestbook/resource", WEB | {"resourceName": "no"}, 400, 3, "Deployment apps no not found as part of"),
    ("GET", "/guestbook/resource", WEB | {"namespace": "x"}, 400, 3, "Deployment apps web not found as part of"),
    ("GET", "/guestbook/events", {"resourceName": "web"}, 400, 3, "web not found as part of application guestbook"),
    ("PATCH", "/guestbook", {"patch": "{}"}, 500, 13, REQUIRED.format("patchType")),
    ("PATCH", "/guestbook", {"patch": "{}", "patchType": "x"}, 400, 3, "Patch type 'x' is not supported"),
    ("PATCH", "/guestbook", {"patch": "x", "patchType": "merge"}, 500, 2, "error calculating merge patch"),
    (
        "POST",
        "/guestbook/sync",
        {"revision": "v1.0.0"},
        400,
        9,
        "Cannot sync to v1.0.0: auto-sync currently set to main",
    ),
    ("POST", "/waiting/sync", {"revision": "nowhere"}, 400, 9, "revision not found"),
    ("POST", "/guestbook/sync", {"syncOptions": ["a=b"]}, 400, 3, "json: cannot unmarshal array into Go struct field"),
    ("POST", "/guestbook/sync", {"prune": "true"}, 400, 3, "json: cannot unmarshal string into Go struct field"),
    ("DELETE", "/waiting/operation", {}, 400, 3, "Unable to terminate operation. No operation is in progress"),
    ("DELETE", "/waiting", {"propagationPolicy": "orphan"}, 400, 3, "invalid propagation policy: orphan"),
    (
        "DELETE",
        "/waiting",
        {"cascade": "false", "propagationPolicy": "foreground"},
        400,
        3,
        "cannot set propagation policy when cascading is disabled",
    ),
    ("POST", "", {"application": {}}, 500, 2, "resource name may not be empty"),
    ("POST", "", {"metadata": {"name": "x"}, "spec": {}}, 400, 3, "Destination server missing from app spec"),
    ("POST", "/guestbook/resource/actions/v2", WEB | {"action": "x"}, 500, 2, "built-in script does not exist"),
    ("POST", "/guestbook/resource/actions/v2", WEB | {"action": "scale"}, 500, 2, "cannot perform concat operation"),
    ("POST", "/guestbook/resource/actions/v2", WEB, 500, 13, REQUIRED.format("action")),
]


def ask(stage: Stage, method: str, path: str, given: dict[str, Any], **more: Any) -> Raw:
    if method in ("GET", "DELETE"):
        return stage.raw(method, APPS + path, given, **more)
    return stage.raw(method, APPS + path, body=given, **more)


@pytest.mark.parametrize(("method", "path", "given", "status", "code", "message"), ERRORS)
async def test_the_error_table(
    stage: Stage, method: str, path: str, given: dict[str, Any], status: int, code: int, message: str
) -> None:
    answer = ask(stage, method, path, given)
    assert answer.media == "application/json"
    assert answer.said[:2] == (status, code)
    assert message in answer.said[2]
    assert answer.json["error"] == answer.json["message"]


@pytest.mark.parametrize(
    ("method", "path", "headers", "status", "text"),
    [
        ("GET", "/api/v1/nowhere", {}, 404, "Not Found"),
        ("PUT", APPS, {}, 405, "Method Not Allowed"),
        ("POST", f"{APPS}/x/sync", {"Content-Type": "application/json; charset=utf-8"}, 415, "Invalid content type"),
        ("DELETE", f"{APPS}/x", {"Content-Type": "text/plain"}, 415, "Invalid content type"),
    ],
)
async def test_errors_that_are_no_json(
    stage: Stage, method: str, path: str, headers: dict[str, str], status: int, text: str
) -> None:
    answer = stage.raw(method, path, headers=headers)
    assert (answer.status, answer.media, answer.text.strip()) == (status, "text/plain", text)


def mangled(token: str) -> str:
    header, payload, _ = token.split(".")
    return f"{header}.{payload}.{'A' * 43}"


async def test_who_is_not_let_in(stage: Stage) -> None:
    lower = {"Authorization": f"bearer {stage.tokens['ci']}"}
    for answer in (stage.raw("GET", APPS, token=None), stage.raw("GET", APPS, headers=lower)):
        assert answer.said == (401, 16, "no session information")
    status, code, message = stage.raw("GET", APPS, token=mangled(stage.tokens["ci"])).said
    assert (status, code) == (401, 16)
    assert message.startswith("invalid session: ")


async def test_what_a_bad_token_may_still_ask(stage: Stage) -> None:
    bad = mangled(stage.tokens["ci"])
    assert stage.raw("GET", "/api/version", token=bad).json["Version"].startswith("v3.")
    assert stage.raw("GET", "/api/v1/session/userinfo", token=bad).json == {}
    assert stage.raw("GET", "/api/v1/session/userinfo").json == {"loggedIn": True, "username": "ci", "iss": "argocd"}


@pytest.mark.parametrize(
    ("method", "path", "given", "message"),
    [
        ("POST", "/guestbook/sync", {}, "permission denied: applications, sync, default/guestbook, sub: reader, iat: "),
        ("DELETE", "/guestbook", {}, "permission denied: applications, delete, default/guestbook, sub: reader, iat: "),
        ("POST", "/guestbook/resource/actions/v2", WEB | {"action": "restart"}, "permission denied"),
        ("POST", "/nowhere/sync", {}, "permission denied"),
    ],
)
async def test_who_may_not(stage: Stage, method: str, path: str, given: dict[str, Any], message: str) -> None:
    status, code, said = ask(stage, method, path, given, token="reader").said
    assert (status, code) == (403, 7)
    assert said.startswith(message)
    assert (said == "permission denied") == (message == "permission denied")


async def test_a_difference_without_upsert(bench: Bench) -> None:
    app = bench.created()
    body = {"metadata": {"name": app.name}, "spec": app.whole()["spec"]}
    assert bench.stage.raw("POST", APPS, body=body).status == 200
    body["spec"]["source"]["targetRevision"] = "HEAD"
    different = "existing application spec is different, use upsert flag to force update"
    assert bench.stage.raw("POST", APPS, body=body).said == (400, 3, different)


async def test_one_operation_at_a_time(bench: Bench) -> None:
    app = bench.created(STUCK)
    app.start_sync()
    second = bench.stage.raw("POST", f"{app.path}/sync", body={"dryRun": True})
    assert second.said == (400, 9, "another operation is already in progress")


async def test_an_expired_token_is_told_apart(stage: Stage) -> None:
    async with stage.tools(await stage.expired_token()) as tools:
        answer = await tools.application("list")
    assert "expired" in answer.refused("token_expired")
