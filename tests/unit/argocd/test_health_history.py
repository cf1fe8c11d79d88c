"""Which deployment was healthy when the next one replaced it."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from argocd_gitops_mcp.argocd.health_history import changes, last_healthy
from argocd_gitops_mcp.argocd.models import Application
from argocd_gitops_mcp.argocd.resource_models import Event


def at(second: int) -> str:
    return f"2026-03-01T10:{second // 60:02}:{second % 60:02}Z"


def event(second: int, before: str, after: str, name: str = "") -> Event:
    said = {
        "metadata": {"name": name or f"shop.{second:04}"},
        "reason": "ResourceUpdated",
        "message": f"Updated health status: {before} -> {after}",
        "lastTimestamp": at(second),
    }
    return msgspec.convert(said, Event)


def entry(id_: int, started: int, deployed: int) -> dict[str, Any]:
    return {"id": id_, "revision": f"v{id_}", "deployStartedAt": at(started), "deployedAt": at(deployed)}


def app(*history: dict[str, Any], health: str = "Healthy", since: int | None = None) -> Application:
    status = {
        "history": list(history),
        "health": {"status": health, "lastTransitionTime": None if since is None else at(since)},
    }
    return msgspec.convert({"metadata": {"name": "shop"}, "status": status}, Application)


def chosen(application: Application, events: Sequence[Event]) -> int | None:
    found, why = last_healthy(application, events)
    assert (found is None) is bool(why)
    return None if found is None else found.id


FIRST, SECOND, THIRD = entry(1, 0, 10), entry(2, 100, 110), entry(3, 200, 210)


def test_the_deployment_before_the_present_one_was_healthy() -> None:
    events = [event(20, "Progressing", "Healthy"), event(101, "Healthy", "Progressing")]
    assert chosen(app(FIRST, SECOND, health="Degraded"), events) == 1


def test_the_present_one_is_never_the_answer() -> None:
    events = [event(20, "Progressing", "Degraded"), event(120, "Degraded", "Healthy")]
    assert chosen(app(FIRST, SECOND), events) is None
    assert chosen(app(SECOND), events) is None
    assert chosen(app(), events) is None


def test_an_unhealthy_one_is_walked_past() -> None:
    events = [
        event(20, "Progressing", "Healthy"),
        event(101, "Healthy", "Progressing"),
        event(150, "Progressing", "Degraded"),
        event(220, "Degraded", "Healthy"),
    ]
    assert chosen(app(FIRST, SECOND, THIRD), events) == 1


def test_an_unknown_one_is_not_walked_past() -> None:
    """Of an earlier one it might be said truly; but it would not be known to be the last."""
    replaced_at_once = entry(2, 100, 200)
    events = [event(20, "Progressing", "Healthy"), event(101, "Healthy", "Progressing")]
    found, why = last_healthy(app(FIRST, replaced_at_once, THIRD), events)
    assert found is None
    assert "deployment 2" in why


def test_one_that_was_replaced_within_a_second_was_never_assessed() -> None:
    assert chosen(app(entry(1, 100, 100), entry(2, 100, 101)), [event(20, "Progressing", "Healthy")]) is None


def test_without_events_nothing_is_known() -> None:
    found, why = last_healthy(app(FIRST, SECOND), [])
    assert found is None
    assert "an hour" in why


@pytest.mark.parametrize(
    ("health", "since", "id_"),
    [("Healthy", 20, 1), ("Degraded", 20, None), ("Healthy", 100, None), ("Healthy", 150, None), ("", 20, None)],
)
def test_without_events_a_health_that_began_before_was_in_force(health: str, since: int, id_: int | None) -> None:
    assert chosen(app(FIRST, SECOND, health=health, since=since), []) == id_


def test_the_first_change_after_tells_what_was_before() -> None:
    assert chosen(app(FIRST, SECOND), [event(101, "Healthy", "Progressing")]) == 1
    assert chosen(app(FIRST, SECOND), [event(101, "Degraded", "Progressing")]) is None


def test_what_changed_in_the_second_of_the_replacement_may_be_its_effect() -> None:
    healed = [event(20, "Progressing", "Degraded"), event(100, "Degraded", "Healthy")]
    assert chosen(app(FIRST, SECOND), healed) is None
    broke = [event(20, "Progressing", "Healthy"), event(100, "Healthy", "Degraded")]
    assert chosen(app(FIRST, SECOND), broke) == 1


def test_within_a_second_events_stand_in_the_order_of_their_names() -> None:
    """Argo CD names them by the time in nanoseconds; the list comes in any order."""
    down, up = event(50, "Healthy", "Degraded", "shop.2"), event(50, "Progressing", "Healthy", "shop.1")
    assert [one.after for one in changes([down, up])] == ["Healthy", "Degraded"]
    assert chosen(app(FIRST, SECOND), [down, up]) is None


def test_an_older_argo_cd_does_not_tell_when_a_deployment_began() -> None:
    first, second = ({**one, "deployStartedAt": None} for one in (FIRST, SECOND))
    assert chosen(app(first, second), [event(20, "Progressing", "Healthy")]) == 1


def test_other_events_say_nothing_of_health() -> None:
    others = [
        msgspec.convert({"message": text, "lastTimestamp": at(20)}, Event)
        for text in ("Updated sync status: OutOfSync -> Synced", "it said: Updated health status: Missing -> Healthy")
    ]
    timeless = msgspec.convert({"message": "Updated health status: Missing -> Healthy"}, Event)
    assert changes([*others, timeless]) == []
    assert [one.before for one in changes([event(20, "", "Healthy")])] == [""]


@given(
    st.lists(st.tuples(st.integers(0, 240), st.sampled_from(["Healthy", "Degraded", "Progressing"])), max_size=8),
    st.randoms(use_true_random=False),
)
def test_the_order_in_which_events_come_does_not_matter(course: list[tuple[int, str]], shuffle: Any) -> None:
    steps = sorted(course)
    events = [
        event(second, steps[place - 1][1] if place else "", after, f"shop.{second:04}.{place}")
        for place, (second, after) in enumerate(steps)
    ]
    shuffled = list(events)
    shuffle.shuffle(shuffled)
    application = app(FIRST, SECOND, THIRD)
    assert chosen(application, shuffled) == chosen(application, events)
