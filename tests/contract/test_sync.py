"""A sync tells the truth about the operation it started, and about nothing else."""

import pytest

from tests.contract.bench import BROKEN_YAML, STUCK, UNKNOWN_KIND, App, Bench, config_map, deployment
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


async def test_only_the_chosen_resources_are_synced(bench: Bench) -> None:
    app = bench.created()
    app.refresh()
    for pattern in (f"ConfigMap/{app.name}", f":ConfigMap:{app.name}", f":ConfigMap:default/{app.name}", "*:Config*:*"):
        told = (await app.sync(resources=[pattern])).ok.structured
        assert [line.split()[0] for line in told["resources"]] == [f"ConfigMap/{app.name}"]
    assert {one["kind"]: one["status"] for one in app.refresh()["status"]["resources"]} == {
        "ConfigMap": "Synced",
        "Deployment": "OutOfSync",
    }


async def test_a_selection_that_matches_nothing_is_refused(bench: Bench) -> None:
    """Argo CD would call it a success."""
    app = bench.created()
    app.refresh()
    for wrong in ("Deployment/other", f"Deployment:apps:{app.name}", f"batch:Deployment:{app.name}"):
        text = (await app.sync(resources=[f"ConfigMap/{app.name}", wrong])).refused("unknown_resource")
        assert f"Deployment/{app.name}" in text
    for wrong in (app.name, "a/b/c", "a:b"):
        (await app.sync(resources=[wrong])).refused("invalid_argument")
    assert app.tools.writes == []


async def test_each_source_gets_its_revision(bench: Bench) -> None:
    repository = bench.planned({"one.yaml": config_map("{name}-one")})
    first = bench.stage.commit(repository.name, {"README.md": "first"}, "First")
    repository.commit({"two.yaml": config_map(f"{repository.name}-two")})
    sources = [{"repoURL": repository.url, "path": "app", "targetRevision": "main"}]
    other = {"repoURL": f"{bench.stage.repositories}/apps.git", "path": "multi/one", "targetRevision": "main"}
    app = bench.created(source=None, sources=[*sources, other], destination=OWN_NAMESPACE)
    for wrong in (["main"], ["main", "main", "main"]):
        (await app.sync(revisions=wrong)).refused("invalid_argument")
    (await app.sync(revisions=["main", "nowhere"])).refused("unknown_revision")
    assert app.tools.writes == []
    told = (await app.sync(revisions=[first, "main"], sync_options=["CreateNamespace=true"])).ok.structured
    assert told["revision"].split(", ")[0] == first[:8]
    assert not any(f"{repository.name}-two" in line for line in told["resources"])


async def test_revisions_are_for_several_sources(bench: Bench) -> None:
    app = bench.created()
    assert "give revision" in (await app.sync(revisions=["main"])).refused("invalid_argument")


async def test_what_is_in_sync_can_be_left_alone(bench: Bench) -> None:
    app = await bench.synced()
    app.commit({"more.yaml": config_map(f"{app.name}-more")})
    told = (await app.sync(apply_out_of_sync_only=True)).ok.structured
    assert told["resources"] == [f"ConfigMap/{app.name}-more created"]


async def test_a_dry_run_tells_for_each_resource_what_would_become_of_it(bench: Bench, asked: Tools) -> None:
    app = await bench.synced()
    app.commit(
        {"web.yaml": deployment(app.name, replicas=2), "settings.yaml": None, "new.yaml": config_map(f"{app.name}-new")}
    )
    told = (await app.sync(dry_run=True)).ok.structured
    assert sorted(told["resources"]) == [
        f"ConfigMap/{app.name} kept: ignored (requires pruning)",
        f"ConfigMap/{app.name}-new create",
        f"Deployment/{app.name} update",
    ]
    pruned = (await asked.application("sync", name=app.name, dry_run=True, prune=True)).ok.structured
    assert f"ConfigMap/{app.name} prune" in pruned["resources"]
    assert pruned["summary"] == "1 create, 1 prune, 1 update"


async def test_a_dry_run_of_what_the_cluster_does_not_know_names_it(bench: Bench) -> None:
    app = bench.created({"settings.yaml": config_map("{name}"), "gadget.yaml": UNKNOWN_KIND})
    told = (await app.sync(dry_run=True)).refused("operation_failed")
    assert f"Gadget/{app.name} failed" in told
    assert "dry run" in told


async def test_force_is_destructive_and_recreates_what_cannot_be_changed(bench: Bench, asked: Tools) -> None:
    app = await bench.synced()
    moved = deployment(app.name).replace(f"app: {app.name}", f"app: {app.name}-moved")
    app.commit({"web.yaml": moved})
    assert "immutable" in (await app.sync()).refused("operation_failed")
    (await app.sync(force=True)).refused("not_confirmed")
    told = (await asked.application("sync", name=app.name, force=True)).ok.structured
    assert told["sync"] == "Synced"


async def test_asked_for_retries_are_made(bench: Bench) -> None:
    app = bench.created({"gadget.yaml": UNKNOWN_KIND})
    assert "retried 1 time" in (await app.sync(retry_limit=1)).refused("operation_failed")


async def test_a_time_out_of_nothing_is_refused(bench: Bench) -> None:
    app = bench.created()
    for wrong in (0, -1, 3601):
        assert "timeout_seconds" in (await app.sync(timeout_seconds=wrong)).refused("invalid_argument")
    assert app.tools.http.sent == []
