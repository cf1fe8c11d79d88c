"""Sync windows, and what they mean now."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from argocd_gitops_mcp.argocd.models import Application, SyncWindows
from argocd_gitops_mcp.argocd.projects import ProjectWindow
from argocd_gitops_mcp.views.windows import Windows, windows

NOW = datetime(2026, 7, 6, 12, 30, tzinfo=UTC)
DENY = {"kind": "deny", "schedule": "0 12 * * *", "duration": "1h", "manualSync": False}
ALLOW = {"kind": "allow", "schedule": "0 14 * * *", "duration": "1h", "manualSync": True}


def shown(
    active: list[dict[str, Any]],
    assigned: list[dict[str, Any]],
    known: list[ProjectWindow] | None = None,
    *,
    automated: bool = True,
    readable: bool = True,
) -> Windows:
    policy: dict[str, Any] = {"syncPolicy": {"automated": {}}} if automated else {}
    app = msgspec.convert({"metadata": {"name": "shop"}, "spec": {"project": "team", **policy}}, Application)
    found = msgspec.convert({"activeWindows": active, "assignedWindows": assigned, "canSync": not active}, SyncWindows)
    return windows(app, found, (known or []) if readable else None, NOW)


def defined(one: dict[str, Any], zone: str = "UTC") -> ProjectWindow:
    return msgspec.convert({**one, "timeZone": zone}, ProjectWindow)


def test_until_when() -> None:
    found = shown([DENY], [DENY, ALLOW], [defined(DENY), defined(ALLOW)])
    assert found.open == ["deny 0 12 * * * (UTC) for 1h; closes in 30m (2026-07-06T13:00Z)"]
    assert found.closed == [
        "allow 0 14 * * * (UTC) for 1h, syncs by hand permitted; opens in 1h (2026-07-06T14:00Z)",
    ]
    assert (found.by_hand, found.automated) == ("refused", "waits")


@pytest.mark.parametrize("zones", [("UTC", "Asia/Tokyo"), ()])
def test_where_the_zone_is_not_sure_nothing_is_reckoned(zones: tuple[str, ...]) -> None:
    found = shown([DENY], [DENY], [defined(DENY, zone) for zone in zones])
    assert found.open == [f"deny 0 12 * * * ({'Asia/Tokyo or UTC' if zones else 'zone unknown'}) for 1h"]


def test_argo_cd_s_word_on_what_is_open_counts() -> None:
    assert shown([ALLOW], [ALLOW], [defined(ALLOW)]).open == ["allow 0 14 * * * (UTC) for 1h, syncs by hand permitted"]


def test_a_project_that_may_not_be_read_is_told() -> None:
    assert "may not read project 'team'" in shown([DENY], [DENY], readable=False).note


@pytest.mark.parametrize(
    ("active", "assigned", "automated"),
    [
        ([], [], "goes on"),
        ([ALLOW], [ALLOW], "goes on"),
        ([], [ALLOW], "waits"),
        ([], [DENY], "goes on"),
        ([ALLOW, DENY], [ALLOW, DENY], "waits"),
    ],
)
def test_automated_syncs(active: list[dict[str, Any]], assigned: list[dict[str, Any]], automated: str) -> None:
    assert shown(active, assigned).automated == automated
    assert shown(active, assigned, automated=False).automated == "off"
