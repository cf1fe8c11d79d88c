"""A write is sent once; where its connection breaks, what became of it is found by looking, and told."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import anyio
import pytest

from argocd_gitops_mcp.http import Reply, Request, Stream
from argocd_gitops_mcp.operations import _sending, _watching
from tests.contract.bench import NAMESPACE, App, Bench, config_map, deployment
from tests.proxy import Action, Proxy, Strike
from tests.stage import Answer, Era, Stage, Tools, until

pytestmark = pytest.mark.anyio


@dataclass
class Line:
    """A client behind a proxy that strikes its writes, or its watch streams."""

    tools: Tools
    proxy: Proxy
    writes: Action = "pass"
    streams: Action = "pass"
    seconds: float = 0
    struck: Strike | None = None
    stream: Strike | None = None

    def __post_init__(self) -> None:
        http = self.tools.http
        send, stream = http.send, http.stream

        async def sending(request: Request, *, timeout: float | None = None) -> Reply:  # noqa: ASYNC109 - as replaced
            is_write = request.method != "GET" and not request.path.endswith("/generate")
            if is_write and self.writes != "pass":
                self.struck = self.proxy.arm(self.writes, self.seconds)
            return await send(request, timeout=timeout)

        @asynccontextmanager
        async def streaming(request: Request, **how: Any) -> AsyncIterator[Stream]:
            self.stream = self.proxy.arm(self.streams, self.seconds)
            async with stream(request, **how) as found:
                yield found

        http.send = sending  # type: ignore[method-assign]
        http.stream = streaming  # type: ignore[method-assign]

    @property
    def watched(self) -> Strike:
        assert self.stream is not None
        return self.stream


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """What never arrived is looked for as often, but not for as long."""
    monkeypatch.setattr(_sending, "_LOOKS", (0.05, 0.1, 0.2, 0.2))


@asynccontextmanager
async def line(stage: Stage, **strikes: Any) -> AsyncIterator[Line]:
    async with Proxy(stage) as proxy, stage.tools(elicit="accept", url=proxy.url) as tools:
        yield Line(tools, proxy, **strikes)


def told(app: App) -> list[str]:
    """What the application's events say of this client's account."""
    events = app.stage.raw("GET", f"{app.path}/events").json["items"] or []
    return [one["message"] for one in events for _ in range(one.get("count") or 1) if one["message"].startswith("ci ")]


@dataclass(frozen=True)
class Write:
    """A write, the words of the event that proves it, and what it says when its answer was lost but it arrived."""

    event: str
    result: str
    arguments: dict[str, Any]
    is_resource: bool = False
    before: Callable[[App], Awaitable[None]] | None = None

    async def send(self, tools: Tools, app: App, **more: Any) -> Answer:
        name = {"application_name": app.name} if self.is_resource else {"name": app.name}
        filled = {key: app.name if value == "{name}" else value for key, value in self.arguments.items()}
        tool = "manage_argocd_resource" if self.is_resource else "manage_argocd_application"
        return await tools.call(tool, **name, **filled, **more)


async def deployed_twice(app: App) -> None:
    app.commit({"more.yaml": config_map(f"{app.name}-more")})
    app.start_sync()
    await app.ended()


async def stuck(app: App) -> None:
    broken = deployment(app.name, image="example.com/web:broken")
    app.commit({"web.yaml": broken, "late.yaml": config_map(f"{app.name}-late", wave=1)})
    app.start_sync()
    await until(app.whole, lambda whole: "health" in (whole["status"].get("operationState") or {}).get("message", ""))


DEPLOYMENT = {"resource_name": "{name}", "resource_kind": "Deployment"}
WRITES = {
    "sync": Write("initiated sync", "synced and healthy", {"operation": "sync"}),
    "dry run": Write("initiated sync", "dry run: nothing was applied", {"operation": "sync", "dry_run": True}),
    "rollback": Write(
        "initiated rollback", "synced and healthy", {"operation": "rollback", "history_id": 0}, before=deployed_twice
    ),
    "update": Write("updated application spec", "updated", {"operation": "update", "target_revision": "HEAD"}),
    "terminate": Write("terminated running operation", "terminated", {"operation": "terminate"}, before=stuck),
    "run_resource_action": Write(
        "ran action scale",
        "accepted by Argo CD, which does not say what changed",
        {
            "operation": "run_resource_action",
            **DEPLOYMENT,
            "action_name": "scale",
            "action_params": {"replicas": 2},
        },
        is_resource=True,
    ),
    "patch_resource": Write(
        "patched resource",
        "patched",
        {"operation": "patch_resource", **DEPLOYMENT, "patch": {"spec": {"replicas": 2}}},
        is_resource=True,
    ),
    "delete_resource": Write(
        "deleted resource",
        "deleted",
        {"operation": "delete_resource", "resource_name": "{name}", "resource_kind": "ConfigMap"},
        is_resource=True,
    ),
}


def count(app: App, write: Write) -> int:
    return sum(write.event in one for one in told(app))


@pytest.mark.parametrize("name", WRITES)
async def test_an_answer_that_was_lost_is_found_and_nothing_is_sent_twice(bench: Bench, name: str) -> None:
    write, app = WRITES[name], await bench.synced()
    await app.healthy()
    if write.before is not None:
        await write.before(app)
    before = count(app, write)
    history = len(app.whole()["status"]["history"])
    async with line(bench.stage, writes="cut") as broken:
        answer = await write.send(broken.tools, app)
        assert answer.ok.structured["result"] == write.result
        assert "it had arrived" in answer.structured["notices"][0]
        assert broken.struck is not None
        assert broken.struck.hit.is_set()
        assert len(broken.tools.writes) == 1
    await until(lambda: count(app, write), lambda found: found == before + 1)
    added = 1 if name in ("sync", "rollback") else 0
    assert len(app.whole()["status"]["history"]) == history + added


@pytest.mark.parametrize("name", WRITES)
@pytest.mark.usefixtures("soon")
async def test_a_request_that_never_arrived_is_said_to_be_looked_for(bench: Bench, name: str) -> None:
    write, app = WRITES[name], await bench.synced()
    await app.healthy()
    if write.before is not None:
        await write.before(app)
    before, state = count(app, write), app.whole()
    async with line(bench.stage, writes="drop") as broken:
        text = (await write.send(broken.tools, app)).refused("connection_lost")
        assert "Argo CD was looked at and does not show it" in text
        assert "Before sending it again" in text
        assert len(broken.tools.writes) == 1
    assert count(app, write) == before
    now = app.whole()
    assert now["spec"] == state["spec"]
    assert now["status"]["history"] == state["status"]["history"]


async def test_an_answer_that_does_not_come_in_time_is_looked_for(bench: Bench) -> None:
    app = await bench.synced()
    async with line(bench.stage, writes="delay", seconds=20) as broken:
        broken.tools.http._timeout = 1
        answer = await WRITES["update"].send(broken.tools, app)
        assert answer.ok.structured["result"] == "updated"
        assert len(broken.tools.writes) == 1
    assert count(app, WRITES["update"]) == 1


@pytest.mark.parametrize("name", ["sync", "rollback", "terminate", "delete_resource"])
async def test_what_has_ended_before_the_answer_came_is_told_all_the_same(bench: Bench, name: str) -> None:
    write, app = WRITES[name], await bench.synced()
    await app.healthy()
    if write.before is not None:
        await write.before(app)
    before = count(app, write)
    async with line(bench.stage, writes="delay", seconds=2) as slow:
        answer = await write.send(slow.tools, app)
        assert answer.ok.structured["result"] == write.result
        assert len(slow.tools.writes) == 1
    assert count(app, write) == before + 1


@pytest.mark.usefixtures("soon")
async def test_a_request_that_nobody_takes_times_out_and_was_looked_for(bench: Bench) -> None:
    app = await bench.synced()
    async with line(bench.stage, writes="stall") as broken:
        broken.tools.http._timeout = 1
        text = (await WRITES["sync"].send(broken.tools, app)).refused("timed_out")
        assert "Argo CD was looked at and does not show it" in text
        assert len(broken.tools.writes) == 1
    assert count(app, WRITES["sync"]) == 1  # the bench's own


def creation(app: App) -> dict[str, Any]:
    return {"name": app.name, "repo_url": app.url, "path": "app", "destination_namespace": NAMESPACE}


async def test_a_creation_whose_answer_was_lost(bench: Bench) -> None:
    app = bench.planned()
    async with line(bench.stage, writes="cut") as broken:
        answer = await broken.tools.application("create", **creation(app))
        assert answer.ok.structured["result"] == "created"
        assert len(broken.tools.writes) == 1
    assert [one for one in told(app) if "application" in one] == ["ci created application"]


@pytest.mark.usefixtures("soon")
async def test_a_creation_that_never_arrived(bench: Bench) -> None:
    app = bench.planned()
    async with line(bench.stage, writes="drop") as broken:
        text = (await broken.tools.application("create", **creation(app))).refused("connection_lost")
        assert "Argo CD was looked at and does not show it" in text
        assert len(broken.tools.writes) == 1
    assert bench.stage.raw("GET", app.path, {"project": "default"}).status == 404


async def test_a_deletion_whose_answer_was_lost(bench: Bench) -> None:
    app = await bench.synced()
    async with line(bench.stage, writes="cut") as broken:
        answer = await broken.tools.application("delete", name=app.name)
        assert answer.ok.structured["result"] == "deleted"
        assert len(broken.tools.writes) == 1
    assert bench.stage.raw("GET", app.path, {"project": "default"}).status == 404


@pytest.mark.usefixtures("soon")
async def test_a_deletion_that_never_arrived(bench: Bench) -> None:
    app = await bench.synced()
    async with line(bench.stage, writes="drop") as broken:
        text = (await broken.tools.application("delete", name=app.name)).refused("connection_lost")
        assert "Argo CD was looked at and does not show it" in text
        assert len(broken.tools.writes) == 1
    assert "deletionTimestamp" not in app.whole()["metadata"]


@pytest.mark.parametrize("action", ["stall", "delay", "cut", "drop"])
async def test_a_sync_is_followed_to_its_end_without_its_stream(
    bench: Bench, action: Action, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stream is broken from its first word on: looking takes its place."""
    # Long enough for the stream to be asked for, also on a busy machine.
    monkeypatch.setattr(_watching, "_FIRST_WORD", 1.5)
    app = await bench.synced()
    sha = app.commit({"more.yaml": config_map(f"{app.name}-more")})
    async with line(bench.stage, streams=action, seconds=5) as broken:
        began = anyio.current_time()
        found = (await WRITES["sync"].send(broken.tools, app)).ok.structured
        assert anyio.current_time() - began < 5
        assert broken.watched.hit.is_set()
    assert (found["phase"], found["sync"], found["revision"]) == ("Succeeded", "Synced", sha[:8])
    assert count(app, WRITES["sync"]) == 2


