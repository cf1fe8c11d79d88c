"""A change is planned from what is wanted: only the lines that have to change do, and its effect is told."""

from typing import Any

import pytest

from argocd_gitops_mcp.operations import _files
from argocd_gitops_mcp.views.view import NORMAL
from tests.contract.bench import IN_CLUSTER, App, config_map, deployment, secret
from tests.contract.git_bench import IMAGE, Bare, GitBench, charted, kustomized, plain
from tests.stage import Tools

pytestmark = pytest.mark.anyio


def changed(plan: dict[str, Any]) -> list[str]:
    """The lines of a plan's diff that come and go."""
    return [one for one in plan["diff"].splitlines() if one[:1] in "+-" and not one.startswith(("+++", "---"))]


async def planned(tools: Tools, where: str | None = None, **wanted: Any) -> dict[str, Any]:
    """The plan of a change, of which nothing was written."""
    plan = (await tools.repository("plan_change", where, **wanted)).ok.structured
    assert plan["result"] == "planned; nothing was written"
    assert [one.path for one in tools.writes if not one.path.endswith("/appdetails")] == []
    return plan


def with_chart(git: GitBench, bare: Bare, **helm: Any) -> App:
    source = {"repoURL": bare.url, "path": "chart", "targetRevision": "main"}
    return git.application(bare, source={**source, "helm": {"valueFiles": ["values-production.yaml"], **helm}})


async def test_an_image_in_plain_yaml(tools: Tools, git: GitBench) -> None:
    bare = git.repository()
    app, head = git.application(bare), bare.head()
    plan = await planned(tools, application_name=app.name, image="v2")
    assert plan["base"] == f"main at {head[:8]}"
    assert changed(plan) == [f"-          image: {IMAGE}:v1", f"+          image: {IMAGE}:v2"]
    told = f"Deployment/{bare.name}: spec.template.spec.containers.main.image: {IMAGE}:v1 -> {IMAGE}:v2"
    assert plan["effects"] == [f"{app.name}: {told}"]
    assert bare.refs() == f"refs/heads/main {head}"


async def test_replicas_in_plain_yaml(tools: Tools, git: GitBench) -> None:
    bare = git.repository()
    plan = await planned(tools, application_name=git.application(bare).name, replicas=3)
    assert changed(plan) == ["-  replicas: 1", "+  replicas: 3"]
    assert plan["effects"] == [f"{bare.name}: Deployment/{bare.name}: spec.replicas: 1 -> 3"]


async def test_several_intents_are_one_change(tools: Tools, git: GitBench) -> None:
    bare = git.repository()
    app = git.application(bare)
    plan = await planned(tools, application_name=app.name, image="v2", replicas=3, files={"NOTES.md": "why\n"})
    assert len(plan["summary"]) == 3
    assert changed(plan) == [
        *("+why",),
        *("-  replicas: 1", "+  replicas: 3"),
        *(f"-          image: {IMAGE}:v1", f"+          image: {IMAGE}:v2"),
    ]
    half = await planned(tools, application_name=app.name, image="v1", replicas=3)
    assert changed(half) == ["-  replicas: 1", "+  replicas: 3"]


@pytest.mark.usefixtures("alone")
async def test_an_image_is_set_in_the_overlay_that_is_meant(tools: Tools, git: GitBench) -> None:
    bare = git.repository(kustomized("web", "staging", "production"))
    apps = {one: git.application(bare, f"overlays/{one}", f"-{one}") for one in ("staging", "production")}
    plan = await planned(tools, application_name=apps["staging"].name, image="v2")
    assert plan["summary"] == [f"overlays/staging/kustomization.yaml: images {IMAGE} newTag v1 -> v2"]
    assert changed(plan) == ["-    newTag: v1 # as released", "+    newTag: v2 # as released"]
    assert len(plan["effects"]) == 1
    assert "there is no kustomize here; its effect is known once the branch is pushed" in plan["effects"][0]
    assert plan["unchecked"] == ["overlays/staging/kustomization.yaml was not rendered: there is no kustomize here."]


@pytest.mark.real
@pytest.mark.usefixtures("programs")
async def test_kustomize_tells_the_effect_on_every_overlay_of_a_base(tools: Tools, git: GitBench) -> None:
    bare = git.repository(kustomized("web", "staging", "production"))
    for one in ("staging", "production"):
        git.application(bare, f"overlays/{one}", f"-{one}")
    base = bare.show("base/web.yaml").replace("replicas: 1", "replicas: 2")
    plan = await planned(tools, bare.where, files={"base/web.yaml": base})
    assert plan["effects"] == [
        f"{bare.name}-production: Deployment/web: spec.replicas: 1 -> 2",
        f"{bare.name}-staging: Deployment/web: spec.replicas: 1 -> 2",
    ]
    assert "unchecked" not in plan


