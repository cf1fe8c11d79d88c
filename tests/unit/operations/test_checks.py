"""What a change is refused for, and which files tell about it."""

import pytest

from argocd_gitops_mcp.errors import InvalidChange, SecretInChange
from argocd_gitops_mcp.gitops.findings import Finding
from argocd_gitops_mcp.operations._checks import (
    Checked,
    around,
    refuse_findings,
    refuse_secret_words,
    refuse_secrets_in,
)

TOKEN = "ghp_" + "a1B2c3D4e5" * 4
TREE = [
    *(".argocd-gitops.yaml", "README.md", "base/kustomization.yaml", "base/web.yaml"),
    *("chart/Chart.yaml", "chart/templates/web.yaml", "chart/values.yaml", "overlays/prod/kustomization.yaml"),
]


def test_a_secret_is_named_by_place_and_kind_and_never_repeated() -> None:
    with pytest.raises(SecretInChange, match=r"^The change holds 1 secret: a.yaml:2 a GitHub token.$") as raised:
        refuse_secrets_in({"a.yaml": f"x: 1\ntoken: {TOKEN}\n", "b.yaml": None})
    assert TOKEN not in str(raised.value)
    refuse_secrets_in({"a.yaml": f"token: {TOKEN}\n"}, {"a.yaml": f"token: {TOKEN}\n"})


def test_words_are_looked_through_too() -> None:
    with pytest.raises(SecretInChange, match=r"^The body holds a GitHub token; nothing was sent.$"):
        refuse_secret_words(title="Release", body=f"see {TOKEN}", branch=None)
    refuse_secret_words(title="Rotate the token", body="password: see the vault", branch="token")


def test_only_errors_stand_against_a_change() -> None:
    warning = Finding("a.yaml", 1, 1, "latest-tag", "warning", "it is")
    error = Finding("b.yaml", 2, 1, "unknown-field", "error", "there is none")
    refuse_findings(Checked([warning], []))
    with pytest.raises(InvalidChange, match=r"finds 1 in the change: b.yaml:2 error unknown-field: there is none"):
        refuse_findings(Checked([warning, error], []))


def test_the_files_around_a_change() -> None:
    assert around(["base/web.yaml"], TREE, ["overlays/prod/kustomization.yaml"]) == [
        ".argocd-gitops.yaml",
        "base/kustomization.yaml",
        "base/web.yaml",
        "overlays/prod/kustomization.yaml",
    ]
    assert around(["chart/templates/new.yaml"], TREE, []) == [
        ".argocd-gitops.yaml",
        "chart/Chart.yaml",
        "chart/templates/web.yaml",
        "chart/values.yaml",
    ]
    assert around(["docs/new.md"], TREE, []) == [".argocd-gitops.yaml"]
