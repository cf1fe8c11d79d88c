"""The end of an operation as an answer, or as the error it is."""

import json
from typing import Any

import msgspec
import pytest

from argocd_gitops_mcp import errors
from argocd_gitops_mcp.argocd.course import Course, Going, Handle, Reached, Step, Stopped
from argocd_gitops_mcp.argocd.models import Application
from argocd_gitops_mcp.operations import _ending
from argocd_gitops_mcp.operations._following import Followed
from argocd_gitops_mcp.views.view import NORMAL

T0, T1, T2 = "2026-03-01T10:00:00Z", "2026-03-01T10:00:05Z", "2026-03-01T10:00:06Z"
OURS: dict[str, Any] = {"sync": {"revision": "v2"}, "info": [{"name": "request-id", "value": "r1"}]}
HANDLE = Handle(request_id="r1")
OTHER: dict[str, Any] = {"sync": {"revision": "v3"}, "info": [{"name": "request-id", "value": "r2"}]}


def app(
    phase: str = "",
    *,
    operation: Any = None,
    of: Any = None,
    sync: str = "Synced",
    health: str = "Healthy",
    reconciled: str = T2,
    results: Any = None,
    resources: Any = None,
) -> Application:
    run = {"phase": phase, "startedAt": T0, "finishedAt": None if operation else T1, "operation": of or OURS}
    run |= {"message": f"it is {phase}", "syncResult": {"revision": "v2", "resources": results}}
    status = {
        "sync": {"status": sync},
        "health": {"status": health},
        "reconciledAt": reconciled,
        "operationState": run if phase else None,
        "resources": resources,
    }
    whole = {"metadata": {"name": "shop", "resourceVersion": "1"}, "operation": operation, "status": status}
    return msgspec.convert(whole, Application)


def told(found: Application, step: Step, handle: Handle | None = HANDLE, believed: bool = False) -> dict[str, Any]:
    course = Course(handle, "operation")
    course.see(found)
    if believed:
        course.believe()
    view = _ending.answer("shop", course, Followed(step, found), "sync", 40)
    answer: dict[str, Any] = json.loads(view.render(NORMAL).text)
    return answer


@pytest.mark.parametrize(
    ("sync", "health", "step", "result"),
    [
        ("Synced", "Healthy", Reached(), "synced and healthy"),
        ("Synced", "Progressing", Reached(), "synced"),
        ("OutOfSync", "Healthy", Reached(), "applied, but not Synced"),
        ("OutOfSync", "Healthy", Stopped("not synced"), "healthy, but not Synced"),
        ("OutOfSync", "Degraded", Stopped("not synced"), "applied, but not Synced"),
    ],
)
def test_it_is_called_synced_only_where_it_is(sync: str, health: str, step: Step, result: str) -> None:
    found = told(app("Succeeded", sync=sync, health=health), step)
    assert (found["result"], found["sync"], found["health"], found["operationId"]) == (result, sync, health, "r1")


def test_what_was_left_in_the_cluster_is_said() -> None:
    gone = {"kind": "ConfigMap", "name": "gone", "requiresPruning": True}
    found = told(app("Succeeded", sync="OutOfSync", resources=[gone]), Reached())
    assert "prune=true" in found["note"]


def test_health_that_is_still_to_come_is_said() -> None:
    assert "until=healthy" in told(app("Succeeded", health="Progressing"), Reached())["note"]


def test_sync_and_health_from_before_the_end_are_not_told() -> None:
    found = told(app("Succeeded", reconciled=T0), Reached(), believed=True)
    assert found["result"] == "ended, not compared since"
    assert "are not known yet" in found["note"]
    assert not {"sync", "health", "problems"} & set(found)


@pytest.mark.parametrize("phase", ["Failed", "Error"])
@pytest.mark.parametrize("step", [Stopped("failed"), Reached()])
def test_a_failed_operation_is_an_error_however_far_it_was_followed(phase: str, step: Step) -> None:
    results = [
        {"kind": "Service", "name": "web", "status": "Synced", "message": "service/web created"},
        {"kind": "Deployment", "name": "web", "status": "SyncFailed", "message": "is invalid"},
    ]
    with pytest.raises(errors.OperationFailed) as raised:
        told(app(phase, results=results), step)
    assert f"ended {phase} at {T1}; 1 of 2 resources were applied" in raised.value.message
    assert raised.value.upstream == f"it is {phase}\nDeployment/web failed: is invalid"


