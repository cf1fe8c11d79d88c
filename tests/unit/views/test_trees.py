"""The resource tree: whole where it is small, else the way to what is not well."""

import re
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argocd_gitops_mcp.argocd.models import Application, Info
from argocd_gitops_mcp.argocd.resource_models import Node, ResourceTree
from argocd_gitops_mcp.views import trees as views
from argocd_gitops_mcp.views.text import size
from argocd_gitops_mcp.views.view import BYTES_PER_TOKEN, NORMAL


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


BROKEN: dict[str, Any] = {
    "health": {"status": "Degraded"},
    "info": [{"name": "Status Reason", "value": "CrashLoopBackOff"}],
}


def large(broken: int = 1) -> ResourceTree:
    """A shop of 1,700 resources; so many of one Deployment's pods crash."""
    found = [node("ConfigMap", f"settings-{index}") for index in range(500)]
    for index in range(300):
        health = {"status": "Progressing" if index == 7 else "Healthy"}
        found.append(node("Deployment", f"web-{index}", health=health))
        found.append(node("ReplicaSet", f"web-{index}-1", f"Deployment/web-{index}", health=health))
        found += [
            node("Pod", f"web-{index}-1-{pod}", f"ReplicaSet/web-{index}-1", health={"status": "Healthy"})
            for pod in range(2)
        ]
    found += [node("Pod", f"bad-{pod}", "ReplicaSet/web-7-1", **BROKEN) for pod in range(broken)]
    return ResourceTree(nodes=found)


def test_of_a_large_tree_the_way_to_what_is_not_well_is_shown() -> None:
    text = views.tree(app(), large()).render(NORMAL).text
    assert len(text) <= 1_000 * BYTES_PER_TOKEN
    assert text.split("\n")[2:] == [
        "Deployment/web-7 Progressing",
        "  ReplicaSet/web-7-1 Progressing",
        "    Pod/bad-0 Degraded CrashLoopBackOff",
        "    healthy: 2 Pod",
        "healthy: 500 ConfigMap, 299 Deployment (with 897 more below them)",
    ]


def test_siblings_that_fail_alike_are_counted() -> None:
    lines = views.tree(app(), large(broken=400)).render(NORMAL).text.split("\n")
    assert "    and 397 more Pod Degraded CrashLoopBackOff" in lines
    assert sum("Pod/bad-" in line for line in lines) == 3


def test_a_large_tree_is_shown_whole_if_wanted() -> None:
    text = views.tree(app(), large(), whole=True).render(10**6).text
    assert text.count("\n") == 1701
    assert "healthy:" not in text


REASONS = [f"Reason{index}BackOff" for index in range(30)]


def failing_in_many_ways() -> ResourceTree:
    """A shop of 1,700 resources; a hundred pods of a hundred Deployments fail, in thirty ways."""
    found = large(broken=0).nodes or []
    for index in range(100):
        owner = f"Deployment/late-{index:03}"
        found.append(node("Deployment", f"late-{index:03}", health={"status": "Progressing"}))
        found.append(node("ReplicaSet", f"late-{index:03}-1", owner, health={"status": "Progressing"}))
        pod = node("Pod", f"late-{index:03}-1-x", f"ReplicaSet/late-{index:03}-1", health=trouble(index))
        pod.info = msgspec.convert([{"name": "Status Reason", "value": REASONS[index % 30]}], list[Info])
        found.append(pod)
    return ResourceTree(nodes=found)


def trouble(index: int) -> dict[str, str]:
    return {"status": ("Degraded", "Progressing")[index % 30 > 9], "message": f"{index} " + "said at length " * 20}


def test_of_a_hundred_failing_in_thirty_ways_each_way_is_shown() -> None:
    text = views.tree(app(), failing_in_many_ways()).render(NORMAL).text
    assert size(text) <= 1_000 * BYTES_PER_TOKEN
    head, note, *lines = text.split("\n")
    assert "the others counted" in note
    shown = [line for line in lines if "Pod/" in line]
    assert len(shown) < 100
    counted = sum(int(number) for line in lines for number in re.findall(r"(?:and|with) (\d+) more", line))
    counted += sum(int(number) for line in lines if "healthy" in line for number in re.findall(r"(\d+) [A-Z]", line))
    assert sum(line.count(" > ") + 1 for line in lines if "/" in line) + counted == int(head.split()[1])
    worst = [index for index, line in enumerate(lines) if "Pod/" in line and "Degraded" in line]
    others = [index for index, line in enumerate(lines) if "Pod/" in line and "Degraded" not in line]
    assert {reason for reason in REASONS if any(f" {reason}" in line for line in shown)} == set(REASONS)
    assert max(worst) < min(others)
    assert lines[0] == "Deployment/late-000 Progressing > ReplicaSet > Pod/late-000-1-x Degraded Reason0BackOff"


@pytest.mark.parametrize("count", [1000, 5000])
def test_of_a_huge_tree_of_trouble_what_does_not_fit_is_counted(count: int) -> None:
    tree = ResourceTree(nodes=[node(f"Kind{index}", "x", **BROKEN) for index in range(count)])
    lines = views.tree(app(), tree).render(NORMAL).text.split("\n")
    assert size("\n".join(lines)) <= 1_000 * BYTES_PER_TOKEN
    shown = sum(line.startswith("Kind") for line in lines)
    assert shown > 50
    assert lines[-1].startswith(f"and {count - shown} more not well: 1 Kind")
    assert lines[-1].endswith(f"{count - shown - 4} in other states")


@pytest.mark.parametrize("letters", ["x", "ж", "件", "🚀"])
@given(st.integers(2_000, 32_000), st.integers(1, 2_000), st.integers(0, 300), st.booleans())
@settings(max_examples=12, deadline=None)
def test_a_tree_fits_in_any_script(letters: str, limit: int, count: int, length: int, whole: bool) -> None:
    told = {"status": "Degraded", "message": letters * length}
    tree = ResourceTree(nodes=[node("Pod", f"web-{index}", health=told) for index in range(count)])
    text = views.tree(app(), tree, whole=whole).render(limit).text
    assert size(text) <= limit
    assert sum(line.startswith("Pod/web-") for line in text.split("\n")) == count or "resource_name" in text


@given(st.lists(st.tuples(st.integers(0, 80), st.booleans()), min_size=41, max_size=80))
def test_whatever_is_collapsed_is_counted(parents: list[tuple[int, bool]]) -> None:
    """Each resource is shown, or stands in exactly one count."""
    found = [
        node(
            "A", f"n{index}", f"A/n{parent}" if parent < index else "", health={"status": "Healthy" if well else "Lost"}
        )
        for index, (parent, well) in enumerate(parents)
    ]
    lines = views.tree(app(), ResourceTree(nodes=found)).render(10**6).text.split("\n")[2:]
    counts = [int(number) for line in lines for number in re.findall(r"(?:healthy: |and |with )(\d+)", line)]
    assert sum(line.strip().startswith("A/") for line in lines) + sum(counts) == len(found)
