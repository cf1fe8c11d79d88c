"""Stopping an operation, and comparing anew."""

import pytest

from tests.contract.bench import BROKEN_YAML, STUCK, Bench, config_map
from tests.stage import Stage

pytestmark = pytest.mark.anyio


async def test_a_running_operation_is_stopped(bench: Bench) -> None:
    app = bench.created(STUCK)
    app.start_sync()
    told = (await app.tools.application("terminate", name=app.name)).ok.structured
    assert (told["result"], told["phase"]) == ("terminated", "Failed")
    assert "operation" not in app.whole()
    assert len(app.tools.writes) == 1


async def test_nothing_runs_that_could_be_stopped(bench: Bench) -> None:
    app = await bench.synced()
    assert "No operation runs" in (await app.tools.application("terminate", name=app.name)).refused(
        "failed_precondition"
    )
    assert app.tools.writes == []


async def test_a_busy_application_names_its_operation_and_the_ways_on(bench: Bench) -> None:
    app = bench.created(STUCK)
    started = (await app.sync(wait=False)).ok.structured
    text = (await app.sync()).refused("failed_precondition")
    assert started["operationId"] in text
    assert "terminate" in text


async def test_a_refresh_finds_a_commit_at_once(bench: Bench) -> None:
    app = await bench.synced()
    await app.healthy()
    sha = app.commit({"more.yaml": config_map(f"{app.name}-more")})
    told = (await app.tools.application("refresh", name=app.name)).ok.structured
    assert told["revision"] == sha[:8]
    assert "sync: Synced -> OutOfSync" in told["moved"]
    assert any(line.startswith(f"ConfigMap/{app.name}-more OutOfSync") for line in told["problems"])
    assert "moved" not in (await app.tools.application("refresh", name=app.name, hard=True)).ok.structured


async def test_a_refresh_that_cannot_render_says_why(bench: Bench) -> None:
    app = await bench.synced()
    app.commit({"broken.yaml": BROKEN_YAML})
    told = (await app.tools.application("refresh", name=app.name)).ok.structured
    assert told["sync"] == "Unknown"
    assert "broken.yaml" in told["conditions"][0]


async def test_a_refresh_writes_and_so_is_no_read(stage: Stage) -> None:
    async with stage.tools(allow_write=False) as tools:
        (await tools.application("refresh", name="guestbook")).refused("read_only")
        assert tools.http.sent == []
