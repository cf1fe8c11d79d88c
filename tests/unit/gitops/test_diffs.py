"""What a change does to files, as git shows it; git itself can apply it."""

import subprocess
from pathlib import Path

import pytest

from argocd_gitops_mcp.gitops.diffs import Stat, stat, unified


def test_a_diff_as_git_shows_it() -> None:
    before = {"b.yaml": "a: 1\nb: 2\n", "gone.yaml": "x\n", "same.yaml": "s\n"}
    after = {"b.yaml": "a: 1\nb: 3", "new.yaml": "n\n", "gone.yaml": None, "same.yaml": "s\n"}
    assert unified(before, after) == (
        "--- a/b.yaml\n+++ b/b.yaml\n@@ -1,2 +1,2 @@\n a: 1\n-b: 2\n+b: 3\n\\ No newline at end of file\n"
        "--- a/gone.yaml\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n"
        "--- /dev/null\n+++ b/new.yaml\n@@ -0,0 +1 @@\n+n\n"
    )
    assert stat(before, after) == [Stat("b.yaml", 1, 1), Stat("gone.yaml", 0, 1), Stat("new.yaml", 1, 0)]


def test_what_is_cut_is_said_at_its_place() -> None:
    after = {"a.yaml": "".join(f"{line}\n" for line in range(50)), "b.yaml": "b\n"}
    shown = unified({}, after, most_lines=10).splitlines()
    assert shown[9:12] == ["+6", "… 43 more lines of this file are not shown", "--- /dev/null"]
    assert stat({}, after)[0].added == 50


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a\nb\n", "a\nc\n"),
        ("a\nb", "a\nb\n"),
        ("a\r\nb\r\n", "a\r\nc\r\n"),
        ("a\n\x0cb\u2028c\n", "a\n\x0cb\u2028d\n"),
        (None, "a\n"),
        ("a\n", None),
        ("--- a\n", "+++ a\n"),
    ],
)
def test_git_applies_it(tmp_path: Path, before: str | None, after: str | None) -> None:
    file = tmp_path / "x" / "a.yaml"
    file.parent.mkdir()
    if before is not None:
        file.write_bytes(before.encode())
    diff = unified({"x/a.yaml": before}, {"x/a.yaml": after})
    subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=diff.encode(), check=True)  # noqa: S607
    assert (file.read_bytes().decode() if file.exists() else None) == after


def test_an_empty_file_is_a_file() -> None:
    assert unified({}, {"a": ""}) == "--- /dev/null\n+++ b/a\n"
    assert stat({}, {"a": ""}) == [Stat("a", 0, 0)]
    assert stat({"a": ""}, {"a": ""}) == []
