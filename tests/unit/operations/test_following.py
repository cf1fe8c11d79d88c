"""Following an operation by the application's states, whichever way they come."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import msgspec
import pytest

from argocd_gitops_mcp import errors
from argocd_gitops_mcp.argocd.client import Client
from argocd_gitops_mcp.argocd.course import Course, Going, Handle, Reached, Stopped
from argocd_gitops_mcp.argocd.models import Application, ApplicationEvent
from argocd_gitops_mcp.argocd.resources import Owner
from argocd_gitops_mcp.http import HTTP, TLS
from argocd_gitops_mcp.operations import _following
from argocd_gitops_mcp.operations._following import Followed, follow
from argocd_gitops_mcp.operations._operation import Deps
from argocd_gitops_mcp.operations._watching import Watching

pytestmark = pytest.mark.anyio
OURS: dict[str, Any] = {"sync": {"revision": "v2"}, "info": [{"name": "request-id", "value": "r1"}]}
END, LATER = "2026-03-01T10:05:07Z", "2026-03-01T10:05:08Z"


def app(version: int, phase: str, *, over: bool = False, reconciled: str = END, uid: str = "u") -> Application:
    run = {"phase": phase, "startedAt": "2026-03-01T10:05:00Z", "finishedAt": END if over else None, "operation": OURS}
    run |= {"syncResult": {"revision": "v2"}} if over else {}
    status = {
        "sync": {"status": "Synced", "revision": "v2"},
        "health": {"status": "Healthy"},
        "reconciledAt": reconciled,
    }
    whole = {
        "metadata": {"name": "shop", "uid": uid, "resourceVersion": str(version)},
        "operation": None if over else OURS,
        "status": {**status, "operationState": run},
    }
    return msgspec.convert(whole, Application)


RUNNING = app(11, "Running")
ENDED = app(12, "Succeeded", over=True)
COMPARED = app(13, "Succeeded", over=True, reconciled=LATER)


class Wire(Client):
    """An Argo CD whose watch gives these events and then is silent, and whose application is as the last one."""

    def __init__(self, *events: Application | str, speaks: bool = True) -> None:
        super().__init__(HTTP("http://argocd.example.com", TLS(), 1), lambda: None)
        self._events = events
        self._speaks = speaks
        self.looks = 0

    async def send(self, call: Any, *, timeout: float | None = None) -> Any:  # noqa: ARG002, ASYNC109 - as overridden
        self.looks += 1
        if "DELETED" in self._events:
            raise errors.NotFound("shop is gone")
        return self._events[-1]

    @asynccontextmanager
    async def stream(self, call: Any, **_: Any) -> AsyncIterator[Any]:  # noqa: ARG002 - as overridden
        yield self._told()

    async def _told(self) -> AsyncIterator[Any]:
        for one in self._events if self._speaks else ():
            if isinstance(one, str):
                yield ApplicationEvent(one, RUNNING)
            else:
                yield ApplicationEvent("MODIFIED", one)
        await anyio.sleep_forever()


async def followed(wire: Wire, seconds: float = 5, start: Application = RUNNING) -> tuple[Followed, Course, list[str]]:
    told: list[str] = []

    async def tell(message: str) -> None:
        told.append(message)

    course = Course(Handle(request_id="r1"), "operation", start.metadata.resource_version)
    deps = Deps(wire, "r1", 1000, tell, time.monotonic, anyio.sleep)
    return await follow(deps, Owner("shop"), course, start, seconds), course, told


async def test_an_end_that_is_compared_is_told_as_read_last() -> None:
    wire = Wire(ENDED, COMPARED)
    ended, _, told = await followed(wire)
    assert ended == Followed(Reached(), COMPARED)
    assert wire.looks == 1
    assert told[0].startswith("Running")


async def test_a_comparison_of_the_second_of_the_end_is_soon_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(_following._PATIENCE, "none yet", 600)
    with anyio.fail_after(10):
        ended, course, _ = await followed(Wire(ENDED), seconds=600)
    assert ended.step == Reached()
    assert course.is_compared


async def test_a_comparison_that_does_not_come_is_not_waited_for_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(_following._PATIENCE, "none yet", 0.1)
    ended, course, _ = await followed(Wire(app(12, "Succeeded", over=True, reconciled="2026-03-01T10:00:00Z")))
    assert ended.step == Reached()
    assert not course.is_compared


async def test_a_failure_is_told_at_once_and_as_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that is compared afterwards makes it any better."""
    monkeypatch.setitem(_following._PATIENCE, "none yet", 600)
    failed = app(12, "Failed", over=True, reconciled="2026-03-01T10:00:00Z")
    with anyio.fail_after(10):
        ended, course, _ = await followed(Wire(failed), seconds=5)
    assert ended.step == Stopped("failed")
    assert course.state is not None
    assert course.state.phase == "Failed"


async def test_when_time_is_up_it_is_told_what_goes_on() -> None:
    ended, _, _ = await followed(Wire(RUNNING), seconds=0.1)
    assert ended == Followed(Going("operation", "Running"), RUNNING)


async def test_an_application_that_is_deleted_or_made_anew_is_gone() -> None:
    assert (await followed(Wire(RUNNING, "DELETED")))[0].app is None
    made_anew = app(20, "Succeeded", over=True, uid="another")
    assert (await followed(Wire(made_anew, speaks=False)))[0].app is None


async def test_where_the_stream_says_nothing_it_is_asked() -> None:
    """A proxy that buffers lets no message through."""
    wire = Wire(COMPARED, speaks=False)
    ended, _, _ = await followed(wire)
    assert ended == Followed(Reached(), COMPARED)
    assert wire.looks > 1


async def test_states_older_than_those_given_are_left_out() -> None:
    deps = Deps(Wire(ENDED, RUNNING, COMPARED), "r1", 1000, anyio.sleep, time.monotonic, anyio.sleep)  # type: ignore[arg-type]
    async with Watching(deps, Owner("shop"), "u") as watching:
        assert [await watching.next(1) for _ in range(3)] == [ENDED, None, COMPARED]
