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


class RepositoryDetails(Struct, rename="camel"):
    """A registered repository with what matters of how it is reached; credentials are never among its fields."""

    repo: str = ""
    type: str = ""
    name: str = ""
    project: str = ""
    connection_state: ConnectionState = field(default_factory=ConnectionState)
    insecure: bool = False
    insecure_ignore_host_key: bool = False
    inherited_creds: bool = False
    enable_lfs: bool = False
    enable_oci: bool = field(default=False, name="enableOCI")
    proxy: str = ""
    depth: int = 0


class RepositoryDetailsList(Struct):
    """Null where none is registered or the token may see none, but never absent."""

    items: list[RepositoryDetails] | None


class CredentialTemplate(Struct):
    """Credentials for every repository whose URL begins so; Argo CD tells them to nobody."""

    url: str = ""
    type: str = ""


class CredentialTemplateList(Struct):
    """Null where there is none or the token may see none, but never absent."""

    items: list[CredentialTemplate] | None


def listed() -> Call[RepositoryList]:
    """Every registered repository the token may see; slow where Argo CD has to try a connection first."""
    return Call("GET", path("repositories"), RepositoryList, "the list of repositories")


def detailed() -> Call[RepositoryDetailsList]:
    """The same with all that is told of them."""
    return Call("GET", path("repositories"), RepositoryDetailsList, "the list of repositories")


def templates() -> Call[CredentialTemplateList]:
    """Every credential template the token may see."""
    return Call("GET", path("repocreds"), CredentialTemplateList, "the list of credential templates")


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
