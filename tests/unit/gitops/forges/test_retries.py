"""An earlier try is known by what it does to its parent, and by where that stands."""

from collections.abc import Mapping

import pytest

from argocd_gitops_mcp import errors
from argocd_gitops_mcp.gitops.forges.changes import Head, blob_id
from argocd_gitops_mcp.gitops.forges.retries import earlier
from argocd_gitops_mcp.gitops.repository import Draft, Entry, Files

pytestmark = pytest.mark.anyio

OLD, NEW, MORE = (Entry("file", blob_id(text, 40)) for text in (b"old\n", b"new\n", b"more\n"))
BASE = {"app/web.yaml": OLD, "gone.yaml": OLD, "link": Entry("link", OLD.id)}
MADE = {"app/web.yaml": NEW, "more.yaml": MORE, "link": Entry("link", OLD.id)}
FILES: Files = {"app/web.yaml": b"new\n", "more.yaml": b"more\n", "gone.yaml": None}
TREES: Mapping[str, Mapping[str, Entry]] = {
    "begin": {},
    "before": BASE,
    "base": {**BASE, "other.yaml": OLD},
    "after": {**BASE, "later.yaml": OLD},
    "on base": {**MADE, "other.yaml": OLD},
    "on before": MADE,
    "on after": {**MADE, "later.yaml": OLD},
    "on begin": MADE,
    "and more": {**MADE, "other.yaml": OLD, "extra.yaml": OLD},
    "not all": {**MADE, "other.yaml": OLD, "gone.yaml": OLD},
    "otherwise": {**MADE, "other.yaml": OLD, "link": OLD},
}


class History:
    """The draft's base came after `before` and `begin`; `after` is another branch's."""

    async def tree(self, commit: str) -> Mapping[str, Entry]:
        return TREES[commit]

    async def contains(self, commit: str, ancestor: str) -> bool:
        return commit == "base" and ancestor in {"begin", "before", "base"}


async def found(head: Head | None) -> str | None:
    return await earlier(History(), Draft("base", "change/x", FILES, "Change"), head)


async def test_no_branch_is_no_earlier_try() -> None:
    assert await found(None) is None


@pytest.mark.parametrize(("commit", "parent"), [("on base", "base"), ("on before", "before")])
async def test_the_base_may_have_moved_since(commit: str, parent: str) -> None:
    assert await found(Head(commit, [parent])) == commit


@pytest.mark.parametrize(
    ("commit", "parents"),
    [
        ("on after", ["after"]),
        ("on base", ["base", "after"]),
        ("on base", []),
        ("on base", ["before"]),
        ("on begin", ["begin"]),  # what is removed was never there
        ("and more", ["base"]),
        ("not all", ["base"]),
        ("otherwise", ["base"]),
        ("base", ["before"]),
    ],
)
async def test_what_does_something_else_is_another(commit: str, parents: list[str]) -> None:
    with pytest.raises(errors.Conflict, match="exists already"):
        await found(Head(commit, parents))
    with pytest.raises(errors.ProtectedBranch):
        await found(Head(commit, parents, is_protected=True))
