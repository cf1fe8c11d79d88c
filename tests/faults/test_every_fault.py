"""Every fault at every request of every operation: the promised error, nothing leaked, nothing sent twice."""

import json
import re
from typing import Any

import pytest

from argocd_gitops_mcp import invoke
from argocd_gitops_mcp.operations import _reading, _sending, tracking
from argocd_gitops_mcp.operations.catalogue import OPERATIONS
from argocd_gitops_mcp.sandbox.faults import Fault
from argocd_gitops_mcp.sandbox.server import Sandbox
from tests import stage as stages
from tests.faults.conftest import PATIENCE, Asked, Connect, timeout_for
from tests.faults.scenes import READING, SCENES, Scene

pytestmark = pytest.mark.anyio

STATUSES = {
    400: "rejected",
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    409: "conflict",
    429: "too_large",
    500: "server_error",
    503: "unavailable",
    504: "timed_out",
}
PROXIES = {
    403: "not_argocd",
    404: "not_argocd",
    500: "not_argocd",
    502: "unavailable",
    503: "unavailable",
    504: "timed_out",
}
ANSWERS = {
    Fault.HTML: "not_argocd",
    Fault.BROKEN_JSON: "not_argocd",
    Fault.EMPTY: "not_argocd",
    Fault.REDIRECT: "not_argocd",
    Fault.RESET: "connection_lost",
    Fault.HANG: "timed_out",
}
UNANSWERED = {"connection_lost", "timed_out", "unavailable"}
STREAMS = {Fault.STREAM_CUT: "server_error", Fault.STREAM_EMPTY_OBJECT: "server_error"}
CASES = [
    *((Fault.STATUS, status, code) for status, code in STATUSES.items()),
    *((Fault.PROXY, status, code) for status, code in PROXIES.items()),
    *((fault, 0, code) for fault, code in ANSWERS.items()),
]