def test_a_dry_run_that_failed_applied_nothing_and_does_not_count() -> None:
    dry = {**OURS, "sync": {"dryRun": True}}
    with pytest.raises(errors.OperationFailed) as raised:
        told(app("Failed", of=dry, results=[{"status": "SyncFailed", "message": "no"}]), Reached())
    assert raised.value.message == f"The dry run of application 'shop' ended Failed at {T1}."


def test_a_dry_run_is_called_one() -> None:
    found = told(app("Succeeded", of={**OURS, "sync": {"dryRun": True}}, sync="OutOfSync"), Reached())
    assert found["result"].startswith("dry run")
    assert "sync" not in found


def test_a_running_operation_is_told_without_the_sync_and_health_of_before() -> None:
    found = told(app("Running", operation=OURS), Going("operation", "Running: waiting for hook"))
    assert found["result"] == "still running"
    assert "waiting for hook" in found["note"]
    assert "goes on" in found["note"]
    assert "operation_id='r1'" in found["next"]
    assert not {"sync", "health"} & set(found)


def test_one_that_nobody_took_up_yet_has_its_id_all_the_same() -> None:
    found = told(app(operation=OURS), Going("operation", "asked for, not begun yet"))
    assert (found["result"], found["operationId"]) == ("started, not taken up yet", "r1")
    assert "phase" not in found


def test_time_that_ran_out_after_the_end_is_told_as_that() -> None:
    found = told(app("Succeeded", health="Progressing"), Going("health", "health is Progressing"))
    assert (found["result"], found["phase"]) == ("not healthy yet", "Succeeded")
    assert "After 40 s: health is Progressing" in found["note"]


def test_time_that_ran_out_before_the_comparison_tells_no_sync_and_health_of_before() -> None:
    found = told(app("Succeeded", sync="Synced", reconciled=T0), Going("comparison", "comparing"))
    assert found["phase"] == "Succeeded"
    assert not {"sync", "health", "problems"} & set(found)


def test_another_operation_in_its_place_is_named() -> None:
    with pytest.raises(errors.OutcomeUnknown) as raised:
        told(app("Succeeded", of=OTHER), Stopped("replaced"))
    assert "'r2'" in raised.value.message
    with pytest.raises(errors.OutcomeUnknown, match="it has none"):
        told(app(), Stopped("replaced"))


def test_an_application_that_is_gone_has_no_end() -> None:
    with pytest.raises(errors.OutcomeUnknown, match="was deleted"):
        _ending.answer("shop", Course(None, "healthy"), Followed(Reached(), None), "operation", 40)


def test_without_an_operation_only_sync_and_health_are_told() -> None:
    found = told(app(), Reached(), None)
    assert found == {
        "result": "synced and healthy",
        "name": "shop",
        "sync": "Synced",
        "health": "Healthy",
        "note": "No operation was running.",
    }
    out = told(app(sync="OutOfSync"), Stopped("not synced"), None)
    assert (out["result"], out["next"]) == ("healthy, but not Synced", "sync it: its policy is Manual")
    ill = told(app(sync="OutOfSync", health="Degraded"), Stopped("not synced"), None)
    assert ill["result"] == "nothing runs, but not Synced"


def test_what_stands_in_the_way_can_be_waited_for() -> None:
    error = _ending.busy(app("Running", operation=OTHER, of=OTHER))
    assert "is running (Running: it is Running); nothing was sent" in error.message
    assert "operation_id='r2'" in error.hint
    assert "operation_id" not in _ending.busy(app(operation={"sync": {"revision": "v3"}})).hint


def test_what_ended_before_is_not_what_stands_in_the_way() -> None:
    """An operation that was asked for past the API leaves the state of the last one standing until it begins."""
    error = _ending.busy(app("Succeeded", operation={"sync": {"revision": "v3"}}))
    assert "Succeeded" not in error.message
    assert "r1" not in error.hint


def test_whatever_breaks_after_the_sending_says_that_it_was_sent() -> None:
    with pytest.raises(errors.Unavailable) as raised, _ending.goes_on("r1", "sync"):
        raise errors.Unavailable("not ready")
    assert raised.value.hint == (
        "The sync was sent and goes on unseen: wait with operation_id='r1' to learn how it ends; do not send it again."
    )
    with pytest.raises(errors.Unavailable) as raised, _ending.goes_on("", "rollback"):
        raise errors.Unavailable("not ready")
    assert "get the application" in raised.value.hint
    with pytest.raises(errors.Unavailable) as raised, _ending.goes_on("", "change", "read the set"):
        raise errors.Unavailable("not ready")
    assert "goes on unseen: read the set to learn" in raised.value.hint
