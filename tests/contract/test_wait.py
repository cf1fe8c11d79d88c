"""Waiting: for one operation and no other, to its real end, and not a moment longer."""

import json
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import anyio
import pytest
import time_machine
from mcp.types import TextContent

from tests.contract.bench import STUCK, UNKNOWN_KIND, App, Bench, config_map, deployment
from tests.contract.test_broken_connections import line, stuck
from tests.contract.test_sync import OWN_NAMESPACE
from tests.stage import APPLICATION, Answer, Era, Stage, Tools, until

pytestmark = pytest.mark.anyio

RUNS = 7
BOUND = 0.3
"""Seconds from the API showing the end of an operation to our answer."""


async def started(app: App, **arguments: Any) -> str:
    """The id of a sync that nobody waits for."""
    told = (await app.sync(wait=False, **arguments)).ok.structured
    assert told["result"] == "started"
    assert told["next"] == f"wait with operation_id={told['operationId']!r}"
    return str(told["operationId"])


async def wait(app: App, **arguments: Any) -> Answer:
    return await app.tools.application("wait", name=app.name, **arguments)


async def telling(tools: Tools, said: list[str], **arguments: Any) -> Answer:
    """A call, with what its progress notifications said."""

    async def tell(progress: float, total: float | None, message: str | None) -> None:  # noqa: ARG001 - the SDK names them
        said.append(message or "")

    result = await tools.client.call_tool(APPLICATION, arguments, progress_callback=tell)
    text = "\n".join(one.text for one in result.content if isinstance(one, TextContent))
    return Answer(bool(result.is_error), text, result.structured_content or {})


async def running(app: App) -> None:
    await until(app.whole, lambda whole: "operation" in whole and "operationState" in whole["status"])


async def test_a_sync_is_followed_by_its_handle(bench: Bench) -> None:
    app = bench.created()
    operation = await started(app)
    told = (await wait(app, operation_id=operation)).ok.structured
    assert (told["operationId"], told["phase"], told["result"]) == (operation, "Succeeded", "synced and healthy")
    assert (told["sync"], told["health"]) == ("Synced", "Healthy")
    again = (await wait(app, operation_id=operation)).ok.structured
    assert again == told


async def test_a_failure_is_told_of_the_handle_that_failed(bench: Bench) -> None:
    app = bench.created({"settings.yaml": config_map("{name}"), "gadget.yaml": UNKNOWN_KIND})
    operation = await started(app)
    text = (await wait(app, operation_id=operation)).refused("operation_failed")
    assert f"Gadget/{app.name}" in text


@pytest.mark.parametrize("goal", ["operation", "synced", "healthy"])
async def test_what_is_waited_for(bench: Bench, goal: str) -> None:
    app = bench.created({"web.yaml": deployment("{name}", image="example.com/web:broken")})
    operation = await started(app)
    told = (await wait(app, operation_id=operation, until=goal, timeout_seconds=3)).ok.structured
    assert told["phase"] == "Succeeded"
    assert told["sync"] == "Synced"
    assert told["result"] == ("not healthy yet" if goal == "healthy" else "synced")
    if goal == "healthy":
        assert "After 3 s: health is" in told["note"]
        assert "It goes on without us" in told["note"]


async def test_a_bad_release_is_never_called_healthy(bench: Bench) -> None:
    """Right after a sync the health is that of the release before, now and then."""
    app = await bench.synced()
    for run in range(4):
        await app.healthy()
        app.commit({"web.yaml": deployment(app.name, image="example.com/web:broken", replicas=1 + run % 2)})
        told = (await wait(app, operation_id=await started(app), timeout_seconds=1)).ok.structured
        assert told["result"] == "not healthy yet"
        assert told["health"].startswith("Progressing")
        app.commit({"web.yaml": deployment(app.name, image=f"example.com/web:v{run}")})
        told = (await wait(app, operation_id=await started(app))).ok.structured
        assert told["result"] == "synced and healthy"


async def test_when_time_is_up_it_is_told_what_still_goes_on(bench: Bench) -> None:
    app = bench.created(STUCK)
    operation = await started(app)
    await until(app.whole, lambda whole: "health" in whole["status"].get("operationState", {}).get("message", ""))
    told = (await wait(app, operation_id=operation, timeout_seconds=2)).ok.structured
    assert (told["result"], told["phase"], told["operationId"]) == ("still running", "Running", operation)
    assert f"waiting for healthy state of apps/Deployment/{app.name}" in told["message"]
    assert "After 2 s" in told["note"]
    assert operation in told["next"]
    assert "sync" not in told
    assert "health" not in told
    assert "operation" in app.whole()


