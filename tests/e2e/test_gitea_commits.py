"""Commits by the API of a real Gitea, also where it refuses."""

import pytest
from testbed.gitea.accounts import BOT
from testbed.gitea.forge import MAIN

from argocd_gitops_mcp import errors
from argocd_gitops_mcp.gitops.repository import Draft
from tests.e2e.gitea import CHANGE, FILES, MESSAGE, Begun, Play

pytestmark = [pytest.mark.anyio, pytest.mark.real]


async def test_an_empty_repository_is_begun_once(play: Play) -> None:
    async with play.seen_by() as (repository, http):
        commits = repository.commits
        assert await commits.default_branch() is None
        assert await commits.resolve(MAIN) is None
        begun = await commits.begin(MAIN, FILES, MESSAGE)
        assert await commits.begin(MAIN, FILES, MESSAGE) == begun
        assert len(http.writes) == 1
        for branch in (MAIN, "other"):
            with pytest.raises(errors.Conflict):
                await commits.begin(branch, {"other": b""}, "Begin")
        assert len(http.writes) == 1
        assert await commits.default_branch() == MAIN
        tree = await commits.tree(begun)
        contents = await commits.blobs([entry.id for entry in tree.values()])
    assert {path: contents[entry.id] for path, entry in tree.items()} == FILES
    made = play.ask("get", f"/git/commits/{begun}")
    assert made["parents"] == []
    assert made["commit"]["message"].rstrip() == MESSAGE
    assert made["commit"]["author"]["email"] == "bot@example.com"


async def test_a_protected_branch_is_not_begun(play: Play) -> None:
    play.forge.protect(play.name)
    async with play.seen_by() as (repository, _):
        with pytest.raises(errors.ProtectedBranch):
            await repository.commits.begin(MAIN, FILES, "Begin")


async def test_revisions_and_histories(begun: Begun) -> None:
    play, repository, base = begun
    commits = repository.commits
    play.ask("post", "/tags", {"tag_name": "v1.0", "target": base})
    newer = await commits.push(Draft(base, "feature/image", CHANGE, MESSAGE))
    for revision in (MAIN, "v1.0", base, base[:8], "refs/heads/main"):
        assert await commits.resolve(revision) == base
    assert await commits.resolve("feature/image") == newer
    for revision in ("nothing", "feature", "a..b", "f" * 40, "a b", "-x"):
        assert await commits.resolve(revision) is None
    assert await commits.contains(newer, base)
    assert await commits.contains(base, base)
    assert not await commits.contains(base, newer)
    assert not await commits.contains(base, "f" * 40)
    assert not await commits.contains("f" * 40, base)
    with pytest.raises(errors.NotFound):
        await commits.tree("f" * 40)
    with pytest.raises(errors.NotFound):
        await commits.blobs(["f" * 40])


async def test_a_change_is_one_commit_on_its_base(play: Play) -> None:
    async with play.seen_by() as (repository, http):
        base = await repository.commits.begin(MAIN, FILES, "Begin")
        http.writes.clear()
        draft = Draft(base, "feature/image", CHANGE, MESSAGE)
        made = await repository.commits.push(draft)
        assert await repository.commits.push(draft) == made
        assert len(http.writes) == 1
        before, after = await repository.commits.tree(base), await repository.commits.tree(made)
    assert [one["sha"] for one in play.ask("get", f"/git/commits/{made}")["parents"]] == [base]
    assert set(after) == set(before) - {"apps/old.yaml"} | {"apps/new.yaml"}
    assert {path for path in before if path in after and before[path] != after[path]} == {"apps/web.yaml"}


async def test_a_base_that_the_branch_has_left_behind(begun: Begun) -> None:
    play, repository, base = begun
    play.forge.commit(play.name, {"apps/web.yaml": "image: v9\n"})
    draft = Draft(base, "feature/image", CHANGE, MESSAGE)
    made = await repository.commits.push(draft)
    assert [one["sha"] for one in play.ask("get", f"/git/commits/{made}")["parents"]] == [base]
    assert await repository.commits.push(draft) == made
    assert play.branches() == {MAIN, "feature/image"}


