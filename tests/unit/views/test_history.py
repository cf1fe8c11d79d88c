"""An application's deployments as lines."""

from typing import Any

import msgspec

from argocd_gitops_mcp.argocd.models import Application
from argocd_gitops_mcp.views import history as views
from argocd_gitops_mcp.views.view import NORMAL

SOURCE = {"repoURL": "https://git.example.com/shop.git", "path": "k8s", "targetRevision": "main"}
SHA = "0123456789abcdef0123456789abcdef01234567"


def lines(*entries: dict[str, Any], **spec: Any) -> list[str]:
    whole = {"metadata": {"name": "shop"}, "spec": spec or {"source": SOURCE}, "status": {"history": list(entries)}}
    return views.history(msgspec.convert(whole, Application)).render(NORMAL).text.split("\n")


def test_the_newest_deployment_stands_first() -> None:
    assert lines(
        {"id": 0, "revision": SHA, "deployedAt": "T0", "initiatedBy": {"username": "ci"}, "source": SOURCE},
        {"id": 1, "revision": "v2", "deployedAt": "T1", "initiatedBy": {"automated": True}, "source": SOURCE},
    ) == [
        "deployments of application 'shop': 2",
        "ID REVISION DEPLOYED BY",
        "1 v2 T1 auto-sync",
        "0 01234567 T0 ci",
    ]


def test_another_source_is_told_since_a_rollback_brings_it_back() -> None:
    old = {**SOURCE, "path": "old", "helm": {"values": "a: 1"}}
    found = lines(
        {"id": 1, "revision": "v1", "deployedAt": "T0", "source": old},
        {"id": 2, "revision": "v2", "deployedAt": "T1", "source": SOURCE},
    )
    assert found[1:] == [
        "ID REVISION DEPLOYED SOURCE",
        "2 v2 T1 -",
        "1 v1 T0 https://git.example.com/shop.git_old_@_main_(helm_settings)",
    ]


def test_of_several_sources_each_revision_is_told() -> None:
    both = [SOURCE, {**SOURCE, "path": "other"}]
    entry = {"id": 1, "revisions": [SHA, "v2"], "deployedAt": "T0", "sources": both}
    assert lines(entry, sources=both)[2] == "1 01234567,v2 T0"


def test_nothing_was_deployed_yet() -> None:
    assert lines() == ["deployments of application 'shop': none yet"]
