"""Application objects as small answers."""

import json
from typing import Any

import msgspec
import pytest

from argocd_gitops_mcp.argocd.models import Application
from argocd_gitops_mcp.views import applications as views
from argocd_gitops_mcp.views.view import NORMAL

SHA = "0123456789abcdef0123456789abcdef01234567"
HEALTHY: dict[str, Any] = {
    "metadata": {"name": "shop", "namespace": "argocd", "uid": "1"},
    "spec": {
        "project": "default",
        "source": {"repoURL": "https://git.example.com/shop.git", "path": "k8s", "targetRevision": "main"},
        "destination": {"server": "https://kubernetes.default.svc", "namespace": "shop"},
        "syncPolicy": {"automated": {"prune": True, "selfHeal": True}},
    },
    "status": {
        "sync": {"status": "Synced", "revision": SHA},
        "health": {"status": "Healthy"},
        "operationState": {
            "phase": "Succeeded",
            "startedAt": "2026-11-01T10:00:00Z",
            "finishedAt": "2026-11-01T10:00:02Z",
            "message": "successfully synced (all tasks run)",
            "operation": {"sync": {}},
        },
        "resources": [
            {"kind": "Deployment", "group": "apps", "name": "web", "status": "Synced", "health": {"status": "Healthy"}},
            {"kind": "Service", "name": "web", "status": "Synced", "health": {"status": "Healthy"}},
        ],
    },
}


def app(**changes: Any) -> Application:
    """The healthy application with parts of its status replaced."""
    return msgspec.convert({**HEALTHY, "status": {**HEALTHY["status"], **changes}}, Application)


def shown(one: Application) -> dict[str, Any]:
    whole: dict[str, Any] = json.loads(views.application(one).render(NORMAL).text)
    return whole


def test_a_healthy_application_in_150_tokens() -> None:
    text = views.application(app()).render(NORMAL).text
    assert len(text.encode()) / 4 <= 150
    assert json.loads(text) == {
        "name": "shop",
        "project": "default",
        "sync": "Synced",
        "revision": "01234567",
        "health": "Healthy",
        "sources": ["https://git.example.com/shop.git k8s @ main"],
        "destination": "in-cluster/shop",
        "syncPolicy": "Automated(prune, selfHeal)",
        "operation": "sync Succeeded at 2026-11-01T10:00:02Z",
        "resources": "2: 2 Synced",
    }


def test_problems_come_worst_first_with_their_messages() -> None:
    found = shown(
        app(
            resources=[
                {"kind": "A", "name": "fine", "status": "Synced", "health": {"status": "Healthy"}},
                {"kind": "B", "name": "late", "status": "OutOfSync", "health": {"status": "Progressing"}},
                {
                    "kind": "C",
                    "name": "bad",
                    "status": "Synced",
                    "health": {"status": "Degraded", "message": "it\nbroke"},
                },
                {"kind": "D", "name": "old", "status": "OutOfSync", "requiresPruning": True},
                {"kind": "E", "name": "hook", "hook": True, "health": {"status": "Healthy"}},
            ]
        )
    )
    assert found["problems"] == [
        "C/bad Synced Degraded: it broke",
        "B/late OutOfSync Progressing",
        "D/old OutOfSync to be pruned",
    ]
    assert found["resources"] == "4: 2 OutOfSync, 2 Synced"


def test_secrets_in_messages_are_masked() -> None:
    said = "failed to fetch https://ada:hunter22@git.example.com/shop.git: token=hunter22"
    one = app(
        conditions=[{"type": "ComparisonError", "message": said}],
        operationState={"phase": "Failed", "message": said, "operation": {"sync": {}}},
        resources=[{"kind": "Job", "name": "a", "status": "Synced", "health": {"status": "Degraded", "message": said}}],
        health={"status": "Degraded", "message": said},
    )
    text = views.application(one).render(NORMAL).text
    assert "hunter22" not in text
    assert text.count("ada:++++++++@git.example.com") == 4


def test_health_beside_an_unknown_sync_is_qualified() -> None:
    found = shown(app(sync={"status": "Unknown"}, conditions=[{"type": "ComparisonError", "message": "no such path"}]))
    assert "health says nothing" in found["note"]
    assert found["conditions"] == ["ComparisonError: no such path"]
    assert "note" not in shown(app())


def test_nothing_is_invented_for_what_was_never_looked_at() -> None:
    found = shown(msgspec.convert({"metadata": {"name": "new"}, "spec": {"project": "default"}}, Application))
    assert found["sync"] == "not compared yet"
    assert found["health"] == "not assessed yet"


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        (None, "Manual"),
        ({}, "Manual"),
        ({"automated": {}}, "Automated"),
        ({"automated": {"prune": True}}, "Automated(prune)"),
        ({"automated": {"enabled": False, "prune": True}}, "Manual"),
        ({"automated": {"enabled": True, "selfHeal": True}}, "Automated(selfHeal)"),
    ],
)
def test_sync_policy(policy: Any, said: str) -> None:
    one = msgspec.convert({"metadata": {}, "spec": {"syncPolicy": policy}}, Application)
    assert views.sync_policy(one) == said


def test_a_running_operation_is_told_from_one_that_ended() -> None:
    state = {
        "phase": "Running",
        "startedAt": "T0",
        "finishedAt": "T1",
        "message": "retrying",
        "operation": {"sync": {}},
    }
    running = msgspec.convert({**HEALTHY, "operation": {"sync": {}}, "status": {"operationState": state}}, Application)
    assert views.operation(running) == "sync Running since T0: retrying"
    requested = msgspec.convert({**HEALTHY, "operation": {"sync": {}}, "status": {}}, Application)
    assert views.operation(requested) == "sync requested"
    failed = app(operationState={**state, "phase": "Failed", "message": "hook\nfailed"})
    assert views.operation(failed) == "sync Failed at T1: hook failed"
    dry = app(operationState={**state, "phase": "Succeeded", "operation": {"sync": {"dryRun": True}}})
    assert views.operation(dry).startswith("dry-run sync Succeeded")


def test_sources_and_destination() -> None:
    chart = {
        "repoURL": "https://charts.example.com",
        "chart": "shop",
        "targetRevision": "1.2.3",
        "helm": {"values": "a: 1"},
    }
    values = {"repoURL": "https://git.example.com/values.git", "ref": "values"}
    spec = {"sources": [chart, values], "destination": {"name": "production"}}
    one = msgspec.convert({"metadata": {}, "spec": spec}, Application)
    assert [views.source(source) for source in one.sources()] == [
        "https://charts.example.com shop @ 1.2.3 (helm settings)",
        "https://git.example.com/values.git @ HEAD ref=values",
    ]
    assert views.destination(one) == "production"


def test_full_adds_the_whole_spec_and_the_history_newest_first() -> None:
    one = app(history=[{"id": 1, "revision": SHA, "deployedAt": "T1"}, {"id": 2, "revision": "v2", "deployedAt": "T2"}])
    found = json.loads(views.full_application(one, HEALTHY["spec"]).render(NORMAL).text)
    assert found["spec"] == HEALTHY["spec"]
    assert found["history"] == ["id 2 v2 deployed T2", "id 1 01234567 deployed T1"]
