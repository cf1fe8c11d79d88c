"""The sync windows that concern an application, in lines."""

from argocd_gitops_mcp.argocd.models import SyncWindow, SyncWindows
from argocd_gitops_mcp.operations._standing import windows

DENY = SyncWindow(kind="deny", schedule="0 22 * * *", duration="8h", manual_sync=True)
ALLOW = SyncWindow(kind="allow", schedule="* * * * *", duration="1h")


def test_open_windows_are_told_and_the_others_counted() -> None:
    assert windows(SyncWindows(active_windows=[DENY], assigned_windows=[DENY, ALLOW])) == [
        "deny '0 22 * * *' for 8h, manual syncs allowed",
        "1 more, not open now",
    ]
    assert windows(SyncWindows(active_windows=[ALLOW], assigned_windows=[ALLOW])) == ["allow '* * * * *' for 1h"]


def test_without_windows_nothing_is_told() -> None:
    assert windows(SyncWindows(can_sync=True)) == []