@pytest.mark.usefixtures("alone")
async def test_a_base_reaches_both_overlays_also_where_nothing_is_rendered(tools: Tools, git: GitBench) -> None:
    bare = git.repository({**kustomized("web", "staging", "production"), **plain("other")})
    for one in ("staging", "production"):
        git.application(bare, f"overlays/{one}", f"-{one}")
    git.application(bare)
    base = bare.show("base/web.yaml").replace("replicas: 1", "replicas: 2")
    plan = await planned(tools, bare.where, files={"base/web.yaml": base})
    assert [one.partition(":")[0] for one in plan["effects"]] == [f"{bare.name}-production", f"{bare.name}-staging"]


@pytest.mark.usefixtures("alone")
async def test_values_of_a_chart_in_the_repository(tools: Tools, git: GitBench) -> None:
    bare = git.repository(charted())
    app = with_chart(git, bare)
    image = await planned(tools, application_name=app.name, image="v2")
    assert changed(image) == ["-  tag: v1 # as released", "+  tag: v2 # as released"]
    value = await planned(tools, application_name=app.name, helm_values={"image.tag": "v3"})
    assert value["summary"] == ["chart/values-production.yaml: image.tag v1 -> v3"]
    count = await planned(tools, application_name=app.name, replicas=4)
    assert changed(count) == ["+replicas: 4"]
    assert count["summary"] == ["chart/values-production.yaml: replicas (new) 1 -> 4"]
    assert "there is no helm here" in count["effects"][0]


@pytest.mark.real
@pytest.mark.usefixtures("programs")
async def test_helm_tells_the_effect(tools: Tools, git: GitBench) -> None:
    bare = git.repository(charted())
    app = with_chart(git, bare, releaseName="shop")
    plan = await planned(tools, application_name=app.name, replicas=4)
    assert plan["effects"] == [f"{app.name}: Deployment/shop: spec.replicas: 1 -> 4"]


@pytest.mark.usefixtures("alone")
async def test_a_template_of_a_chart_is_no_broken_yaml(tools: Tools, git: GitBench) -> None:
    bare = git.repository(charted())
    with_chart(git, bare)
    text = bare.show("chart/templates/web.yaml").replace("name: main", "name: web")
    plan = await planned(tools, bare.where, files={"chart/templates/web.yaml": text})
    assert changed(plan) == ["-        - name: main", "+        - name: web"]
    assert "findings" not in plan


async def test_the_revision_of_an_application_is_changed_in_its_manifest(tools: Tools, git: GitBench) -> None:
    bare = git.repository()
    app = git.application(bare)
    declared = f"""\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: {app.name}
  namespace: argocd
spec:
  project: default
  source:
    repoURL: {bare.url} # here
    path: app
    targetRevision: main # the branch
  destination:
    server: {IN_CLUSTER}
    namespace: default
"""
    bare.commit({"apps/web.yaml": declared})
    plan = await planned(tools, application_name=app.name, target_revision="v1")
    assert changed(plan) == ["-    targetRevision: main # the branch", "+    targetRevision: v1 # the branch"]


