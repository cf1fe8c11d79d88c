"""What goes wrong at a list, or at asking whether it is still right, is an error; at the watch it is made up for."""

from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass

import anyio
import pytest

from argocd_gitops_mcp import errors
from argocd_gitops_mcp.argocd.client import Client
from argocd_gitops_mcp.errors import GitOpsError
from argocd_gitops_mcp.fleet import index
from argocd_gitops_mcp.fleet.fleets import Fleets
from argocd_gitops_mcp.http import HTTP, TLS
from argocd_gitops_mcp.sandbox.faults import Fault
from argocd_gitops_mcp.sandbox.server import Sandbox
from argocd_gitops_mcp.sandbox.world import World
from tests.stage import SEEDS, until

pytestmark = pytest.mark.anyio

LIST, WATCH = r"^/api/v1/applications$", r"^/api/v1/stream/applications$"
PATIENCE = 0.5
FAULTS: list[tuple[Fault, int, type[GitOpsError]]] = [
    (Fault.STREAM_EMPTY_OBJECT, 0, errors.NotArgoCD),
    (Fault.EMPTY, 0, errors.NotArgoCD),
    (Fault.BROKEN_JSON, 0, errors.NotArgoCD),
    (Fault.HTML, 0, errors.NotArgoCD),
    (Fault.REDIRECT, 0, errors.NotArgoCD),
    (Fault.STREAM_CUT, 0, errors.NotArgoCD),
    (Fault.RESET, 0, errors.ConnectionLost),
    (Fault.HANG, 0, errors.TimedOut),
    (Fault.STATUS, 401, errors.Unauthenticated),
    (Fault.STATUS, 403, errors.Forbidden),
    (Fault.STATUS, 410, errors.ServerError),
    (Fault.STATUS, 429, errors.TooLarge),
    (Fault.STATUS, 500, errors.ServerError),
    (Fault.PROXY, 502, errors.Unavailable),
    (Fault.STATUS, 504, errors.TimedOut),
]
IDS = [f"{fault.name} {status or ''}" for fault, status, _ in FAULTS]


@dataclass
class Asked:
    """An index that is asked."""

    sandbox: Sandbox
    client: Client
    fleets: Fleets
    token: str

    async def names(self) -> set[str]:
        return {row.name for row in (await self.fleets.fresh(self.client)).rows}

    async def shows(self, value: str, *may: type[GitOpsError]) -> None:
        """It comes to show this label of the guestbook's."""
        with anyio.fail_after(5):
            while True:
                with suppress(*may):
                    found = await self.fleets.fresh(self.client)
                    if value in [row.labels.get("n") for row in found.rows if row.name == "guestbook"]:
                        return
                await anyio.sleep(0.01)

    def sent(self, path: str) -> int:
        return sum(one.path == path.strip("^$") for one in self.sandbox.requests)

    @property
    def watches(self) -> int:
        return self.sandbox.within(lambda world: len(world.watchers))


@pytest.fixture
async def asked(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Asked]:
    monkeypatch.setattr(index, "_ENOUGH", 0.0)
    monkeypatch.setattr(index, "_PAUSES", (0.02, 0.1))
    fleets = Fleets(keeps=True)
    async with HTTP(sandbox.url, TLS(), PATIENCE) as http:
        one = Asked(sandbox, Client(http, lambda: one.token), fleets, sandbox.tokens["ci"])
        yield one
        await fleets.close()


def labelled(value: str) -> Callable[[World], None]:
    def change(world: World) -> None:
        app = world.applications["argocd", "guestbook"]
        app.metadata["labels"] = {**app.metadata["labels"], "n": value}
        world.touch(app)

    return change


@pytest.mark.parametrize(("fault", "status", "error"), FAULTS, ids=IDS)
async def test_a_list_that_fails_is_an_error_and_the_next_is_right(
    asked: Asked, fault: Fault, status: int, error: type[GitOpsError]
) -> None:
    asked.sandbox.faults.arm(fault, path=LIST, status=status)
    with pytest.raises(error):
        await asked.names()
    assert set(SEEDS) <= await asked.names()


@pytest.mark.parametrize(("fault", "status", "error"), FAULTS, ids=IDS)
async def test_what_cannot_be_proven_is_not_told(
    asked: Asked, fault: Fault, status: int, error: type[GitOpsError]
) -> None:
    """All is known already, and still nothing is said that Argo CD does not stand by now."""
    assert set(SEEDS) <= await asked.names()
    asked.sandbox.faults.arm(fault, path=LIST, status=status)
    with pytest.raises(error):
        await asked.names()
    assert set(SEEDS) <= await asked.names()


@pytest.mark.parametrize(("fault", "status", "error"), FAULTS, ids=IDS)
async def test_a_watch_that_fails_is_made_up_for(
    asked: Asked, fault: Fault, status: int, error: type[GitOpsError]
) -> None:
    begun = asked.sent(WATCH)
    asked.sandbox.faults.arm(fault, path=WATCH, status=status, times=2)
    for number in range(6):
        asked.sandbox.within(labelled(f"{fault.name}-{status}-{number}"))
        # For a token that the watch was refused to nothing is remembered.
        may = [error] if error is errors.Unauthenticated else []
        await asked.shows(f"{fault.name}-{status}-{number}", *may)
    if fault is not Fault.HANG:
        assert asked.sent(WATCH) - begun >= 2


async def test_nothing_is_remembered_for_a_token_that_was_refused_once(asked: Asked) -> None:
    table = (await asked.fleets.fresh(asked.client)).table
    asked.sandbox.faults.arm(Fault.STATUS, path=LIST, status=401)
    with pytest.raises(errors.Unauthenticated):
        await asked.names()
    assert (await asked.fleets.fresh(asked.client)).table is not table


async def test_a_watch_that_nobody_needs_is_ended_and_begun_anew(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "_UNUSED", 0.3)
    for value in ("first", "second"):
        asked.sandbox.within(labelled(value))
        await asked.shows(value)
        assert asked.watches == 1
        await until(lambda: asked.watches, lambda count: count == 0)


async def test_asking_now_and_then_keeps_the_watch(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "_UNUSED", 0.3)
    begun = asked.sent(WATCH)
    for _ in range(10):
        assert await asked.names()
        await anyio.sleep(0.1)
    assert asked.sent(WATCH) - begun == 1


async def test_tokens_that_are_not_used_any_more_leave_no_watch(asked: Asked) -> None:
    for name in ("ci", "reader", "nologs", "admin"):
        asked.token = asked.sandbox.tokens[name]
        assert set(SEEDS) <= await asked.names()
    await until(lambda: asked.watches, lambda count: count <= 2)
    await asked.fleets.close()
    await until(lambda: asked.watches, lambda count: count == 0)


async def test_whoever_waits_is_answered_when_the_token_changes(asked: Asked) -> None:
    found: list[set[str]] = []

    async def ask(name: str) -> None:
        asked.token = asked.sandbox.tokens[name]
        found.append(await asked.names())

    async with anyio.create_task_group() as group:
        for name in ("ci", "reader", "nologs", "admin"):
            group.start_soon(ask, name)
    assert len(found) == 4
    assert all(set(SEEDS) <= one for one in found)
