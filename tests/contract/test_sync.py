"""A sync tells the truth about the operation it started, and about nothing else."""

import pytest

from tests.contract.bench import BROKEN_YAML, STUCK, UNKNOWN_KIND, App, Bench, config_map
from tests.stage import Stage, Tools, until

pytestmark = pytest.mark.anyio

# For manifests of a seed's repository, whose resources the seed owns in its own namespace.
OWN_NAMESPACE = {"server": "https://kubernetes.default.svc", "namespace": "contract"}


def request_id(app: App) -> str:
    info = app.whole()["status"]["operationState"]["operation"]["info"]
    return str(next(one["value"] for one in info if one["name"] == "request-id"))


async def test_answers_for_the_operation_it_started(bench: Bench) -> None:
    app = await bench.synced()
    sha = app.commit({"more.yaml": config_map(f"{app.name}-settings")})
    told = (await app.sync()).ok.structured
    assert told["operationId"] == request_id(app)
    assert (told["phase"], told["sync"], told["revision"]) == ("Succeeded", "Synced", sha[:8])
    assert f"ConfigMap/{app.name}-settings created" in told["resources"]
    assert told["summary"] == "1 created, 2 unchanged"


async def test_what_cannot_render_is_an_error_with_the_cause_and_never_the_previous_phase(bench: Bench) -> None:
    app = await bench.synced()
    app.commit({"broken.yaml": BROKEN_YAML})
    told = (await app.sync()).refused("operation_failed")
    assert "broken.yaml" in told
    assert "Succeeded" not in told
    app.commit({"broken.yaml": None})
    assert (await app.sync()).ok.structured["phase"] == "Succeeded"


async def test_what_cannot_be_applied_is_an_error_that_names_the_resource(bench: Bench) -> None:
    app = bench.created({"settings.yaml": config_map("{name}"), "gadget.yaml": UNKNOWN_KIND})
    told = (await app.sync()).refused("operation_failed")
    assert f"Gadget/{app.name}" in told
    assert "ended Failed" in told


async def test_resources_left_over_without_prune_are_said(bench: Bench, asked: Tools) -> None:
    app = await bench.synced()
    app.commit({"settings.yaml": None})
    told = (await app.sync()).ok.structured
    assert told["result"] == "applied, but not Synced"
    assert "prune=true" in told["note"]
    assert any(f"ConfigMap/{app.name}" in line and "to be pruned" in line for line in told["problems"])
    pruned = (await asked.application("sync", name=app.name, prune=True)).ok.structured
    assert pruned["sync"] == "Synced"
    assert f"ConfigMap/{app.name} pruned" in pruned["resources"]
    tree = await app.resource("get_resource_tree")
    assert f"ConfigMap/{app.name}" not in tree.ok.text


async def test_a_dry_run_applies_nothing(bench: Bench) -> None:
    app = bench.created()
    told = (await app.sync(dry_run=True)).ok.structured
    assert told["result"] == "dry run: nothing was applied"
    assert told["phase"] == "Succeeded"
    assert len(told["resources"]) == 2
    assert {one["health"]["status"] for one in app.refresh()["status"]["resources"]} == {"Missing"}


async def test_one_revision_for_several_sources_is_refused(tools: Tools) -> None:
    answer = await tools.application("sync", name="multi", revision="v1.0.0")
    assert "sources" in answer.refused("invalid_argument")
    assert tools.writes == []


async def test_an_application_of_several_sources_syncs_without_revision(bench: Bench) -> None:
    url = f"{bench.stage.repositories}/apps.git"
    sources = [{"repoURL": url, "path": path, "targetRevision": "main"} for path in ("multi/one", "multi/two")]
    app = bench.created(source=None, sources=sources, destination=OWN_NAMESPACE)
    told = (await app.sync(sync_options=["CreateNamespace=true"])).ok.structured
    assert told["sync"] == "Synced"
    assert len(told["revision"].split(", ")) == 2


async def test_a_running_operation_is_not_disturbed(bench: Bench, asked: Tools) -> None:
    app = bench.created(STUCK)
    app.start_sync()
    await until(app.whole, lambda whole: "operation" in whole)
    assert "Another operation" in (await app.sync()).refused("failed_precondition")
    deletion = await asked.application("delete", name=app.name)
    assert "is running" in deletion.refused("failed_precondition")
    assert bench.tools.writes == asked.writes == []


async def test_one_that_lasts_longer_than_it_is_followed_is_still_running(bench: Bench) -> None:
    app = bench.created(STUCK)
    told = (await app.sync(timeout_seconds=3)).ok.structured
    assert told["result"] == "still running"
    assert told["phase"] == "Running"
    assert "waiting for healthy state" in told["message"]
    assert "health" not in told
    assert "sync" not in told


async def test_another_revision_with_automated_sync_is_refused(bench: Bench) -> None:
    app = bench.created(syncPolicy={"automated": {}})
    sha = app.commit({"late.yaml": config_map(f"{app.name}-late")})
    await app.healthy()
    answer = await app.sync(revision=sha)
    assert "auto-sync follows 'main'" in answer.refused("failed_precondition")
    assert app.tools.writes == []
    assert (await app.sync(revision=sha, dry_run=True)).ok.structured["phase"] == "Succeeded"


async def test_a_revision_that_does_not_exist_is_refused(bench: Bench) -> None:
    app = bench.created()
    assert "revision not found" in (await app.sync(revision="nowhere")).refused("unknown_revision")
    # Argo CD takes a commit that does not exist, and fails later.
    (await app.sync(revision="abcdef1")).refused("unknown_revision")
    assert app.tools.writes == []


async def test_an_older_revision_is_deployed_and_said_to_differ(bench: Bench) -> None:
    app = bench.created()
    old = bench.stage.commit(app.name, {"README.md": "old"}, "Old")
    app.commit({"late.yaml": config_map(f"{app.name}-late")})
    told = (await app.sync(revision=old)).ok.structured
    assert told["revision"] == old[:8]
    assert told["result"] == "applied, but not Synced"


async def test_sync_options_are_added_to_those_of_the_application(bench: Bench) -> None:
    own = ["CreateNamespace=true", "PruneLast=true"]
    app = bench.created(syncPolicy={"syncOptions": own})
    await app.sync(sync_options=["CreateNamespace=false", "ApplyOutOfSyncOnly=true"])
    used = app.whole()["status"]["operationState"]["operation"]["sync"]["syncOptions"]
    assert used == ["PruneLast=true", "CreateNamespace=false", "ApplyOutOfSyncOnly=true"]
    assert app.whole()["spec"]["syncPolicy"]["syncOptions"] == own


async def test_retries_are_followed_to_their_end(bench: Bench) -> None:
    app = bench.created(
        {"gadget.yaml": UNKNOWN_KIND},
        syncPolicy={"retry": {"limit": 1, "backoff": {"duration": "1s", "factor": 1, "maxDuration": "1s"}}},
    )
    assert "retried 1 time" in (await app.sync()).refused("operation_failed")


async def test_hooks_and_waves_are_reported_as_what_they_are(stage: Stage) -> None:
    async with stage.tools() as tools:
        told = (await tools.application("sync", name="waves", dry_run=True)).ok.structured
    assert told["phase"] == "Succeeded"
    assert any(line.startswith("Deployment/api") for line in told["resources"])
