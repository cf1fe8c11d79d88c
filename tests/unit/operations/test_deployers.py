"""Which applications deploy a branch of a repository, in whatever spelling they name it."""

from collections.abc import Iterable, Mapping
from typing import Any

import anyio
import msgspec
import pytest

from argocd_gitops_mcp.argocd.models import ApplicationList
from argocd_gitops_mcp.gitops.repository import Entry, Repository
from argocd_gitops_mcp.operations._deployers import Deployer, deployers, reached
from argocd_gitops_mcp.operations._operation import Deps

pytestmark = pytest.mark.anyio

URL = "https://git.example.com/shop/deploy.git"
OVERLAY = "resources:\n  - ../../base\n"
FILES = {
    "base/kustomization.yaml": "resources:\n  - web.yaml\n",
    "base/web.yaml": "kind: Deployment\n",
    "overlays/dev/kustomization.yaml": OVERLAY,
    "overlays/prod/kustomization.yaml": OVERLAY,
    "chart/Chart.yaml": "name: shop\n",
    "values/prod.yaml": "a: 1\n",
    "plain/web.yaml": "kind: Service\n",
}


class Commits:
    """A repository of these files, whose default branch is main."""

    async def default_branch(self) -> str:
        return "main"

    async def tree(self, commit: str) -> Mapping[str, Entry]:
        assert commit == "c1"
        return {path: Entry("file", path, len(text)) for path, text in FILES.items()}

    async def blobs(self, ids: Iterable[str]) -> Mapping[str, bytes]:
        return {one: FILES[one].encode() for one in ids}


class Argo:
    """An Argo CD with these applications."""

    def __init__(self, *apps: dict[str, Any]) -> None:
        self._apps = msgspec.convert({"items": apps}, ApplicationList)

    async def send(self, call: object) -> ApplicationList:
        assert "/applications" in str(call)
        return self._apps


REPOSITORY = Repository(URL, "shop/deploy", "git", Commits(), None, None)  # type: ignore[arg-type]


def app(name: str, *sources: dict[str, Any], **metadata: Any) -> dict[str, Any]:
    spec = {"source": sources[0]} if len(sources) == 1 else {"sources": sources}
    return {"metadata": {"name": name, **metadata}, "spec": spec}


def source(revision: str = "main", path: str = "plain", url: str = URL, **more: Any) -> dict[str, Any]:
    return {"repoURL": url, "targetRevision": revision, "path": path, **more}


async def found(*apps: dict[str, Any], branch: str = "main") -> list[Deployer]:
    deps = Deps(Argo(*apps), "r", 1000, anyio.sleep, lambda: 0.0, anyio.sleep)  # type: ignore[arg-type]
    return await deployers(deps, REPOSITORY, branch)


@pytest.mark.parametrize("url", [URL, URL.removesuffix(".git"), "git@git.example.com:shop/deploy.git", URL.upper()])
async def test_spellings_of_the_repository(url: str) -> None:
    """The host may be written in any case, the path may not."""
    assert [one.name for one in await found(app("a", source(url=url)))] == (["a"] if url != URL.upper() else [])


@pytest.mark.parametrize(
    ("revision", "branch", "follows"),
    [
        ("main", "main", True),
        ("", "main", True),
        ("HEAD", "main", True),
        ("refs/heads/main", "main", True),
        ("v1", "main", False),
        ("HEAD", "release", False),
        ("release", "release", True),
        ("main", "release", False),
        ("a1b2c3d", "main", False),
    ],
)
async def test_what_follows_a_branch(revision: str, branch: str, *, follows: bool) -> None:
    (one,) = await found(app("a", source(revision)), branch=branch)
    assert one.follows is follows


async def test_what_is_no_deployment_of_it() -> None:
    assert (
        await found(
            app("chart", source(chart="shop", path="")),
            app("elsewhere", source(url="https://git.example.com/shop/other.git")),
            app("going", source(), deletionTimestamp="2026-03-01T10:00:00Z"),
        )
        == []
    )


async def test_of_several_sources_those_on_the_branch_count() -> None:
    other = source(url="https://git.example.com/shop/other.git")
    (one,) = await found(app("a", other, source("v1"), source("main")))
    assert (one.follows, one.positions) == (True, (2,))
    (one,) = await found(app("a", other, source("v1"), source("v2")))
    assert (one.follows, one.positions) == (False, (1, 2))


async def test_a_change_reaches_those_that_use_the_file() -> None:
    values = {"helm": {"valueFiles": ["$values/values/prod.yaml"]}}
    chart = {"repoURL": "https://charts.example.com", "chart": "shop", "targetRevision": "1.0.0", **values}
    known = await found(
        app("dev", source(path="overlays/dev")),
        app("prod", source(path="overlays/prod")),
        app("plain", source(path="plain/")),
        app("values", chart, {"repoURL": URL, "targetRevision": "main", "ref": "values"}),
        app("dotted", source(path="./overlays/dev/")),
    )

    async def names(*changed: str) -> list[str]:
        return [one.name for one in await reached(REPOSITORY, "c1", known, changed)]

    assert await names("base/web.yaml") == ["dev", "prod", "dotted"]
    assert await names("overlays/prod/kustomization.yaml") == ["prod"]
    assert await names("plain/new.yaml", "docs/notes.md") == ["plain"]
    assert await names("values/prod.yaml") == ["values"]
    assert await names("docs/notes.md") == []


@pytest.mark.parametrize("path", [".", "./", "/"])
async def test_the_root_may_be_any_file_s_folder(path: str) -> None:
    known = await found(app("root", source(path=path)))
    assert [one.name for one in await reached(REPOSITORY, "c1", known, ["templates/new.yaml"])] == ["root"]