async def test_a_lost_answer_is_found_and_not_made_again(play: Play) -> None:
    async with play.seen_by() as (repository, http):
        base = await repository.commits.begin(MAIN, FILES, "Begin")
        draft = Draft(base, "feature/image", CHANGE, MESSAGE)
        http.loses = 1
        with pytest.raises(errors.ConnectionLost):
            await repository.commits.push(draft)
        made = await repository.commits.push(draft)
        http.loses = 1
        with pytest.raises(errors.ConnectionLost):
            await repository.pull_requests.open(draft.branch, MAIN, "Change", "Why")
        request = await repository.pull_requests.open(draft.branch, MAIN, "Change", "Why")
        http.loses = 1
        with pytest.raises(errors.ConnectionLost):
            await repository.pull_requests.merge(request.id, made, "Merge")
        merged = await repository.pull_requests.merge(request.id, made, "Merge")
    assert merged == play.forge.head(play.name)
    assert [method for method, _ in http.writes] == ["POST"] * 4


async def test_no_branch_that_is_there_is_written_to(begun: Begun) -> None:
    play, repository, base = begun
    play.ask("post", "/branches", {"new_branch_name": "taken", "old_ref_name": base})
    for branch in (MAIN, "taken"):
        with pytest.raises(errors.Conflict, match="exists already"):
            await repository.commits.push(Draft(base, branch, CHANGE, MESSAGE))
        assert play.forge.head(play.name, branch) == base
    with pytest.raises(errors.Conflict, match="beside"):
        await repository.commits.push(Draft(base, "taken/below", CHANGE, MESSAGE))
    assert play.branches() == {MAIN, "taken"}


async def test_protected_branches(begun: Begun) -> None:
    play, repository, base = begun
    play.forge.protect(play.name)
    play.forge.protect(play.name, branch="release/*")
    for branch in (MAIN, "release/1"):
        with pytest.raises(errors.ProtectedBranch):
            await repository.commits.push(Draft(base, branch, CHANGE, MESSAGE))
    assert play.branches() == {MAIN}
    assert play.forge.head(play.name) == base


def added(path: str, mode: str, line: str) -> str:
    """A patch that adds a file of one line."""
    end = "" if line.endswith("\n") else "\n\\ No newline at end of file\n"
    head = f"diff --git a/{path} b/{path}\nnew file mode {mode}\n--- /dev/null\n+++ b/{path}\n"
    return f"{head}@@ -0,0 +1 @@\n+{line}{end}"


async def test_modes_are_kept_and_nothing_is_written_through_links(begun: Begun) -> None:
    play, repository, _ = begun
    patch = added("run.sh", "100755", "#!/bin/sh\n") + added("link", "120000", "apps")
    play.ask("post", "/diffpatch", {"content": patch, "message": "Modes", "branch": MAIN}, BOT)
    base = play.forge.head(play.name)
    assert (await repository.commits.tree(base))["link"].kind == "link"
    for path in ("link", "link/web.yaml"):
        with pytest.raises(errors.InvalidPath):
            await repository.commits.push(Draft(base, "through", {path: b"x"}, MESSAGE))
    made = await repository.commits.push(Draft(base, "script", {"run.sh": b"#!/bin/sh\nexit\n"}, MESSAGE))
    modes = {one["path"]: one["mode"] for one in play.ask("get", f"/git/trees/{made}")["tree"]}
    assert (modes["run.sh"], modes["link"]) == ("100755", "120000")
    assert play.branches() == {MAIN, "script"}


async def test_a_tree_of_many_pages(begun: Begun) -> None:
    _, repository, base = begun
    files = {f"team-{number % 7}/app-{number}.yaml": b"%d" % number for number in range(1100)}
    made = await repository.commits.push(Draft(base, "many", files, "Many"))
    assert set(await repository.commits.tree(made)) == {*FILES, *files}
