"""Calls on repositories."""

from collections.abc import Mapping
from typing import Any

from argocd_gitops_mcp.argocd.call import Call, path
from argocd_gitops_mcp.argocd.resource_models import SourceDetails


def details(source: Mapping[str, Any], index: int, *, application: str, project: str) -> Call[SourceDetails]:
    """What a source of an existing application offers: Helm's default values, kustomize's images.

    The source must equal the application's own exactly, or Argo CD answers a bare 403; `application` is
    `namespace/name` outside Argo CD's own namespace. A POST, but it only reads.
    """
    return Call(
        "POST",
        path("repositories", str(source["repoURL"]), "appdetails"),
        SourceDetails,
        f"the source {source['repoURL']} of application {application!r}",
        body={"source": source, "appName": application, "appProject": project, "sourceIndex": index},
        hides_missing=True,
    )
