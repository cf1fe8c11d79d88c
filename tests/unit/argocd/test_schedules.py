"""When a sync window opens and closes next."""

from datetime import UTC, datetime

import pytest

from argocd_gitops_mcp.argocd.schedules import Change, next_change

NOW = datetime(2026, 7, 6, 12, 30, 20, tzinfo=UTC)  # a Monday
MINUTE, HOUR, DAY = 60, 3600, 86_400


@pytest.mark.parametrize(
    ("schedule", "duration", "zone", "opens", "seconds"),
    [
        ("0 12 * * *", "1h", "UTC", False, 29 * MINUTE + 40),
        ("0 14 * * *", "1h", "UTC", True, 89 * MINUTE + 40),
        ("0 12 * * *", "30m", "UTC", True, DAY - 30 * MINUTE - 20),
        ("0 14 * * *", "1h", "Europe/Berlin", False, 29 * MINUTE + 40),  # two hours ahead in July
        ("0 12 * * *", "1h", "Asia/Kolkata", True, 17 * HOUR + 59 * MINUTE + 40),  # 18:00:20 there
        ("0,30 12 * * *", "45m", "UTC", False, 44 * MINUTE + 40),  # the second opens before the first closes
        ("0 22 * * fri,sat,sun", "24h", "UTC", False, 9 * HOUR + 29 * MINUTE + 40),
        ("0 9 13 * 2", "1h30m", "UTC", True, 20 * HOUR + 29 * MINUTE + 40),  # the 13th or a Tuesday
        ("0 9 */7 * *", "1h", "UTC", True, DAY + 20 * HOUR + 29 * MINUTE + 40),  # the 8th
        ("0 0 1 JAN *", "1h", "UTC", True, 178 * DAY + 11 * HOUR + 29 * MINUTE + 40),
    ],
)
def test_next(schedule: str, duration: str, zone: str, seconds: float, *, opens: bool) -> None:
    assert next_change(schedule, duration, zone, NOW) == Change(opens, seconds)


@pytest.mark.parametrize(
    ("schedule", "duration", "zone"),
    [
        ("* * * * *", "1h", "UTC"),  # it never closes
        ("0 0 31 2 *", "1h", "UTC"),  # it never opens
        ("@daily", "1h", "UTC"),
        ("0 0 * *", "1h", "UTC"),
        ("61 0 * * *", "1h", "UTC"),
        ("*/0 0 * * *", "1h", "UTC"),
        ("0 0 * * *", "1 day", "UTC"),
        ("0 0 * * *", "1h", "Nowhere/Else"),
        ("0 0 * * *", "1h", "../etc/passwd"),
        ("0 0 * * *", "9" * 30 + "h", "UTC"),
    ],
)
def test_what_never_comes_or_cannot_be_read_is_not_told(schedule: str, duration: str, zone: str) -> None:
    assert next_change(schedule, duration, zone, NOW) is None


def test_at_its_very_start_a_window_is_about_to_open() -> None:
    noon = datetime(2026, 7, 6, 12, 0, tzinfo=UTC)
    assert next_change("0 12 * * *", "1h", "UTC", noon) == Change(opens=True, seconds=0)
