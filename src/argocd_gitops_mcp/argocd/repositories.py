"""Calls on repositories."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

from argocd_gitops_mcp.argocd.call import Call, path
from argocd_gitops_mcp.argocd.clusters import ConnectionState
from argocd_gitops_mcp.argocd.resource_models import SourceDetails


class Repository(Struct, rename="camel"):
    """A registered repository; credentials are never among its fields."""

    repo: str = ""
    project: str = ""
    connection_state: ConnectionState = field(default_factory=ConnectionState)


class RepositoryList(Struct):
    """Null where none is registered or the token may see none, but never absent."""

    items: list[Repository] | None


def listed() -> Call[RepositoryList]:
    """Every registered repository the token may see; slow where Argo CD has to try a connection first."""
    return Call("GET", path("repositories"), RepositoryList, "the list of repositories")


def details(source: Mapping[str, Any], index: int, *, application: str, project: str) -> Call[SourceDetails]:
    """What a source of an application offers: Helm's default values, kustomize's images.

    Of one that exists the source must equal its own exactly, or Argo CD answers a bare 403; for a name that nobody has
    it takes the right to create it. `application` is `namespace/name` outside Argo CD's own namespace. A POST, but it
    only reads.
    """
    return Call(
        "POST",
        path("repositories", str(source["repoURL"]), "appdetails"),
        SourceDetails,
        f"the source {source['repoURL']} of application {application!r}",
        body={"source": source, "appName": application, "appProject": project, "sourceIndex": index},
        hides_missing=True,
    )
