"""Commits by the git program: real clones, bare repositories and smart HTTP."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from argocd_gitops_mcp.errors import (
    Conflict,
    DirtyTree,
    FailedPrecondition,
    GitFailed,
    GitOpsError,
    InvalidArgument,
    InvalidPath,
    NotConfigured,
    NothingToChange,
    ProtectedBranch,
    ReadOnly,
    UnknownRepository,
    UnknownRevision,
)
from argocd_gitops_mcp.gitops.git.branches import Branches
from argocd_gitops_mcp.gitops.git.workspace import Opened, open_clone, plain
from argocd_gitops_mcp.gitops.repository import Draft, Files
from tests.unit.gitops.git_stage import BASE, PASSWORD, USER, GitStage

pytestmark = pytest.mark.anyio

CHANGE: Files = {"apps/shop.yaml": b"image: shop:v2\nreplicas: 1\n"}
MESSAGE = "Set image of shop\n\nSigned-off-by: Ada <ada@example.com>\n"


@pytest.fixture
def git(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> GitStage:
    stage = GitStage.of(tmp_path, monkeypatch)
    stage.seed(tmp_path_factory.getbasetemp() / "seeded")
    return stage


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GitStage:
    stage = GitStage.of(tmp_path, monkeypatch)
    stage.empty()
    return stage


async def opened(git: GitStage, where: str = "deploy", *, allow_write: bool = True) -> Opened:
    return await open_clone(git.workspace, where, allow_write=allow_write)


def draft(base: str, files: Files = CHANGE, branch: str = "shop-v2", message: str = MESSAGE) -> Draft:
    return Draft(base=base, branch=branch, files=files, message=message)


BOTH = pytest.mark.parametrize("where", ["deploy", "deploy.git"])


@BOTH
async def test_reads_what_the_remote_has(git: GitStage, where: str) -> None:
    commits = (await opened(git, where)).commits
    tip = git.tip("main")
    assert await commits.default_branch() == "main"
    for revision in ("main", "refs/heads/main", "HEAD", "", tip, tip[:10]):
        assert await commits.resolve(revision) == tip
    tree = await commits.tree(tip)
    assert {path: entry.kind for path, entry in tree.items()} == dict.fromkeys(BASE, "file") | {"current": "link"}
    assert tree["README.md"].size == len(BASE["README.md"])
    contents = await commits.blobs([tree["apps/windows.yaml"].id, tree["current"].id, tree["current"].id])
    assert list(contents.values()) == [BASE["apps/windows.yaml"], b"apps"]


@BOTH
async def test_sees_what_moved_meanwhile_and_leaves_the_clone_as_it_was(git: GitStage, where: str) -> None:
    commits = (await opened(git, where)).commits
    before, old = git.fingerprint(), git.tip("main")
    new = git.commit({"apps/new.yaml": "a: 1\n"})
    assert await commits.resolve("main") == new
    assert await commits.resolve(new[:12]) == new
    assert "apps/new.yaml" in await commits.tree(new)
    assert await commits.contains(new, old)
    assert not await commits.contains(old, new)
    assert git.fingerprint() == before


async def test_a_commit_by_id_is_found_on_any_branch(git: GitStage) -> None:
    commits = (await opened(git)).commits
    side = git.commit({"a": "1"}, branch="side")
    assert await commits.resolve(side) == side
    git.git("push", "--quiet", str(git.bare), ":side")
    git.commit({"a": "1"}, branch="side/deeper")
    assert await commits.resolve("side/deeper") == git.tip("side/deeper")


@pytest.mark.parametrize(
    "revision", ["nowhere", "0" * 40, "abcdef1", "-x", "--upload-pack=touch x", "main~1", "main:apps"]
)
async def test_what_is_no_revision_of_the_remote_is_none(git: GitStage, revision: str) -> None:
    assert await (await opened(git)).commits.resolve(revision) is None


async def test_a_tag_stands_for_its_commit(git: GitStage) -> None:
    git.git("tag", "--annotate", "--message", "one", "v1")
    git.git("tag", "light")
    git.git("push", "--quiet", "origin", "v1", "light")
    for name in ("v1", "light", "refs/tags/v1"):
        assert await (await opened(git)).commits.resolve(name) == git.tip("main")


async def test_a_commit_that_nobody_pushed_is_none_of_the_remote(git: GitStage) -> None:
    (git.clone / "README.md").write_text("mine\n", "utf-8")
    git.git("commit", "--quiet", "--all", "--message", "Mine")
    mine = git.git("rev-parse", "HEAD")
    commits = (await opened(git)).commits
    assert await commits.resolve(mine) is None
    with pytest.raises(UnknownRevision):
        await commits.push(draft(mine))
    assert git.branches() == ["main"]


async def test_a_shallow_clone_says_what_it_cannot_tell(git: GitStage) -> None:
    old = git.tip("main")
    new = git.commit({"a": "1"})
    git.git("clone", "--quiet", "--depth=1", git.bare.as_uri(), "shallow", at=git.workspace)
    commits = (await opened(git, "shallow")).commits
    assert await commits.contains(new, new)
    with pytest.raises((FailedPrecondition, UnknownRevision)):
        await commits.contains(new, old)
    assert await commits.push(draft(new)) == git.tip("shop-v2")


@BOTH
async def test_a_change_becomes_one_commit_on_a_branch_of_its_own(git: GitStage, where: str) -> None:
    commits = (await opened(git, where)).commits
    before, main = git.fingerprint(), git.tip("main")
    files = {**CHANGE, "apps/new/a.yaml": b"a: 1\n", "README.md": None}
    commit = await commits.push(draft(main, files))
    assert git.tip("shop-v2") == commit
    assert git.tip("main") == main
    assert git.git("log", "-1", "--format=%an <%ae> %cn %P", commit, at=git.bare) == f"Ada <ada@example.com> Ada {main}"
    assert git.git("log", "-1", "--format=%B", commit, at=git.bare).rstrip() == MESSAGE.rstrip()
    changed = git.git("diff-tree", "-r", "--name-status", main, commit, at=git.bare).split("\n")
    assert changed == ["D\tREADME.md", "A\tapps/new/a.yaml", "M\tapps/shop.yaml"]
    assert git.fingerprint(pushed="shop-v2") == before


async def test_line_ends_and_modes_stay(git: GitStage) -> None:
    git.git("config", "--global", "core.autocrlf", "true")
    git.git("config", "--global", "filter.shout.clean", "tr a-z A-Z")
    (git.home / "attributes").write_text("* filter=shout text=auto\n", "utf-8")
    git.git("config", "--global", "core.attributesFile", str(git.home / "attributes"))
    commits = (await opened(git, "deploy.git")).commits
    files = {"apps/windows.yaml": b"a: 2\r\nb: 2\r\n", "bin/render": b"#!/bin/sh\ntrue\n", "blob": bytes(range(256))}
    commit = await commits.push(draft(git.tip("main"), files))
    tree = await commits.tree(commit)
    assert await commits.blobs([tree[path].id for path in files]) == {
        tree[path].id: content for path, content in files.items()
    }
    modes = git.git("ls-tree", "-r", "--format=%(objectmode) %(path)", commit, at=git.bare).split("\n")
    assert {"100755 bin/render", "100644 apps/windows.yaml", "100644 blob", "120000 current"} <= set(modes)


@BOTH
async def test_a_retry_finds_what_was_pushed(git: GitStage, where: str) -> None:
    main = git.tip("main")
    commit = await (await opened(git, where)).commits.push(draft(main))
    again = (await opened(git, where)).commits
    assert await again.push(draft(main, message="Another time")) == commit
    moved = git.commit({"apps/other.yaml": "a: 1\n"})
    assert await again.push(draft(moved)) == commit


@pytest.mark.parametrize(
    "other",
    [{"apps/shop.yaml": "image: shop:v3\nreplicas: 1\n"}, {"apps/shop.yaml": CHANGE["apps/shop.yaml"], "more": "a"}],
)
async def test_a_branch_with_something_else_is_a_conflict(git: GitStage, other: dict[str, str | bytes]) -> None:
    main = git.tip("main")
    theirs = git.commit(
        {path: text if isinstance(text, str) else text.decode() for path, text in other.items()}, branch="shop-v2"
    )
    with pytest.raises(Conflict):
        await (await opened(git)).commits.push(draft(main))
    assert git.tip("shop-v2") == theirs


async def test_a_branch_that_went_on_is_a_conflict(git: GitStage) -> None:
    main = git.tip("main")
    commits = (await opened(git)).commits
    await commits.push(draft(main))
    more = git.commit({"more": "a"}, branch="shop-v2")
    with pytest.raises(Conflict):
        await commits.push(draft(main))
    assert git.tip("shop-v2") == more


@BOTH
async def test_an_earlier_try_is_looked_for_and_nothing_written(git: GitStage, where: str) -> None:
    main = git.tip("main")
    commits = (await opened(git, where, allow_write=False)).commits
    before = sorted((git.clone / ".git/objects").rglob("*"))
    assert await commits.earlier(draft(main)) is None
    assert sorted((git.clone / ".git/objects").rglob("*")) == before
    commit = await (await opened(git, where)).commits.push(draft(main))
    moved = git.commit({"apps/other.yaml": "a: 1\n"})
    assert [await commits.earlier(draft(one)) for one in (main, moved)] == [commit, commit]
    with pytest.raises(Conflict):
        await commits.earlier(draft(main, {"apps/shop.yaml": b"image: shop:v3\n"}))
    with pytest.raises(ProtectedBranch):
        await commits.earlier(draft(main, branch="main"))
    with pytest.raises(InvalidArgument):
        await commits.earlier(draft(main, branch="a b"))


async def test_of_two_that_push_at_once_both_get_the_one_commit_that_is_there(git: GitStage) -> None:
    main = git.tip("main")
    both = [(await opened(git, where)).commits for where in ("deploy", "deploy.git")]
    got = await asyncio.gather(*(one.push(draft(main, message=f"By {at}")) for at, one in enumerate(both)))
    assert got == [git.tip("shop-v2")] * 2


async def test_of_two_that_push_different_things_one_is_told(git: GitStage) -> None:
    main = git.tip("main")
    both = [(await opened(git, where)).commits for where in ("deploy", "deploy.git")]
    pushes = (one.push(draft(main, {"a": f"{at}".encode()})) for at, one in enumerate(both))
    got = await asyncio.gather(*pushes, return_exceptions=True)
    assert [type(one) for one in got if not isinstance(one, str)] == [Conflict]
    assert [one for one in got if isinstance(one, str)] == [git.tip("shop-v2")]


@pytest.mark.parametrize("hook", ["pre-receive", "update"])
@BOTH
async def test_what_the_remotes_rules_refuse_is_quoted(git: GitStage, where: str, hook: str) -> None:
    git.hook(hook, "echo 'branches here begin with team/' >&2; exit 1")
    with pytest.raises(ProtectedBranch) as caught:
        await (await opened(git, where)).commits.push(draft(git.tip("main")))
    assert "branches here begin with team/" in caught.value.upstream
    assert git.branches() == ["main"]


async def test_the_default_branch_is_never_pushed(git: GitStage) -> None:
    git.hook("pre-receive", "touch asked; exit 1")
    with pytest.raises(ProtectedBranch):
        await (await opened(git)).commits.push(draft(git.tip("main"), branch="main"))
    assert not (git.bare / "asked").exists()


def staged(git: GitStage) -> None:
    (git.clone / "apps/staged.yaml").write_text("a: 1\n", "utf-8")
    git.git("add", "apps/staged.yaml")


DIRT: dict[str, Callable[[GitStage], object]] = {
    "modified": lambda git: (git.clone / "README.md").write_text("mine\n", "utf-8"),
    "deleted": lambda git: (git.clone / "README.md").unlink(),
    "staged": staged,
    "untracked in the way": lambda git: (git.clone / "apps/new.yaml").write_text("mine\n", "utf-8"),
    "untracked file above": lambda git: (git.clone / "sub").write_text("mine\n", "utf-8"),
    "untracked link above": lambda git: (git.clone / "sub").symlink_to("apps"),
}


@pytest.mark.parametrize("dirt", DIRT)
async def test_a_dirty_tree_is_refused(git: GitStage, dirt: str) -> None:
    DIRT[dirt](git)
    before = git.fingerprint()
    commits = (await opened(git)).commits
    with pytest.raises(DirtyTree):
        await commits.push(draft(git.tip("main"), {"apps/new.yaml": b"a: 1\n", "sub/a.yaml": b"a: 1\n"}))
    assert git.branches() == ["main"]
    assert git.fingerprint() == before


async def test_untracked_files_elsewhere_and_touched_ones_are_no_dirt(git: GitStage) -> None:
    (git.clone / "notes").write_text("mine\n", "utf-8")
    (git.clone / "README.md").touch()
    assert await (await opened(git)).commits.push(draft(git.tip("main"))) == git.tip("shop-v2")


@pytest.mark.parametrize(
    "files",
    [
        {"../a": b""},
        {".git/hooks/x": b""},
        {"current": b"now a file"},
        {"current/shop.yaml": b""},
        {"apps": b""},
        {"README.md/a": b""},
        {"a": b"", "a/b": b""},
        {"a": b"", "./a": b""},
        {"not-there": None},
    ],
)
async def test_a_path_that_leads_elsewhere_is_refused(git: GitStage, files: Files) -> None:
    with pytest.raises(InvalidPath):
        await (await opened(git)).commits.push(draft(git.tip("main"), files))
    assert git.branches() == ["main"]


@pytest.mark.parametrize("files", [{}, {"README.md": BASE["README.md"]}])
async def test_no_change_is_no_commit(git: GitStage, files: Files) -> None:
    with pytest.raises(NothingToChange):
        await (await opened(git)).commits.push(draft(git.tip("main"), files))
    assert git.branches() == ["main"]


@pytest.mark.parametrize(
    "branch",
    [
        "-d",
        "--mirror",
        "a..b",
        "a b",
        "a:b",
        "+a",
        "refs/heads/",
        "refs/heads/a",
        "refs/x",
        "@{-1}",
        "a.lock",
        "HEAD",
        "",
        "a\0b",
        "a^",
        "*",
    ],
)
async def test_a_name_that_git_might_take_for_more_is_refused(git: GitStage, branch: str) -> None:
    if branch == "+a":  # a name like any other: behind `refs/heads/` it asks for no force
        assert await (await opened(git)).commits.push(draft(git.tip("main"), branch=branch)) == git.tip("+a")
        return
    with pytest.raises(InvalidArgument):
        await (await opened(git)).commits.push(draft(git.tip("main"), branch=branch))
    assert git.branches() == ["main"]


@pytest.mark.parametrize("base", ["main", "HEAD", "--all", "-x", "0" * 39, ""])
async def test_a_base_is_a_whole_commit(git: GitStage, base: str) -> None:
    with pytest.raises(InvalidArgument):
        await (await opened(git)).commits.push(draft(base))


async def test_read_only_sends_nothing(git: GitStage) -> None:
    commits = (await opened(git, allow_write=False)).commits
    with pytest.raises(ReadOnly):
        await commits.push(draft(git.tip("main")))
    with pytest.raises(ReadOnly):
        await commits.begin("main", CHANGE, "Begin")
    assert await commits.resolve("main") == git.tip("main")


async def test_who_commits_must_be_known(git: GitStage) -> None:
    commits = (await opened(git)).commits
    assert await commits.identity() == "Ada <ada@example.com>"
    (git.home / ".gitconfig").write_text("", "utf-8")
    with pytest.raises(NotConfigured) as caught:
        await commits.push(draft(git.tip("main")))
    assert "user.email" in caught.value.hint
    assert git.branches() == ["main"]


async def test_commits_are_signed_where_git_is_set_up_so(git: GitStage) -> None:
    key = git.signing()
    commit = await (await opened(git)).commits.push(draft(git.tip("main")))
    git.git("verify-commit", commit, at=git.bare)
    key.unlink()
    with pytest.raises(GitFailed, match="signed"):
        await (await opened(git)).commits.push(draft(git.tip("main"), branch="unsigned"))
    assert git.branches() == ["main", "shop-v2"]


@BOTH
async def test_an_empty_repository_gets_its_first_commit(empty: GitStage, where: str) -> None:
    git = empty
    git.git("symbolic-ref", "HEAD", "refs/heads/master", at=git.bare)
    commits = (await opened(git, where)).commits
    assert await commits.default_branch() is None
    assert await commits.resolve("main") is None
    commit = await commits.begin("main", {"README.md": b"# deploy\n"}, "Begin")
    assert git.tip("main") == commit
    assert git.git("rev-list", "--count", commit, at=git.bare) == "1"
    assert await commits.default_branch() == "main"
    if where == "deploy.git":
        assert git.git("symbolic-ref", "HEAD", at=git.bare) == "refs/heads/main"
    assert await commits.begin("main", {"README.md": b"# deploy\n"}, "Again") == commit
    for branch, content in (("main", b"# else\n"), ("other", b"# deploy\n")):
        with pytest.raises(Conflict):
            await commits.begin(branch, {"README.md": content}, "Begin")
    assert git.branches() == ["main"]


async def test_a_clone_without_a_remote_is_the_repository_itself(git: GitStage) -> None:
    git.git("remote", "remove", "origin")
    found = await opened(git)
    assert (found.url, found.remote) == (git.clone.as_uri(), "")
    head = git.git("rev-parse", "HEAD")
    before = git.fingerprint()[2:]
    commit = await found.commits.push(draft(head))
    assert git.git("rev-parse", "shop-v2") == commit
    assert git.fingerprint()[2:] == before
    assert await found.commits.push(draft(head)) == commit
    with pytest.raises(Conflict):
        await found.commits.push(draft(head, {"a": b"1"}))


async def test_a_first_commit_in_a_clone_without_a_remote_is_checked_out(empty: GitStage) -> None:
    git = empty
    git.git("remote", "remove", "origin")
    commits = (await opened(git)).commits
    commit = await commits.begin("main", {"apps/a.yaml": b"a: 1\n"}, "Begin")
    assert git.git("rev-parse", "HEAD") == commit
    assert (git.clone / "apps/a.yaml").read_bytes() == b"a: 1\n"
    assert git.git("status", "--porcelain") == ""


async def test_smart_http_takes_the_users_own_credentials(git: GitStage) -> None:
    with git.served() as url:
        git.git("remote", "set-url", "origin", url)
        git.log_in(PASSWORD)
        found = await opened(git)
        assert (found.url, found.name) == (url, "deploy")
        commit = await found.commits.push(draft(git.tip("main")))
        assert git.tip("shop-v2") == commit
        git.hook("pre-receive", "echo 'Gitea: Not allowed' >&2; exit 1")
        with pytest.raises(ProtectedBranch) as caught:
            await found.commits.push(draft(git.tip("main"), branch="other"))
        assert "Not allowed" in caught.value.upstream


@pytest.mark.parametrize("known", [True, False], ids=["wrong password", "no password"])
async def test_without_credentials_it_fails_at_once_and_tells_no_password(git: GitStage, known: bool) -> None:
    with git.served() as url:
        git.git("remote", "set-url", "origin", url.replace("//", f"//{USER}@" if not known else "//x:s3cr3t-word@"))
        found = await opened(git)
        assert "@" not in found.url
        with pytest.raises(GitFailed) as caught:
            await found.commits.resolve("main")
    assert caught.value.upstream
    assert "s3cr3t-word" not in f"{caught.value} {caught.value.upstream}"


@pytest.mark.parametrize("helper", [True, False], ids=["wrong password", "no password"])
async def test_who_may_only_read_pushes_nothing(git: GitStage, helper: bool) -> None:
    with git.served(public=True) as url:
        git.git("remote", "set-url", "origin", url)
        if helper:
            git.log_in("wrong")
        commits = (await opened(git)).commits
        assert await commits.resolve("main") == git.tip("main")
        with pytest.raises(GitFailed) as caught:
            await commits.push(draft(git.tip("main")))
    assert "Authentication failed" in caught.value.upstream or "prompts disabled" in caught.value.upstream
    assert git.branches() == ["main"]


async def test_a_base_that_is_no_longer_the_tip_is_fine(git: GitStage) -> None:
    old = git.tip("main")
    git.commit({"apps/shop.yaml": "image: shop:v3\n"})
    commit = await (await opened(git)).commits.push(draft(old))
    assert git.git("log", "-1", "--format=%P", commit, at=git.bare) == old


async def test_a_name_that_another_branch_takes_up_is_a_conflict(git: GitStage) -> None:
    with pytest.raises(Conflict):
        await (await opened(git)).commits.push(draft(git.tip("main"), branch="main/shop"))
    assert git.branches() == ["main"]


async def test_a_local_branch_called_like_a_commit_is_not_taken_for_it(git: GitStage) -> None:
    git.git("branch", "abcdef1")
    assert await (await opened(git)).commits.resolve("abcdef1") is None


async def test_a_push_whose_answer_is_lost_is_looked_for(git: GitStage) -> None:
    """The remote takes the commit, and the connection ends before git hears of it."""
    git.hook("post-receive", "kill -9 $PPID")
    commit = await (await opened(git)).commits.push(draft(git.tip("main")))
    assert git.tip("shop-v2") == commit


@pytest.mark.parametrize(
    "where",
    ["..", "/", "/etc", "../home", "elsewhere", "nothing", "plain", "deploy/apps", "file:///etc", "deploy/.git"],
)
async def test_what_is_outside_or_no_repository_is_refused(git: GitStage, where: str) -> None:
    (git.workspace / "elsewhere").symlink_to(git.home)
    (git.workspace / "plain").mkdir()
    with pytest.raises(UnknownRepository):
        await opened(git, where)


@pytest.mark.parametrize(
    "where", ["https://git.example/team/deploy", "git@git.example:team/deploy", "file://host/x", "a\0b"]
)
async def test_what_is_no_path_is_refused(git: GitStage, where: str) -> None:
    with pytest.raises(UnknownRepository):
        await opened(git, where)


async def test_the_workspace_itself_and_urls_of_files_are_fine(git: GitStage) -> None:
    assert (await open_clone(git.clone, ".", allow_write=False)).name == "deploy"
    found = await opened(git, git.bare.as_uri())
    assert (found.url, found.name, found.remote) == (git.bare.as_uri(), "deploy", "")


async def test_a_bare_repository_among_anothers_files_is_refused(git: GitStage) -> None:
    """A clone can carry one, with hooks and a configuration of its author's."""
    inner = git.clone / "docs/inner"
    git.git("clone", "--quiet", "--bare", str(git.bare), str(inner))
    git.git("add", "--all")
    with pytest.raises(UnknownRepository, match="part of another"):
        await opened(git, "deploy/docs/inner")


