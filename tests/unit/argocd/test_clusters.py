"""What is read of clusters; the answer is as Argo CD 3.6 gave it."""

import msgspec

from argocd_gitops_mcp.argocd import clusters
from argocd_gitops_mcp.argocd.clusters import Cluster, ClusterDetailsList, ClusterList, ConnectionState
from argocd_gitops_mcp.effects import Effect


def test_clusters_are_read_without_their_api_versions() -> None:
    answer = (
        b'{"metadata":{},"items":[{"server":"https://kubernetes.default.svc","name":"in-cluster","config":{},'
        b'"connectionState":{"status":"Successful","message":"","attemptedAt":"2026-01-05T09:00:00Z"},'
        b'"serverVersion":"v1.37.0","info":{"apiVersions":["v1","apps/v1"]}}]}'
    )
    call = clusters.listed()
    assert (call.path, call.effect, call.answer) == ("/api/v1/clusters", Effect.READ, ClusterList)
    assert msgspec.json.decode(answer, type=call.answer).items == [
        Cluster(
            "https://kubernetes.default.svc",
            "in-cluster",
            "",
            ConnectionState("Successful", "", "2026-01-05T09:00:00Z"),
        )
    ]
    assert b"apps/v1" not in msgspec.json.encode(msgspec.json.decode(answer, type=ClusterDetailsList))
