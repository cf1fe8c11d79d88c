"""The course of one operation, from states in the order a real Argo CD 3.6.1 gave them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from argocd_gitops_mcp.argocd import course
from argocd_gitops_mcp.argocd.course import Course, Going, Handle, Reached, Step, Stopped, Until
from argocd_gitops_mcp.argocd.models import Application, Operation, OperationState

BEFORE, START, END = "2026-03-01T10:00:00Z", "2026-03-01T10:05:00Z", "2026-03-01T10:05:07Z"
LATER = "2026-03-01T10:05:08Z"
OURS: dict[str, Any] = {
    "sync": {"revision": "v2"},
    "initiatedBy": {"username": "ci"},
    "info": [{"name": "request-id", "value": "r1"}],
}
OTHER: dict[str, Any] = {"sync": {"revision": "v2"}, "initiatedBy": {"username": "ci"}}
AUTOMATED: dict[str, Any] = {"sync": {"revision": "v2"}, "initiatedBy": {"automated": True}}
HANDLE = Handle(request_id="r1")

State = dict[str, Any]


def state(
    version: int,
    *,
    operation: Any = None,
    phase: str = "",
    of: Any = None,
    finished: str | None = None,
    sync: str = "OutOfSync",
    health: str = "Healthy",
    reconciled: str = BEFORE,
    automated: bool = False,
) -> State:
    """One event of the watch; `of` is the operation that the state is of, `operation` the one asked for."""
    run = {"phase": phase, "startedAt": START, "finishedAt": finished, "operation": of or operation or OURS}
    run |= {"syncResult": {"revision": "v2"}} if finished else {}
    return {
        "metadata": {"name": "shop", "uid": "u", "resourceVersion": str(version)},
        "spec": {"syncPolicy": {"automated": {}}} if automated else {},
        "operation": operation,
        "status": {
            "sync": {"status": sync, "revision": "v2"},
            "health": {"status": health},
            "reconciledAt": reconciled,
            "operationState": run if phase else None,
        },
    }


def a_sync(**end: Any) -> list[State]:
    """One sync: its states and what was compared after it."""
    return [
        state(11, operation=OURS),
        state(12, operation=OURS, phase="Running"),
        state(13, operation=OURS, phase="Running"),  # the history has grown
        state(14, phase="Succeeded", finished=END),
        state(15, phase="Succeeded", finished=END, sync="Synced", health="Progressing"),
        state(16, phase="Succeeded", finished=END, sync="Synced", health="Healthy"),
        state(17, phase="Succeeded", finished=END, sync="Synced", health="Healthy", reconciled=END, **end),
    ]


def app(one: State) -> Application:
    return msgspec.convert(one, Application)


def verdicts(followed: Course, states: Sequence[State]) -> list[Step | None]:
    return [followed.see(app(one)) for one in states]


def stages(steps: Sequence[Step | None]) -> list[str | None]:
    return [one.stage if isinstance(one, Going) else type(one).__name__ if one else None for one in steps]


def test_an_operation_ends_and_is_compared_before_anything_is_told_of_sync_and_health() -> None:
    followed = Course(HANDLE, "operation", since="11")
    assert stages(verdicts(followed, [state(10), *a_sync()])) == [
        None,
        "operation",
        "operation",
        "operation",
        "comparison",
        "comparison",
        "comparison",
        "Reached",
    ]
    assert followed.is_compared
    assert followed.latest is not None
    assert followed.latest.status.sync.status == "Synced"


@pytest.mark.parametrize("until", ["synced", "healthy"])
def test_sync_and_health_from_before_the_comparison_are_not_believed(until: Until) -> None:
    """At the event of the end, sync and health are the old ones: Synced and Healthy may mean the release before."""
    followed = Course(HANDLE, until, since="11")
    old = [{**one, "status": {**one["status"], "sync": {"status": "Synced", "revision": "v1"}}} for one in a_sync()]
    assert "Reached" not in stages(verdicts(followed, old))
    assert followed.see(app(a_sync()[-1])) == Reached()


def test_health_is_waited_for_after_sync() -> None:
    followed = Course(HANDLE, "healthy", since="11")
    late = [
        *a_sync()[:5],
        state(18, phase="Succeeded", finished=END, sync="Synced", health="Progressing", reconciled=END),
        state(19, phase="Succeeded", finished=END, sync="Synced", health="Degraded", reconciled=END),
        state(20, phase="Succeeded", finished=END, sync="Synced", health="Healthy", reconciled=END),
    ]
    assert stages(verdicts(followed, late))[-4:] == ["comparison", "health", "health", "Reached"]


def test_until_synced_does_not_wait_for_health() -> None:
    followed = Course(HANDLE, "synced", since="11")
    verdicts(followed, a_sync()[:4])
    done = state(18, phase="Succeeded", finished=END, sync="Synced", health="Progressing", reconciled=LATER)
    assert followed.see(app(done)) == Reached()


@pytest.mark.parametrize("until", ["operation", "synced", "healthy"])
def test_a_comparison_of_the_very_second_of_the_end_is_believed_when_no_other_comes(until: Until) -> None:
    """Seen: reconciledAt was equal to finishedAt in the event of the end, and no further event came."""
    followed = Course(HANDLE, until, since="11")
    end = state(14, phase="Succeeded", finished=END, sync="Synced", reconciled=END)
    assert stages(verdicts(followed, [*a_sync()[:3], end])) == ["operation"] * 3 + ["comparison"]
    assert followed.doubt == "same second"
    assert followed.believe() == Reached()
    assert followed.is_compared


def test_what_need_not_fit_is_taken_as_it_is() -> None:
    """A rollback leaves the application OutOfSync with Git."""
    followed = Course(HANDLE, "operation", since="11", fits_git=False)
    verdicts(followed, a_sync()[:4])
    assert followed.doubt == "none yet"
    assert followed.see(app(state(15, phase="Succeeded", finished=END, reconciled=END))) == Reached()


def test_one_second_after_the_end_is_no_ambiguity() -> None:
    followed = Course(HANDLE, "operation", since="11")
    verdicts(followed, a_sync()[:4])
    assert followed.doubt == "none yet"
    assert not followed.is_compared
    done = state(15, phase="Succeeded", finished=END, sync="Synced", reconciled=LATER)
    assert followed.see(app(done)) == Reached()
    assert followed.is_compared


@pytest.mark.parametrize("reconciled", [END, LATER])
def test_a_comparison_that_does_not_fit_may_have_begun_before_the_end(reconciled: str) -> None:
    """OutOfSync may be the truth, as without prune, or what was found while the last resources were applied."""
    followed = Course(HANDLE, "operation", since="11")
    verdicts(followed, a_sync()[:4])
    out = state(15, phase="Succeeded", finished=END, reconciled=reconciled)
    assert stages(verdicts(followed, [out])) == ["comparison"]
    assert followed.doubt == "does not fit"


def test_what_was_left_unpruned_explains_why_it_does_not_fit() -> None:
    followed = Course(HANDLE, "operation", since="11")
    verdicts(followed, a_sync()[:4])
    out = state(15, phase="Succeeded", finished=END, reconciled=END)
    out["status"]["resources"] = [{"kind": "ConfigMap", "name": "old", "requiresPruning": True}]
    assert stages(verdicts(followed, [out])) == ["comparison"]
    assert followed.doubt == "left unpruned"
    assert followed.believe() == Reached()


def test_a_comparison_that_never_comes_is_said_to_be_missing() -> None:
    followed = Course(HANDLE, "operation", since="11")
    verdicts(followed, a_sync()[:4])
    assert followed.believe() == Reached()
    assert not followed.is_compared


def test_believing_goes_on_waiting_for_health() -> None:
    followed = Course(HANDLE, "healthy", since="11")
    end = state(14, phase="Succeeded", finished=END, sync="Synced", health="Progressing", reconciled=END)
    verdicts(followed, [*a_sync()[:3], end])
    assert stages([followed.believe()]) == ["health"]
    healthy = state(15, phase="Succeeded", finished=END, sync="Synced", reconciled=END)
    assert followed.see(app(healthy)) == Reached()


def test_believing_before_anything_was_seen_decides_nothing() -> None:
    assert stages([Course(HANDLE, "operation").believe()]) == ["comparison"]


def test_between_retries_an_operation_has_not_ended() -> None:
    followed = Course(HANDLE, "operation", since="11")
    between = state(13, operation=OURS, phase="Running", finished=END, reconciled=LATER)
    assert stages(verdicts(followed, [*a_sync()[:2], between])) == ["operation"] * 3
    again = state(14, operation=OURS, phase="Running")
    failed = state(15, phase="Failed", finished=LATER)
    assert verdicts(followed, [again, failed])[1] == Stopped("failed")


def test_an_operation_known_by_what_it_is_has_ended_only_when_it_is_gone() -> None:
    """Of one that carries no id the request says nothing: between retries, and at the end, it must be gone."""
    given_ = course.handle(course.operation_id(started(AUTOMATED)))
    followed = Course(given_, "operation")
    between = state(11, operation=AUTOMATED, phase="Running", finished=END, reconciled=LATER)
    ending = state(12, operation=AUTOMATED, phase="Succeeded", finished=LATER, reconciled=LATER)
    gone = state(13, phase="Succeeded", of=AUTOMATED, finished=LATER)
    assert stages(verdicts(followed, [between, ending, gone])) == ["operation", "operation", "comparison"]


@pytest.mark.parametrize("phase", ["Failed", "Error"])
@pytest.mark.parametrize("until", ["operation", "synced", "healthy"])
def test_a_failed_operation_is_told_at_once_and_stays_failed(until: Until, phase: str) -> None:
    """The state is read once more, whole, before it is told: it must still be a failure then."""
    followed = Course(HANDLE, until, since="11")
    end = state(14, phase=phase, finished=END)
    assert verdicts(followed, [*a_sync()[:3], end, end])[3:] == [Stopped("failed")] * 2
    compared = state(15, phase=phase, finished=END, sync="Synced", reconciled=LATER)
    assert followed.see(app(compared)) == Stopped("failed")
    assert followed.state is not None
    assert followed.state.phase == phase


@pytest.mark.parametrize(
    "other",
    [
        state(14, operation=AUTOMATED),
        state(14, operation=AUTOMATED, phase="Running"),
        state(14, phase="Succeeded", of=AUTOMATED, finished=END, sync="Synced"),
        state(14, phase="Succeeded", of={**OURS, "info": [{"name": "request-id", "value": "r2"}]}, finished=END),
        state(14),
    ],
)
def test_another_operation_in_its_place_is_no_end_of_ours(other: State) -> None:
    followed = Course(HANDLE, "operation", since="11")
    assert verdicts(followed, [*a_sync()[:3], other, other])[3:] == [Stopped("replaced")] * 2
    assert followed.state is not None
    assert followed.state.phase == "Running"


def test_an_operation_after_ours_does_not_undo_its_end() -> None:
    followed = Course(HANDLE, "healthy", since="11")
    verdicts(followed, a_sync()[:4])
    healing = state(15, operation=AUTOMATED, phase="Running", reconciled=LATER, automated=True)
    healed = state(16, phase="Succeeded", of=AUTOMATED, finished=LATER, sync="Synced", reconciled=LATER, automated=True)
    assert stages(verdicts(followed, [healing, healed])) == ["comparison", "Reached"]


def test_while_another_operation_runs_sync_is_not_in_vain() -> None:
    followed = Course(HANDLE, "synced", since="11")
    verdicts(followed, a_sync()[:4])
    another = state(15, operation=OTHER, phase="Running", reconciled=LATER)
    verdicts(followed, [another])
    assert stages([followed.believe()]) == ["sync"]


def test_states_from_before_the_request_say_nothing() -> None:
    """A stream begins with what was there, which may be the application as it was before the POST."""
    followed = Course(HANDLE, "operation", since="11")
    assert verdicts(followed, [state(10, phase="Succeeded", of=OTHER, finished=BEFORE, sync="Synced")]) == [None]
    assert followed.latest is None
    assert stages(verdicts(followed, a_sync()[:1])) == ["operation"]


def test_resource_versions_are_numbers() -> None:
    followed = Course(HANDLE, "operation", since="9")
    assert followed.see(app(state(10, operation=OURS))) is not None
    assert followed.see(app(state(9, operation=OURS))) is None


def test_what_ran_before_ours_is_not_told_as_ours() -> None:
    """Where an operation was asked for past the API, the state of the last one is still there."""
    followed = Course(HANDLE, "operation", since="11")
    (step,) = verdicts(followed, [state(11, operation=OURS, phase="Succeeded", of=OTHER, finished=BEFORE)])
    assert isinstance(step, Going)
    assert "Succeeded" not in step.what
    assert followed.state is None


def test_a_dry_run_changes_nothing_so_no_comparison_is_waited_for() -> None:
    dry = {**OURS, "sync": {"revision": "v2", "dryRun": True}}
    followed = Course(HANDLE, "operation", since="11")
    end = state(13, phase="Succeeded", of=dry, finished=END)
    assert stages(verdicts(followed, [state(11, operation=dry), state(12, operation=dry, phase="Running"), end])) == [
        "operation",
        "operation",
        "Reached",
    ]


@pytest.mark.parametrize("health", ["Progressing", "Degraded"])
def test_where_nobody_syncs_health_is_waited_for_and_sync_is_not(health: str) -> None:
    """After a rollback the application stays OutOfSync with Git."""
    followed = Course(HANDLE, "healthy", since="11")
    verdicts(followed, a_sync()[:4])
    ill = state(15, phase="Succeeded", finished=END, health=health, reconciled=LATER)
    verdicts(followed, [ill])
    assert stages([followed.believe()]) == ["health"]
    well = state(16, phase="Succeeded", finished=END, reconciled=LATER)
    assert followed.see(app(well)) == Stopped("not synced")


def test_until_synced_is_in_vain_where_nobody_syncs() -> None:
    followed = Course(HANDLE, "synced", since="11")
    verdicts(followed, a_sync()[:4])
    verdicts(followed, [state(15, phase="Succeeded", finished=END, health="Progressing", reconciled=LATER)])
    assert followed.believe() == Stopped("not synced")


def test_until_operation_takes_its_end_for_enough() -> None:
    followed = Course(HANDLE, "operation", since="11")
    verdicts(followed, a_sync()[:4])
    done = state(15, phase="Succeeded", finished=END, sync="Synced", health="Degraded", reconciled=LATER)
    assert followed.see(app(done)) == Reached()


def test_where_auto_sync_is_on_sync_is_waited_for() -> None:
    followed = Course(HANDLE, "synced", since="11")
    verdicts(followed, a_sync()[:4])
    out = state(15, phase="Succeeded", finished=END, reconciled=LATER, automated=True)
    unknown = state(16, phase="Succeeded", finished=END, reconciled=LATER, automated=True, sync="")
    verdicts(followed, [out])
    steps = [followed.believe(), *verdicts(followed, [unknown])]
    assert [one.what for one in steps if isinstance(one, Going)] == ["sync is OutOfSync", "sync is not known yet"]


def test_without_an_operation_sync_and_health_are_followed() -> None:
    followed = Course(None, "healthy")
    assert stages(
        verdicts(
            followed,
            [
                state(1, sync="Synced", health="Progressing"),
                state(2, operation=AUTOMATED, phase="Running", sync="Synced"),
                state(3, phase="Succeeded", of=AUTOMATED, finished=END, sync="Synced"),
            ],
        )
    ) == ["health", "operation", "comparison"]
    assert followed.handle is not None, "one that began meanwhile is followed like any other"
    assert Course(None, "healthy").see(app(state(1))) == Stopped("not synced")


def test_one_that_began_meanwhile_and_failed_is_a_failure() -> None:
    followed = Course(None, "healthy")
    running = state(2, operation=AUTOMATED, phase="Running", sync="Synced", automated=True)
    failed = state(3, phase="Failed", of=AUTOMATED, finished=END, sync="Synced", reconciled=LATER, automated=True)
    states = [state(1, automated=True), running, failed, failed]
    assert stages(verdicts(followed, states)) == ["sync", "operation", "Stopped", "Stopped"]
    assert followed.see(app(failed)) == Stopped("failed")


def test_without_an_operation_there_is_no_end_to_wait_for() -> None:
    assert Course(None, "operation").see(app(state(1, sync="OutOfSync"))) == Reached()


# Which operation is meant.


def started(operation: Any, at: str = START, phase: str = "Running") -> OperationState:
    return msgspec.convert({"phase": phase, "startedAt": at, "operation": operation}, OperationState)


def asked(operation: Any) -> Operation:
    return msgspec.convert(operation, Operation)


def test_an_id_is_that_of_the_request_where_there_is_one() -> None:
    assert course.operation_id(started(OURS)) == "r1"
    assert course.handle("r1") == HANDLE
    assert course.asked(asked(OURS)) == HANDLE


def test_an_operation_of_somebody_elses_is_known_by_what_it_is() -> None:
    given_ = course.handle(course.operation_id(started(AUTOMATED)))
    assert given_.is_state(started(AUTOMATED))
    assert given_.is_state(started(AUTOMATED, phase="Failed"))
    assert not given_.is_state(started(AUTOMATED, at=LATER))
    assert not given_.is_state(started(OTHER))
    assert not given_.is_state(started({**AUTOMATED, "sync": {"revision": "v3"}}))
    assert not given_.is_state(None)
    assert not given_.is_asked(asked(AUTOMATED))


MULTI: dict[str, Any] = {"sync": {"revisions": ["v1", "v2"]}, "initiatedBy": {"username": "ci"}}


def test_of_several_sources_each_revision_tells_in_its_place() -> None:
    wanted = course.asked(asked(MULTI))
    assert wanted.is_asked(asked(MULTI))
    assert not wanted.is_asked(asked({**MULTI, "sync": {"revisions": ["v2", "v1"]}}))
    assert course.digest(started(MULTI)) != course.digest(started({**MULTI, "sync": {"revisions": ["v2", "v1"]}}))


@pytest.mark.parametrize("operation", [OTHER, MULTI])
def test_a_rollback_carries_no_id_and_is_known_by_what_was_asked(operation: Any) -> None:
    followed = Course(course.asked(asked(operation)), "operation", since="11")
    asked_for, running = state(11, operation=operation), state(12, operation=operation, phase="Running")
    assert stages(verdicts(followed, [asked_for, running])) == ["operation", "operation"]
    exact = Handle(digest=course.digest(started(operation)))
    assert followed.handle == exact
    end = state(13, phase="Succeeded", of=operation, finished=END)
    # OutOfSync with Git, as every rollback leaves it.
    compared = state(14, phase="Succeeded", of=operation, finished=END, reconciled=LATER)
    assert stages(verdicts(followed, [end, compared])) == ["comparison", "comparison"]
    assert followed.believe() == Reached()


def test_the_same_rollback_again_is_another_one() -> None:
    followed = Course(course.asked(asked(OTHER)), "operation", since="11")
    verdicts(followed, [state(11, operation=OTHER), state(12, operation=OTHER, phase="Running")])
    again = state(13, phase="Succeeded", of=OTHER, finished=END)
    again["status"]["operationState"]["startedAt"] = LATER
    assert followed.see(app(again)) == Stopped("replaced")


def test_a_rollback_that_ended_before_anything_was_seen() -> None:
    followed = Course(course.asked(asked(OTHER)), "operation", since="11")
    assert stages(verdicts(followed, [state(12, phase="Succeeded", of=OTHER, finished=END)])) == ["comparison"]


def test_what_is_under_way_can_be_followed_by_anybody() -> None:
    assert course.current(app(state(1, phase="Succeeded", of=OTHER))) is None
    assert course.current(app(state(1, operation=OURS))) == HANDLE
    assert course.current(app(state(1, operation=OTHER))) == course.asked(asked(OTHER))
    running = course.current(app(state(1, operation=AUTOMATED, phase="Running")))
    assert running == Handle(digest=course.digest(started(AUTOMATED)))
    # The state of the last operation, beside one that was just asked for.
    ended = course.current(app(state(1, operation=OTHER, phase="Succeeded", of=AUTOMATED, finished=BEFORE)))
    assert ended == course.asked(asked(OTHER))


def test_an_operation_in_a_line() -> None:
    assert course.told(None) == "asked for, not begun yet"
    assert course.told(started(OURS)) == "Running"
    assert course.told(OperationState(phase="Failed", message="one or more")) == "Failed: one or more"


# Whatever the clocks say, and however late a state comes.

ENDINGS: list[list[State]] = [
    a_sync(),
    a_sync(automated=True),
    [*a_sync()[:3], state(14, phase="Failed", finished=END), state(15, phase="Failed", finished=END, reconciled=LATER)],
    [*a_sync()[:3], state(14, phase="Succeeded", finished=END, reconciled=END)],
    [*a_sync()[:3], state(14, operation=AUTOMATED), state(15, phase="Succeeded", of=AUTOMATED, finished=END)],
    [*a_sync()[:4], state(15, phase="Succeeded", finished=END, reconciled=LATER, health="Degraded")],
]
UNTIL = st.sampled_from(["operation", "synced", "healthy"])


def shifted(value: Any, by: timedelta) -> Any:
    if isinstance(value, dict):
        return {name: shifted(one, by) for name, one in value.items()}
    if not isinstance(value, str) or not value.endswith("Z"):
        return value
    return (datetime.strptime(value, "%Y-%m-%dT%H:%M:%S%z") + by).strftime("%Y-%m-%dT%H:%M:%SZ")


@given(st.sampled_from(ENDINGS), UNTIL, st.integers(-600, 600))
def test_a_clock_that_is_wrong_changes_no_verdict(states: list[State], until: Until, seconds: int) -> None:
    by = timedelta(seconds=seconds)
    told = verdicts(Course(HANDLE, until, since="11"), [shifted(one, by) for one in states])
    assert told == verdicts(Course(HANDLE, until, since="11"), states)


@given(st.sampled_from(ENDINGS), UNTIL, st.data())
def test_older_states_and_repeated_ones_change_no_verdict(
    states: list[State], until: Until, data: st.DataObject
) -> None:
    """States come from a stream, from the stream opened anew, and from single requests."""
    followed = Course(HANDLE, until, since="11")
    for place, (one, told) in enumerate(zip(states, verdicts(Course(HANDLE, until, since="11"), states), strict=True)):
        assert followed.see(app(one)) == told
        for late in data.draw(st.lists(st.sampled_from([state(10), *states[: place + 1]]), max_size=3)):
            step = followed.see(app(late))
            assert step == (told if late == one else None)
