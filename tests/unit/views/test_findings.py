"""Findings as lines."""

import pytest

from argocd_gitops_mcp.gitops.findings import Finding
from argocd_gitops_mcp.views.findings import told_of


@pytest.mark.parametrize(
    ("file", "place"),
    [
        ("app/web.yaml", "app/web.yaml:3"),
        ("app/wéb 1.yaml", "app/wéb 1.yaml:3"),
        ("app/\u200b.yaml", "'app/\\u200b.yaml':3"),
        ("app/\udcff.yaml", "'app/\\udcff.yaml':3"),
        ("app/a\nb.yaml", "'app/a\\nb.yaml':3"),
    ],
)
def test_a_file_is_named_so_that_it_is_found(file: str, place: str) -> None:
    assert told_of(Finding(file, 3, 1, "latest-tag", "warning", "it is")) == f"{place} warning latest-tag: it is"


def test_a_finding_is_one_line() -> None:
    found = told_of(Finding("a.yaml", 0, 0, "x", "error", "two\nlines\x1b[31m", "ConfigMap/a"))
    assert found == "a.yaml error x: two lines (ConfigMap/a)"
