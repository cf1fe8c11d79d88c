"""What is refused of a sync before anything is sent."""

from typing import Any

import msgspec
import pytest
from pydantic import ValidationError

from argocd_gitops_mcp.argocd.models import Application, SyncWindow, SyncWindows
from argocd_gitops_mcp.argocd.resources import Owner
from argocd_gitops_mcp.errors import FailedPrecondition, InvalidArgument
from argocd_gitops_mcp.operations import _standing, syncing
from argocd_gitops_mcp.operations._standing import Standing
from argocd_gitops_mcp.operations.syncing import SyncArguments, WaitArguments

SOURCE = {"repoURL": "https://git.example.com/shop.git", "path": "k8s", "targetRevision": "main"}
SINGLE: dict[str, Any] = {"source": SOURCE}
MULTI: dict[str, Any] = {"sources": [SOURCE, {**SOURCE, "targetRevision": ""}]}
AUTOMATED: dict[str, Any] = {"syncPolicy": {"automated": {}}}


def app(spec: dict[str, Any]) -> Application:
    return msgspec.convert({"metadata": {"name": "shop"}, "spec": spec}, Application)


@pytest.mark.parametrize(
    ("spec", "asked", "kind"),
    [
        (SINGLE, {}, None),
        (SINGLE, {"revision": "v2"}, None),
        (SINGLE, {"revisions": ["v2"]}, InvalidArgument),
        (MULTI, {}, None),
        (MULTI, {"revision": "v2"}, InvalidArgument),
        (MULTI, {"revisions": ["v2", "v3"]}, None),
        (MULTI, {"revisions": ["v2"]}, InvalidArgument),
        (MULTI, {"revisions": ["v2", "v3", "v4"]}, InvalidArgument),
        (SINGLE | AUTOMATED, {"revision": "v2"}, FailedPrecondition),
        (SINGLE | AUTOMATED, {"revision": "v2", "dry_run": True}, None),
        (SINGLE | AUTOMATED, {"revision": "main"}, None),
        (SINGLE | AUTOMATED, {}, None),
        (SINGLE | {"syncPolicy": {"automated": {"enabled": False}}}, {"revision": "v2"}, None),
        (MULTI | AUTOMATED, {"revisions": ["main", "HEAD"]}, None),
        (MULTI | AUTOMATED, {"revisions": ["main", "v2"]}, FailedPrecondition),
    ],
)
def test_revisions_fit_the_sources_and_auto_sync(
    spec: dict[str, Any], asked: dict[str, Any], kind: type[Exception] | None
) -> None:
    arguments = SyncArguments(name="shop", **asked)
    if kind is None:
        syncing._refuse_revisions(arguments, app(spec))
        return
    with pytest.raises(kind, match=r"(?i)nothing was sent"):
        syncing._refuse_revisions(arguments, app(spec))


def test_a_closed_window_refuses_with_what_is_open() -> None:
    def found(windows: SyncWindows | None) -> Standing:
        return Standing(app(SINGLE), Owner("shop"), windows=windows)

    _standing.refuse_windows(found(None))
    _standing.refuse_windows(found(SyncWindows(can_sync=True)))
    deny = SyncWindow(kind="deny", schedule="* * * * *", duration="1h")
    with pytest.raises(FailedPrecondition, match=r"deny '\* \* \* \* \*' for 1h\); nothing was sent"):
        _standing.refuse_windows(found(SyncWindows(active_windows=[deny], assigned_windows=[deny])))
    with pytest.raises(FailedPrecondition, match="none is open"):
        _standing.refuse_windows(found(SyncWindows()))


@pytest.mark.parametrize("seconds", [0, -1, 0.5, 3601, float("inf"), float("nan"), "soon"])
def test_a_time_that_is_none_is_refused(seconds: Any) -> None:
    for arguments in (SyncArguments, WaitArguments):
        with pytest.raises(ValidationError):
            arguments(name="shop", timeout_seconds=seconds)
