"""Finding one resource by what the caller knows of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argocd_gitops_mcp.argocd.resource_models import Node, NodeRef, ResourceTree
from argocd_gitops_mcp.argocd.tree import Wanted, descendants, find, key, nodes, pods
from argocd_gitops_mcp.errors import AmbiguousResource, UnknownResource


def node(kind: str, name: str, *parents: Node, group: str = "", namespace: str = "shop") -> Node:
    refs = [NodeRef(group=one.group, kind=one.kind, namespace=one.namespace, name=one.name) for one in parents]
    return Node(
        kind=kind, name=name, group=group, version="v1", namespace=namespace, uid=f"{kind}-{name}", parent_refs=refs
    )


DEPLOYMENT = node("Deployment", "web", group="apps")
SERVICE = node("Service", "web")
REPLICAS = node("ReplicaSet", "web-5d", DEPLOYMENT, group="apps")
POD = node("Pod", "web-5d-x", REPLICAS)
ELSEWHERE = node("ConfigMap", "settings", namespace="other")
HERE = node("ConfigMap", "settings")
ORPHAN = node("Job", "leftover", group="batch")
TREE = ResourceTree(nodes=[DEPLOYMENT, SERVICE, REPLICAS, POD, ELSEWHERE, HERE], orphaned_nodes=[ORPHAN])


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted("web-5d-x"), POD),
        (Wanted("web", kind="service"), SERVICE),
        (Wanted("web", group="apps"), DEPLOYMENT),
        (Wanted("settings", namespace="other"), ELSEWHERE),
        (Wanted("settings", uid="ConfigMap-settings", namespace="shop"), HERE),
        (Wanted("leftover"), ORPHAN),
    ],
)
def test_the_one_that_fits(wanted: Wanted, found: Node) -> None:
    assert find(TREE, wanted, "shop") is found


def test_several_that_fit_are_all_named() -> None:
    with pytest.raises(AmbiguousResource) as raised:
        find(TREE, Wanted("web"), "shop")
    assert "Deployment/web (shop)" in raised.value.message
    assert "Service/web (shop)" in raised.value.message
    assert "resource_kind" in raised.value.hint


def test_for_logs_the_one_that_owns_pods_is_meant() -> None:
    assert find(TREE, Wanted("web"), "shop", with_pods=True) is DEPLOYMENT


def test_an_unknown_one_answers_with_the_nearest() -> None:
    with pytest.raises(UnknownResource) as raised:
        find(TREE, Wanted("web-5d-y"), "shop")
    assert "Pod/web-5d-x (shop)" in raised.value.message


def test_without_any_like_it_those_of_its_kind_are_named() -> None:
    with pytest.raises(UnknownResource) as raised:
        find(TREE, Wanted("zzzzzz", kind="ConfigMap"), "shop")
    assert "ConfigMap/settings (other)" in raised.value.message
    assert "Pod" not in raised.value.message


def test_an_empty_tree_says_so() -> None:
    with pytest.raises(UnknownResource, match="no resources"):
        find(ResourceTree(), Wanted("web"), "shop")


def test_many_candidates_are_counted_not_listed() -> None:
    many = ResourceTree(nodes=[node("ConfigMap", "same", namespace=f"n{index}") for index in range(30)])
    with pytest.raises(AmbiguousResource) as raised:
        find(many, Wanted("same"), "shop")
    assert "30 resources" in raised.value.message
    assert "22 more" in raised.value.message


def test_pods_below_a_workload() -> None:
    assert pods(descendants(TREE, DEPLOYMENT)) == [POD]
    assert pods(descendants(TREE, SERVICE)) == []
    assert pods([POD, node("Pod", "web-metrics", group="metrics.k8s.io")]) == [POD]


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=20))
def test_any_ownership_even_circular_is_walked_once(edges: list[tuple[int, int]]) -> None:
    plain = [node("ConfigMap", str(index)) for index in range(7)]
    owned = [
        node("ConfigMap", str(index), *(plain[parent] for child, parent in edges if child == index))
        for index in range(7)
    ]
    tree = ResourceTree(nodes=owned)
    walked = [key(one) for one in descendants(tree, owned[0])]
    assert len(walked) == len(set(walked))
    assert set(walked) <= {key(one) for one in nodes(tree)}
