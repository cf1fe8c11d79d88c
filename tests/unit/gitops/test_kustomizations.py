"""Which kustomizations a change reaches, and what those build on."""

from typing import Any

import pytest

from argocd_gitops_mcp.gitops.kustomizations import mentioned, related

KNOWN: dict[str, dict[str, Any]] = {
    "base/kustomization.yaml": {"resources": ["web.yaml"]},
    "parts/kustomization.yml": {"kind": "Component"},
    "overlays/dev/kustomization.yaml": {"resources": ["../../base"], "components": ["../../parts"]},
    "overlays/prod/kustomization.yaml": {"bases": ["../../base/"], "secretGenerator": [{"files": ["k=keys/a.pem"]}]},
    "top/Kustomization": {"resources": ["../overlays/prod", "https://example.com/a.yaml"]},
    "apart/kustomization.yaml": {"resources": ["../apart-base"]},
}


@pytest.mark.parametrize(
    ("changed", "folders"),
    [
        ("base/web.yaml", {"base", "overlays/dev", "overlays/prod", "top", "parts"}),
        ("base/kustomization.yaml", {"base", "overlays/dev", "overlays/prod", "top", "parts"}),
        ("parts/kustomization.yml", {"base", "overlays/dev", "parts"}),
        ("overlays/prod/keys/a.pem", {"base", "overlays/prod", "top"}),
        ("top/Kustomization", {"base", "overlays/prod", "top"}),
        ("apart-base/kustomization.yaml", {"apart", "apart-base"}),
        ("docs/notes.md", set[str]()),
    ],
)
def test_what_a_change_reaches(changed: str, folders: set[str]) -> None:
    found = related(KNOWN, [changed])
    known = {file.rpartition("/")[0] for file in (*KNOWN, "apart-base/x")}
    assert found & known == folders


def test_kustomizations_in_a_circle_end() -> None:
    circle = {"a/kustomization.yaml": {"resources": ["../b"]}, "b/kustomization.yaml": {"resources": ["../a", ".."]}}
    assert {"a", "b"} <= related(circle, ["a/kustomization.yaml"])


def test_everything_that_kustomize_reads_is_mentioned() -> None:
    value = {
        "resources": ["a", 1],
        "Components": ["b"],
        "patches": [{"path": "c"}, {"patch": "x"}, "odd"],
        "patchesStrategicMerge": ["d", "kind: A\n", "{kind: A}"],
        "replacements": [{"path": "e"}],
        "openapi": {"path": "f"},
        "configMapGenerator": [{"files": ["g", "key=h"], "envs": ["i"], "env": "j", "literals": ["x=y"]}],
        "crds": ["k"],
        "configurations": ["l"],
        "namePrefix": "x",
        "bases": None,
    }
    assert sorted(mentioned(value)) == list("abcdefghijkl")