async def test_the_manifest_is_found_among_more_files_than_are_read_at_once(
    tools: Tools, git: GitBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = git.repository()
    app = git.application(bare)
    declared = (
        f"apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: {app.name}}}\nspec:\n"
        f"  source:\n    repoURL: {bare.url}\n    path: app\n    targetRevision: main\n"
    )
    bare.commit({**{f"many/{number}.yaml": config_map("one") for number in range(40)}, "z/web.yaml": declared})
    monkeypatch.setattr(_files, "_MOST_FILES", 20)
    monkeypatch.setattr(_files, "_AT_ONCE", 10)
    plan = await planned(tools, application_name=app.name, target_revision="v1")
    assert changed(plan) == ["-    targetRevision: main", "+    targetRevision: v1"]


async def test_whole_files_are_added_changed_and_removed(tools: Tools, git: GitBench) -> None:
    bare = git.repository()
    git.application(bare)
    files = {"app/more.yaml": config_map(f"{bare.name}-more"), "app/settings.yaml": None, "app/web.yaml": None}
    plan = await planned(tools, bare.where, files=files)
    assert plan["summary"] == ["app/more.yaml: as given", "app/settings.yaml: removed", "app/web.yaml: removed"]
    assert sorted(plan["effects"]) == [
        f"{bare.name}: ConfigMap/{bare.name}-more: created",
        f"{bare.name}: ConfigMap/{bare.name}: no longer in Git",
        f"{bare.name}: Deployment/{bare.name}: no longer in Git",
    ]


async def test_a_template_adds_an_application_and_argo_cd_is_asked_about_it(tools: Tools, git: GitBench) -> None:
    bare = git.repository()
    values = {"name": f"{bare.name}-new", "project": "default", "repo_url": bare.url, "path": "app"}
    values |= {"revision": "main", "namespace": "contract"}
    plan = await planned(tools, bare.where, template="application-plain", values=values)
    assert plan["summary"] == [f"apps/{bare.name}-new.yaml: from template application-plain"]
    wrong = {**values, "project": "nowhere-to-be-found"}
    plan = await planned(tools, bare.where, template="application-plain", values=wrong)
    assert any("error nonexistent-project" in one for one in plan["findings"])


async def test_findings_are_those_that_the_change_brings(tools: Tools, git: GitBench) -> None:
    bare = git.repository()
    bare.commit({"app/old.yaml": deployment("old", "example.com/web:latest")})
    quiet = await planned(tools, bare.where, files={"app/old.yaml": deployment("old", "example.com/web:latest") + "\n"})
    assert "findings" not in quiet
    loud = await planned(tools, bare.where, files={"app/more.yaml": deployment("more", "example.com/web:latest")})
    assert any(one.startswith("app/more.yaml:19 warning latest-tag") for one in loud["findings"])
    assert not any("old.yaml" in one for one in loud["findings"])


async def test_a_change_of_the_rules_is_said_and_broken_ones_are_refused(tools: Tools, git: GitBench) -> None:
    bare = git.repository()
    off, broken = "rules:\n  latest-tag: 'off'\n", "rules:\n  no-such-rule: 'off'\n"
    loud = {"app/more.yaml": deployment("more", "example.com/web:latest"), ".argocd-gitops.yaml": off}
    plan = await planned(tools, bare.where, files=loud)
    assert any("latest-tag" in one for one in plan["findings"])
    assert (
        ".argocd-gitops.yaml is changed: this change was validated by the rules that were there." in plan["unchecked"]
    )
    refused = await tools.repository("plan_change", bare.where, files={".argocd-gitops.yaml": broken})
    assert "no-such-rule" in refused.refused("invalid_argument")
    bare.commit({".argocd-gitops.yaml": broken})
    mended = await planned(tools, bare.where, files={".argocd-gitops.yaml": off})
    assert "findings" not in mended


OTHER_BASE = {
    "spare/kustomization.yaml": "resources: [map.yaml]\n",
    "spare/map.yaml": config_map("spare"),
    "overlays/idle/kustomization.yaml": "resources: [../../spare, ../../parts]\npatches: [{path: patch.yaml}]\n",
    "overlays/idle/patch.yaml": config_map("more").replace("MODE", "LEVEL"),
    "parts/kustomization.yaml": "resources: [more.yaml]\n",
    "parts/more.yaml": config_map("more"),
}


async def test_what_an_overlay_newly_builds_on_is_not_missing(tools: Tools, git: GitBench) -> None:
    bare = git.repository({**kustomized("web", "staging"), **OTHER_BASE})
    git.application(bare, "overlays/staging")
    text = bare.show("overlays/staging/kustomization.yaml").replace("../../base", "../../base\n  - ../../spare")
    plan = await planned(tools, bare.where, files={"overlays/staging/kustomization.yaml": text})
    assert "findings" not in plan


@pytest.mark.real
@pytest.mark.usefixtures("programs")
async def test_kustomize_tells_what_an_overlay_newly_builds_on(tools: Tools, git: GitBench) -> None:
    bare = git.repository({**kustomized("web", "staging"), **OTHER_BASE})
    git.application(bare, "overlays/staging")
    text = bare.show("overlays/staging/kustomization.yaml").replace("../../base", "../../base\n  - ../../spare")
    plan = await planned(tools, bare.where, files={"overlays/staging/kustomization.yaml": text})
    assert plan["effects"] == [f"{bare.name}: ConfigMap/spare: created"]


@pytest.mark.real
@pytest.mark.usefixtures("programs")
async def test_an_overlay_that_breaks_is_found_though_nobody_deploys_it(tools: Tools, git: GitBench) -> None:
    bare = git.repository({**kustomized("web", "staging"), **OTHER_BASE})
    files = {"parts/kustomization.yaml": "resources: [other.yaml]\n", "parts/more.yaml": None}
    plan = await planned(tools, bare.where, files={**files, "parts/other.yaml": config_map("other")})
    (finding,) = plan["findings"]
    assert finding.startswith("overlays/idle/kustomization.yaml")
    assert "error kustomize-build" in finding


async def test_an_application_that_does_not_follow_the_branch_is_named_as_such(tools: Tools, git: GitBench) -> None:
    bare = git.repository()
    bare.git("tag", "v1", "main")
    source = {"repoURL": bare.url, "path": "app", "targetRevision": "v1"}
    fixed = git.application(bare, source=source)
    plan = await planned(tools, application_name=fixed.name, image="v2")
    assert plan["effects"] == [f"{fixed.name}: is at v1, not on main: this change does not reach it"]
    opened = (await tools.repository("open_pull_request", application_name=fixed.name, image="v2")).ok.structured
    assert opened["effects"] == plan["effects"]


async def test_one_of_several_sources_is_edited_in_its_repository(tools: Tools, git: GitBench) -> None:
    bare, other = git.repository(), git.repository({"app/settings.yaml": config_map("of-another")})
    sources = [{"repoURL": one.url, "path": "app", "targetRevision": "main"} for one in (bare, other)]
    app = git.application(bare, source=None, sources=sources)
    refused = await tools.repository("plan_change", application_name=app.name, image="v2")
    assert "several repositories" in refused.refused("invalid_argument")
    plan = await planned(tools, bare.where, application_name=app.name, image="v2")
    assert changed(plan) == [f"-          image: {IMAGE}:v1", f"+          image: {IMAGE}:v2"]
    assert len(plan["effects"]) == 1


async def test_what_is_so_already_is_no_change(tools: Tools, git: GitBench) -> None:
    bare = git.repository()
    app = git.application(bare)
    for wanted in (
        {"application_name": app.name, "image": "v1"},
        {"application_name": app.name, "replicas": 1},
        {"repository": bare.where, "files": {"app/web.yaml": bare.show("app/web.yaml")}},
    ):
        (await tools.repository("plan_change", **wanted)).refused("nothing_to_change")
        (await tools.repository("open_pull_request", **wanted)).refused("nothing_to_change")
    assert bare.refs() == f"refs/heads/main {bare.head()}"


async def test_what_is_not_clear_is_asked_for(tools: Tools, git: GitBench) -> None:
    bare = git.repository({"app/web.yaml": deployment("one") + "---\n" + deployment("two")})
    app = git.application(bare)
    cases: list[tuple[dict[str, Any], str]] = [
        ({"application_name": app.name, "replicas": 2}, "one"),
        ({"repository": bare.where, "image": "v2"}, "application_name"),
        ({"repository": bare.where}, "What is to be changed"),
        ({"repository": bare.where, "values": {"a": 1}, "files": {"a": "b"}}, "template"),
        ({"files": {"a": "b"}}, "repository is needed"),
        ({"application_name": app.name, "files": {"a.yaml": 7}}, "must be text"),
        ({"application_name": app.name, "replicas": -1}, "replicas"),
        ({"application_name": app.name, "image": "v2\nv3"}, "image"),
    ]
    for wanted, said in cases:
        assert said in (await tools.repository("plan_change", **wanted)).refused("invalid_argument")
    meant = await planned(tools, application_name=app.name, replicas=2, workload="two")
    assert meant["summary"] == ["app/web.yaml: Deployment/two replicas 1 -> 2"]


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"../elsewhere.yaml": "a: 1\n"}, "invalid_path"),
        ({"/etc/passwd": "a: 1\n"}, "invalid_path"),
        ({".git/hooks/post-commit": "a\n"}, "invalid_path"),
        ({"app\\web.yaml": "a: 1\n"}, "invalid_path"),
        ({"linked/web.yaml": "a: 1\n"}, "invalid_path"),
        ({"linked": "a: 1\n"}, "invalid_path"),
        ({"app": "a: 1\n"}, "invalid_path"),
        ({"app/web.yaml/inside.yaml": "a: 1\n"}, "invalid_path"),
        ({"app/web\u202e.yaml": "a: 1\n"}, "invalid_path"),
        ({"app/gone.yaml": None}, "nothing_to_change"),
        ({"app/web.yaml": "kind: Deployment\n  spec: [\n"}, "not_yaml"),
        ({"app/web.yaml": "a: 1\n" * 60_000}, "invalid_argument"),
        ({"app/token.yaml": "token: ghp_" + "a1B2c3D4e5" * 4 + "\n"}, "secret_in_change"),
        ({"app/key.yaml": secret("x", "hunter2-hunter3")}, "secret_in_change"),
    ],
    ids=range(14),
)
async def test_a_change_that_must_not_be_leaves_the_repository_as_it_was(
    tools: Tools, git: GitBench, files: dict[str, str | None], code: str
) -> None:
    bare = git.repository()
    bare.branch("main", {"linked": "app"}, mode="120000")
    before = bare.refs()
    for operation in ("plan_change", "open_pull_request"):
        text = (await tools.repository(operation, bare.where, files=files)).refused(code)
        assert "a1B2c3D4e5" not in text
        assert "hunter2" not in text
    (await tools.repository("open_pull_request", bare.where, files=files, plan=True)).refused(code)
    assert bare.refs() == before
    assert [one.outcome for one in tools.audit] == [code] * 3
    assert "hunter2" not in str(tools.audit)


