"""A resource as it is and should be; links."""

from typing import Any

import msgspec

from argocd_gitops_mcp.argocd.links import Link
from argocd_gitops_mcp.argocd.models import Application
from argocd_gitops_mcp.argocd.resource_models import Node
from argocd_gitops_mcp.views.inspection import Resource, links, resource
from argocd_gitops_mcp.views.view import FULL

NOW = "2026-01-05T10:00:00Z"
NODE = {"kind": "Deployment", "group": "apps", "namespace": "shop", "name": "web", "createdAt": "2026-01-05T09:00:00Z"}


def app(**more: Any) -> Application:
    return msgspec.convert({"metadata": {"name": "shop", "namespace": "argocd"}, **more}, Application)


def manifest(value: str = "one", **meta: Any) -> dict[str, Any]:
    container = {"image": "web:1", "env": [{"name": "DB_PASSWORD", "value": value}]}
    return {"kind": "Deployment", "metadata": {"name": "web", **meta}, "spec": {"containers": [container]}}


def shown(live: dict[str, Any], target: dict[str, Any], *known: Link, **health: str) -> list[str]:
    node = msgspec.convert({**NODE, "health": health}, Node)
    found = Resource(node, live, target, live, target, known)
    return resource(app(), found, NOW).render(FULL).text.split("\n")


def test_the_facts_are_in_front() -> None:
    live = manifest(deletionTimestamp="2026-01-05T09:50:00Z", finalizers=["example.com/slow"])
    lines = shown(live, {}, Link("Logs", "https://logs.example.com"), Link("Bad", "javascript:x()"), status="Degraded")
    assert lines[:4] == [
        "Deployment/web of shop: Degraded, not declared in Git, made 1h ago",
        "images: web:1",
        "being deleted since 10m ago; finalizers: example.com/slow",
        "link Logs: https://logs.example.com",
    ]
    assert "as it is in the cluster:" in lines
    assert "javascript" not in "\n".join(lines)


def test_what_health_says_is_quoted_on_one_line_and_masked() -> None:
    lines = shown(manifest(), {}, status="Degraded", message="\x1b[31mit\nfailed with token=ghp_" + "a1B2" * 9)
    said = next(line for line in lines if line.startswith("health says (data): "))
    assert "it failed with token=" in said
    assert "a1B2a1B2" not in said


def test_a_value_that_is_masked_differs_without_being_shown() -> None:
    lines = shown(manifest("correct-horse"), manifest("battery-staple"))
    assert "differs from Git (+1 -1), - in the cluster, + after a sync:" in lines
    assert any(one.startswith("+") and one.endswith("++++++++++++") for one in lines)
    assert not any("horse" in line or "staple" in line for line in lines)
    assert "does not differ from Git" in shown(manifest(), manifest())


def test_links_of_one_title_are_all_there_and_only_those_of_the_web() -> None:
    known = [Link("Run", "https://a"), Link("Run", "https://b"), Link("", "http://c"), Link("Bad", "file:///etc")]
    found = links(app(status={"summary": {"externalURLs": ["https://shop", "ftp://shop"]}}), "https://argocd/", known)
    assert found.links == {
        "Argo CD": "https://argocd/applications/argocd/shop",
        "deployed 1": "https://shop",
        "Run": "https://a",
        "Run #2": "https://b",
        "link": "http://c",
    }
    assert links(app(), "", []).note == "no deep links are configured"
