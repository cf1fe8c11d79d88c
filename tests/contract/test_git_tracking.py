"""A commit is followed through every application that deploys it, to its health or to where it is stuck and why."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from argocd_gitops_mcp.operations import tracking
from tests.contract.bench import BROKEN_YAML, UNKNOWN_KIND, App, config_map, deployment
from tests.contract.git_bench import IMAGE, Bare, GitBench, kustomized, plain
from tests.stage import Stage, Tools, until

pytestmark = pytest.mark.anyio

ONCE = {"automated": {}, "retry": {"limit": 1, "backoff": {"duration": "1s", "factor": 1, "maxDuration": "1s"}}}
"""A sync that fails is over soon."""


@pytest.fixture(autouse=True)
def sooner(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sandbox is quick: what looks like the end there is one."""
    if not stage.real:
        monkeypatch.setattr(tracking, "_SURE", 1.2)
        monkeypatch.setattr(tracking, "_LOOK_EVERY", 0.1)


@pytest.fixture
async def merging(stage: Stage) -> AsyncIterator[Tools]:
    async with stage.tools(elicit="accept", allow_merge=True) as tools:
        yield tools


async def tracked(tools: Tools, bare: Bare, seconds: int = 40, **wanted: Any) -> dict[str, Any]:
    found = (await tools.repository("track_change", bare.where, timeout_seconds=seconds, **wanted)).ok.structured
    assert tools.writes == []
    return found


async def followed(tools: Tools, bare: Bare, seconds: int = 40, **wanted: Any) -> dict[str, Any]:
    """Until it is at rest: a slow machine needs more than one look."""
    found = await tracked(tools, bare, seconds, **wanted)
    for _ in range(2):
        if found["result"].startswith("not "):
            found = await tracked(tools, bare, seconds, **wanted)
    return found


async def merged(tools: Tools, bare: Bare, **wanted: Any) -> str:
    """The request of a change that was merged."""
    made = (await tools.repository("open_pull_request", bare.where, **wanted)).ok.structured
    request: str = made["pullRequest"]
    assert (await tools.repository("merge_pull_request", bare.where, pull_request=request)).ok
    return request


async def test_a_commit_is_followed_until_it_is_healthy(tools: Tools, git: GitBench) -> None:
    bare = git.repository()
    app = git.application(bare)
    head = bare.head()
    found = await followed(tools, bare, commit=head)
    assert found == {
        "result": "healthy",
        "repository": bare.name,
        "commit": head[:8],
        "applications": [f"{app.name}: healthy"],
    }
    assert tools.audit[-1].target == bare.where
    assert await tracked(tools, bare, commit="main") == found
    assert await tracked(tools, bare, commit=head[:10]) == found


async def test_a_pull_request_is_followed_from_its_merge(merging: Tools, git: GitBench) -> None:
    bare = git.repository()
    app = git.application(bare)
    await followed(merging, bare, commit="main")
    made = (await merging.repository("open_pull_request", application_name=app.name, image="v2")).ok.structured
    request = made["pullRequest"]
    waiting = await tracked(merging, bare, pull_request=request)
    assert (waiting["result"], waiting["commit"]) == ("not merged", made["commit"])
    assert "applications" not in waiting
    assert (await merging.repository("merge_pull_request", bare.where, pull_request=request)).ok
    found = await followed(merging, bare, pull_request=request)
    assert (found["result"], found["commit"]) == ("healthy", bare.head()[:8])
    live = app.whole()
    assert live["status"]["sync"]["revision"] == bare.head()
    assert f"{IMAGE}:v2" in live["status"]["summary"]["images"]


async def test_a_bad_image_is_stuck_and_the_cause_is_told(tools: Tools, git: GitBench) -> None:
    bare = git.repository()
    app = git.application(bare)
    await followed(tools, bare, commit="main")
    bad = deployment(bare.name, f"{IMAGE}:broken").replace("spec:\n", "spec:\n  progressDeadlineSeconds: 2\n", 1)
    commit = bare.commit({"app/web.yaml": bad})
    found = await followed(tools, bare, commit=commit)
    assert found["result"] == "stuck in 1 of 1 applications"
    assert found["stuck"] == [app.name]
    assert found["applications"][0].startswith(f"{app.name}: synced; health is Degraded")
    assert "get_resource_events" in found["next"]
    # Until the deadline passes nobody knows: then it is not called stuck, and not healthy either.
    mended = bare.commit({"app/web.yaml": deployment(bare.name, f"{IMAGE}:v2")})
    assert (await followed(tools, bare, commit=mended))["result"] == "healthy"
    slow = bare.commit({"app/web.yaml": deployment(bare.name, f"{IMAGE}:broken")})
    at_rest = await until_synced(tools, bare, slow)
    assert at_rest["result"] == "not healthy yet"
    assert "health is Progressing" in at_rest["applications"][0]
    assert at_rest["next"] == "track_change again"