async def test_a_secret_that_git_has_already_is_not_shown(tools: Tools, git: GitBench) -> None:
    value = "q7Zr2Lx9Wm4T"
    settings = (
        f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: y\ndata:\n  app.conf: |\n    password={value}\n    a=1\n"
    )
    bare = git.repository({"app/secret.yaml": secret("x", value), "app/settings.yaml": settings})
    git.application(bare)
    for files in ({"app/secret.yaml": None}, {"app/settings.yaml": settings.replace("a=1", "a=2")}):
        plan = await tools.repository("plan_change", bare.where, files=files)
        preview = await tools.repository("open_pull_request", bare.where, files=files, plan=True)
        opened = await tools.repository("open_pull_request", bare.where, files=files)
        for answer in (plan, preview, opened):
            assert value not in f"{answer.ok.text}{answer.structured}"
        assert "password" in plan.structured["diff"]
        assert value not in bare.git("log", "-1", "--format=%B", opened.structured["branch"])


async def test_repositories_outside_of_the_workspace_are_unknown(tools: Tools, git: GitBench) -> None:
    bare = git.repository()
    outside = git.application(
        bare, source={"repoURL": "https://git.example.com/none/of-ours.git", "path": "app", "targetRevision": "main"}
    )
    for where in (
        "..",
        "/etc",
        "nowhere",
        "https://git.example.com/none/of-ours.git",
        f"file://{bare.folder.parent.parent}",
    ):
        for operation, more in (
            ("plan_change", {"files": {"a": "b\n"}}),
            ("open_pull_request", {"files": {"a": "b\n"}}),
            ("validate_manifests", {}),
            ("get_pull_request", {"pull_request": "1"}),
            ("track_change", {"commit": "main"}),
        ):
            (await tools.repository(operation, where, **more)).refused("unknown_repository")
    (await tools.repository("plan_change", application_name=outside.name, image="v2")).refused("unknown_repository")


async def test_an_application_that_is_not_there_is_told_as_ever(tools: Tools) -> None:
    refused = await tools.repository("plan_change", application_name="none-of-this-name", image="v2")
    assert refused.is_error
    assert refused.text.startswith(("error missing_or_forbidden:", "error not_found:"))


async def test_a_large_change_stays_within_the_budget(tools: Tools, git: GitBench) -> None:
    bare = git.repository()
    git.application(bare)
    files = {f"app/more-{at}.yaml": config_map(f"{bare.name}-{at}") * 1 for at in range(300)}
    answer = (await tools.repository("plan_change", bare.where, files=files)).ok
    assert len(answer.text) <= NORMAL
    assert any("of 300 shown" in one for one in answer.structured["cut"])
    preview = (await tools.repository("open_pull_request", bare.where, files=files, plan=True)).ok
    assert len(preview.text) <= 2 * NORMAL
    opened = (await tools.repository("open_pull_request", bare.where, files=files)).ok
    assert len(opened.text) <= NORMAL
    assert len(bare.git("ls-tree", "-r", "--name-only", opened.structured["branch"]).split()) == 303
