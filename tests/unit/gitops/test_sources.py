"""Which files an application uses, found step by step."""

from collections.abc import Mapping
from typing import Any

import pytest

from argocd_gitops_mcp.errors import InvalidPath, NotYAML, TooLarge
from argocd_gitops_mcp.gitops import sources
from argocd_gitops_mcp.gitops.sources import Target
from tests.unit.gitops.edit_cases import BASE, CHART, COMPONENTS, OVERLAY, PATCHED, PLAIN, PRODUCTION, REPO, source


def target(*given: Mapping[str, Any]) -> Target:
    return Target("payments", given, REPO)


def used(files: Mapping[str, str], *given: Mapping[str, Any]) -> set[str]:
    loaded: dict[str, str] = {}
    while missing := sources.wanted(target(*given), files, loaded):
        loaded |= {file: files[file] for file in missing}
    return set(loaded)


ELSEWHERE = {"other/kustomization.yaml": "resources: []\n", "README.md": "# us\n"}


@pytest.mark.parametrize(
    ("files", "given", "left_out"),
    [
        (PATCHED, OVERLAY, set()),
        (COMPONENTS, OVERLAY, set()),
        (PLAIN, [source("apps/payments")], {"apps/payments/old/deployment.yaml"}),
        (PLAIN, [source("apps/payments", directory={"recurse": True})], set()),
        (
            PLAIN,
            [source("apps/payments", directory={"recurse": True, "include": "{*.json,old/*}"})],
            {"apps/payments/deployment.yaml"},
        ),
        (CHART, [source("charts/payments")], {"values-production", "values-eu", "templates"}),
        (CHART, [source("charts/payments", helm={"valueFiles": ["values-*.yaml"]})], {"templates"}),
        (
            CHART,
            [source("charts/payments", helm={"valueFiles": ["../payments/values-eu.yaml"]})],
            {"production", "all"},
        ),
        (CHART, [source("charts/payments", helm={"valueFiles": ["/charts/payments/values-eu.yaml"]})], {"prod", "all"}),
        (BASE, [source("base", kustomize={"components": ["../other"]})], set()),
        (BASE, [{"repoURL": "https://git.example.com/acme/others", "path": "base"}], {"base"}),
        (BASE, [{"repoURL": "https://charts.example.com", "chart": "base"}], {"base"}),
        (BASE, [{"repoURL": "git@git.example.com:acme/deploy", "path": "base"}], set()),
        ({"base/.argocd-source.yaml": "", "base/.argocd-source-other.yaml": "", **BASE}, [source("base")], {"-other"}),
    ],
)
def test_the_files_that_are_used(files: Mapping[str, str], given: list[dict[str, Any]], left_out: set[str]) -> None:
    wanted = {file for file in files if not any(one in file for one in left_out)}
    extra = {"other/kustomization.yaml"} if "kustomize" in given[0] else set()
    assert used({**files, **ELSEWHERE}, *given) == wanted | extra


def test_values_of_another_source_of_this_repository() -> None:
    files = {"values/a.yaml": "a: 1\n", "values/b.yaml": "a: 2\n"}
    chart = {
        "repoURL": "https://charts.example.com",
        "chart": "redis",
        "helm": {"valueFiles": ["$ours/values/a.yaml", "$theirs/values/b.yaml", "https://x/c.yaml", "$none/d.yaml"]},
    }
    ours = {"repoURL": REPO, "ref": "ours"}
    theirs = {"repoURL": "https://git.example.com/acme/theirs", "ref": "theirs"}
    assert used(files, chart, ours, theirs) == {"values/a.yaml"}
    unseen = sources.unseen_value_files(target(chart, ours, theirs), chart)
    assert unseen == ["$theirs/values/b.yaml", "https://x/c.yaml", "$none/d.yaml"]


def test_values_files_that_a_pattern_finds_stand_where_they_are_named_themselves() -> None:
    files = {"c/Chart.yaml": "", "c/a.yaml": "", "c/b.yaml": "", "c/d/e.yaml": ""}
    given = source("c", helm={"valueFiles": ["**/*.yaml", "a.yaml"]})
    assert sources.value_files(target(given), given, files) == ["c/Chart.yaml", "c/b.yaml", "c/d/e.yaml", "c/a.yaml"]


@pytest.mark.parametrize(
    ("files", "given"),
    [
        ({PRODUCTION: "resources: [../../../base]\n"}, OVERLAY[0]),
        ({PRODUCTION: "patches: [{path: /etc/passwd}]\n"}, OVERLAY[0]),
        (CHART, source("charts/payments", helm={"valueFiles": ["../../../values.yaml"]})),
        (CHART, source("../charts/payments")),
    ],
)
def test_nothing_leads_out_of_the_repository(files: Mapping[str, str], given: dict[str, Any]) -> None:
    with pytest.raises(InvalidPath):
        used(files, given)


def test_kustomizations_that_name_each_other_come_to_an_end() -> None:
    files = {"a/kustomization.yaml": "resources: [../b]\n", "b/kustomization.yaml": "resources: [../a]\n"}
    assert used(files, source("a")) == set(files)


def test_more_files_than_are_read() -> None:
    files = {f"a/{number}.yaml": "" for number in range(sources.MOST_FILES + 1)}
    with pytest.raises(TooLarge):
        used(files, source("a"))


def test_a_kustomization_that_is_not_yaml() -> None:
    with pytest.raises(NotYAML, match=PRODUCTION):
        used({PRODUCTION: "a: [\n"}, OVERLAY[0])


@pytest.mark.parametrize(
    ("given", "tree", "kind"),
    [
        (source("a"), ["a/b.yaml"], "directory"),
        (source("a"), ["a/Kustomization"], "kustomize"),
        (source("a"), ["a/Kustomization", "a/Chart.yaml"], "helm"),
        (source("."), ["kustomization.yml"], "kustomize"),
        (source("a", directory={}), ["a/kustomization.yaml"], "directory"),
        (source("a", plugin={}), [], "plugin"),
        ({"chart": "redis"}, [], "helm"),
    ],
)
def test_what_argo_cd_takes_a_source_for(given: dict[str, Any], tree: list[str], kind: str) -> None:
    assert sources.kind_of(given, tree) == kind


def test_overrides_are_laid_over_the_source() -> None:
    given = source("a", kustomize={"images": ["a:1"], "namePrefix": "p-"}, targetRevision="main")
    files = {
        "a/.argocd-source.yaml": "kustomize: {images: ['a:2', 'b:1'], namePrefix: null}\ntargetRevision: v2\n",
        "a/.argocd-source-payments.yaml": "kustomize: {nameSuffix: -s}\n",
    }
    found = sources.merged(target(given), given, files, files)
    assert found["kustomize"] == {"images": ["a:2", "b:1"], "nameSuffix": "-s"}
    assert found["targetRevision"] == "main"


def test_the_sources_of_a_spec() -> None:
    assert sources.sources_of({"source": {"path": "a"}}) == [{"path": "a"}]
    assert sources.sources_of({"source": {"path": "a"}, "sources": [{"path": "b"}]}) == [{"path": "b"}]
    assert sources.sources_of({"sourceHydrator": {"drySource": {"path": "c"}}}) == [{"path": "c"}]
    assert sources.sources_of({}) == []
