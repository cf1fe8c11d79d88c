"""Comments that let a finding pass."""

import pytest

from argocd_gitops_mcp.gitops.findings import Finding
from argocd_gitops_mcp.gitops.rules import kept


def of(line: int, rule: str, file: str = "a.yaml") -> Finding:
    return Finding(file, line, 1, rule, "warning", "said")


@pytest.mark.parametrize(
    ("text", "passed"),
    [
        ("a: 1  # argocd-gitops: ignore latest-tag\nb: 2", [(1, "latest-tag")]),
        ("# argocd-gitops: ignore latest-tag\na: 1\nb: 2", [(2, "latest-tag")]),
        ("# argocd-gitops: ignore latest-tag\n# for the demo\na: 1", [(3, "latest-tag")]),
        ("# argocd-gitops: ignore latest-tag, privileged\na: 1", [(2, "latest-tag"), (2, "privileged")]),
        ("# argocd-gitops: ignore latest-tag because it is a demo\na: 1", [(2, "latest-tag")]),
        ("# argocd-gitops: ignore latest-tag\n\na: 1", []),
        ("a: '# argocd-gitops:' # ignore latest-tag", []),
        ("a: argocd-gitops: ignore latest-tag", []),
        ("# argocd-gitops: ignore\na: 1", []),
    ],
)
def test_a_comment_counts_for_its_line_or_the_next(text: str, passed: list[tuple[int, str]]) -> None:
    every = [of(line, rule) for line in range(1, 4) for rule in ("latest-tag", "privileged")]
    left = kept(every, {"a.yaml": text})
    assert [(one.line, one.rule) for one in every if one not in left] == passed


def test_a_comment_counts_for_its_file() -> None:
    text = "a: 1  # argocd-gitops: ignore latest-tag"
    elsewhere = of(1, "latest-tag", "b.yaml")
    assert kept([of(1, "latest-tag"), elsewhere], {"a.yaml": text, "b.yaml": "a: 1"}) == [elsewhere]
    assert kept([of(1, "latest-tag")], {}) == [of(1, "latest-tag")]