async def test_nothing_that_a_bare_repository_names_is_run(git: GitStage) -> None:
    trap = git.home / "trap"
    script = f"touch {trap}"
    git.commit({"apps/shop.yaml": "image: shop:v3\n"}, branch="side")
    git.commit({"apps/shop.yaml": "image: shop:v4\n"})
    for name in (
        *("core.fsmonitor", "core.sshCommand", "core.askPass", "gpg.program", "merge.evil.driver", "core.pager"),
        *(
            "filter.evil.clean",
            "filter.evil.smudge",
            "diff.external",
            "diff.evil.textconv",
            "uploadpack.packObjectsHook",
        ),
        *("core.alternateRefsCommand", "credential.helper", "core.gitProxy"),
    ):
        git.git("config", name, f"!{script}" if name == "credential.helper" else script, at=git.bare)
    git.git("config", "commit.gpgSign", "true", at=git.bare)
    (git.bare / "info").mkdir(exist_ok=True)
    (git.bare / "info/attributes").write_text("* filter=evil merge=evil diff=evil\n", "utf-8")
    for hook in ("reference-transaction", "post-checkout", "pre-push"):
        git.hook(hook, script)
    commits = (await opened(git, "deploy.git")).commits
    tip = await commits.resolve("main")
    assert tip
    await commits.tree(tip)
    assert (await Branches(commits).get("side")).mergeable == "conflicts"
    assert not trap.exists()


