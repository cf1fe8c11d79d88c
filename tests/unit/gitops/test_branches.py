"""Requests of a repository without a forge: branches, merged by git itself."""

import asyncio
from pathlib import Path

import pytest

from argocd_gitops_mcp.errors import (
    Conflict,
    DirtyTree,
    FailedPrecondition,
    MergeConflict,
    NotFound,
    ProtectedBranch,
    ReadOnly,
)
from argocd_gitops_mcp.gitops.git.branches import Branches
from argocd_gitops_mcp.gitops.git.clones import Clone
from argocd_gitops_mcp.gitops.git.workspace import open_clone
from argocd_gitops_mcp.gitops.repository import Draft, Files
from tests.unit.gitops.git_stage import GitStage

pytestmark = pytest.mark.anyio

BRANCH = "shop-v2"
CHANGE: Files = {"apps/shop.yaml": b"image: shop:v2\nreplicas: 1\n"}
BOTH = pytest.mark.parametrize("where", ["deploy", "deploy.git"])


@pytest.fixture
def git(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> GitStage:
    stage = GitStage.of(tmp_path, monkeypatch)
    stage.seed(tmp_path_factory.getbasetemp() / "seeded")
    return stage


async def opened(git: GitStage, where: str = "deploy", *, allow_write: bool = True) -> Clone:
    return (await open_clone(git.workspace, where, allow_write=allow_write)).commits


async def proposed(git: GitStage, where: str = "deploy", files: Files = CHANGE) -> tuple[Clone, str]:
    clone = await opened(git, where)
    base = await clone.resolve("HEAD")
    assert base
    return clone, await clone.push(Draft(base=base, branch=BRANCH, files=files, message="Set image of shop\n\nWhy."))


@BOTH
async def test_a_branch_is_a_request_until_it_is_merged(git: GitStage, where: str) -> None:
    clone, head = await proposed(git, where)
    requests = Branches(clone)
    before = git.fingerprint(pushed="main")
    opening = await requests.open(BRANCH, "main", "Ignored", "Ignored")
    assert (opening.id, opening.title, opening.author) == (BRANCH, "Set image of shop", "Ada")
    assert (opening.state, opening.mergeable, opening.head, opening.base) == ("open", "yes", head, "main")
    assert opening == await requests.get(BRANCH) == await requests.find(BRANCH, "main")
    assert await requests.files(BRANCH) == ["apps/shop.yaml"]
    assert not await requests.ended(BRANCH, "main")

    main = git.commit({"apps/other.yaml": "a: 1\n"})
    merge = await requests.merge(BRANCH, head, "Merge shop-v2")
    assert git.tip("main") == merge
    assert git.git("log", "-1", "--format=%P%n%s", merge, at=git.bare) == f"{main} {head}\nMerge shop-v2"
    assert git.show(merge, "apps/shop.yaml") == "image: shop:v2\nreplicas: 1"
    assert git.show(merge, "apps/other.yaml") == "a: 1"
    git.commit({"apps/later.yaml": "a: 1\n"})

    got = await requests.get(BRANCH)
    assert (got.state, got.merge_commit, got.mergeable) == ("merged", merge, "unknown")
    assert await requests.find(BRANCH, "main") is None
    assert await requests.ended(BRANCH, "main")
    assert not await requests.ended("nothing", "main")
    assert await requests.files(BRANCH) == ["apps/shop.yaml"]
    assert await requests.merge(BRANCH, head, "Merge again") == merge
    assert git.fingerprint(pushed="main") == before


@BOTH
async def test_a_conflict_is_told_and_nothing_merged(git: GitStage, where: str) -> None:
    clone, head = await proposed(git, where)
    main = git.commit({"apps/shop.yaml": "image: shop:v3\nreplicas: 1\n"})
    got = await Branches(clone).get(BRANCH)
    assert (got.state, got.mergeable) == ("open", "conflicts")
    assert "apps/shop.yaml" in got.blocked
    with pytest.raises(MergeConflict, match=r"apps/shop\.yaml"):
        await Branches(clone).merge(BRANCH, head, "Merge")
    assert git.tip("main") == main


async def test_a_head_that_moved_is_not_merged(git: GitStage) -> None:
    clone, head = await proposed(git)
    moved = git.commit({"more": "a"}, branch=BRANCH)
    main = git.tip("main")
    with pytest.raises(Conflict, match=moved):
        await Branches(clone).merge(BRANCH, head, "Merge")
    assert git.tip("main") == main


async def test_a_base_that_moves_while_it_is_merged_keeps_both(git: GitStage) -> None:
    first, head = await proposed(git)
    second = await opened(git, "deploy.git")
    base = await second.resolve("main")
    assert base
    other = await second.push(Draft(base=base, branch="other", files={"other": b"1"}, message="Other"))
    await asyncio.gather(
        Branches(first).merge(BRANCH, head, "Merge shop"), Branches(second).merge("other", other, "Merge other")
    )
    assert git.show("main", "other") == "1"
    assert git.show("main", "apps/shop.yaml").startswith("image: shop:v2")


async def test_a_base_that_never_holds_still_is_given_up(git: GitStage) -> None:
    """Its hook puts another commit there each time, just before the merge."""
    clone, head = await proposed(git)
    identity = "-c user.name=Bob -c user.email=bob@example.com"
    git.hook(
        "update",
        f"""echo x >> tries
        new=$(git {identity} commit-tree -m Moved -p main main^{{tree}}) && git update-ref refs/heads/main $new""",
    )
    with pytest.raises(Conflict, match="moved each time"):
        await Branches(clone).merge(BRANCH, head, "Merge")
    assert (git.bare / "tries").read_text("utf-8") == "x\n" * 3
    assert git.git("log", "-3", "--format=%s", "main", at=git.bare) == "Moved\nMoved\nMoved"


async def test_rules_of_the_remote_hold_for_the_base(git: GitStage) -> None:
    clone, head = await proposed(git, "deploy.git")
    git.hook("update", "test $1 = refs/heads/main && echo 'main is for pull requests' >&2 && exit 1; exit 0")
    main = git.tip("main")
    with pytest.raises(ProtectedBranch) as caught:
        await Branches(clone).merge(BRANCH, head, "Merge")
    assert "main is for pull requests" in caught.value.upstream
    assert git.tip("main") == main


async def test_a_merge_whose_answer_is_lost_is_looked_for(git: GitStage) -> None:
    clone, head = await proposed(git)
    git.hook("post-receive", "kill -9 $PPID")
    assert await Branches(clone).merge(BRANCH, head, "Merge") == git.tip("main")


async def test_another_base_is_named_in_the_id(git: GitStage) -> None:
    git.commit({"stage": "1"}, branch="staging")
    clone, head = await proposed(git)
    requests = Branches(clone)
    assert (await requests.open(BRANCH, "staging", "", "")).id == f"{BRANCH}:staging"
    merge = await requests.merge(f"{BRANCH}:staging", head, "Merge")
    assert git.tip("staging") == merge
    assert (await requests.get(BRANCH)).state == "open"


async def test_a_fast_forwarded_branch_is_merged_too(git: GitStage) -> None:
    clone, head = await proposed(git)
    git.git("push", "--quiet", "origin", f"{head}:refs/heads/main")
    got = await Branches(clone).get(BRANCH)
    assert (got.state, got.merge_commit) == ("merged", head)
    assert await Branches(clone).files(BRANCH) == ["apps/shop.yaml"]


@pytest.mark.parametrize("request_id", ["nothing", "main", "-x", "", "shop-v2:nothing", "17"])
async def test_what_is_no_branch_is_not_found(git: GitStage, request_id: str) -> None:
    clone, head = await proposed(git)
    for asked in (Branches(clone).get(request_id), Branches(clone).files(request_id)):
        with pytest.raises(NotFound):
            await asked
    with pytest.raises(NotFound):
        await Branches(clone).merge(request_id, head, "Merge")
    assert await Branches(clone).find(request_id, "main") is None


async def test_there_is_nothing_to_comment_on(git: GitStage) -> None:
    clone, _ = await proposed(git)
    with pytest.raises(FailedPrecondition, match="no forge"):
        await Branches(clone).comment(BRANCH, "Looks good")


async def test_read_only_merges_nothing(git: GitStage) -> None:
    _, head = await proposed(git)
    requests = Branches(await opened(git, allow_write=False))
    for asked in (
        requests.merge(BRANCH, head, "Merge"),
        requests.comment(BRANCH, "x"),
        requests.open(BRANCH, "main", "", ""),
    ):
        with pytest.raises(ReadOnly):
            await asked
    assert (await requests.get(BRANCH)).state == "open"


async def test_a_merge_commit_is_signed_too(git: GitStage) -> None:
    git.signing()
    clone, head = await proposed(git)
    git.git("verify-commit", await Branches(clone).merge(BRANCH, head, "Merge"), at=git.bare)


async def test_a_clone_without_a_remote_follows_its_checked_out_base(git: GitStage) -> None:
    git.git("remote", "remove", "origin")
    clone, head = await proposed(git)
    (git.clone / "notes").write_text("mine\n", "utf-8")
    merge = await Branches(clone).merge(BRANCH, head, "Merge")
    assert git.git("rev-parse", "main") == merge
    assert (git.clone / "apps/shop.yaml").read_bytes() == CHANGE["apps/shop.yaml"]
    assert git.git("status", "--porcelain") == "?? notes"


async def test_a_working_tree_with_changes_of_its_own_is_not_overwritten(git: GitStage) -> None:
    git.git("remote", "remove", "origin")
    clone, head = await proposed(git)
    main = git.git("rev-parse", "main")
    (git.clone / "apps/shop.yaml").write_text("mine\n", "utf-8")
    with pytest.raises(FailedPrecondition):
        await Branches(clone).merge(BRANCH, head, "Merge")
    assert git.git("rev-parse", "main") == main
    assert (git.clone / "apps/shop.yaml").read_text("utf-8") == "mine\n"
    with pytest.raises(DirtyTree):
        await clone.push(Draft(base=main, branch="more", files={"a": b""}, message="More"))