async def until_synced(tools: Tools, bare: Bare, commit: str) -> dict[str, Any]:
    assert (await followed(tools, bare, commit=commit, until="synced"))["result"] == "synced"
    return await tracked(tools, bare, 3, commit=commit)


async def test_a_sync_that_fails_is_stuck_with_its_message(tools: Tools, git: GitBench) -> None:
    bare = git.repository()
    app = git.application(bare, syncPolicy=ONCE)
    await followed(tools, bare, commit="main")
    commit = bare.commit({"app/gadget.yaml": UNKNOWN_KIND.replace("{name}", bare.name)})
    found = await followed(tools, bare, commit=commit)
    assert (found["result"], found["stuck"]) == ("stuck in 1 of 1 applications", [app.name])
    assert found["applications"][0].startswith(f"{app.name}: seen; its sync ended Failed")


async def test_manifests_that_do_not_render_are_stuck(tools: Tools, git: GitBench) -> None:
    bare = git.repository()
    app = git.application(bare)
    await followed(tools, bare, commit="main")
    commit = bare.commit({"app/broken.yaml": BROKEN_YAML})
    found = await followed(tools, bare, commit=commit)
    assert (found["result"], found["stuck"]) == ("stuck in 1 of 1 applications", [app.name])
    assert "Argo CD cannot compare it: " in found["applications"][0]
    assert "broken.yaml" in found["applications"][0]
    mended = bare.commit({"app/broken.yaml": None})
    assert (await followed(tools, bare, commit=mended))["result"] == "healthy"


async def test_a_manual_sync_policy_waits_for_a_sync(tools: Tools, git: GitBench) -> None:
    bare = git.repository()
    app = git.application(bare, syncPolicy={})
    found = await followed(tools, bare, commit="main")
    assert (found["result"], found["stuck"]) == ("stuck in 1 of 1 applications", [app.name])
    assert found["applications"] == [f"{app.name}: seen; OutOfSync, and its sync policy is Manual: sync it"]
    assert (await tracked(tools, bare, commit="main", until="seen"))["result"] == "seen by Argo CD"
    app.start_sync()
    assert (await followed(tools, bare, commit="main"))["result"] == "healthy"


async def test_several_applications_on_one_repository(merging: Tools, git: GitBench) -> None:
    """A base reaches both overlays, not what lies beside it; one that follows a tag is named apart."""
    bare = git.repository({**kustomized("shared", "staging", "production"), **plain("beside")})
    bare.git("tag", "v1", "main")
    names = [git.application(bare, f"overlays/{one}", f"-{one}").name for one in ("production", "staging")]
    beside = git.application(bare)
    tagged = {"repoURL": bare.url, "path": "overlays/staging", "targetRevision": "v1"}
    fixed = git.application(bare, suffix="-fixed", source=tagged, syncPolicy={})
    found = await followed(merging, bare, commit="main")
    assert found["result"] == "healthy in all 3 applications"
    assert found["applications"] == [f"{one}: healthy" for one in sorted([beside.name, *names])]
    assert found["notFollowing"] == [f"{fixed.name} is at v1"]
    base = bare.show("base/web.yaml").replace("replicas: 1", "replicas: 2")
    request = await merged(merging, bare, files={"base/web.yaml": base})
    found = await followed(merging, bare, pull_request=request)
    assert found["result"] == "healthy in all 2 applications"
    assert found["applications"] == [f"{one}: healthy" for one in names]


async def test_one_of_several_that_is_stuck_stands_first(tools: Tools, git: GitBench) -> None:
    bare = git.repository({**plain("one"), "other/settings.yaml": config_map("other")})
    good = git.application(bare, "other", "-good")
    bad = git.application(bare, "app", "-manual", syncPolicy={"syncOptions": ["CreateNamespace=true"]})
    found = await followed(tools, bare, commit="main")
    assert found["result"] == "stuck in 1 of 2 applications"
    assert [one.partition(":")[0] for one in found["applications"]] == [bad.name, good.name]
    assert found["stuck"] == [bad.name]


async def test_a_change_that_no_application_uses(merging: Tools, git: GitBench) -> None:
    bare = git.repository()
    git.application(bare)
    request = await merged(merging, bare, files={"docs/notes.md": "why\n"})
    found = await tracked(merging, bare, pull_request=request)
    assert found["result"] == "merged; no application deploys it"
    alone = git.repository()
    assert (await tracked(merging, alone, commit="main"))["result"] == "merged; no application deploys it"


