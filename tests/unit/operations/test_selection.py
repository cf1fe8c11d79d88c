"""Choosing resources by patterns."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argocd_gitops_mcp.argocd.models import ResourceStatus
from argocd_gitops_mcp.errors import InvalidArgument, UnknownResource
from argocd_gitops_mcp.operations._selection import selected

MANAGED = [
    ResourceStatus(group="apps", version="v1", kind="Deployment", namespace="shop", name="web"),
    ResourceStatus(group="apps", version="v1", kind="Deployment", namespace="jobs", name="web"),
    ResourceStatus(version="v1", kind="Service", namespace="shop", name="web"),
    ResourceStatus(version="v1", kind="ConfigMap", namespace="shop", name="settings"),
    ResourceStatus(group="batch", version="v1", kind="Job", namespace="shop", name="migrate", hook=True),
    ResourceStatus(group="rbac.authorization.k8s.io", kind="ClusterRole", name="system:web"),
]
WEB = {"group": "apps", "kind": "Deployment", "namespace": "shop", "name": "web"}
WEB_OF_JOBS = {**WEB, "namespace": "jobs"}
SERVICE = {"kind": "Service", "namespace": "shop", "name": "web"}


def chosen(*patterns: str) -> list[dict[str, str]]:
    return selected(patterns, MANAGED, "shop")


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        (["Deployment/web"], [WEB, WEB_OF_JOBS]),
        (["*/web"], [WEB, WEB_OF_JOBS, SERVICE]),
        (["apps:Deployment:web"], [WEB, WEB_OF_JOBS]),
        (["apps:Deployment:shop/web"], [WEB]),
        (["apps:*:*"], [WEB, WEB_OF_JOBS]),
        ([":Service:web"], [SERVICE]),
        (["*:Service:shop/*"], [SERVICE]),
        (["Service/w*", "*:Service:*"], [SERVICE]),
        (["ClusterRole/*"], [{"group": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "system:web"}]),
    ],
)
def test_patterns_mean_resources_named_in_full_and_once(patterns: list[str], expected: list[dict[str, str]]) -> None:
    assert chosen(*patterns) == expected


@pytest.mark.parametrize(
    "pattern", ["Deployment/wbe", ":Deployment:web", "deployment/web", "apps:Deployment:other/web"]
)
def test_what_matches_nothing_is_refused_since_argo_cd_would_call_it_a_success(pattern: str) -> None:
    with pytest.raises(UnknownResource) as raised:
        chosen("Service/web", pattern)
    assert repr(pattern) in raised.value.message
    assert "Deployment/web, " in raised.value.message
    assert "nothing was sent" in raised.value.message


def test_hooks_cannot_be_chosen() -> None:
    with pytest.raises(UnknownResource):
        chosen("Job/migrate")


@pytest.mark.parametrize("pattern", ["web", "", "apps:Deployment", "a:b", "a/b/c", "Deployment"])
def test_what_is_no_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(InvalidArgument, match="neither Kind/name nor group:Kind:name"):
        chosen(pattern)


def test_of_many_resources_only_some_are_told() -> None:
    many = [ResourceStatus(kind="ConfigMap", name=f"settings-{index}") for index in range(500)]
    with pytest.raises(UnknownResource) as raised:
        selected(["Pod/web"], many, "shop")
    assert "and 485 more" in raised.value.message
    assert len(raised.value.message) < 600


@given(st.lists(st.text(st.sampled_from("abW*?[]!:/ "), max_size=12), max_size=3))
def test_whatever_is_chosen_is_there_and_no_hook(patterns: list[str]) -> None:
    try:
        found = selected(patterns, MANAGED, "shop")
    except InvalidArgument:
        return
    there = [(one.group, one.kind, one.namespace, one.name) for one in MANAGED if not one.hook]
    keys = [tuple(one.get(name, "") for name in ("group", "kind", "namespace", "name")) for one in found]
    assert set(keys) <= set(there)
    assert len(set(keys)) == len(keys)


def test_a_name_may_have_colons() -> None:
    role = ResourceStatus(group="rbac.authorization.k8s.io", kind="ClusterRole", name="system:reader")
    for pattern in ("ClusterRole/system:reader", "rbac.authorization.k8s.io:ClusterRole:system:reader"):
        assert [one["name"] for one in selected([pattern], [role], "shop")] == ["system:reader"]
