"""What an operation did, in Argo CD's own messages as they were seen."""

import json
from typing import Any

import msgspec
import pytest

from argocd_gitops_mcp.argocd.models import Application, OperationState, ResourceResult
from argocd_gitops_mcp.views import syncing as views
from argocd_gitops_mcp.views.view import NORMAL

APP: Application = msgspec.convert(
    {
        "metadata": {"name": "shop"},
        "status": {
            "sync": {"status": "Synced"},
            "health": {"status": "Degraded"},
            "resources": [{"kind": "Pod", "name": "web-0", "status": "Synced", "health": {"status": "Degraded"}}],
        },
    },
    Application,
)


def row(message: str, status: str = "Synced", **more: Any) -> dict[str, Any]:
    return {"kind": "ConfigMap", "name": "x", "status": status, "message": message, **more}


def result(message: str, status: str = "Synced", **more: Any) -> ResourceResult:
    return msgspec.convert(row(message, status, **more), ResourceResult)


def ended(phase: str, *rows: dict[str, Any], dry: bool = False) -> OperationState:
    whole = {
        "phase": phase,
        "message": "done",
        "startedAt": "T0",
        "finishedAt": "T1",
        "operation": {"sync": {"dryRun": dry}, "info": [{"name": "request-id", "value": "r1"}]},
        "syncResult": {"revision": "v2", "resources": list(rows)},
    }
    return msgspec.convert(whole, OperationState)


@pytest.mark.parametrize(
    ("message", "dry", "real"),
    [
        ("configmap/x created", "create", "created"),
        ("deployment.apps/x configured", "update", "configured"),
        ("deployment.apps/x unchanged", "unchanged", "unchanged"),
        ("configmap/x replaced", "replace", "replaced"),
        (
            "configmap/x serverside-applied",
            "update or unchanged (server-side apply)",
            "serverside-applied",
        ),
    ],
)
def test_what_is_done_to_a_resource_in_a_word(message: str, dry: str, real: str) -> None:
    assert views.result_line(result(f"{message} (dry run)"), dry=True) == f"ConfigMap/x {dry}"
    assert views.result_line(result(message)) == f"ConfigMap/x {real}"


def test_what_is_pruned_and_what_is_kept() -> None:
    assert views.result_line(result("pruned (dry run)", "Pruned"), dry=True) == "ConfigMap/x prune"
    assert views.result_line(result("pruned", "Pruned")) == "ConfigMap/x pruned"
    kept = result("ignored (requires pruning)", "PruneSkipped")
    for dry in (False, True):
        assert views.result_line(kept, dry=dry) == "ConfigMap/x kept: ignored (requires pruning)"


@pytest.mark.parametrize("dry", [False, True])
def test_what_failed_is_told_with_its_message_on_one_line(dry: bool) -> None:
    failed = result('ConfigMap "x" is invalid:\ndata: created', "SyncFailed")
    assert views.result_line(failed, dry=dry) == 'ConfigMap/x failed: ConfigMap "x" is invalid: data: created'
    assert views.is_failed(failed)
    assert len(views.result_line(result("x" * 9000, "SyncFailed"))) < 400


def test_other_messages_stand_as_they_are() -> None:
    assert views.result_line(result("something else happened")) == "ConfigMap/x Synced: something else happened"
    assert views.result_line(result("")) == "ConfigMap/x Synced"


def test_only_real_hooks_show_a_hook_phase() -> None:
    assert views.result_line(result("configmap/x created", hookPhase="Running")) == "ConfigMap/x created"
    hook = result("exit\n1", hookType="PreSync", hookPhase="Failed")
    assert views.result_line(hook) == "ConfigMap/x PreSync hook Failed: exit 1"
    assert views.is_failed(hook)


def test_a_dry_run_runs_no_hook() -> None:
    hook = result("job.batch/x created (dry run)", hookType="PreSync", hookPhase="Running")
    assert views.result_line(hook, dry=True) == "ConfigMap/x create (PreSync hook)"


def test_a_summary_counts_each_outcome() -> None:
    rows = [
        result("configmap/x created (dry run)"),
        result("configmap/x unchanged (dry run)"),
        result("configmap/x unchanged (dry run)", name="system:node"),
        result("is invalid: x", "SyncFailed"),
        result("ignored (requires pruning)", "PruneSkipped"),
    ]
    assert views.summary(rows, dry=True) == "1 create, 1 failed, 1 kept, 2 unchanged"
    assert views.summary([]) == ""


def told(view: views.OperationView) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(view.render(NORMAL).text)
    return found


def test_a_sync_is_told_by_its_own_operation() -> None:
    state = ended("Succeeded", row("configmap/x created"))
    assert told(views.operation(APP, state, result="synced", note="")) == {
        "result": "synced",
        "name": "shop",
        "operationId": "r1",
        "phase": "Succeeded",
        "revision": "v2",
        "startedAt": "T0",
        "finishedAt": "T1",
        "summary": "1 created",
        "resources": ["ConfigMap/x created"],
        "sync": "Synced",
        "health": "Degraded",
        "problems": ["Pod/web-0 Synced Degraded"],
    }


def test_a_dry_run_says_nothing_of_sync_and_health() -> None:
    found = told(views.operation(APP, ended("Succeeded", row("configmap/x created (dry run)"), dry=True), result="dry"))
    assert found["resources"] == ["ConfigMap/x create"]
    assert found["summary"] == "1 create"
    assert not {"sync", "health", "problems"} & set(found)


def test_a_running_one_shows_what_it_waits_for_and_no_state_from_before() -> None:
    hook = row("", hookType="PreSync", hookPhase="Running", kind="Job", name="migrate")
    rows = (hook, row("configmap/x created"), row("is invalid", "SyncFailed", name="y"))
    found = told(views.running(APP, ended("Running", *rows), result="still running", note=" on it "))
    assert found["resources"] == ["Job/migrate PreSync hook Running", "ConfigMap/y failed: is invalid"]
    assert found["note"] == "on it"
    assert not {"sync", "health", "problems", "finishedAt"} & set(found)


def test_one_that_has_not_begun_has_no_phase() -> None:
    assert told(views.running(APP, None, result="started")) == {"result": "started", "name": "shop"}


def test_revisions_of_several_sources_are_told_in_their_order() -> None:
    state = ended("Running")
    assert state.sync_result is not None
    state.sync_result.revisions = ["0123456789abcdef0123456789abcdef01234567", "1.2.3"]
    assert told(views.running(APP, state, result="x"))["revision"] == "01234567, 1.2.3"
