"""Going back to what was deployed before: the very entry that was asked for, and nothing unasked."""

import pytest

from tests.contract.bench import App, Bench, config_map, deployment
from tests.stage import Stage, Tools, until

pytestmark = pytest.mark.anyio


async def twice(bench: Bench) -> tuple[App, list[str]]:
    """An application that was deployed twice, and the two commits."""
    app = await bench.synced()
    first = app.whole()["status"]["sync"]["revision"]
    second = app.commit(
        {"web.yaml": deployment(app.name, "example.com/web:v2"), "new.yaml": config_map(f"{app.name}-new")}
    )
    assert (await app.sync()).ok
    app.tools.http.sent.clear()
    return app, [first, second]


def image(app: App) -> str:
    query = {"resourceName": app.name, "kind": "Deployment", "group": "apps", "version": "v1", "namespace": "default"}
    return str(app.stage.raw("GET", f"{app.path}/resource", query).json["manifest"]).split('"image":"')[1].split('"')[0]


async def test_the_history_is_newest_first_with_the_ids_that_rollback_takes(bench: Bench) -> None:
    app, (first, second) = await twice(bench)
    head, columns, *rows = (await app.tools.application("history", name=app.name)).ok.text.splitlines()
    assert head.endswith(": 2")
    assert columns.startswith("ID REVISION DEPLOYED BY")
    assert [row.split()[:2] for row in rows] == [["1", second[:8]], ["0", first[:8]]]
    assert all(row.endswith(" ci") for row in rows)


async def test_rolls_back_to_the_entry_that_was_asked_for(bench: Bench, asked: Tools) -> None:
    app, (first, _) = await twice(bench)
    told = (await asked.application("rollback", name=app.name, history_id=0)).ok.structured
    assert (told["phase"], told["revision"]) == ("Succeeded", first[:8])
    assert "rolled back to deployment 0" in told["result"]
    assert told["sync"] == "OutOfSync"
    assert image(app) == "example.com/web:v1"
    history = app.whole()["status"]["history"]
    assert [(one["id"], one["revision"]) for one in history[-1:]] == [(2, first)]


async def test_never_prunes_unasked(bench: Bench, asked: Tools) -> None:
    app, _ = await twice(bench)
    told = (await asked.application("rollback", name=app.name, history_id=0)).ok.structured
    assert f"ConfigMap/{app.name}-new kept: ignored (requires pruning)" in told["resources"]
    app.refresh()
    assert f"ConfigMap/{app.name}-new" in (await app.resource("get_resource_tree")).ok.text
    pruned = (await asked.application("rollback", name=app.name, history_id=0, prune=True)).ok.structured
    assert f"ConfigMap/{app.name}-new pruned" in pruned["resources"]


async def test_the_handle_of_a_rollback_can_be_waited_for(bench: Bench, asked: Tools) -> None:
    app, (first, _) = await twice(bench)
    started = (await asked.application("rollback", name=app.name, history_id=0, wait=False)).ok.structured
    told = await asked.application(
        "wait", name=app.name, operation_id=started["operationId"], until="operation", timeout_seconds=20
    )
    assert (told.ok.structured["phase"], told.structured["revision"]) == ("Succeeded", first[:8])
    # Synced never comes by itself after a rollback; health does.
    healthy = (await asked.application("wait", name=app.name, operation_id=started["operationId"])).ok.structured
    assert healthy["result"] == "healthy, but not Synced"


async def test_goes_back_to_the_last_that_was_healthy(bench: Bench, asked: Tools) -> None:
    app = await bench.synced()
    good = (await app.healthy())["status"]["sync"]["revision"]
    healthy = app.whole()["status"]["health"]["lastTransitionTime"]
    await until(lambda: later(app, healthy), bool)
    for number in (1, 2):  # the second attempt at the same bad release is no healthy deployment either
        app.commit({"web.yaml": deployment(app.name, "example.com/web:broken", replicas=number)})
        assert (await app.sync()).ok
        bad = app.whole()["status"]["history"][-1]["deployedAt"]
        await until(lambda at=bad: later(app, at), bool)  # type: ignore[misc]
        await until(app.refresh, lambda whole: whole["status"]["health"]["status"] == "Progressing")
    told = (await asked.application("rollback", name=app.name, to="last_healthy")).ok.structured
    assert told["revision"] == good[:8]
    assert image(app) == "example.com/web:v1"


def later(app: App, stamp: str) -> bool:
    """Whether Argo CD's own clock shows another second: it stamps in whole ones."""
    return bool(app.refresh()["status"]["reconciledAt"] > stamp)


async def test_what_was_healthy_is_not_guessed(bench: Bench, asked: Tools) -> None:
    app = await bench.synced()
    refused = await asked.application("rollback", name=app.name, to="last_healthy")
    assert "not known" in refused.refused("unknown_history_id")
    assert asked.writes == []


async def test_an_id_of_another_application(bench: Bench, asked: Tools) -> None:
    app, (first, second) = await twice(bench)
    text = (await asked.application("rollback", name=app.name, history_id=99)).refused("unknown_history_id")
    assert all(one[:8] in text for one in (first, second))
    assert asked.writes == []


async def test_one_of_id_and_to_is_needed(asked: Tools) -> None:
    for wrong in ({}, {"history_id": 0, "to": "last_healthy"}, {"history_id": -1}, {"to": "first"}):
        (await asked.application("rollback", name="guestbook", **wrong)).refused("invalid_argument")
    assert asked.http.sent == []


async def test_auto_sync_is_in_the_way_and_the_way_around_is_told(bench: Bench, asked: Tools) -> None:
    app = bench.created(syncPolicy={"automated": {}})
    await app.healthy()
    text = (await asked.application("rollback", name=app.name, history_id=0)).refused("failed_precondition")
    assert "Auto-sync is on" in text
    assert "sync_policy=Manual" in text
    assert asked.writes == []


async def test_a_rollback_is_destructive(stage: Stage, bench: Bench) -> None:
    app, _ = await twice(bench)
    async with stage.tools() as tools:
        text = (await tools.application("rollback", name=app.name, history_id=0)).refused("not_confirmed")
        assert "OutOfSync afterwards" in text
        assert tools.writes == []
        assert (await tools.application("rollback", name=app.name, history_id=0, confirm=app.name)).ok


async def test_who_may_not_sync_may_not_roll_back(stage: Stage, bench: Bench) -> None:
    app, _ = await twice(bench)
    async with stage.tools("reader", elicit="accept") as tools:
        text = (await tools.application("rollback", name=app.name, history_id=0)).refused("forbidden")
        assert f"applications, sync, default/{app.name}" in text
        assert tools.writes == []
