"""Deleting asks first, by the client's own means, and says whether the application is gone."""

import pytest

from tests.contract.bench import Bench
from tests.stage import Era, Stage

pytestmark = pytest.mark.anyio

ERAS: list[Era] = ["legacy", "2026-07-28"]


def is_there(bench: Bench, name: str) -> bool:
    return bench.stage.raw("GET", f"/api/v1/applications/{name}", {"project": "default"}).status == 200


@pytest.mark.parametrize("era", ERAS)
async def test_a_confirmed_deletion_takes_the_resources_along(stage: Stage, bench: Bench, era: Era) -> None:
    app = await bench.synced()
    async with stage.tools(era=era, elicit="accept") as tools:
        answer = await tools.application("delete", name=app.name)
    assert answer.ok.structured["result"] == "deleted"
    assert sorted(answer.structured["resources"]) == [f"ConfigMap/{app.name}", f"Deployment/{app.name}"]
    assert "removed with it" in answer.structured["note"]
    assert not is_there(bench, app.name)


@pytest.mark.parametrize("era", ERAS)
async def test_a_declined_deletion_sends_nothing(stage: Stage, bench: Bench, era: Era) -> None:
    app = bench.created()
    async with stage.tools(era=era, elicit="decline") as tools:
        answer = await tools.application("delete", name=app.name, confirm=app.name)
        assert "declined" in answer.refused("not_confirmed")
        assert tools.writes == []
    assert is_there(bench, app.name)


@pytest.mark.parametrize("era", ERAS)
async def test_who_cannot_be_asked_repeats_the_name(stage: Stage, bench: Bench, era: Era) -> None:
    app = bench.created()
    async with stage.tools(era=era) as tools:
        for confirm in ({}, {"confirm": "guestbook"}, {"confirm": "true"}):
            answer = await tools.application("delete", name=app.name, **confirm)
            assert f"confirm={app.name!r}" in answer.refused("not_confirmed")
        assert tools.writes == []
        answer = await tools.application("delete", name=app.name, confirm=app.name)
    assert answer.ok.structured["result"] == "deleted"
    assert not is_there(bench, app.name)


@pytest.mark.parametrize("policy", ["foreground", "background"])
async def test_propagation_policies(stage: Stage, bench: Bench, policy: str) -> None:
    app = await bench.synced()
    async with stage.tools(elicit="accept") as tools:
        answer = await tools.application("delete", name=app.name, propagation_policy=policy)
    assert answer.ok.structured["result"] == "deleted"


async def test_without_cascade_the_resources_stay(stage: Stage, bench: Bench) -> None:
    app = await bench.synced()
    async with stage.tools(elicit="accept") as tools:
        answer = await tools.application("delete", name=app.name, cascade=False)
        assert "left running" in answer.ok.structured["note"]
        body = {"metadata": {"name": app.name}, "spec": app_spec(app.url)}
        stage.raw("POST", "/api/v1/applications", body=body)
        managed = await tools.resource("get_managed_resources", app.name)
    # The same application, made anew, finds them alive: nothing is to be created.
    app.refresh()
    async with stage.tools() as tools:
        managed = await tools.resource("get_managed_resources", app.name)
    assert "Deployment/" in managed.ok.text
    assert "to_be_created" not in managed.text


def app_spec(url: str) -> dict[str, object]:
    return {
        "project": "default",
        "source": {"repoURL": url, "path": "app", "targetRevision": "main"},
        "destination": {"server": "https://kubernetes.default.svc", "namespace": "default"},
    }


async def test_a_policy_without_cascade_is_refused(stage: Stage) -> None:
    async with stage.tools(elicit="accept") as tools:
        answer = await tools.application("delete", name="guestbook", cascade=False, propagation_policy="foreground")
        answer.refused("invalid_argument")
        assert tools.http.sent == []


async def test_an_application_that_is_not_there(stage: Stage) -> None:
    name = stage.unique()
    async with stage.tools(elicit="accept") as tools:
        (await tools.application("delete", name=name)).refused("missing_or_forbidden")
        (await tools.application("delete", name=name, project="default")).refused("not_found")
        assert tools.writes == []


async def test_an_account_that_may_not_delete(stage: Stage) -> None:
    async with stage.tools("reader", elicit="accept") as tools:
        answer = await tools.application("delete", name="guestbook")
        assert "applications, delete, default/guestbook" in answer.refused("forbidden")
        assert tools.writes == []
