"""Trees, managed resources, events and actions as lines."""

from typing import Any

import msgspec
import pytest

from argocd_gitops_mcp.argocd.models import Application
from argocd_gitops_mcp.argocd.resource_models import Action, ActionParameter, Event, ManagedResource, Node, ResourceTree
from argocd_gitops_mcp.views import resources as views
from argocd_gitops_mcp.views.view import FULL, NORMAL


def app(**status: Any) -> Application:
    return msgspec.convert(
        {"metadata": {"name": "shop"}, "spec": {"destination": {"namespace": "shop"}}, "status": status}, Application
    )


def node(kind: str, name: str, parent: str = "", **more: Any) -> Node:
    refs = [{"kind": parent.partition("/")[0], "name": parent.partition("/")[2], "namespace": "shop"}] if parent else []
    return msgspec.convert(
        {"kind": kind, "name": name, "namespace": "shop", "uid": "1", "parentRefs": refs, **more}, Node
    )


TREE = ResourceTree(
    nodes=[
        node(
            "Pod",
            "web-1-x",
            "ReplicaSet/web-1",
            health={"status": "Degraded", "message": "back-off\nrestarting"},
            info=[
                {"name": "Status Reason", "value": "CrashLoopBackOff"},
                {"name": "Containers", "value": "0/1"},
                {"name": "Restart Count", "value": "7"},
            ],
        ),
        node("ReplicaSet", "web-1", "Deployment/web"),
        node("Deployment", "web", health={"status": "Progressing"}),
        node("ConfigMap", "new", uid=""),
        node("Secret", "far", namespace="other"),
    ],
    orphaned_nodes=[node("Job", "leftover")],
)


def test_a_tree_is_indented_by_ownership_with_what_matters_of_pods() -> None:
    text = views.tree(app(sync={"status": "Synced"}, health={"status": "Progressing"}), TREE).render(NORMAL).text
    assert text.split("\n") == [
        "shop: 6 resources (1 Degraded, 1 Progressing); sync Synced, health Progressing",
        "ConfigMap/new not in the cluster",
        "Deployment/web Progressing",
        "  ReplicaSet/web-1",
        "    Pod/web-1-x Degraded CrashLoopBackOff ready=0/1 restarts=7: back-off restarting",
        "Job/leftover orphaned",
        "Secret/far ns=other",
    ]


def test_an_empty_tree_tells_why() -> None:
    broken = app(conditions=[{"type": "ComparisonError", "message": "no such path"}])
    assert "ComparisonError: no such path" in views.tree(broken, ResourceTree()).render(NORMAL).text
    assert "nothing is deployed" in views.tree(app(), ResourceTree()).render(NORMAL).text


def test_a_circle_of_owners_is_shown_once_each() -> None:
    circle = ResourceTree(nodes=[node("A", "one", "B/two"), node("B", "two", "A/one")])
    lines = views.tree(app(), circle).render(NORMAL).text.split("\n")[1:]
    assert sorted(line.strip() for line in lines) == ["A/one", "B/two"]


@pytest.mark.parametrize("count", [1000, 5000])
def test_a_huge_tree_fits(count: int) -> None:
    tree = ResourceTree(nodes=[node("ConfigMap", f"settings-{index}") for index in range(count)])
    text = views.tree(app(), tree).render(NORMAL).text
    assert len(text) <= NORMAL
    assert f"of {count} resources shown" in text


def managed(name: str, **more: Any) -> ManagedResource:
    return msgspec.convert({"kind": "ConfigMap", "namespace": "shop", "name": name, **more}, ManagedResource)


def status(name: str, **more: Any) -> dict[str, Any]:
    return {"kind": "ConfigMap", "namespace": "shop", "name": name, "status": "Synced", **more}


def test_every_kind_of_difference_is_seen() -> None:
    one = app(
        sync={"status": "OutOfSync"},
        resources=[
            status("changed", status="OutOfSync"),
            status("fine"),
            status("missing", status="OutOfSync", health={"status": "Missing"}),
            status("surplus", status="OutOfSync", requiresPruning=True),
            {"kind": "Job", "name": "migrate", "hook": True},
        ],
    )
    found = [managed("changed", modified=True), managed("fine"), managed("missing", modified=True), managed("surplus")]
    lines = views.managed(one, found, {}).render(NORMAL).text.split("\n")
    assert lines[:2] == ["shop: 4 managed resources, sync OutOfSync", "hooks (not compared): Job/migrate"]
    ends = {line.split()[0]: line.split()[-1] for line in lines[3:]}
    assert ends == {
        "ConfigMap/changed": "modified",
        "ConfigMap/fine": "-",
        "ConfigMap/missing": "in_Git_only:_to_be_created",
        "ConfigMap/surplus": "in_the_cluster_only:_to_be_pruned",
    }


def test_states_stand_under_their_headings() -> None:
    text = views.managed(app(), [managed("web")], {"ConfigMap/web in Git": "a: 1\nb: 2"}).render(FULL).text
    assert text.endswith("--- ConfigMap/web in Git\na: 1\nb: 2")


def event(at: str, **more: Any) -> Event:
    return msgspec.convert(
        {"type": "Warning", "reason": "BackOff", "message": f"at {at}", "lastTimestamp": at, **more}, Event
    )


def test_events_newest_first_with_their_count() -> None:
    found = [event("T1"), event("T3", count=5), event("T2", lastTimestamp=None, eventTime="T2")]
    lines = views.events("Pod/web", found, 2).render(NORMAL).text.split("\n")
    assert lines == [
        "3 events of Pod/web",
        "[the newest 2 shown; raise limit]",
        "T3 Warning BackOff x5: at T3",
        "T2 Warning BackOff: at T2",
    ]


def test_no_events_are_explained() -> None:
    assert "about an hour" in views.events("Pod/web", [], 30).render(NORMAL).text


def test_actions_with_their_parameters() -> None:
    found = [Action("scale", params=[ActionParameter("replicas")]), Action("restart"), Action("pause", disabled=True)]
    assert views.actions("Deployment/web", found).render(NORMAL).text.split("\n") == [
        "3 actions on Deployment/web",
        "pause disabled at present",
        "restart",
        "scale(replicas)",
    ]
    assert views.actions("Service/web", []).render(NORMAL).text == "Argo CD offers no action on Service/web"
