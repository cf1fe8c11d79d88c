"""Right after an operation the sync and health that are shown are those from before it: never the verdict.

The states are those that a busy Argo CD 3.6.1 showed, each with the seconds after which it came.
"""

import time
from collections.abc import AsyncIterator
from typing import Any

import anyio
import msgspec
import pytest

from argocd_gitops_mcp.argocd.course import Course, Going, Handle, Reached, Stopped, Until
from argocd_gitops_mcp.argocd.models import Application, ApplicationEvent, ResourceStatus
from argocd_gitops_mcp.argocd.resources import Owner
from argocd_gitops_mcp.operations._following import Followed, follow
from argocd_gitops_mcp.operations._operation import Deps
from tests.unit.operations.test_following import Wire

pytestmark = pytest.mark.anyio

OLD, NEW = "6f36a42c", "a6d40f2e"
BEFORE, END = "2026-03-01T10:04:46Z", "2026-03-01T10:05:00Z"
OURS: dict[str, Any] = {"sync": {"revision": NEW}, "info": [{"name": "request-id", "value": "r1"}]}


def shown(version: int, sync: str, revision: str, health: str, *, over: bool = True, at: str = END) -> Application:
    run = {"phase": "Succeeded" if over else "Running", "startedAt": END, "operation": OURS}
    if over:
        run |= {"finishedAt": END, "syncResult": {"revision": NEW}}
    whole = {
        "metadata": {"name": "shop", "uid": "u", "resourceVersion": str(version)},
        "operation": None if over else OURS,
        "status": {
            "sync": {"status": sync, "revision": revision},
            "health": {"status": health},
            "reconciledAt": at,
            "operationState": run,
        },
    }
    return msgspec.convert(whole, Application)


OUT = shown(2, "OutOfSync", NEW, "Healthy", at=END)


class Slow(Wire):
    """One whose states come after so many seconds; asked between, it gives the last that came."""

    def __init__(self, *states: tuple[float, Application]) -> None:
        super().__init__(*(state for _, state in states))
        self._timed = states
        self._now = states[0][1]

    async def send(self, call: Any, *, timeout: float | None = None) -> Any:  # noqa: ARG002, ASYNC109 - as overridden
        return self._now

    async def _told(self) -> AsyncIterator[Any]:
        for pause, state in self._timed:
            await anyio.sleep(pause)
            self._now = state
            yield ApplicationEvent("MODIFIED", state)
        await anyio.sleep_forever()


async def followed(*states: tuple[float, Application], until: Until = "healthy", seconds: float = 5) -> Followed:
    async def tell(_: str) -> None:
        return None

    wire = Slow(*states)
    deps = Deps(wire, "r1", 1000, tell, time.monotonic, anyio.sleep)
    return await follow(deps, Owner("shop"), Course(Handle(request_id="r1"), until), wire._now, seconds)


async def test_when_time_is_up_before_the_comparison_what_was_before_is_no_success() -> None:
    """A broken release was "synced and healthy", since the one before was."""
    ended = await followed(
        (0, shown(1, "Synced", OLD, "Healthy", over=False, at=BEFORE)),
        (0.05, shown(2, "Synced", OLD, "Healthy", at=BEFORE)),
        (5, shown(3, "Synced", NEW, "Progressing")),
        seconds=0.3,
    )
    assert isinstance(ended.step, Going)
    assert ended.step.stage == "comparison"


@pytest.mark.parametrize("until", ["operation", "synced", "healthy"])
@pytest.mark.parametrize("stale", ["Synced", "OutOfSync"])
async def test_a_comparison_of_the_same_second_with_another_commit_is_from_before(stale: str, until: Until) -> None:
    """It took 254 ms until the next; the one before said OutOfSync, or of the old commit that it is Synced."""
    last = shown(3, "Synced", NEW, "Healthy")
    ended = await followed(
        (0, shown(1, stale, OLD, "Healthy", over=False)),
        (0.05, shown(2, stale, OLD, "Healthy")),
        (0.4, last),
        until=until,
    )
    assert ended == Followed(Reached(), last)


async def test_a_comparison_that_takes_seconds_is_waited_for() -> None:
    """Seen on two busy cores: the new commit was OutOfSync for more than 1.5 s after it had been applied."""
    last = shown(3, "Synced", NEW, "Healthy")
    ended = await followed((0, shown(1, "OutOfSync", NEW, "Healthy", over=False)), (0.05, OUT), (2, last))
    assert ended == Followed(Reached(), last)


async def test_what_was_left_unpruned_is_not_waited_for() -> None:
    left = msgspec.convert({"kind": "ConfigMap", "name": "old", "requiresPruning": True}, ResourceStatus)
    out = msgspec.structs.replace(OUT, status=msgspec.structs.replace(OUT.status, resources=[left]))
    began = time.monotonic()
    ended = await followed((0, shown(1, "OutOfSync", NEW, "Healthy", over=False)), (0.05, out), seconds=30)
    assert ended == Followed(Stopped("not synced"), out)
    assert time.monotonic() - began < 4
