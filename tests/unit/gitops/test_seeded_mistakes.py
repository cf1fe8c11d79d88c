"""Forty mistakes as people make them, each found once and where it is; and files as they should be, without a finding.

A line that is wrong says so: `# mistake: RULE`. What stands beside a kustomization belongs to it.
"""

import re
from pathlib import Path, PurePosixPath

import pytest

from argocd_gitops_mcp.gitops.findings import Finding, at_or_above
from argocd_gitops_mcp.gitops.validation.report import HELP, Options, validate

HERE = Path(__file__).parent
_MARK = re.compile(r"# mistake: ([a-z-]+)$")


def tree(name: str) -> dict[str, str]:
    root = HERE / name
    return {one.relative_to(root).as_posix(): one.read_text("utf-8") for one in sorted(root.rglob("*.yaml"))}


def marks(text: str) -> list[tuple[int, str]]:
    """Line and rule of every mistake that a file says it has."""
    return [(line, match[1]) for line, row in enumerate(text.split("\n"), 1) if (match := _MARK.search(row))]


MISTAKES, GOOD = tree("mistakes"), tree("good")
SEEDED = [file for file, text in MISTAKES.items() if marks(text)]


def family(files: dict[str, str], file: str) -> dict[str, str]:
    """A file, with the others of its folder where it is not one of many that have nothing to do with each other."""
    folder = PurePosixPath(file).parent
    return {name: text for name, text in files.items() if name == file or str(folder) == PurePosixPath(name).parts[0]}


def bad(files: dict[str, str]) -> list[Finding]:
    return [one for one in validate(files, Options()).findings if at_or_above(one, "warning")]


def test_there_are_forty_of_each() -> None:
    assert len(SEEDED) == 40
    assert len(GOOD) >= 40
    assert {rule for text in MISTAKES.values() for _, rule in marks(text)} <= set(HELP)


@pytest.mark.parametrize("file", SEEDED)
def test_the_mistake_is_found_and_nothing_else(file: str) -> None:
    found = bad(family(MISTAKES, file))
    assert [(one.line, one.rule) for one in found] == marks(MISTAKES[file])
    assert {one.file for one in found} == {file}


@pytest.mark.parametrize("file", [file for file in GOOD if not file.startswith("web/")])
def test_a_good_file_has_no_finding(file: str) -> None:
    assert bad({file: GOOD[file]}) == []


def test_good_files_together_have_none() -> None:
    report = validate(GOOD, Options())
    assert [one for one in report.findings if at_or_above(one, "warning")] == []
    assert report.objects >= len(GOOD)
