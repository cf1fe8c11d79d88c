"""A repository gets what it lacks of the layout, and keeps what it has."""

import re
from typing import Any

import pytest
from ruamel.yaml import YAML

from argocd_gitops_mcp import __version__
from argocd_gitops_mcp.errors import InvalidPath, InvalidValue
from argocd_gitops_mcp.gitops.findings import at_or_above
from argocd_gitops_mcp.gitops.templates.scaffolding import VALUES, Forge, layout
from argocd_gitops_mcp.gitops.validation.report import Options, validate
from tests.unit.gitops.samples import REPOSITORY

GIVEN: dict[str, Any] = {
    "repo_url": REPOSITORY,
    "service": "web",
    "image": "registry.example.com/shop/web",
    "tag": "1.2.3",
    "owners": ["@shop/platform", "ops@example.com"],
    "namespace_prefix": "shop",
    "environments": ["staging", "production"],
}
CHECKS = {
    "github": ".github/workflows/validate.yaml",
    "gitea": ".gitea/workflows/validate.yaml",
    "gitlab": ".gitlab-ci.yml",
}
FILES = {
    ".argocd-gitops.yaml",
    ".gitignore",
    "CODEOWNERS",
    "README.md",
    "apps/web-production.yaml",
    "apps/web-staging.yaml",
    "projects/shop-production.yaml",
    "projects/shop-staging.yaml",
    "root/application.yaml",
    "root/project.yaml",
    "services/web/base/deployment.yaml",
    "services/web/base/kustomization.yaml",
    "services/web/base/service.yaml",
    "services/web/overlays/production/disruption.yaml",
    "services/web/overlays/production/kustomization.yaml",
    "services/web/overlays/staging/kustomization.yaml",
}
FORGES: list[Forge] = ["github", "gitlab", "gitea", "git"]


def read(text: str) -> Any:
    return YAML(typ="safe", pure=True).load(text)


@pytest.mark.parametrize("forge", FORGES)
def test_an_empty_repository_gets_all_of_it(forge: Forge) -> None:
    found = layout(GIVEN, forge)
    assert set(found.files) == FILES | ({CHECKS[forge]} if forge in CHECKS else set())
    assert not found.kept
    for path, text in found.files.items():
        assert text.endswith("\n")
        assert not text.endswith("\n\n")
        assert not re.search(r"<[a-z_.]+>|!when|!each|\t| $", text, re.MULTILINE), path


def test_each_environment_has_a_project_that_reaches_no_other() -> None:
    files = layout(GIVEN, "git").files
    for environment in GIVEN["environments"]:
        spec = read(files[f"apps/web-{environment}.yaml"])["spec"]
        project = read(files[f"projects/shop-{environment}.yaml"])
        assert spec["project"] == project["metadata"]["name"] == spec["destination"]["namespace"]
        assert project["spec"]["destinations"] == [spec["destination"]]
        assert project["spec"]["sourceRepos"] == [spec["source"]["repoURL"]]
        assert f"{spec['source']['path']}/kustomization.yaml" in files


@pytest.mark.parametrize("forge", ["github", "gitea", "gitlab"])
def test_the_check_validates_with_this_version(forge: Forge) -> None:
    check = layout(GIVEN, forge).files[CHECKS[forge]]
    assert "argocd-gitops-mcp validate .\n" in check
    assert f"argocd-gitops-mcp[validate]=={__version__}" in check
    assert read(check)


@pytest.mark.parametrize("forge", FORGES)
def test_owners_guard_production_and_projects(forge: Forge) -> None:
    rules = [line.split() for line in layout(GIVEN, forge).files["CODEOWNERS"].splitlines() if line[0] != "#"]
    assert {tuple(owners) for _, *owners in rules} == {("@shop/platform", "ops@example.com")}
    patterns = " ".join(pattern for pattern, *_ in rules)
    assert "overlays/production/" in patterns
    assert "projects/" in patterns
    if forge == "gitea":
        guarded = [path for path in FILES if any(re.fullmatch(pattern, path) for pattern, *_ in rules)]
        assert set(FILES) - set(guarded) == {
            ".gitignore",
            "README.md",
            "services/web/overlays/staging/kustomization.yaml",
        }


def test_what_is_there_is_kept() -> None:
    there = ["readme.md", "docs/CODEOWNERS", "apps/web-staging.yaml", "src/main.py"]
    found = layout(GIVEN, "github", there)
    assert set(found.kept) == {"README.md", "CODEOWNERS", "apps/web-staging.yaml"}
    assert not set(found.kept) & set(found.files)
    again = layout(GIVEN, "github", [*there, *found.files])
    assert not again.files


@pytest.mark.parametrize("there", [["Apps"], ["services/web"], ["CODEOWNERS/x"], ["root/project.yaml/x"]])
def test_a_file_in_the_way_of_a_folder_is_told(there: list[str]) -> None:
    with pytest.raises(InvalidPath):
        layout(GIVEN, "github", there)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"service": "Web"}, "service"),
        ({"environments": ["a/b"]}, r"environments\[0\]"),
        ({"environments": ["root"]}, "environments: 'root'"),
        ({"environments": []}, "environments: is needed"),
        ({"owners": ["shop platform"]}, r"owners\[0\]"),
        ({"owners": []}, "owners"),
        ({"repo_url": "x`\n# y"}, "repo_url"),
        ({"branch": "a b"}, "branch"),
        ({"port": "80"}, "port"),
        ({"forge": "github"}, "forge"),
        ({"tag": None}, "tag"),
        ({"namespace_prefix": "x" * 60}, "namespace"),
    ],
)
def test_a_value_that_does_not_fit_is_named(change: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidValue, match=told):
        layout({**GIVEN, **change}, "github")


def test_every_value_counts() -> None:
    before = layout(GIVEN, "github").files
    other = {"string": "other", "integer": 7}
    for value in VALUES:
        changed = {"owners": ["@other"], "environments": ["other"]}.get(value.name, other.get(value.kind))
        assert layout({**GIVEN, value.name: changed}, "github").files != before, value.name


@pytest.mark.parametrize("forge", FORGES)
def test_validation_finds_nothing_in_it(forge: Forge) -> None:
    report = validate(layout(GIVEN, forge).files, Options())
    assert [one for one in report.findings if at_or_above(one, "warning")] == []
    assert report.objects == 9