@pytest.mark.parametrize("seconds", [0, -1, 0.5, 3601])
@pytest.mark.parametrize("operation", ["sync", "wait", "rollback", "terminate", "delete"])
async def test_a_time_out_of_nothing_is_refused(tools: Tools, operation: str, seconds: float) -> None:
    answer = await tools.application(operation, name="guestbook", timeout_seconds=seconds)
    assert "timeout_seconds" in answer.refused("invalid_argument")
    assert tools.http.sent == []


@pytest.mark.parametrize("era", ["legacy", "2026-07-28"])
@pytest.mark.parametrize("operation", ["sync", "wait"])
async def test_a_cancelled_wait_leaves_the_operation_running_and_said_so(
    bench: Bench, operation: str, era: Era
) -> None:
    app = bench.created(STUCK)
    if operation == "wait":
        await started(app)
    said: list[str] = []
    async with bench.stage.tools(era=era) as tools:
        with anyio.move_on_after(2) as scope:
            await telling(tools, said, operation=operation, name=app.name)
        assert scope.cancelled_caught
        await anyio.sleep(0.3)  # what a cancelled call might still do
        whole = app.whole()
        assert "operation" in whole
        assert whole["status"]["operationState"]["phase"] == "Running"
        assert [request.method for request in tools.writes] == (["POST"] if operation == "sync" else [])
        if operation == "sync":
            assert any("goes on whatever becomes of this call" in one for one in said)
        assert [one.outcome for one in tools.audit] == ["cancelled"]
        # The server is as good as before, and can take it up again.
        told = (await tools.application("wait", name=app.name, timeout_seconds=1)).ok.structured
        assert told["result"] == "still running"


async def test_progress_says_what_moved(bench: Bench) -> None:
    app = bench.created()
    said: list[str] = []
    assert (await telling(app.tools, said, operation="sync", name=app.name)).ok
    text = "\n".join(said)
    assert "goes on whatever becomes of this call" in said[0]
    assert "Running" in text
    assert "-> Synced" in text
    assert len(said) == len(set(said))
    assert not [one for one in said if "  " in one], said


async def test_progress_names_what_is_waited_for(bench: Bench) -> None:
    app = bench.created(STUCK)
    said: list[str] = []
    await telling(app.tools, said, operation="sync", name=app.name, timeout_seconds=6)
    assert any(f"waiting for healthy state of apps/Deployment/{app.name}" in one for one in said)


async def test_several_sources(bench: Bench) -> None:
    url = f"{bench.stage.repositories}/apps.git"
    sources = [{"repoURL": url, "path": path, "targetRevision": "main"} for path in ("multi/one", "multi/two")]
    app = bench.created(source=None, sources=sources, destination=OWN_NAMESPACE)
    operation = await started(app, sync_options=["CreateNamespace=true"])
    told = (await wait(app, operation_id=operation, until="synced")).ok.structured
    assert (told["operationId"], told["sync"]) == (operation, "Synced")
    assert len(told["revision"].split(", ")) == 2


async def test_two_syncs_within_a_second_are_told_apart(bench: Bench) -> None:
    app = await bench.synced({"settings.yaml": config_map("{name}")})
    for _ in range(10):
        await anyio.sleep(1.02 - time.time() % 1)
        first = await started(app)
        one = await app.ended()
        second = await started(app)
        two = await app.ended()
        if all(one[stamp] == two[stamp] for stamp in ("startedAt", "finishedAt")):
            break
    else:
        pytest.fail("no two syncs within one second")
    assert first != second
    text = (await wait(app, operation_id=first)).refused("outcome_unknown")
    assert second in text
    assert (await wait(app, operation_id=second)).ok.structured["operationId"] == second


