"""Which paths a change may write."""

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argocd_gitops_mcp.errors import InvalidPath
from argocd_gitops_mcp.gitops.git.paths import named, not_through_link, safe
from argocd_gitops_mcp.gitops.repository import Entry

NAMES = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=12).filter(
    lambda name: name.casefold() != "git"
)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("apps/shop.yaml", "apps/shop.yaml"),
        ("./apps/./shop.yaml", "apps/shop.yaml"),
        (".github/workflows/validate.yaml", ".github/workflows/validate.yaml"),
        (".gitignore", ".gitignore"),
        ("..a/b..c/...", "..a/b..c/..."),
        ("-rf", "-rf"),
        ("größe/模板.yaml", "größe/模板.yaml"),
        ("git~2/a", "git~2/a"),
    ],
)
def test_a_path_inside_gets_its_normal_form(path: str, found: str) -> None:
    assert safe(path) == found
    assert safe(found) == found


@pytest.mark.parametrize(
    "path",
    [
        "",
        ".",
        "./.",
        "/etc/passwd",
        "//host/share",
        "C:/windows",
        "c:x",
        "./c:x",
        "..",
        "../outside",
        "apps/../../outside",
        "apps//shop.yaml",
        "apps/",
        "apps\\shop.yaml",
        "..\\outside",
        ".git/config",
        ".GIT/hooks/pre-commit",
        "apps/.Git/config",
        "git~1/config",
        "GIT~1",
        ".git./config",
        ".git /config",
        ".git::$INDEX_ALLOCATION/config",
        ".g\u200cit/config",
        "a\x00b",
        "a\nb",
        "a\u202eb",
        "a\ud800",
        "n" * 256,
        "/".join(["folder"] * 700),
    ],
)
def test_a_path_that_leads_elsewhere_is_refused(path: str) -> None:
    with pytest.raises(InvalidPath):
        safe(path)


@given(st.text(max_size=60))
def test_what_passes_stays_inside(path: str) -> None:
    try:
        found = safe(path)
    except InvalidPath:
        return
    names = found.split("/")
    assert not {"", ".", ".."} & set(names)
    assert ".git" not in {name.casefold() for name in names}
    assert safe(found) == found


@given(st.lists(NAMES, min_size=1, max_size=5))
def test_plain_names_pass_unchanged(names: list[str]) -> None:
    path = "/".join(names)
    assert safe(path) == path


def entry(kind: Literal["file", "link", "module"]) -> Entry:
    return Entry(kind, "0" * 40)


TREE = {
    "apps/shop.yaml": entry("file"),
    "current": entry("link"),
    "vendor/charts": entry("module"),
    "README": entry("file"),
}


@pytest.mark.parametrize(
    "path", ["apps/shop.yaml", "apps/new.yaml", "new/deep/a.yaml", "app", "README.md", "currently/a"]
)
def test_a_plain_place_is_free(path: str) -> None:
    not_through_link(path, TREE)


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("current", "symbolic link"),
        ("current/apps/shop.yaml", "symbolic link"),
        ("vendor/charts", "submodule"),
        ("vendor/charts/a/b", "submodule"),
        ("README/a", "is a file"),
        ("apps", "is a folder"),
    ],
)
def test_nothing_is_written_through_a_link_or_over_a_folder(path: str, why: str) -> None:
    with pytest.raises(InvalidPath, match=why):
        not_through_link(path, TREE)


def test_names_are_told_without_what_nobody_sees() -> None:
    assert named(["a b/\N{LATIN SMALL LETTER E WITH ACUTE}", "x\x1b[31m\u202e"]) == "a b/é, 'x\\x1b[31m\\u202e'"
    assert named([str(at) for at in range(7)]) == "0, 1, 2, 3, 4 and 2 more"
