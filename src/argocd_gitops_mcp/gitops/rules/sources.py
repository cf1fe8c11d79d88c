"""House rules over where an application's manifests come from. Pure."""

import re
from collections.abc import Iterator
from posixpath import normpath
from urllib.parse import urlsplit

from argocd_gitops_mcp.gitops.documents import Document
from argocd_gitops_mcp.gitops.rules.declared import BOTH, declared
from argocd_gitops_mcp.gitops.rules.rule import Hit, rule
from argocd_gitops_mcp.gitops.rules.shape import is_templated, items, text
from argocd_gitops_mcp.gitops.rules.surroundings import Surroundings

_COMMIT = re.compile(r"[0-9a-fA-F]{7,64}")
_CONSTRAINT = re.compile(r"[*<>~^|, ]|(?:^|\.)[xX](?=$|[.-])")
_BRANCH = re.compile(r"refs/heads/.*|(feature|feat|release|hotfix|bugfix|fix)/.*")
# Of this machine or inside the cluster; what has no host at all is for others to refuse.
_NEAR = re.compile(r"127\..*|.*\.svc(\.cluster\.local)?|[^.]*")


def floats(revision: str, *, is_chart: bool) -> bool:
    """Whether what a revision names may change by itself; a name with a digit in it is taken for a tag.

    Argo CD reads constraints (`1.*`, `>=1`) over the versions of charts and over the tags of Git alike, and a
    version in full or in part (`1.2`) literally: util/versions in its source.
    """
    if not revision or revision == "HEAD" or _CONSTRAINT.search(revision) or revision.lower() == "latest":
        return True
    if is_chart or _COMMIT.fullmatch(revision) or revision.startswith("refs/tags/"):
        return False
    return bool(_BRANCH.fullmatch(revision)) or not any(letter.isdigit() for letter in revision)


@rule(
    "floating-revision",
    "warning",
    BOTH,
    "A production application follows a branch, HEAD or a range of versions",
    why="Whatever is pushed or published there next is deployed, without a change to the application.",
    remedy="Set targetRevision to a tag, a commit or an exact version; which names mean production is configured.",
)
def floating_revision(document: Document, around: Surroundings) -> Iterator[Hit]:
    """Revisions that move, of applications for production."""
    app = declared(document)
    if not app.is_production(document, around):
        return
    for path, source in app.sources():
        given = source.get("targetRevision", "")
        revision = given if isinstance(given, str) else str(given)
        if is_templated(revision) or not floats(revision, is_chart=bool(source.get("chart"))):
            continue
        if source.get("chart") and not revision:
            continue  # chart-without-version
        said = f"`{revision}`" if revision else "HEAD, since no targetRevision is given"
        yield (*path, "targetRevision"), f"production follows {said}: name a tag, a commit or an exact version"


@rule(
    "missing-source",
    "error",
    BOTH,
    "An application has no source, or a source has neither path nor chart",
    why="Argo CD finds the application's spec invalid and renders nothing.",
    remedy="Give repoURL with path or chart; in `sources`, `ref` alone will do. The root of a repository is `path: .`.",
)
def missing_source(document: Document, _: Surroundings) -> Iterator[Hit]:
    """Applications without anything to deploy."""
    app = declared(document)
    if not app.spec:
        return  # the schema's
    sources = list(app.sources())
    if not sources and not any(app.spec.get(name) for name in ("source", "sources", "sourceHydrator")):
        yield app.at, "there is no source: give source, sources or sourceHydrator"
    for path, source in sources:
        if not any(source.get(name) for name in ("path", "chart", "ref")) and source.get("repoURL"):
            yield path, "the source has neither path nor chart; the root of a repository is `path: .`"
        elif path[-1] == "source" and source.get("ref") and not (source.get("path") or source.get("chart")):
            yield path, "a single source needs path or chart: ref alone is for one of several sources"


@rule(
    "chart-without-version",
    "error",
    BOTH,
    "A Helm chart has no targetRevision",
    why="Argo CD requires it and finds the spec invalid.",
    remedy="Set targetRevision to the chart's version.",
)
def chart_without_version(document: Document, _: Surroundings) -> Iterator[Hit]:
    """Charts without a version."""
    for path, source in declared(document).sources():
        if source.get("chart") and source.get("targetRevision") in (None, ""):
            yield (*path, "chart"), "the chart needs a targetRevision: its version"


@rule(
    "chart-and-path",
    "warning",
    BOTH,
    "A source has both chart and path",
    why="With chart, Argo CD reads a Helm repository and never looks at path.",
    remedy="Keep chart for a Helm or OCI registry, path for a folder of a Git repository.",
)
def chart_and_path(document: Document, _: Surroundings) -> Iterator[Hit]:
    """Paths that nobody reads."""
    for path, source in declared(document).sources():
        if source.get("chart") and source.get("path"):
            yield (*path, "path"), "path is not looked at beside chart: keep one of them"


@rule(
    "source-and-sources",
    "warning",
    BOTH,
    "An application has both source and sources",
    why="Argo CD deploys sources, and ignores source without a word.",
    remedy="Move the single source into the list, or remove one of them.",
)
def source_and_sources(document: Document, _: Surroundings) -> Iterator[Hit]:
    """Sources that nobody deploys."""
    app = declared(document)
    if app.spec.get("source") and app.spec.get("sources"):
        yield (*app.at, "source"), "source is ignored beside sources: keep one of them"


@rule(
    "unencrypted-repository",
    "warning",
    BOTH,
    "A repository is read over plain http",
    why="Whoever sits between can change what is deployed, and read the credentials.",
    remedy="Use https, ssh or oci. Addresses inside the cluster or of this machine are not reported.",
)
def unencrypted_repository(document: Document, _: Surroundings) -> Iterator[Hit]:
    """Repositories without TLS."""
    for path, source in declared(document).sources():
        url = text(source, "repoURL")
        if url.lower().startswith("http://") and not is_templated(url) and not _NEAR.fullmatch(_host(url)):
            yield (*path, "repoURL"), "the repository is read over plain http: use https"


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


@rule(
    "value-file-outside",
    "error",
    BOTH,
    "A Helm value file lies outside the repository",
    why="Argo CD refuses to render: value files must stay within the repository.",
    remedy="Give a path from the chart, a path from the repository's root that begins with `/`, or `$ref/path`.",
)
def value_file_outside(document: Document, _: Surroundings) -> Iterator[Hit]:
    """Value files that climb out of the repository."""
    for path, source in declared(document).sources():
        folder = text(source, "path")
        for index, file in enumerate(items(source, "helm", "valueFiles")):
            if not isinstance(file, str) or "://" in file or is_templated(file + folder):
                continue
            if file.startswith("$"):
                whole = file.partition("/")[2]
            else:
                whole = file.lstrip("/") if file.startswith("/") else f"{folder}/{file}"
            if normpath(whole.lstrip("/") or ".").split("/")[0] == "..":
                yield (*path, "helm", "valueFiles", index), f"`{file}` leads out of the repository"
