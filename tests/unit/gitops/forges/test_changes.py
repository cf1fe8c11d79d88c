"""What a draft does to a tree, and how an earlier try is known again."""

import subprocess
from pathlib import Path

import pytest

from argocd_gitops_mcp import errors
from argocd_gitops_mcp.gitops.forges.changes import Head, blob_id, changes, first
from argocd_gitops_mcp.gitops.repository import Entry, Files

OLD = blob_id(b"old\n", 40)
TREE = {
    "app/web.yaml": Entry("file", OLD),
    "gone.yaml": Entry("file", OLD),
    "link": Entry("link", OLD),
    "sub": Entry("module", "1" * 40),
}
FILES: Files = {"app/web.yaml": b"new\n", "more.yaml": b"\xff\0", "gone.yaml": None}


@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
@pytest.mark.parametrize("content", [b"", b"a: 1\r\n", bytes(range(256))])
def test_the_id_of_a_content_is_gits_own(object_format: str, content: bytes, tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", f"--object-format={object_format}", tmp_path], check=True)  # noqa: S603, S607
    command = ["git", "-C", str(tmp_path), "hash-object", "--no-filters", "--stdin"]
    done = subprocess.run(command, input=content, capture_output=True, check=True)  # noqa: S603
    id_of_git = done.stdout.decode().strip()
    assert blob_id(content, len(id_of_git)) == id_of_git


def test_the_tree_of_an_empty_repository_has_short_ids() -> None:
    assert changes({}, {"a": b"x"}).after == {"a": ("file", blob_id(b"x", 40))}


def test_what_each_file_needs() -> None:
    found = changes(TREE, FILES)
    assert [(one.path, one.action) for one in found.files] == [
        ("app/web.yaml", "update"),
        ("gone.yaml", "delete"),
        ("more.yaml", "create"),
    ]
    assert found.after == {
        "app/web.yaml": ("file", blob_id(b"new\n", 40)),
        "more.yaml": ("file", blob_id(b"\xff\0", 40)),
        "link": ("link", OLD),
        "sub": ("module", "1" * 40),
    }


def test_what_stays_as_it_is_is_not_sent() -> None:
    assert [one.path for one in changes(TREE, {"app/web.yaml": b"old\n", "b": b""}).files] == ["b"]
    with pytest.raises(errors.NothingToChange):
        changes(TREE, {"app/web.yaml": b"old\n"})


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("../x", b""),
        (".git/config", b""),
        ("link", b""),
        ("link/x", b""),
        ("sub/x", b""),
        ("app", b""),
        ("app/web.yaml/x", b""),
        ("missing.yaml", None),
    ],
)
def test_a_path_where_no_file_can_be(path: str, content: bytes | None) -> None:
    with pytest.raises(errors.InvalidPath):
        changes(TREE, {path: content})


def test_a_first_commit_has_no_parent() -> None:
    wanted = changes({}, {"a": b"x"})
    tree = {"a": Entry("file", blob_id(b"x", 40))}
    assert first("main", wanted, Head("h", []), tree) == "h"
    with pytest.raises(errors.Conflict):
        first("main", wanted, Head("h", ["before"]), tree)
    with pytest.raises(errors.Conflict):
        first("main", wanted, Head("h", []), TREE)


def test_a_branch_that_nobody_may_push_to_is_said_to_be_protected() -> None:
    with pytest.raises(errors.ProtectedBranch):
        first("main", changes(TREE, FILES), Head("base", ["before"], is_protected=True), TREE)
