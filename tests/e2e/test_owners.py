"""What stands behind an application and in its way: owners that put it back, finalizers, windows, hooks."""

import base64
import json
import ssl
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from testbed.record import Testbed
from testbed.rest import Rest

from tests.contract.bench import IN_CLUSTER, App, Bench, config_map, hook, manifest
from tests.stage import Stage, Tools, until

pytestmark = [pytest.mark.anyio, pytest.mark.real]

APPLICATIONS = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications"
GUARD = "example.com/guard"
BACK = "puts it back"


@pytest.fixture
async def asked(stage: Stage) -> AsyncIterator[Tools]:
    async with stage.tools(elicit="accept") as tools:
        yield tools


@pytest.fixture
def kubernetes(testbed: Testbed, tmp_path: Path) -> Rest:
    config = json.loads(Path(testbed.kubeconfig).read_text())
    cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
    (tmp_path / "client.pem").write_bytes(
        b"\n".join(base64.b64decode(user[one]) for one in ("client-certificate-data", "client-key-data"))
    )
    context = ssl.create_default_context(cadata=base64.b64decode(cluster["certificate-authority-data"]).decode())
    context.load_cert_chain(tmp_path / "client.pem")
    return Rest(cluster["server"], context)


def target(app: App) -> str:
    return str(app.whole()["spec"]["source"]["targetRevision"])


async def gone(app: App, project: str = "default") -> None:
    await until(lambda: app.stage.raw("GET", app.path, {"project": project}).status, lambda status: status == 404, 30)


@contextmanager
def application_set(bench: Bench, app: App) -> Iterator[str]:
    """A set whose generator is a list of this one."""
    name = f"{app.name}-set"
    template = manifest("{{name}}", app.url)
    generators = [{"list": {"elements": [{"name": app.name}]}}]
    body = {"metadata": {"name": name}, "spec": {"generators": generators, "template": template}}
    answer = bench.stage.raw("POST", "/api/v1/applicationsets", body=body)
    assert answer.status == 200, answer.text
    try:
        yield name
    finally:
        bench.stage.raw("DELETE", f"/api/v1/applicationsets/{name}")


async def made(app: App) -> None:
    """There, and compared: until then Argo CD does not know what would be removed with it."""

    def resources() -> list[Any]:
        answer = app.stage.raw("GET", app.path, {"project": "default"})
        return answer.json["status"].get("resources") or [] if answer.status == 200 else []

    await until(resources, bool)


async def test_what_an_application_set_makes_is_changed_with_a_warning_and_put_back(bench: Bench) -> None:
    app = bench.planned()
    with application_set(bench, app) as name:
        await made(app)
        plan = (await bench.tools.application("update", name=app.name, target_revision="HEAD", plan=True)).ok.structured
        assert plan["owner"] == f"ApplicationSet {name!r}"
        assert BACK in plan["warnings"][0]
        assert bench.tools.writes == []
        told = (await bench.tools.application("update", name=app.name, target_revision="HEAD")).ok.structured
        assert told["warnings"] == plan["warnings"]
        await until(lambda: target(app), lambda found: found == "main")
    await gone(app)


async def test_what_an_application_set_makes_is_made_again_when_deleted(bench: Bench, asked: Tools) -> None:
    app = bench.planned()
    with application_set(bench, app) as name:
        await made(app)
        before = app.whole()["metadata"]["uid"]
        plan = (await asked.application("delete", name=app.name, plan=True)).ok.structured
        assert plan["owner"] == f"ApplicationSet {name!r}"
        assert BACK in plan["warnings"][0]
        told = (await asked.application("delete", name=app.name)).ok.structured
        # Whether it is there again already, or will be in a moment: it is said.
        assert told["result"].startswith("deleted")
        assert f"ApplicationSet {name!r}" in json.dumps(told)
        await made(app)
        assert app.whole()["metadata"]["uid"] != before
    await gone(app)


async def parent_of(bench: Bench, child: App) -> App:
    """An application that deploys this one from Git."""
    whole = manifest(child.name, child.url, metadata={"namespace": "argocd"})
    text = json.dumps({"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", **whole})
    destination = {"server": IN_CLUSTER, "namespace": "argocd"}
    return await bench.synced({"child.yaml": text}, destination=destination)


