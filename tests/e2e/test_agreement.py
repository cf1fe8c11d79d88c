"""What we tell and what the argocd command line tells is the same, about good applications and bad ones."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from ruamel.yaml import YAML
from testbed.record import Testbed

from tests.contract.bench import BROKEN_YAML, UNKNOWN_KIND, App, Bench, config_map, deployment, hook
from tests.contract.test_sync import OWN_NAMESPACE
from tests.e2e.argocd_cli import ArgoCD
from tests.stage import Answer, Stage, Tools, until

pytestmark = [pytest.mark.anyio, pytest.mark.real]


@pytest.fixture
def argocd(testbed: Testbed, tmp_path: Path) -> ArgoCD:
    return ArgoCD(testbed, tmp_path)


Deployed = Callable[[Bench, Tools], Awaitable[tuple[App, Answer]]]
"""Makes an application and does something to it: our answer to that."""


async def good(bench: Bench, tools: Tools) -> tuple[App, Answer]:
    app = bench.created()
    return app, await tools.application("sync", name=app.name)


async def failed(bench: Bench, tools: Tools) -> tuple[App, Answer]:
    app = await bench.synced({"settings.yaml": config_map("{name}")})
    app.commit({"gadget.yaml": UNKNOWN_KIND.replace("{name}", app.name)})
    return app, await tools.application("sync", name=app.name)


async def unrenderable(bench: Bench, tools: Tools) -> tuple[App, Answer]:
    app = await bench.synced({"settings.yaml": config_map("{name}")})
    app.commit({"settings.yaml": BROKEN_YAML})
    return app, await tools.application("sync", name=app.name)


async def several_sources(bench: Bench, tools: Tools) -> tuple[App, Answer]:
    url = f"{bench.stage.repositories}/apps.git"
    sources = [{"repoURL": url, "path": path, "targetRevision": "main"} for path in ("multi/one", "multi/two")]
    app = bench.created(source=None, sources=sources, destination=OWN_NAMESPACE)
    return app, await tools.application("sync", name=app.name, sync_options=["CreateNamespace=true"])


async def hooks_and_waves(bench: Bench, tools: Tools) -> tuple[App, Answer]:
    jobs = {f"{when}.yaml": hook(when) for when in ("PreSync", "PostSync")}
    app = bench.created({"web.yaml": deployment("{name}", wave=1), "settings.yaml": config_map("{name}"), **jobs})
    return app, await tools.application("sync", name=app.name)


async def rolled_back(bench: Bench, tools: Tools) -> tuple[App, Answer]:
    app = await bench.synced()
    app.commit({"web.yaml": deployment(app.name, image="example.com/web:v2"), "more.yaml": config_map(app.name + "-m")})
    assert (await tools.application("sync", name=app.name)).ok
    return app, await tools.application("rollback", name=app.name, history_id=0)


async def pruned(bench: Bench, tools: Tools) -> tuple[App, Answer]:
    app = await bench.synced()
    app.commit({"settings.yaml": None})
    return app, await tools.application("sync", name=app.name, prune=True)


async def left_over(bench: Bench, tools: Tools) -> tuple[App, Answer]:
    app = await bench.synced()
    app.commit({"settings.yaml": None})
    return app, await tools.application("sync", name=app.name)


async def dry(bench: Bench, tools: Tools) -> tuple[App, Answer]:
    app = await bench.synced()
    app.commit(
        {"web.yaml": deployment(app.name, replicas=2), "settings.yaml": None, "new.yaml": config_map(app.name + "-n")}
    )
    return app, await tools.application("sync", name=app.name, dry_run=True)


SCENES = [good, failed, unrenderable, several_sources, hooks_and_waves, rolled_back, pruned, left_over, dry]


@pytest.mark.parametrize("scene", SCENES, ids=lambda one: one.__name__)
async def test_both_tell_the_same(stage: Stage, bench: Bench, argocd: ArgoCD, scene: Deployed) -> None:
    async with stage.tools(elicit="accept") as tools:
        app, answer = await scene(bench, tools)
        whole = await argocd.get(app.name)
        same_operation(answer, whole["status"]["operationState"])
        await settled(app)
        waited = await tools.application("wait", name=app.name, until="operation", timeout_seconds=10)
        got = (await tools.application("get", name=app.name)).ok.structured
        history = (await tools.application("history", name=app.name)).ok.text
        manifests = await tools.resource("get_application_manifest", app.name)
        whole = await argocd.get(app.name)
        same_state(got, whole)
        if not waited.is_error:
            same_state(waited.structured, whole)
        await same_history(history, whole, argocd)
        if scene is unrenderable:
            assert manifests.is_error
            assert (await argocd.run("app", "manifests", app.name, "--revision=main")).status != 0
        else:
            await same_manifests(manifests.ok.text, app, argocd)


def same_operation(answer: Answer, state: dict[str, Any]) -> None:
    """Phase, message and what became of each resource, in an answer or in the error it is."""
    rows = (state.get("syncResult") or {}).get("resources") or []
    if state["phase"] != "Succeeded":
        text = answer.refused("operation_failed")
        assert f"ended {state['phase']} at {state['finishedAt']}" in text
        assert state["message"][:200] in " ".join(text.split("\n> "))
        failures = [one for one in rows if one["status"] == "SyncFailed"]
        for one in failures:
            assert f"{one['kind']}/{one['name']} failed: {one['message']}"[:200] in text
        return
    told = answer.ok.structured
    for field in ("phase", "startedAt", "finishedAt"):
        assert told[field] == state[field]
    # Of a success the phase says it all; a message would be Argo CD's.
    assert told.get("message", state["message"]) == state["message"]
    assert state["message"].startswith("successfully synced")
    result = state["syncResult"]
    commits = result.get("revisions") or [result["revision"]]
    assert told["revision"] == ", ".join(commit[:8] for commit in commits)
    assert sorted(map(outcome, rows)) == sorted(row.partition(": ")[0] for row in told["resources"])


DRY = {"created": "create", "configured": "update", "pruned": "prune"}


def outcome(row: dict[str, Any]) -> str:
    """A resource's result as our lines begin."""
    what = f"{row['kind']}/{row['name']}"
    message = row.get("message", "")
    if message.endswith("(dry run)"):
        word = message.removesuffix(" (dry run)").split()[-1]
        return f"{what} {DRY.get(word, word)}" if row["status"] != "PruneSkipped" else f"{what} kept"
    if row.get("hookType"):
        return f"{what} {row['hookType']} hook {row['hookPhase']}"
    return f"{what} kept" if row["status"] == "PruneSkipped" else f"{what} {message.split()[-1]}"


