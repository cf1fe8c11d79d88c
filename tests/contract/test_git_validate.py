"""Manifests are validated as they lie in a repository, as they are handed in, and as they would be in it."""

import pytest

from argocd_gitops_mcp.operations import _files
from argocd_gitops_mcp.views.view import NORMAL
from tests.contract.bench import BROKEN_YAML, config_map, deployment
from tests.contract.git_bench import GitBench, charted, kustomized
from tests.stage import Stage, Tools

pytestmark = pytest.mark.anyio

TYPO = config_map("typo").replace("data:\n  MODE", "dtaa:\n  MODE")
APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: new-one
  namespace: argocd
spec:
  project: {project}
  source:
    repoURL: {url}
    path: app
    targetRevision: v1
  destination:
    server: https://kubernetes.default.svc
    namespace: contract
"""


async def test_what_is_wrong_is_told_with_its_line_the_worst_first(tools: Tools, git: GitBench) -> None:
    bare = git.repository()
    bare.commit({"app/typo.yaml": TYPO, "app/broken.yaml": BROKEN_YAML})
    head, *lines = (await tools.repository("validate_manifests", bare.where)).ok.text.splitlines()
    found = [one for one in lines if not one.startswith("not checked: ")]
    assert head.startswith("2 error")
    assert "Kubernetes 1." in head
    assert [one.split()[:3] for one in found[:2]] == [
        ["app/broken.yaml:7", "error", "yaml-syntax:"],
        ["app/typo.yaml:7", "error", "unknown-field:"],
    ]
    assert "`data`" in found[1]
    assert all(" error " not in one for one in found[2:])


async def test_only_the_wanted_paths_are_told_of(tools: Tools, git: GitBench) -> None:
    bare = git.repository()
    bare.commit({"app/typo.yaml": TYPO, "other/typo.yaml": TYPO})
    text = (await tools.repository("validate_manifests", bare.where, paths=["other"])).ok.text
    assert "other/typo.yaml:7" in text
    assert "app/" not in text
    for wrong, code in ((["nowhere"], "invalid_argument"), (["../x"], "invalid_path"), (["/etc"], "invalid_path")):
        (await tools.repository("validate_manifests", bare.where, paths=wrong)).refused(code)


async def test_a_repository_that_is_too_large_is_read_around_the_paths(
    tools: Tools, git: GitBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = {f"many/{number}.yaml": TYPO for number in range(30)}
    overlay = {"other/kustomization.yaml": "resources: [../base, typo.yaml]\n", "other/typo.yaml": TYPO}
    bare = git.repository({**many, **overlay, **kustomized("web")})
    monkeypatch.setattr(_files, "_MOST_FILES", 20)
    text = (await tools.repository("validate_manifests", bare.where, paths=["other"])).ok.text
    assert "other/typo.yaml:7 error" in text
    assert "missing-file" not in text
    assert "not checked: 31 files outside of the paths were not read" in text  # and README.md
    given = {"other/more.yaml": TYPO}
    text = (await tools.repository("validate_manifests", bare.where, files=given)).ok.text
    assert "other/more.yaml:7 error" in text
    refused = (await tools.repository("validate_manifests", bare.where)).refused("too_large")
    assert "Name fewer files or paths." in refused


async def test_what_is_no_manifest_is_not_read_where_it_is_too_much(
    tools: Tools, git: GitBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = git.repository({**{f"docs/{number}.md": "a\n" for number in range(30)}, **kustomized("web")})
    monkeypatch.setattr(_files, "_MOST_FILES", 20)
    assert "not read" not in (await tools.repository("validate_manifests", bare.where)).ok.text


@pytest.mark.parametrize("name", ["app/web.yaml/x.yaml", "app", "new/a.yaml/b.yaml"])
async def test_a_file_inside_of_a_file_is_refused(tools: Tools, git: GitBench, name: str) -> None:
    bare = git.repository()
    given = {"new/a.yaml": TYPO, name: TYPO}
    (await tools.repository("validate_manifests", bare.where, files=given)).refused("invalid_path")


async def test_files_are_validated_before_anybody_commits_them(tools: Tools) -> None:
    given = {"a.yaml": TYPO, "b.yaml": config_map("fine")}
    text = (await tools.repository("validate_manifests", files=given)).ok.text
    assert "a.yaml:7 error unknown-field" in text
    assert "in 2 files, 2 documents" in text
    for wrong, code in (({"a.yaml": 1}, "invalid_argument"), ({"../a.yaml": "a: 1\n"}, "invalid_path")):
        (await tools.repository("validate_manifests", files=wrong)).refused(code)
    assert "needs repository" in (await tools.repository("validate_manifests")).refused("invalid_argument")


async def test_files_are_laid_over_those_of_a_branch(tools: Tools, git: GitBench) -> None:
    bare = git.repository(kustomized("x", "production"))
    bare.branch("later", {"overlays/production/kustomization.yaml": "resources:\n  - ../gone\n"})
    before = bare.refs()
    fine = (await tools.repository("validate_manifests", bare.where)).ok.text
    assert "gone" not in fine
    later = (await tools.repository("validate_manifests", bare.where, base="later")).ok.text
    assert "overlays/production/kustomization.yaml:2 error" in later
    given = {"overlays/production/kustomization.yaml": "resources:\n  - ../elsewhere\n"}
    laid = (await tools.repository("validate_manifests", bare.where, files=given)).ok.text
    assert "`../elsewhere`" in laid
    assert bare.refs() == before


async def test_the_version_of_kubernetes_can_be_chosen(tools: Tools) -> None:
    given = {"a.yaml": config_map("fine")}
    text = (await tools.repository("validate_manifests", files=given, kubernetes_version="1.33")).ok.text
    assert "Kubernetes 1.33" in text
    refused = await tools.repository("validate_manifests", files=given, kubernetes_version="1.2")
    refused.refused("invalid_argument")


@pytest.mark.usefixtures("alone")
async def test_what_could_not_be_rendered_is_said(tools: Tools, git: GitBench) -> None:
    bare = git.repository({**kustomized("x", "production"), **charted()})
    text = (await tools.repository("validate_manifests", bare.where)).ok.text
    assert "0 rendered" in text
    assert "not checked: overlays/production/kustomization.yaml was not rendered: there is no kustomize here." in text
    assert "not checked: chart/Chart.yaml was not rendered: there is no helm here." in text


@pytest.mark.real
@pytest.mark.usefixtures("programs")
async def test_what_is_rendered_is_validated_too(tools: Tools, git: GitBench) -> None:
    bare = git.repository({**kustomized("x", "production"), **charted()})
    text = (await tools.repository("validate_manifests", bare.where)).ok.text
    assert "2 rendered" in text
    assert "was not rendered" not in text
    bare.commit({"overlays/production/kustomization.yaml": "resources:\n  - ../../base\npatches:\n  - path: no.yaml\n"})
    bare.commit({"chart/values-production.yaml": "image: none\n"})
    failed = (await tools.repository("validate_manifests", bare.where)).ok.text
    assert "overlays/production/kustomization.yaml:4 error" in failed
    assert "error helm-template: " in failed


async def test_what_argo_cd_permits_is_asked(tools: Tools, git: GitBench) -> None:
    bare = git.repository()
    files = {"new.yaml": APPLICATION.format(project="nowhere-to-be-found", url=bare.url)}
    text = (await tools.repository("validate_manifests", files=files)).ok.text
    assert "new.yaml:7 error nonexistent-project" in text
    files = {"new.yaml": APPLICATION.format(project="default", url=bare.url)}
    assert "nonexistent-project" not in (await tools.repository("validate_manifests", files=files)).ok.text
    assert [one.path for one in tools.writes if not one.path.endswith("/appdetails")] == []


async def test_without_an_answer_of_argo_cd_the_rest_is_told(stage: Stage, git: GitBench) -> None:
    bare = git.repository()
    given = {"new.yaml": APPLICATION.format(project="default", url=bare.url), "a.yaml": TYPO}
    async with stage.tools("not.a.token") as tools:
        text = (await tools.repository("validate_manifests", files=given)).ok.text
    assert "a.yaml:7 error unknown-field" in text
    assert "not checked: Projects, clusters and repositories were not looked at (unauthenticated)" in text


async def test_an_argo_cd_that_is_not_configured_is_no_obstacle(stage: Stage, git: GitBench) -> None:
    bare = git.repository()
    async with stage.tools(None) as tools:
        text = (await tools.repository("validate_manifests", bare.where)).ok.text
    assert "no findings" in text or " info" in text


async def test_a_secret_is_found_and_not_repeated(tools: Tools, git: GitBench) -> None:
    value = "hunter2-hunter3"
    bare = git.repository()
    bare.commit(
        {"app/secret.yaml": f"apiVersion: v1\nkind: Secret\nmetadata:\n  name: x\nstringData:\n  pin: {value}\n"}
    )
    text = (await tools.repository("validate_manifests", bare.where)).ok.text
    assert "app/secret.yaml:6 error plain-secret" in text
    assert value not in text


async def test_names_from_git_are_cleaned(tools: Tools, git: GitBench) -> None:
    bare = git.repository()
    bare.branch("main", {"app/x\x1b[31m\u202e\u200by.yaml": TYPO.replace("name: typo", "name: typo\u200b")})
    text = (await tools.repository("validate_manifests", bare.where)).ok.text
    assert "error unknown-field" in text
    assert not {"\x1b", "\u202e", "\u200b"} & set(text)


async def test_many_findings_stay_within_the_budget(tools: Tools, git: GitBench) -> None:
    bare = git.repository()
    bare.commit({f"app/typo-{at}.yaml": TYPO for at in range(400)})
    text = (await tools.repository("validate_manifests", bare.where)).ok.text
    assert len(text) <= NORMAL
    assert "[cut: first " in text
    assert "validate fewer paths]" in text


async def test_the_house_rules_of_the_repository_count(tools: Tools, git: GitBench) -> None:
    bare = git.repository()
    bare.commit({"app/latest.yaml": deployment("latest", "example.com/web:latest")})
    assert "warning latest-tag" in (await tools.repository("validate_manifests", bare.where)).ok.text
    bare.commit({".argocd-gitops.yaml": "rules:\n  latest-tag: off\n"})
    assert "latest-tag" not in (await tools.repository("validate_manifests", bare.where)).ok.text
    bare.commit({".argocd-gitops.yaml": "rules: [\n"})
    assert ".argocd-gitops.yaml" in (await tools.repository("validate_manifests", bare.where)).refused("not_yaml")