async def test_a_child_of_an_application_is_changed_with_a_warning_and_put_back(bench: Bench) -> None:
    child = bench.planned()
    parent = await parent_of(bench, child)
    plan = (await bench.tools.application("update", name=child.name, target_revision="HEAD", plan=True)).ok.structured
    assert plan["owner"] == f"Application {parent.name!r}"
    told = (await bench.tools.application("update", name=child.name, target_revision="HEAD")).ok.structured
    assert f"Application {parent.name!r} deploys this application" in told["warnings"][0]
    assert target(child) == "HEAD"
    assert (await parent.sync()).ok
    assert target(child) == "main"


async def test_a_child_of_an_application_is_deleted_with_a_warning_and_made_again(bench: Bench, asked: Tools) -> None:
    child = bench.planned()
    parent = await parent_of(bench, child)
    told = (await asked.application("delete", name=child.name)).ok.structured
    assert told["result"] == "deleted"
    assert f"Application {parent.name!r}" in json.dumps(told)
    await gone(child)
    assert (await parent.sync()).ok
    await made(child)


async def test_self_heal_undoes_a_patch_and_that_was_said(bench: Bench) -> None:
    app = bench.created({"settings.yaml": config_map("{name}")}, syncPolicy={"automated": {"selfHeal": True}})
    await app.healthy()

    def mode() -> str:
        query = {"resourceName": app.name, "kind": "ConfigMap", "version": "v1", "namespace": "default"}
        live = json.loads(app.stage.raw("GET", f"{app.path}/resource", query).json["manifest"])
        return str(live["data"]["MODE"])

    patch = {"resource_name": app.name, "resource_kind": "ConfigMap", "patch": {"data": {"MODE": "loud"}}}
    plan = (await app.resource("patch_resource", **patch, plan=True)).ok.structured
    told = (await app.resource("patch_resource", **patch)).ok.structured
    assert told["changed"] == ["data.MODE: normal -> loud"]
    assert told["warnings"] == plan["warnings"]
    assert "self-heal is on: Argo CD undoes the change" in told["warnings"][0]
    await until(mode, lambda found: found == "normal", 30)


async def test_self_heal_undoes_an_action_and_that_was_said(bench: Bench) -> None:
    app = bench.created(syncPolicy={"automated": {"selfHeal": True}})
    await app.healthy()
    web = {"resource_name": app.name, "resource_kind": "Deployment"}
    scale = {**web, "action_name": "scale", "action_params": {"replicas": 3}}
    plan = (await app.resource("run_resource_action", **scale, plan=True)).ok.structured
    assert "self-heal is on: Argo CD undoes the change" in plan["warnings"][0]
    told = (await app.resource("run_resource_action", **scale)).ok.structured
    assert "self-heal is on: Argo CD undoes the change" in json.dumps(told)


async def test_without_self_heal_a_patch_lasts_until_the_next_sync(bench: Bench) -> None:
    app = await bench.synced({"settings.yaml": config_map("{name}")})
    patch = {"resource_name": app.name, "resource_kind": "ConfigMap", "patch": {"data": {"MODE": "loud"}}}
    told = (await app.resource("patch_resource", **patch)).ok.structured
    assert "lasts until the next sync" in told["warnings"][0]
    again = (await app.sync()).ok.structured
    assert f"ConfigMap/{app.name} configured" in again["resources"]


async def test_a_finalizer_that_holds_a_deletion_is_named(bench: Bench, asked: Tools, kubernetes: Rest) -> None:
    app = await bench.synced()
    guard: dict[str, Any] = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": app.name, "finalizers": [GUARD]},
    }
    kubernetes.apply(f"{APPLICATIONS}/{app.name}", guard)
    try:
        told = (await asked.application("delete", name=app.name, timeout_seconds=3)).ok.structured
        assert told["result"] == "deletion requested, not finished"
        assert GUARD in told["finalizers"]
        assert f"held by {GUARD}" in told["note"]
        # Whoever comes next learns that it is on its way out, and that nothing was sent.
        for operation in ("sync", "update"):
            more = {"target_revision": "HEAD"} if operation == "update" else {}
            answer = await bench.tools.application(operation, name=app.name, **more)
            assert "is being deleted" in answer.refused("failed_precondition")
        assert bench.tools.writes == []
    finally:
        kubernetes.apply(f"{APPLICATIONS}/{app.name}", {**guard, "metadata": {"name": app.name, "finalizers": []}})
    await gone(app)