@pytest.mark.parametrize("action", ["stall", "sever"])
async def test_a_wait_survives_the_end_of_its_stream(bench: Bench, action: str) -> None:
    """The stream has told how things are, and then tells no more, or breaks; the end is seen all the same."""
    app = await bench.synced()
    await stuck(app)
    answers: list[Answer] = []
    async with line(bench.stage) as broken, anyio.create_task_group() as group:

        async def wait() -> None:
            answers.append(await broken.tools.application("wait", name=app.name, until="operation"))

        group.start_soon(wait)
        await until(lambda: broken.stream, lambda strike: strike is not None and strike.answered.is_set())
        if action == "stall":
            broken.watched.action = "stall"
        else:
            broken.watched.sever()
        bench.stage.raw("DELETE", f"{app.path}/operation")
        await app.ended()
        ended = anyio.current_time()
    assert anyio.current_time() - ended < 7
    text = answers[0].refused("operation_failed")
    assert "Operation terminated" in text


@pytest.mark.parametrize("era", ["legacy", "2026-07-28"])
async def test_a_question_that_could_not_be_asked_was_not_declined(bench: Bench, era: Era) -> None:
    """The connection breaks while it is looked what to ask, and not any more when it is looked again."""
    app = await bench.synced()
    async with Proxy(bench.stage) as proxy, bench.stage.tools(elicit="accept", url=proxy.url, era=era) as tools:
        strike = proxy.arm("drop")
        answer = await tools.application("delete", name=app.name)
        assert strike.hit.is_set()
        assert "declined" not in answer.refused("not_confirmed")
        assert tools.writes == []
    assert "deletionTimestamp" not in app.whole()["metadata"]