async def test_an_operation_that_was_replaced_meanwhile_is_no_success(bench: Bench) -> None:
    """Its end falls into the time in which the stream is silent."""
    app = await bench.synced()
    await stuck(app)
    answers: list[Answer] = []
    async with line(bench.stage) as slow, anyio.create_task_group() as group:

        async def waiting() -> None:
            answers.append(await slow.tools.application("wait", name=app.name))

        group.start_soon(waiting)
        await until(lambda: slow.stream, lambda strike: strike is not None and strike.answered.is_set())
        slow.watched.action = "stall"
        bench.stage.raw("DELETE", f"{app.path}/operation")
        await app.ended()
        app.commit({"web.yaml": deployment(app.name)})
        assert (await app.sync()).ok
    text = answers[0].refused("outcome_unknown")
    assert "Succeeded" in text  # of the other, named as such
    assert "its last operation is" in text


@pytest.mark.parametrize("operation_id", ["nobody", "~123456789abc", "~"])
async def test_an_operation_that_nobody_knows(bench: Bench, operation_id: str) -> None:
    app = await bench.synced()
    began = anyio.current_time()
    text = (await wait(app, operation_id=operation_id)).refused("outcome_unknown")
    assert "history" in text
    assert anyio.current_time() - began < 2
    assert app.tools.writes == []


async def test_an_application_that_is_deleted_while_waited_for(bench: Bench) -> None:
    app = bench.created({"web.yaml": deployment("{name}", image="example.com/web:broken")})
    operation = await started(app)
    await app.ended()
    answers: list[Answer] = []
    async with line(bench.stage) as apart, anyio.create_task_group() as group:

        async def waiting() -> None:
            answers.append(await apart.tools.application("wait", name=app.name, operation_id=operation))

        group.start_soon(waiting)
        await until(lambda: apart.stream, lambda strike: strike is not None and strike.answered.is_set())
        bench.stage.raw("DELETE", app.path)
    assert "was deleted" in answers[0].refused("outcome_unknown")


async def test_an_automated_sync_is_followed_without_an_id(bench: Bench) -> None:
    app = bench.created(STUCK, syncPolicy={"automated": {}})
    app.refresh()
    await running(app)
    told = (await wait(app, timeout_seconds=1)).ok.structured
    assert told["result"] == "still running"
    operation = told["operationId"]
    assert operation.startswith("~")
    bench.stage.raw("DELETE", f"{app.path}/operation")
    text = (await wait(app, operation_id=operation)).refused("operation_failed")
    assert "Operation terminated" in text


async def test_an_automated_sync_that_begins_meanwhile_is_followed(bench: Bench) -> None:
    app = bench.created(syncPolicy={"automated": {}})
    told = (await wait(app)).ok.structured
    assert told["result"] == "synced and healthy"
    assert told.get("note") != "No operation was running."
    assert app.whole()["status"]["operationState"]["operation"]["initiatedBy"] == {"automated": True}


async def test_an_automated_sync_that_fails_meanwhile_is_an_error(bench: Bench) -> None:
    app = bench.created(
        {"settings.yaml": config_map("{name}"), "gadget.yaml": UNKNOWN_KIND},
        syncPolicy={"automated": {}, "retry": {"limit": 0}},
    )
    text = (await wait(app, timeout_seconds=8)).refused("operation_failed")
    assert f"Gadget/{app.name}" in text


class Watch(threading.Thread):
    """What the API shows of an application and when, read from its watch stream by no code of ours."""

    def __init__(self, app: App) -> None:
        super().__init__(daemon=True)
        self._app = app
        self.seen: list[tuple[float, dict[str, Any]]] = []
        self.open = threading.Event()
        self._over = threading.Event()

    def run(self) -> None:
        stage, query = self._app.stage, {"name": self._app.name}
        headers = {"Authorization": f"Bearer {stage.tokens['ci']}", "Accept": "application/json"}
        url = f"{stage.url}/api/v1/stream/applications"
        with stage.web.stream("GET", url, params=query, headers=headers, timeout=60) as answer:
            for text in answer.iter_lines():
                if text:
                    self.seen.append((time.monotonic(), json.loads(text)["result"]["application"]))
                    self.open.set()
                if self._over.is_set():
                    return

    def end(self, revision: str) -> float | None:
        """When the end of a sync to this revision was shown first, with its comparison."""
        return next((at for at, app in self.seen if is_over(app, revision)), None)

    def stop(self) -> None:
        self._over.set()
        self._app.refresh()  # so that there is one message more
        self.join(10)


