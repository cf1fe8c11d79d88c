"""A day of 24 hours in seconds: whatever becomes of its watch, the index is as old as it says, and as Argo CD is."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import anyio
import pytest

from argocd_gitops_mcp.argocd.client import Client
from argocd_gitops_mcp.errors import GitOpsError, Unreachable
from argocd_gitops_mcp.fleet import index
from argocd_gitops_mcp.fleet.fleets import Fleets
from argocd_gitops_mcp.fleet.row import Key
from argocd_gitops_mcp.sandbox.server import Sandbox
from tests import stage as stages
from tests.faults.day import TALKER, Day, State, of_object, of_row
from tests.stage import Stage
from tests.watched import Watched

pytestmark = pytest.mark.anyio

TROUBLES = ("nothing", "severed", "halved", "stalled", "skipping", "down")
HOUR = 150
"""Changes, so many at a time that between two of them is some quiet:"""
AT_ONCE = 10
BURST = 1_500
LATE = 0.5
"""Seconds by which an answer may be older than it says: this machine is busy with both sides."""
SECONDS = 6.0


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A day is not to be waited for."""
    monkeypatch.setattr(index, "_ENOUGH", 0.02)
    monkeypatch.setattr(index, "_BELIEVED", (0.3, 0.3))
    monkeypatch.setattr(index, "_AGED", (0.5, 0.5))
    monkeypatch.setattr(index, "_PAUSES", (0.05, 0.2))


@pytest.fixture
def busy() -> Iterator[Sandbox]:
    """Its watches drop what does not fit into their buffer, which is smaller than the real one's."""
    with Sandbox(seeds=False) as sandbox:
        sandbox.world.watch_buffer = 300
        yield sandbox


class Asker:
    """Asks the index all day long, and holds what it says against what was."""

    def __init__(self, day: Day, ask: Callable[[], Any]) -> None:
        self._day = day
        self._ask = ask
        self.answers = self.refusals = 0
        self.oldest = 0.0
        self.may_be_wrong = self.may_refuse = False

    async def run(self) -> None:
        while True:
            await anyio.sleep(0.02)
            began = time.monotonic()
            try:
                found = await self._ask()
            except GitOpsError as error:
                if not self.may_refuse or not isinstance(error, Unreachable):
                    raise
                self.refusals += 1
                continue
            self.answers += 1
            self.oldest = max(self.oldest, found.age)
            since = min(began, time.monotonic() - found.age) - LATE
            told = {row.key: of_row(row) for row in found.rows}
            wrong = [key for key in self._day.keys | told.keys() if not self._day.was(key, told.get(key), since)]
            assert not wrong or self.may_be_wrong, [(key, told.get(key)) for key in wrong[:3]]


def plain(stage: Stage) -> dict[Key, State]:
    """The list without `fields`, but for what changes while it is compared."""
    items = stage.raw("GET", "/api/v1/applications").json["items"] or []
    told = {(one["metadata"]["namespace"], one["metadata"]["name"]): of_object(one) for one in items}
    told.pop(TALKER, None)
    return told


async def talk(busy: Sandbox, day: Day) -> None:
    while True:
        await anyio.to_thread.run_sync(busy.within, day.talk)
        await anyio.sleep(0.03)


async def same(stage: Stage, ask: Callable[[], Any], *may: type[GitOpsError]) -> None:
    """The index and the list come to say the same; a question that was on its way may be refused."""
    mine: dict[Key, State] = {}
    theirs = plain(stage)
    with anyio.move_on_after(SECONDS):
        while True:
            with suppress(*may):
                mine = {row.key: of_row(row) for row in (await ask()).rows}
                mine.pop(TALKER, None)
                if mine == theirs:
                    return
            await anyio.sleep(0.02)
    wrong = [key for key in mine.keys() | theirs.keys() if mine.get(key) != theirs.get(key)]
    raise AssertionError([(key, mine.get(key), theirs.get(key)) for key in wrong[:3]])


async def test_a_day_of_changes_leaves_the_index_as_argo_cd_is(busy: Sandbox) -> None:
    day, fleets = Day(random.Random(7)), Fleets(keeps=True)  # noqa: S311 - no secrets
    with stages.of_sandbox(busy) as stage:
        async with Watched(stage) as http:
            client = Client(http, lambda: stage.tokens["ci"])
            busy.within(lambda world: day.change(world, 600))
            asker = Asker(day, lambda: fleets.fresh(client))
            async with anyio.create_task_group() as group:
                group.start_soon(asker.run)
                group.start_soon(talk, busy, day)
                for hour in range(24):
                    await _pass(hour, busy, day, http, asker)
                    await same(stage, lambda: fleets.fresh(client), *([Unreachable] if asker.may_refuse else []))
                    asker.may_be_wrong = asker.may_refuse = False
                group.cancel_scope.cancel()
            await fleets.close()
    assert len(http.watches) > 24 // len(TROUBLES) * 4, "each trouble but a quiet hour and a skip costs a watch"
    assert min(day.done.values()) > 24
    assert day.done.total() > 9_000
    assert asker.answers > 100
    assert asker.refusals


async def _pass(hour: int, busy: Sandbox, day: Day, http: Watched, asker: Asker) -> None:
    trouble = TROUBLES[hour % len(TROUBLES)]
    for at in range(0, HOUR, AT_ONCE):
        await anyio.to_thread.run_sync(busy.within, lambda world: day.change(world, AT_ONCE))
        await anyio.sleep(0.02)
        if at == HOUR // 2 // AT_ONCE * AT_ONCE:
            match trouble:
                case "severed":
                    http.watches[-1].sever()
                case "halved":
                    http.watches[-1].action = "halve"
                case "stalled":
                    http.watches[-1].action = "stall"
                case "skipping":
                    asker.may_be_wrong = True
                    await anyio.to_thread.run_sync(busy.within, lambda world: day.change(world, BURST))
                case "down":
                    asker.may_refuse = True
                    http.fall()
    http.rise()
