"""Events of several resources in few lines."""

from typing import Any

import msgspec

from argocd_gitops_mcp.argocd.resource_models import Event
from argocd_gitops_mcp.views import events as views
from argocd_gitops_mcp.views.view import NORMAL

NOW = "2026-01-05T10:00:00Z"


def event(at: str, message: str = "failing", **more: Any) -> Event:
    moment = f"2026-01-05T09:{at}Z"
    return msgspec.convert(
        {"type": "Warning", "reason": "BackOff", "message": message, "lastTimestamp": moment, **more}, Event
    )


def shown(found: dict[str, list[Event]], limit: int = 30, notes: tuple[str, ...] = ()) -> list[str]:
    return views.events("application 'shop'", found, limit, NOW, notes).render(NORMAL).text.split("\n")


def test_the_same_of_siblings_is_one_line() -> None:
    uid = "5e6c1f4e-91d2-4e76-abc9-06898e0360fa"
    found = {
        f"Pod/web-{one}": [event(at, f"Back-off restarting pod web-{one}_shop({uid})", count=4)]
        for one, at in (("a", "58:00"), ("b", "59:00"), ("c", "57:30"))
    }
    assert shown(found) == [
        "1 different events of application 'shop' (12 in all)",
        f"1m ago, first 2m ago Warning BackOff x12 Pod/web-b and 2 more: Back-off restarting pod web-b_shop({uid})",
    ]


def test_warnings_first_then_the_newest() -> None:
    found = {
        "Pod/web": [event("50:00", "old"), event("59:50", "new")],
        "Deployment/web": [event("59:59", "scaled", type="Normal", reason="Scaled")],
    }
    assert [line.rpartition(": ")[2] for line in shown(found)[1:]] == ["new", "old", "scaled"]


def test_an_event_from_the_future_happened_just_now() -> None:
    assert shown({"Pod/web": [event("59:00", lastTimestamp="2026-01-05T11:00:00Z")]})[1].startswith("0s ago")


def test_no_events_and_what_was_not_read_are_explained() -> None:
    text = shown({}, notes=("events of Pod/web: this token may not read them",))
    assert "about an hour" in text[0]
    assert text[1] == "[events of Pod/web: this token may not read them]"


def test_text_is_cleaned_and_on_one_line() -> None:
    line = shown({"Pod/web": [event("59:00", "\x1b[31mred\nand more")]})[1]
    assert line.endswith("red and more")