def is_over(app: dict[str, Any], revision: str) -> bool:
    status = app["status"]
    return (
        "operation" not in app
        and status["operationState"]["phase"] == "Succeeded"
        and status["operationState"]["syncResult"]["revision"] == revision
        and (status["sync"]["status"], status["sync"]["revision"]) == ("Synced", revision)
        and status["health"]["status"] == "Healthy"
    )


@contextmanager
def watched(app: App) -> Iterator[Watch]:
    watch = Watch(app)
    watch.start()
    assert watch.open.wait(10)
    try:
        yield watch
    finally:
        watch.stop()


@pytest.mark.parametrize("how", ["sync", "wait"])
async def test_the_answer_comes_with_the_end(
    bench: Bench, how: str, record_property: Callable[[str, object], None]
) -> None:
    """Median of several, since a busy machine delays one or the other."""
    app = await bench.synced({"settings.yaml": config_map("{name}")})
    late = []
    with watched(app) as watch:
        for run in range(RUNS):
            sha = app.commit({"settings.yaml": config_map(app.name, mode=f"run-{run}")})
            if how == "sync":
                told = (await app.sync()).ok.structured
            else:
                told = (await wait(app, operation_id=await started(app))).ok.structured
            answered = time.monotonic()
            assert (told["result"], told["revision"]) == (
                "synced" if how == "sync" and told["health"] != "Healthy" else "synced and healthy",
                sha[:8],
            )
            await until(lambda sha=sha: watch.end(sha), lambda at: at is not None)  # type: ignore[misc]
            late.append(answered - (watch.end(sha) or 0))
    record_property("seconds after the API", [round(one, 3) for one in late])
    assert statistics.median(late) < BOUND, late
    # Never before it, but for the moment in which the other stream is read.
    assert min(late) > -0.1, late


@pytest.mark.real  # the sandbox would share the skewed clock
@pytest.mark.parametrize("minutes", [0, 10, -10])
async def test_a_skewed_clock_changes_no_verdict(stage: Stage, bench: Bench, minutes: int) -> None:
    app = bench.created()
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=minutes), tick=True):
        async with stage.tools(elicit="accept") as tools:
            verdicts = await story(app, tools)
    assert verdicts == [
        "planned; nothing was sent",
        "synced",
        "plan_outdated",
        "synced and healthy",
        "not healthy yet",
        "planned; nothing was sent",
        "rolled back to deployment 1; OutOfSync with Git, as expected",
        "healthy, but not Synced",
        ["3", "2", "1", "0"],
    ]


async def story(app: App, tools: Tools) -> list[Any]:
    """Plan, apply, wait, a bad release, roll back: what each answered."""

    async def ask(operation: str, **arguments: Any) -> Answer:
        named = {} if operation == "apply_plan" else {"name": app.name}
        return await tools.application(operation, **named, **arguments)

    said: list[Any] = []
    plan = (await ask("sync", plan=True)).ok.structured
    applied = (await ask("apply_plan", plan_id=plan["planId"])).ok.structured
    await app.healthy()
    again = await ask("apply_plan", plan_id=plan["planId"])
    # Healthy at once or a moment later: that is the rollout's doing.
    said += [
        plan["result"],
        applied["result"].removesuffix(" and healthy"),
        again.text.partition(":")[0].removeprefix("error "),
    ]
    app.commit({"web.yaml": deployment(app.name, image="example.com/web:v2")})
    operation = (await ask("sync", wait=False)).ok.structured["operationId"]
    said.append((await ask("wait", operation_id=operation)).ok.structured["result"])
    # What was healthy within the second of the next deployment cannot be told from that one's doing.
    await app.healthy()
    await anyio.sleep(1.1)
    app.commit({"web.yaml": deployment(app.name, image="example.com/web:broken")})
    assert (await ask("sync")).ok
    said.append((await ask("wait", timeout_seconds=2)).ok.structured["result"])
    plan = (await ask("rollback", to="last_healthy", plan=True)).ok.structured
    rolled = (await ask("apply_plan", plan_id=plan["planId"])).ok.structured
    waited = (await ask("wait")).ok.structured
    rows = (await ask("history")).ok.text.splitlines()[2:]
    said += [plan["result"], rolled["result"], waited["result"], [row.split()[0] for row in rows]]
    return said