async def arguments(scene: Scene, asked: Asked) -> dict[str, Any]:
    """What the operation is called with, after what it needs was brought about."""
    more: dict[str, Any] = {}
    if scene.before is not None:
        with stages.of_sandbox(asked.sandbox) as stage:
            more = scene.before(stage)
    if scene.plans is not None:
        operation, given = scene.plans
        text, is_error = await asked.call(operation, {**given, "plan": True})
        assert not is_error, text
        return {"plan_id": json.loads(text)["planId"]}
    told = json.dumps(scene.arguments).replace("$REPOSITORIES", asked.sandbox.repositories)
    return {**json.loads(told), **more}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looking what became of a write takes seconds where nobody waits for it."""
    monkeypatch.setattr(_sending, "_LOOKS", (0.0, 0.01))
    monkeypatch.setattr(tracking, "_REFRESHED", PATIENCE)
    monkeypatch.setattr(_reading, "_SECONDS", PATIENCE)


def test_every_operation_and_every_fault_has_its_scene() -> None:
    assert [one.operation for one in SCENES] == [one.name for one in OPERATIONS]
    assert {fault for fault, _, _ in CASES} | set(STREAMS) == set(Fault)


@pytest.mark.parametrize("scene", [one for one in SCENES if one.requests], ids=str)
@pytest.mark.parametrize(
    ("fault", "status", "code"), CASES, ids=lambda one: one.name if isinstance(one, Fault) else str(one)
)
async def test_the_promised_error(
    sandbox: Sandbox,
    connect: Connect,
    monkeypatch: pytest.MonkeyPatch,
    scene: Scene,
    fault: Fault,
    status: int,
    code: str,
) -> None:
    is_short = fault is Fault.HANG and not scene.uses_git
    monkeypatch.setattr(invoke, "DEADLINE", 2 * PATIENCE if is_short else invoke.DEADLINE)
    async with connect(seconds=timeout_for(fault)) as asked:
        for method, path in scene.requests:
            if path in scene.streams and fault in (Fault.BROKEN_JSON, Fault.EMPTY, Fault.HTML):
                continue  # a stream's own kinds of these are below
            given = await arguments(scene, asked)
            asked.begin()
            sandbox.faults.arm(fault, method=method, path=path, status=status)
            text, is_error = await asked.call(scene.operation, given)
            struck = [one for one in asked.received if one.method == method and re.search(path, one.path)]
            assert struck, f"{method} {path} was not sent"
            if method != "GET":
                assert len({(one.query, one.body) for one in struck}) == len(struck), "sent twice"
            if path in scene.unharmed or (path in scene.asked_again and code in UNANSWERED):
                assert not is_error, text
                continue
            if path in scene.absent and code == "not_found":
                assert not is_error, text
                continue
            assert len(asked.writes) == (1 if method != "GET" and path not in scene.tolerates | READING else 0)
            if path in scene.tolerates:
                assert not is_error
                assert code in text
                continue
            assert is_error, text
            assert text.startswith(f"error {code}: "), text
            assert [one.outcome for one in asked.audit] == [code]


@pytest.mark.parametrize("fault", [*STREAMS, Fault.BROKEN_JSON, Fault.HTML])
async def test_a_stream_that_breaks_is_an_error_not_a_short_log(
    sandbox: Sandbox, connect: Connect, fault: Fault
) -> None:
    scene = next(one for one in SCENES if one.streams)
    (path,) = scene.streams
    async with connect() as asked:
        sandbox.faults.arm(fault, path=path)
        text, is_error = await asked.call(scene.operation, scene.arguments)
    assert is_error, text
    assert text.startswith(("error server_error: ", "error not_argocd: ")), text


@pytest.mark.parametrize(
    ("operation", "given", "kind"),
    [
        ("sync_application", {"name": "waiting", "dry_run": True}, "sync"),
        ("delete_application", {"name": "victim", "confirm": "victim", "cascade": False}, "deletion"),
    ],
)
@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        (Fault.STATUS, 500, "server_error"),
        (Fault.PROXY, 502, "unavailable"),
        (Fault.RESET, 0, "connection_lost"),
        (Fault.HTML, 0, "not_argocd"),
        (Fault.STATUS, 401, "unauthenticated"),
    ],
)
async def test_a_fault_while_following_does_not_hide_that_it_was_sent(
    sandbox: Sandbox,
    connect: Connect,
    operation: str,
    given: dict[str, Any],
    kind: str,
    fault: Fault,
    status: int,
    code: str,
) -> None:
    async with connect() as asked:
        made = {"name": "victim", "repo_url": f"{sandbox.repositories}/apps.git", "path": "waiting", "upsert": True}
        await asked.call("create_application", made)

    def arm() -> None:
        # One is survived: Argo CD is looked at again.
        sandbox.faults.arm(fault, method="GET", path=f"/{given['name']}$", status=status, times=50)

    async with connect(after_write=arm) as asked:
        text, is_error = await asked.call(operation, given)
        assert is_error, text
        assert text.startswith(f"error {code}: ")
        assert f"The {kind} was sent" in text
        assert "do not send it again" in text
        assert len(asked.writes) == 1


async def test_without_a_fault_exactly_these_requests_are_sent(connect: Connect) -> None:
    """Last in this module: it changes the applications."""
    for scene in SCENES:
        async with connect() as asked:
            given = await arguments(scene, asked)
            asked.begin()
            text, is_error = await asked.call(scene.operation, given)
            assert is_error is bool(scene.refused), text
            assert not scene.refused or text.startswith(f"error {scene.refused}: "), text
            first: list[tuple[str, str]] = []
            for one in asked.received:
                if (one.method, one.path) not in first:
                    first.append((one.method, one.path))
            fits = [
                any(one[0] == method and re.search(path, one[1]) for method, path in scene.requests) for one in first
            ]
            assert all(fits), first
            assert len(asked.writes) <= 1
