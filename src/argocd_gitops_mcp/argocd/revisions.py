"""Calls on what an application was compared with or deployed from: commits of Git, versions of Helm charts."""

from msgspec import Struct

from argocd_gitops_mcp.argocd.call import Call, path
from argocd_gitops_mcp.argocd.resources import Owner


class Commit(Struct):
    """What Git says of a commit; signatures and references are not read."""

    author: str = ""
    date: str = ""
    message: str = ""
    tags: list[str] | None = None


class Chart(Struct):
    """What a Helm chart's version says of itself."""

    description: str = ""
    home: str = ""
    maintainers: list[str] | None = None


def commit(owner: Owner, sha: str, *, source_index: int | None = None, version_id: int | None = None) -> Call[Commit]:
    """A commit of the repository of one source; only by its SHA, which may be short.

    Args:
        owner: the application.
        sha: never a branch, which Argo CD refuses with 500.
        source_index: which of several sources, from 0.
        version_id: the entry of the history whose source is meant.
    """
    return Call(
        "GET",
        path("applications", owner.name, "revisions", sha, "metadata"),
        Commit,
        f"commit {sha} of {owner.about}",
        query=owner.query(sourceIndex=source_index, versionId=version_id),
        hides_missing=True,
    )


def chart(owner: Owner, version: str, *, source_index: int | None = None, version_id: int | None = None) -> Call[Chart]:
    """A version of a Helm chart from a chart repository; of other sources Argo CD says 500 `no chart found`."""
    return Call(
        "GET",
        path("applications", owner.name, "revisions", version, "chartdetails"),
        Chart,
        f"chart version {version} of {owner.about}",
        query=owner.query(sourceIndex=source_index, versionId=version_id),
        hides_missing=True,
    )
