"""Templates are listed, rendered and laid over what is there; a repository gets its layout, empty or not."""

from typing import Any

import pytest

from tests.contract.git_bench import Bare, GitBench
from tests.stage import Stage, Tools

pytestmark = pytest.mark.anyio

VALUES = {"service": "shop", "image": "registry.example.com/shop", "tag": "1.0.0", "owners": ["@shop/platform"]}


def application(bare: Bare, **values: Any) -> dict[str, Any]:
    known = {"name": f"{bare.name}-new", "project": "default", "repo_url": bare.url, "path": "app"}
    return {**known, "revision": "main", "namespace": "contract", **values}


async def test_templates_tell_what_they_need(tools: Tools) -> None:
    text = (await tools.repository("list_templates")).ok.text
    assert "application-plain: " in text
    assert "Needs name, project, repo_url, path, revision, namespace." in text
    one = (await tools.repository("list_templates", template="application-plain")).ok.text
    assert "revision (string, required): " in one
    layout = (await tools.repository("list_templates", template="repository")).ok.text
    assert "owners (list, required): " in layout
    assert tools.http.sent == []


async def test_an_unknown_template_names_the_nearest(tools: Tools) -> None:
    for operation in ("list_templates", "render_template"):
        refused = await tools.repository(operation, template="aplication-plain")
        assert "did you mean application-plain" in refused.refused("unknown_template")


async def test_values_of_the_wrong_type_are_refused_by_name(tools: Tools, git: GitBench) -> None:
    bare = git.repository()
    before = bare.refs()
    wrong: list[tuple[dict[str, Any], str]] = [
        (application(bare, name=7), "name: expected a string, got"),
        (application(bare, automated="maybe"), "automated: expected a boolean, got"),
        (application(bare, path="../elsewhere"), "path: "),
        (application(bare, colour="red"), "'colour' is no value of this template"),
        ({"name": "x"}, "Missing: project (string"),
    ]
    for operation in ("render_template", "plan_change", "open_pull_request"):
        for values, said in wrong:
            answer = await tools.repository(operation, bare.where, template="application-plain", values=values)
            assert said in answer.refused("invalid_value")
    assert bare.refs() == before
    assert tools.http.sent == []


async def test_a_template_is_shown_as_it_would_be_written(tools: Tools, git: GitBench) -> None:
    bare = git.repository()
    values = application(bare)
    alone = (await tools.repository("render_template", template="application-plain", values=values)).ok.text
    path = f"apps/{bare.name}-new.yaml"
    assert f"--- {path}\napiVersion: argoproj.io/v1alpha1\nkind: Application\n" in alone
    there = await tools.repository("render_template", bare.where, template="application-plain", values=values)
    assert there.ok.text == alone


async def test_what_stands_in_a_file_stays_where_a_template_is_laid_over_it(tools: Tools, git: GitBench) -> None:
    bare = git.repository()
    rendered = (
        await tools.repository("render_template", template="application-plain", values=application(bare))
    ).ok.text
    written = rendered.split("\n", 2)[2] + "\n"
    path = f"apps/{bare.name}-new.yaml"
    bare.commit({path: written.replace("kind: Application\n", "kind: Application # ours\n")})
    again = await tools.repository(
        "render_template", bare.where, template="application-plain", values=application(bare)
    )
    assert f"0 files; so already: {path}" in again.ok.text
    moved = application(bare, revision="v1.2.3")
    laid = (await tools.repository("render_template", bare.where, template="application-plain", values=moved)).ok.text
    assert "kind: Application # ours\n" in laid
    assert "targetRevision: v1.2.3\n" in laid
    planned = (
        await tools.repository("plan_change", bare.where, template="application-plain", values=moved)
    ).ok.structured
    lines = [one for one in planned["diff"].splitlines()[2:] if one[0] in "+-"]
    assert lines == ["-    targetRevision: main", "+    targetRevision: v1.2.3"]


async def test_an_empty_repository_is_begun_and_its_layout_is_valid(tools: Tools, git: GitBench) -> None:
    bare = git.empty()
    plan = (await tools.repository("scaffold_repository", bare.where, values=VALUES, plan=True)).ok.structured
    assert plan["effect"].endswith("as the first commit of main")
    assert "apps/shop-production.yaml: created" in plan["changes"]
    assert bare.refs() == ""
    made = (await tools.repository("apply_plan", plan_id=plan["planId"])).ok.structured
    assert made["result"] == "begun with its first commit"
    assert bare.refs() == f"refs/heads/main {bare.head()}"
    assert bare.head().startswith(made["commit"])
    assert bare.git("ls-tree", "-r", "--name-only", "main").split() == sorted(made["files"])
    assert bare.git("log", "-1", "--format=%an <%ae>") == "Ada <ada@example.com>"
    assert bare.url in bare.show("apps/shop-production.yaml")
    text = (await tools.repository("validate_manifests", bare.where)).ok.text
    assert " error" not in text
    assert " warning" not in text
    again = await tools.repository("scaffold_repository", bare.where, values=VALUES)
    assert "every file of the layout already" in again.refused("nothing_to_change")


async def test_a_repository_that_has_files_gets_the_rest_by_a_pull_request(
    stage: Stage, tools: Tools, git: GitBench
) -> None:
    bare = git.repository()
    head, readme = bare.head(), bare.show("README.md")
    plan = (await tools.repository("scaffold_repository", bare.where, values=VALUES, plan=True)).ok.structured
    assert plan["effect"].endswith("by a pull request into main")
    assert plan["warnings"] == ["Kept as they are: README.md"]
    made = (await tools.repository("scaffold_repository", bare.where, values=VALUES)).ok.structured
    assert made["kept"] == ["README.md"]
    assert bare.head() == head
    assert bare.show("README.md", made["branch"]) == readme
    assert bare.show("CODEOWNERS", made["branch"])
    again = (await tools.repository("scaffold_repository", bare.where, values=VALUES)).ok.structured
    assert (again["branch"], again["commit"]) == (made["branch"], made["commit"])
    async with stage.tools(allow_merge=True, elicit="accept") as merging:
        (await merging.repository("merge_pull_request", bare.where, pull_request=made["pullRequest"])).ok  # noqa: B018
    assert "every file" in (await tools.repository("scaffold_repository", bare.where, values=VALUES)).refused(
        "nothing_to_change"
    )


async def test_a_layout_that_cannot_be_made_leaves_the_repository_empty(tools: Tools, git: GitBench) -> None:
    bare = git.empty()
    cases: list[tuple[dict[str, Any], str]] = [
        ({**VALUES, "port": "eighty"}, "invalid_value"),
        ({**VALUES, "owners": "@shop/platform"}, "invalid_value"),
        ({"service": "shop"}, "invalid_value"),
        ({**VALUES, "tag": "ghp_" + "a1B2c3D4e5" * 4}, "secret_in_change"),
    ]
    for values, code in cases:
        assert "a1B2c3D4e5" not in (await tools.repository("scaffold_repository", bare.where, values=values)).refused(
            code
        )
    assert bare.refs() == ""


async def test_a_file_where_the_layout_needs_a_folder_is_in_the_way(tools: Tools, git: GitBench) -> None:
    bare = git.repository({"services": "a file\n"})
    before = bare.refs()
    refused = await tools.repository("scaffold_repository", bare.where, values=VALUES)
    assert "services is a file" in refused.refused("invalid_path")
    assert bare.refs() == before