async def settled(app: App) -> None:
    """Both are asked about the same moment: nothing moves any more."""

    def state() -> Any:
        status = app.whole()["status"]
        return [status["sync"], status["health"]["status"], [one.get("health") for one in status["resources"]]]

    before = None
    while before != (now := json.dumps(state())):
        before = now
        await anyio.sleep(1)


def same_state(told: dict[str, Any], whole: dict[str, Any]) -> None:
    status = whole["status"]
    assert told["sync"] == status["sync"]["status"]
    assert told["health"].partition(":")[0] == status["health"]["status"]
    assert len(told.get("problems", [])) == sum(
        one.get("status") != "Synced" or (one.get("health") or {}).get("status", "Healthy") != "Healthy"
        for one in status.get("resources", [])
        if not one.get("hook")
    )


async def same_history(text: str, whole: dict[str, Any], argocd: ArgoCD) -> None:
    """Ids and revisions: ours newest first, the command line's oldest first."""
    ours = [row.split()[:2] for row in text.splitlines()[2:]]
    entries = whole["status"].get("history") or []
    assert ours == [
        [str(one["id"]), ",".join(commit[:8] for commit in one.get("revisions") or [one["revision"]])]
        for one in reversed(entries)
    ]
    theirs: dict[int, list[str]] = {}
    for row in await argocd.history(whole["metadata"]["name"]):
        theirs.setdefault(row.id, []).append(row.revision)
    assert [int(identity) for identity, _ in ours] == sorted(theirs, reverse=True)
    for identity, revisions in ours:
        for short, commit in zip(theirs[int(identity)], revisions.split(","), strict=True):
            assert commit.startswith(short)


async def same_manifests(text: str, app: App, argocd: ArgoCD) -> None:
    ours = [load(one) for one in text.split("\n---\n")[1:]]
    theirs = [load(one) for one in await argocd.manifests(app.name, len(app.whole()["spec"].get("sources", [0])))]
    assert sorted(map(json.dumps, ours)) == sorted(map(json.dumps, theirs))
    assert ours


def load(text: str) -> Any:
    return YAML(typ="safe", pure=True).load(text)


@pytest.mark.parametrize("is_bad", [False, True])
async def test_both_wait_for_the_same(stage: Stage, bench: Bench, argocd: ArgoCD, *, is_bad: bool) -> None:
    """Side by side, from the beginning of one operation on."""
    app = await bench.synced()
    await app.healthy()
    image = "example.com/web:broken" if is_bad else "example.com/web:v2"
    app.commit({"web.yaml": deployment(app.name, image=image)})
    async with stage.tools() as tools:
        started = (await tools.application("sync", name=app.name, wait=False)).ok.structured["operationId"]
        ends: dict[str, Any] = {}
        async with anyio.create_task_group() as group:

            async def theirs() -> None:
                ends["theirs"] = await argocd.run("app", "wait", app.name, "--timeout=4", "-o=json")

            group.start_soon(theirs)
            ends["ours"] = (
                await tools.application("wait", name=app.name, operation_id=started, timeout_seconds=4)
            ).ok.structured
            whole = await argocd.get(app.name)
    if is_bad:
        # Theirs ends with success now and then, with the health of the release before; its own state says otherwise.
        assert whole["status"]["health"]["status"] == "Progressing"
        assert ends["ours"]["result"] == "not healthy yet"
        assert ends["ours"]["phase"] == "Succeeded"
        return
    # Theirs may have ended earlier, with the health of the release before: that it is content is all it says.
    assert ends["theirs"].status == 0
    assert ends["ours"]["result"] == "synced and healthy"
    same_state(ends["ours"], whole)
    assert whole["status"]["operationState"]["operation"]["info"] == [{"name": "request-id", "value": started}]


async def test_a_sync_of_theirs_is_followed_by_us(bench: Bench, tools: Tools, argocd: ArgoCD) -> None:
    app = bench.created()
    assert (await argocd.run("app", "sync", app.name, "--async")).status == 0
    told = (await tools.application("wait", name=app.name)).ok.structured
    await until(app.whole, lambda whole: whole["status"]["health"]["status"] == "Healthy")
    assert told["result"] == "synced and healthy"
    assert (await argocd.run("app", "wait", app.name, "--timeout=10")).status == 0