@pytest.mark.parametrize("hook", ["pre-push", "reference-transaction", "post-index-change"])
async def test_no_hook_of_a_clone_is_run(git: GitStage, hook: str) -> None:
    trap = git.home / "trap"
    file = git.clone / ".git/hooks" / hook
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"#!/bin/sh\ntouch {trap}\n", "utf-8")
    file.chmod(0o755)
    git.commit({"a": "1"})
    await (await opened(git)).commits.push(draft(git.tip("main")))
    assert not trap.exists()


async def test_a_remote_that_is_a_command_is_not_run(git: GitStage) -> None:
    trap = git.home / "trap"
    git.git("config", "remote.origin.url", f"ext::sh -c touch% {trap}")
    git.git("config", "protocol.ext.allow", "always")
    with pytest.raises(GitOpsError):
        await (await opened(git)).commits.resolve("main")
    assert not trap.exists()


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://u:p@git.example/team/deploy.git", "https://git.example/team/deploy.git"),
        ("https://token@git.example:8443/team/deploy", "https://git.example:8443/team/deploy"),
        ("ssh://git@git.example/team/deploy", "ssh://git@git.example/team/deploy"),
        ("git@git.example:team/deploy.git", "git@git.example:team/deploy.git"),
        ("/srv/git/deploy.git", "file:///srv/git/deploy.git"),
        ("../deploy.git", "file:///work/deploy.git"),
    ],
)
def test_a_remotes_url_is_shown_without_credentials(url: str, shown: str) -> None:
    assert plain(url, Path("/work/deploy")) == shown
