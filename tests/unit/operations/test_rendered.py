"""Where rendered manifests belong."""

from typing import Any

from argocd_gitops_mcp.operations._rendered import placed


def one(kind: str, version: str = "v1", **meta: Any) -> dict[str, Any]:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": "web", **meta}}


def test_without_a_namespace_it_is_the_applications() -> None:
    found = placed([one("Deployment", "apps/v1"), one("Secret", namespace="other")], [], "shop")
    assert list(found) == [("apps", "Deployment", "shop", "web"), ("", "Secret", "other", "web")]
    assert found["apps", "Deployment", "shop", "web"]["metadata"] == {"name": "web", "namespace": "shop"}


def test_what_is_in_no_namespace_has_none() -> None:
    known = [("example.com", "Fleet", "", "old")]
    found = placed([one("Namespace"), one("Fleet", "example.com/v1", namespace="shop")], known, "shop")
    assert list(found) == [("", "Namespace", "", "web"), ("example.com", "Fleet", "", "web")]
    assert all("namespace" not in manifest["metadata"] for manifest in found.values())


def test_hooks_are_not_compared() -> None:
    for hook in ("argocd.argoproj.io/hook", "helm.sh/hook"):
        assert placed([one("Job", "batch/v1", annotations={hook: "PreSync"})], [], "shop") == {}
