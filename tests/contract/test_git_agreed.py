"""What was agreed to is what is done: a merge names its head, and a plan can be passed on whole."""

import random

import pytest

from tests.contract.git_bench import GitBench
from tests.stage import Stage, Tools

pytestmark = pytest.mark.anyio


async def test_a_merge_of_another_head_than_was_agreed_to_is_refused(stage: Stage, git: GitBench) -> None:
    bare = git.repository()
    bare.branch("change", {"NOTES.md": "why\n"})
    agreed = bare.head("change")
    bare.branch("change", {"MORE.md": "and this\n"})
    before = bare.refs()
    async with stage.tools(allow_merge=True) as tools:
        asked = {"pull_request": "change", "confirm": "change"}
        refused = await tools.repository("merge_pull_request", bare.where, head=agreed[:8], **asked)
        assert f"not at {agreed[:8]}" in refused.refused("conflict")
        assert bare.refs() == before
        head = bare.head("change")[:8]
        merged = await tools.repository("merge_pull_request", bare.where, head=head, **asked)
    assert merged.ok.structured["result"] == "merged"


async def test_a_plan_that_nobody_could_pass_on_is_refused(tools: Tools, git: GitBench) -> None:
    bare = git.repository()
    before = bare.refs()
    letters = random.Random(1)  # noqa: S311 - no secret
    text = "\n".join("".join(letters.choices("abcdefghijklmnop ", k=60)) for _ in range(800))
    change = {"files": {"NOTES.md": text}}
    refused = await tools.repository("open_pull_request", bare.where, plan=True, **change)
    assert "fewer or smaller files" in refused.refused("too_large")
    assert bare.refs() == before
    assert (await tools.repository("open_pull_request", bare.where, **change)).ok


async def test_what_was_taken_back_and_is_brought_again_gets_a_branch_of_its_own(stage: Stage, git: GitBench) -> None:
    bare = git.repository()
    app = git.application(bare)
    async with stage.tools(elicit="accept", allow_merge=True) as tools:
        branches = []
        for tag in ("v2", "v1", "v2"):
            made = await tools.repository("open_pull_request", application_name=app.name, image=tag)
            request = made.ok.structured["pullRequest"]
            again = await tools.repository("open_pull_request", application_name=app.name, image=tag, title="Again")
            assert again.ok.structured["pullRequest"] == request
            branches.append(made.structured["branch"])
            assert (await tools.repository("merge_pull_request", bare.where, pull_request=request)).ok
            assert bare.git("show", "main:app/web.yaml").endswith(f":{tag}")
        assert branches[2] == f"{branches[0]}-2"
        assert len(set(branches)) == 3
        taken_back = {"files": {"app/web.yaml": bare.show("app/web.yaml").replace(":v2", ":v1")}}
        before = bare.refs()
        refused = await tools.repository("open_pull_request", bare.where, branch=branches[1], **taken_back)
        assert "merged or closed before" in refused.refused("conflict")
        assert bare.refs() == before
        made = await tools.repository("open_pull_request", bare.where, **taken_back)
    assert made.ok.structured["branch"] == f"{branches[1]}-2"


async def test_the_same_files_are_the_same_change_whatever_was_asked_for(tools: Tools, git: GitBench) -> None:
    bare = git.repository()
    app = git.application(bare)
    plan = (await tools.repository("open_pull_request", application_name=app.name, image="v2", plan=True)).ok.structured
    first = (await tools.repository("open_pull_request", application_name=app.name, image="v2")).ok.structured
    assert first["branch"] in str(plan)
    files = {"app/web.yaml": bare.show("app/web.yaml", first["branch"])}
    again = (await tools.repository("open_pull_request", bare.where, files=files, title="Release")).ok.structured
    assert (again["branch"], again["commit"]) == (first["branch"], first["commit"])


async def test_a_name_that_holds_something_else_is_passed_over(tools: Tools, git: GitBench) -> None:
    bare = git.repository()
    change = {"files": {"NOTES.md": "why\n"}}
    first = (await tools.repository("open_pull_request", bare.where, **change)).ok.structured
    theirs = bare.branch(first["branch"], {"MORE.md": "and this\n"})
    second = (await tools.repository("open_pull_request", bare.where, **change)).ok.structured
    assert second["branch"] == f"{first['branch']}-2"
    assert (bare.head(first["branch"]), bare.head(second["branch"])[:8]) == (theirs, second["commit"])
    refused = await tools.repository("open_pull_request", bare.where, branch=first["branch"], plan=True, **change)
    assert "something else" in refused.refused("conflict")


async def test_a_change_does_not_turn_off_what_finds_fault_with_it(tools: Tools, git: GitBench) -> None:
    bare = git.repository()
    before = bare.refs()
    change = {
        "app/web.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndatta: {}\n",
        ".argocd-gitops.yaml": "rules:\n  unknown-field: 'off'\n",
    }
    refused = await tools.repository("open_pull_request", bare.where, files=change)
    assert "unknown-field" in refused.refused("invalid_change")
    assert bare.refs() == before
