"""Applications as Argo CD tells them, and their rows."""

from typing import Any

import msgspec

from argocd_gitops_mcp.argocd.fleet import Item
from argocd_gitops_mcp.fleet.row import Row, row

SERVER = "https://kubernetes.default.svc"


def told(name: str = "shop", **given: Any) -> dict[str, Any]:
    """An application as the list and the watch of 3.6 tell it, with what a test is about."""
    return {
        "metadata": {
            "name": name,
            "namespace": given.get("namespace", "argocd"),
            "labels": given.get("labels"),
            "creationTimestamp": given.get("created", "2026-01-01T00:00:00Z"),
            "deletionTimestamp": given.get("deleted"),
        },
        "spec": {
            "project": given.get("project", "default"),
            "destination": given.get("destination", {"server": SERVER, "namespace": name}),
            "source": {"repoURL": given.get("repository", "https://git.example.com/shop/deploy.git"), "path": "app"},
            "sources": given.get("sources"),
            "sourceHydrator": given.get("hydrator"),
        },
        "status": {
            "health": {"status": given.get("health", "Healthy"), "lastTransitionTime": given.get("rated")},
            "operationState": {
                "phase": given.get("phase", "Succeeded"),
                "startedAt": given.get("started"),
                "finishedAt": given.get("finished"),
            },
            "sync": {"revision": given.get("revision", "0" * 40), "status": given.get("sync", "Synced")},
        },
    }


def made(name: str = "shop", **given: Any) -> Row:
    """Its row."""
    return row(msgspec.convert(told(name, **given), Item))
