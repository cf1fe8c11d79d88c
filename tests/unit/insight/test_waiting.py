import pytest
from tests.unit.insight.recordings import found, later, recorded, what

from argocd_gitops_mcp.argocd.models import Automated, SyncPolicy, SyncWindow, SyncWindows
from argocd_gitops_mcp.insight.evidence import Evidence


def _message(evidence: Evidence, text: str) -> Evidence:
    state = evidence.application.status.operation_state
    assert state is not None
    state.message = text
    return evidence


def test_a_wave_that_waits_for_long_says_for_what() -> None:
    assert what(recorded("wave-waiting"), "wave-waiting") == (
        "The sync waits for Service/web to become healthy; it is Progressing, and 1 of later waves is not created yet."
    )


def test_a_wave_has_a_minute() -> None:
    assert not found(later(recorded("wave-waiting"), -30), "wave-waiting")


def test_a_hook_has_ten_minutes() -> None:
    evidence = _message(recorded("hook-running"), "waiting for completion of hook batch/Job/migrate")
    assert not found(later(evidence, 300), "wave-waiting")
    assert "Job/migrate to complete" in what(later(evidence, 400), "wave-waiting")


def test_what_else_is_waited_for_is_counted() -> None:
    text = "waiting for healthy state of /Service/web and 2 more resources"
    (one,) = found(_message(recorded("wave-waiting"), text), "wave-waiting")
    assert one.more == 2


def test_a_sync_that_is_over_waits_for_nothing() -> None:
    evidence = recorded("wave-waiting")
    evidence.application.operation = None
    assert not found(evidence, "wave-waiting")


def test_a_window_keeps_auto_sync_off() -> None:
    assert "a sync by hand is refused, too" in what(recorded("window-closed"), "window-closed")


def test_a_window_for_auto_sync_does_not_keep_anybody_else() -> None:
    evidence = recorded("window-closed")
    assert evidence.windows is not None
    evidence.windows.can_sync = True
    assert "a sync by hand is permitted" in what(evidence, "window-closed")
    evidence.application.spec.sync_policy = None
    assert not found(evidence, "window-closed")


@pytest.mark.parametrize(("active", "told"), [(True, False), (False, True)])
def test_a_window_that_allows_closes_when_it_is_not_active(active: bool, told: bool) -> None:
    evidence = recorded("window-closed")
    window = SyncWindow(kind="allow", schedule="0 3 * * *", duration="1h")
    evidence.windows = SyncWindows([window] if active else None, [window], can_sync=active)
    evidence.application.spec.sync_policy = SyncPolicy(Automated())
    assert bool(found(evidence, "window-closed")) is told


def test_a_window_does_not_matter_where_nothing_is_to_be_synced() -> None:
    evidence = recorded("window-closed")
    evidence.application.status.sync.status = "Synced"
    assert not found(evidence, "window-closed")
