"""How far a commit has come, from states as Argo CD 3.6.1 gives them."""

from typing import Any

import msgspec
import pytest

from argocd_gitops_mcp.argocd.delivery import Delivery, delivery
from argocd_gitops_mcp.argocd.models import Application

NEW, OLD = "a6d40f2e", "6f36a42c"
BEFORE, END, LATER = "2026-03-01T10:04:00Z", "2026-03-01T10:05:00Z", "2026-03-01T10:05:03Z"


def app(
    *,
    compared: str | list[str] = NEW,
    sync: str = "Synced",
    health: str = "Healthy",
    message: str = "",
    synced: str | list[str] | None = NEW,
    phase: str = "Succeeded",
    reconciled: str = LATER,
    running: bool = False,
    automated: bool = True,
    conditions: dict[str, str] | None = None,
    resources: list[dict[str, Any]] | None = None,
) -> Application:
    def revisions(value: str | list[str]) -> dict[str, Any]:
        return {"revision": value} if isinstance(value, str) else {"revisions": value}

    state = {"phase": phase, "finishedAt": END, "message": "one or more objects failed", "operation": {"sync": {}}}
    state |= {"syncResult": revisions(synced)} if synced is not None else {}
    whole = {
        "metadata": {"name": "shop"},
        "spec": {"syncPolicy": {"automated": {}}} if automated else {},
        "operation": {"sync": {}} if running else None,
        "status": {
            "sync": {"status": sync, **revisions(compared)},
            "health": {"status": health, "message": message},
            "reconciledAt": reconciled,
            "operationState": state,
            "conditions": [{"type": kind, "message": text} for kind, text in (conditions or {}).items()],
            "resources": resources,
        },
    }
    return msgspec.convert(whole, Application)


def seen(found: Application, positions: tuple[int, ...] = (0,)) -> Delivery:
    return delivery(found, positions, lambda revision: revision == NEW)


def test_the_whole_way() -> None:
    way = [
        app(compared=OLD, synced=OLD),
        app(sync="OutOfSync", synced=OLD),
        app(sync="OutOfSync", phase="Running", running=True),
        app(reconciled=BEFORE),
        app(health="Progressing", message="1 of 2 updated"),
        app(),
    ]
    assert [(one.reached, one.is_stuck) for one in map(seen, way)] == [
        ("not seen", False),
        ("seen", False),
        ("seen", False),
        ("synced", False),
        ("synced", False),
        ("healthy", False),
    ]
    assert seen(way[0]).why == "Argo CD last compared 6f36a42c"
    assert "1 of 2 updated" in seen(way[4]).why
    assert seen(way[5]) == Delivery("healthy")


def test_health_from_before_the_end_is_doubtful() -> None:
    """Right after a sync the health is that of the release before."""
    assert seen(app(reconciled=BEFORE)).is_doubtful
    assert seen(app(reconciled=END)) == Delivery("healthy", is_doubtful=True)
    assert not seen(app(reconciled=LATER)).is_doubtful


@pytest.mark.parametrize(
    ("found", "reached", "why"),
    [
        (app(compared=OLD, conditions={"ComparisonError": "no such path"}), "not seen", "no such path"),
        (app(sync="OutOfSync", synced=OLD, automated=False), "seen", "Manual"),
        (app(sync="OutOfSync", phase="Failed"), "seen", "one or more objects failed"),
        (app(sync="Unknown", conditions={"ComparisonError": "helm: no"}), "seen", "helm: no"),
        (app(health="Degraded", message="deadline exceeded"), "synced", "deadline exceeded"),
        (
            app(sync="OutOfSync", resources=[{"kind": "ConfigMap", "name": "old", "requiresPruning": True}]),
            "seen",
            "not pruned: ConfigMap/old",
        ),
        (
            app(
                sync="OutOfSync",
                automated=False,
                resources=[
                    {"kind": "Service", "name": "web", "status": "OutOfSync"},
                    {"kind": "A", "status": "Synced"},
                ],
            ),
            "seen",
            "yet OutOfSync: Service/web",
        ),
    ],
)
def test_where_it_is_stuck_and_why(found: Application, reached: str, why: str) -> None:
    at = seen(found)
    assert (at.reached, at.is_stuck) == (reached, True)
    assert why in at.why


def test_the_failed_sync_of_another_commit_does_not_hold_this_one() -> None:
    at = seen(app(sync="OutOfSync", phase="Failed", synced=OLD))
    assert not at.is_stuck
    assert "auto-sync is to come" in at.why


def test_of_several_sources_only_those_of_the_repository_count() -> None:
    both = app(compared=[OLD, NEW], synced=[OLD, NEW])
    assert seen(both, (1,)).reached == "healthy"
    assert seen(both, (0,)).reached == "not seen"
    assert seen(both, (0, 1)).reached == "not seen"
    assert seen(both, (2,)).reached == "not seen"
