"""Images by what runs them, and those of Git."""

from typing import Any

import msgspec

from argocd_gitops_mcp.argocd.models import Application
from argocd_gitops_mcp.argocd.resource_models import ResourceTree
from argocd_gitops_mcp.views.images import declared, differing, images


def app(*resources: dict[str, Any]) -> Application:
    return msgspec.convert({"metadata": {"name": "shop"}, "status": {"resources": list(resources)}}, Application)


def pod(name: str, *shown: str, owner: str = "web") -> dict[str, Any]:
    parent = [{"group": "apps", "kind": "StatefulSet", "namespace": "shop", "name": owner}]
    return {"kind": "Pod", "namespace": "shop", "name": name, "uid": name, "images": shown, "parentRefs": parent}


def tree(*nodes: dict[str, Any]) -> ResourceTree:
    top = {"group": "apps", "kind": "StatefulSet", "namespace": "shop", "name": "web", "uid": "w"}
    return msgspec.convert({"nodes": [top, *nodes]}, ResourceTree)


def workload(image: str, kind: str = "StatefulSet") -> dict[str, Any]:
    return {
        "kind": kind,
        "metadata": {"name": "web"},
        "spec": {"template": {"spec": {"initContainers": [{"image": "init:1"}], "containers": [{"image": image}]}}},
    }


def test_a_pod_counts_once_for_an_image_that_several_of_its_containers_run() -> None:
    assert images(app(), tree(pod("a", "web:1", "web:1"), pod("b", "web:1"))).running == {
        "web:1": ["StatefulSet/web (2 pods)"]
    }


def test_versions_of_one_image_are_told_apart_by_tag_and_digest_not_by_port() -> None:
    found = images(app(), tree(pod("a", "registry:5000/web:1", "proxy:1"), pod("b", "registry:5000/web@sha256:ab")))
    assert found.several == ["StatefulSet/web runs registry:5000/web:1, registry:5000/web@sha256:ab"]


def test_a_pod_of_nobody_stands_for_itself() -> None:
    assert images(app(), tree(pod("a", "web:1", owner="gone"))).running == {"web:1": ["Pod/a (1 pod)"]}


def test_what_git_would_have_instead() -> None:
    states = [(workload("web:2"), workload("web:1")), (workload("web:1"), workload("web:1")), (workload("web:1"), {})]
    found = images(app(), tree(), states, unread=3)
    assert found.git == [
        "StatefulSet/web: web:2 instead of web:1",
        "StatefulSet/web: init:1, web:1 (it is not in the cluster yet)",
    ]
    assert "of 3 more workloads" in found.note


def test_images_are_found_in_cron_jobs_pods_and_custom_resources() -> None:
    job = {"spec": {"jobTemplate": {"spec": {"template": {"spec": {"containers": [{"image": "job:1"}, {}]}}}}}}
    assert list(declared(job)) == ["job:1"]
    assert list(declared({"spec": {"containers": [{"image": "pod:1"}]}})) == ["pod:1"]
    assert list(declared({"spec": {"containers": 3}})) == []


def test_only_workloads_that_differ_are_asked_for() -> None:
    rows: list[dict[str, Any]] = [
        {"kind": "Deployment", "name": "differs", "status": "OutOfSync"},
        {"kind": "Deployment", "name": "same", "status": "Synced"},
        {"kind": "Deployment", "name": "extra", "status": "OutOfSync", "requiresPruning": True},
        {"kind": "ConfigMap", "name": "other", "status": "OutOfSync"},
    ]
    assert [one.name for one in differing(app(*rows))] == ["differs"]