@pytest.fixture
async def windows(stage: Stage, bench: Bench) -> AsyncIterator["Windows"]:
    found = Windows(stage, stage.unique("windows"))
    found.set([])
    yield found
    for app in bench.apps:
        stage.raw("DELETE", app.path)
        await gone(app, found.project)
    answer = stage.raw("DELETE", f"/api/v1/projects/{found.project}")
    assert answer.status == 200, answer.text


class Windows:
    """A project, and its sync windows."""

    def __init__(self, stage: Stage, project: str) -> None:
        self._stage = stage
        self.project = project

    def set(self, windows: list[Mapping[str, Any]]) -> None:
        spec = {"sourceRepos": ["*"], "destinations": [{"server": "*", "namespace": "*"}], "syncWindows": windows}
        body = {"project": {"metadata": {"name": self.project}, "spec": spec}, "upsert": True}
        answer = self._stage.raw("POST", "/api/v1/projects", body=body)
        assert answer.status == 200, answer.text


ALWAYS = {"schedule": "* * * * *", "duration": "1h", "applications": ["*"]}


async def test_a_closed_window_refuses_before_anything_is_sent(bench: Bench, asked: Tools, windows: Windows) -> None:
    app = await bench.synced(project=windows.project)
    windows.set([{"kind": "deny", **ALWAYS}])
    await until(lambda: app.stage.raw("GET", f"{app.path}/syncwindows").json, lambda found: not found.get("canSync"))
    for operation, more in (("sync", {}), ("sync", {"dry_run": True}), ("rollback", {"history_id": 0})):
        for plan in (False, True):
            answer = await asked.application(operation, name=app.name, plan=plan, **more)
            text = answer.refused("failed_precondition")
            assert "sync window blocks" in text
            assert "deny '* * * * *' for 1h" in text
    assert asked.writes == []
    assert len(app.whole()["status"]["history"]) == 1
    # What no window concerns goes on.
    assert (await app.tools.application("update", name=app.name, target_revision="HEAD")).ok


async def test_a_plan_shows_the_windows(bench: Bench, windows: Windows) -> None:
    app = bench.created(project=windows.project)
    windows.set([{"kind": "deny", "manualSync": True, **ALWAYS}, {"kind": "allow", **ALWAYS, "schedule": "0 0 1 1 *"}])
    path = f"{app.path}/syncwindows"
    await until(lambda: app.stage.raw("GET", path).json, lambda found: len(found.get("assignedWindows") or []) == 2)
    plan = (await app.sync(plan=True)).ok.structured
    assert plan["windows"][0] == "deny '* * * * *' for 1h, manual syncs allowed"
    assert (await app.sync()).ok.structured["sync"] == "Synced"


async def test_a_hook_that_fails_before_the_sync_is_named_and_nothing_is_applied(bench: Bench) -> None:
    app = bench.created(
        {"settings.yaml": config_map("{name}"), "migrate.yaml": hook("PreSync", "example.com/migrate:broken")}
    )
    text = (await app.sync()).refused("operation_failed")
    assert f"Job/{app.name}-presync PreSync hook Failed" in text
    assert app.refresh()["status"]["resources"][0]["status"] == "OutOfSync"
    state = app.whole()["status"]["operationState"]
    assert not [one for one in state["syncResult"]["resources"] if one["kind"] == "ConfigMap"]


async def test_a_hook_that_fails_after_the_sync_is_named_though_all_was_applied(bench: Bench) -> None:
    app = bench.created(
        {"settings.yaml": config_map("{name}"), "smoke.yaml": hook("PostSync", "example.com/migrate:broken")}
    )
    text = (await app.sync()).refused("operation_failed")
    assert f"Job/{app.name}-postsync PostSync hook Failed" in text
    assert "1 of 2 resources were applied" in text
    assert app.refresh()["status"]["sync"]["status"] == "Synced"
