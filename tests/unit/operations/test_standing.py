"""How an application stands before it is written to."""

from typing import Any

import msgspec
import pytest

from argocd_gitops_mcp.argocd.models import Application, SyncWindow, SyncWindows
from argocd_gitops_mcp.errors import FailedPrecondition, Forbidden
from argocd_gitops_mcp.operations._standing import Right, rbac_object, refuse_deleting, refuse_without, windows


def app(namespace: str = "argocd", own: str = "argocd", **metadata: Any) -> Application:
    whole = {
        "metadata": {"name": "shop", "namespace": namespace, **metadata},
        "spec": {"project": "retail"},
        "status": {"controllerNamespace": own},
    }
    return msgspec.convert(whole, Application)


@pytest.mark.parametrize(
    ("namespace", "own", "expected"),
    [
        ("argocd", "argocd", "retail/shop"),
        ("teams", "argocd", "retail/teams/shop"),
        # Before its first comparison an application does not tell whose it is.
        ("argocd", "", "retail/shop"),
    ],
)
def test_an_application_as_policies_name_it(namespace: str, own: str, expected: str) -> None:
    assert rbac_object(app(namespace, own)) == expected


def test_missing_rights_are_named_and_nothing_is_sent() -> None:
    sync, update = Right("sync", "retail/shop", "no"), Right("update", "retail/shop", "no")
    with pytest.raises(Forbidden) as raised:
        refuse_without((Right("get", "retail/shop", "yes"), sync, update))
    assert raised.value.message == (
        "This token lacks the right applications, sync, retail/shop and applications, update, retail/shop; "
        "nothing was sent."
    )


def test_rights_that_are_there_or_cannot_be_asked_for_stand_in_nobodys_way() -> None:
    refuse_without((Right("sync", "retail/shop", "yes"), Right("delete", "retail/shop", "cannot be asked")))
    refuse_without(())


def test_what_is_being_deleted_is_left_alone() -> None:
    refuse_deleting(app())
    with pytest.raises(FailedPrecondition, match="since T1; nothing was sent"):
        refuse_deleting(app(deletionTimestamp="T1"))


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