async def test_a_source_of_another_repository_is_none_of_its_concern(tools: Tools, git: GitBench) -> None:
    bare, other = git.repository(), git.repository({"app/settings.yaml": config_map("of-another")})
    sources = [{"repoURL": one.url, "path": "app", "targetRevision": "main"} for one in (other, bare)]
    app = git.application(bare, source=None, sources=sources)
    assert (await followed(tools, bare, commit="main"))["applications"] == [f"{app.name}: healthy"]
    commit = bare.commit({"app/settings.yaml": config_map(bare.name, "other")})
    found = await followed(tools, bare, commit=commit)
    assert (found["result"], found["commit"]) == ("healthy", commit[:8])


async def test_what_was_deployed_may_be_gone_from_git(tools: Tools, git: GitBench) -> None:
    bare = git.repository()
    app, first = git.application(bare), bare.head()
    await followed(tools, bare, commit="main")
    lost = bare.commit({"app/settings.yaml": config_map(bare.name, "lost")})
    await followed(tools, bare, commit=lost)
    assert app.whole()["status"]["sync"]["revision"] == lost
    bare.git("update-ref", "refs/heads/main", first)
    bare.git("prune", "--expire=now")
    commit = bare.commit({"app/settings.yaml": config_map(bare.name, "new")})
    assert (await followed(tools, bare, commit=commit))["result"] == "healthy"


async def test_a_later_commit_brings_an_earlier_one_along(tools: Tools, git: GitBench) -> None:
    bare = git.repository()
    git.application(bare)
    early = bare.commit({"app/settings.yaml": config_map(bare.name, "one")})
    bare.commit({"app/settings.yaml": config_map(bare.name, "two")})
    found = await followed(tools, bare, commit=early)
    assert (found["result"], found["commit"]) == ("healthy", early[:8])


async def test_what_is_not_on_the_branch_is_not_waited_for(tools: Tools, git: GitBench) -> None:
    bare = git.repository()
    git.application(bare)
    apart = bare.branch("apart", {"app/settings.yaml": config_map(bare.name, "apart")})
    found = await tracked(tools, bare, commit=apart)
    assert (found["result"], found["next"]) == ("not in main", "merge it first")
    assert tools.http.sent == []
    for revision in ("0" * 40, "deadbeef", "nowhere"):
        refused = await tools.repository("track_change", bare.where, commit=revision)
        assert "no commit" in refused.refused("unknown_revision")
    refused = await tools.repository("track_change", bare.where, commit="main", base="nowhere")
    assert "no branch" in refused.refused("unknown_revision")


async def test_either_a_pull_request_or_a_commit(tools: Tools, git: GitBench) -> None:
    bare = git.repository()
    for wrong in ({}, {"commit": "main", "pull_request": "x"}, {"commit": "main", "timeout_seconds": 0}):
        (await tools.repository("track_change", bare.where, **wrong)).refused("invalid_argument")
    (await tools.repository("track_change", bare.where, pull_request="nowhere")).refused("not_found")
    assert tools.http.sent == []


async def test_a_branch_of_its_own_is_followed_by_its_applications(tools: Tools, git: GitBench) -> None:
    bare = git.repository()
    bare.branch("release", {"app/settings.yaml": config_map(bare.name, "release")})
    source = {"repoURL": bare.url, "path": "app", "targetRevision": "release"}
    app = git.application(bare, source=source)
    found = await followed(tools, bare, commit="release", base="release")
    assert found["applications"] == [f"{app.name}: healthy"]
    other = await tracked(tools, bare, commit="main")
    assert other["notFollowing"] == [f"{app.name} is at release"]


async def test_the_default_branch_is_followed_by_head(tools: Tools, git: GitBench) -> None:
    bare = git.repository()
    app = git.application(bare, source={"repoURL": bare.url, "path": "app", "targetRevision": "HEAD"})
    assert (await followed(tools, bare, commit="main"))["applications"] == [f"{app.name}: healthy"]


def seen(app: App) -> bool:
    return "reconciledAt" in app.whole()["status"]


async def test_looking_does_not_need_the_right_to_write(stage: Stage, git: GitBench) -> None:
    bare = git.repository()
    app = git.application(bare)
    await until(lambda: seen(app), bool)
    async with stage.tools(allow_write=False) as tools:
        told = await followed(tools, bare, commit="main")
        assert told["result"] == "healthy"
        assert "notices" not in told
        assert tools.writes == []


@pytest.mark.real  # the sandbox looks at Git at once
async def test_who_may_not_ask_argocd_to_look_is_told_why_it_takes_long(stage: Stage, git: GitBench) -> None:
    bare = git.repository()
    app = git.application(bare)
    await until(lambda: seen(app), bool)
    bare.commit({"app/settings.yaml": config_map(bare.name, "changed")})
    async with stage.tools(allow_write=False) as tools:
        told = await tracked(tools, bare, 1, commit="main")
    assert told["result"] == "not healthy yet"
    assert told["applications"][0].startswith(f"{app.name}: not seen")
    assert "every two to three minutes" in told["notices"][0]
