"""Commits of GitHub, by its published schemas; not seen live."""

import base64
from typing import Any

import pytest

from argocd_gitops_mcp import errors
from argocd_gitops_mcp.errors import GitOpsError
from argocd_gitops_mcp.gitops.forges.changes import blob_id
from argocd_gitops_mcp.gitops.forges.connection import connect
from argocd_gitops_mcp.gitops.repository import Draft, Entry
from tests.unit.gitops.forges.github import BASE, MADE, MISSING, ROOT, TREE, branch, opened
from tests.unit.gitops.forges.transport import Forge, reply

pytestmark = pytest.mark.anyio

OLD, SCRIPT = blob_id(b"old\n", 40), blob_id(b"#!/bin/sh\n", 40)
DRAFT = Draft(BASE, "feature/x", {"app/web.yaml": b"new\n", "run.sh": b"exit\n", "gone": None, "b": b"\xff"}, "Change")


def entry(path: str, sha: str, mode: str = "100644", kind: str = "blob") -> dict[str, Any]:
    return {"path": path, "mode": mode, "type": kind, "sha": sha, "size": 4, "url": "https://api.github.com/x"}


BEFORE = [
    entry("app", TREE, "040000", "tree"),
    entry("app/web.yaml", OLD),
    entry("gone", OLD),
    entry("link", OLD, "120000"),
    entry("run.sh", SCRIPT, "100755"),
    entry("sub", MADE, "160000", "commit"),
]


def tree(entries: list[dict[str, Any]], *, truncated: bool = False) -> dict[str, Any]:
    return {"sha": TREE, "url": "https://api.github.com/x", "tree": entries, "truncated": truncated}


async def test_requests_name_the_version_of_the_api() -> None:
    forge = Forge().on("GET", "/user", reply({"login": "bot", "id": 7, "name": None, "email": None}))
    person = await connect("github", "https://github.com", forge, lambda: "t0ken").whoami()
    assert (person.login, person.name, person.email) == ("bot", "bot", "7+bot@users.noreply.github.com")
    assert forge.sent[0].headers["X-GitHub-Api-Version"] == "2022-11-28"
    assert forge.sent[0].headers["Accept"] == "application/vnd.github+json"
    assert forge.sent[0].headers["User-Agent"]


@pytest.mark.parametrize(
    ("ref", "default"),
    [
        (reply({"ref": "refs/heads/main", "object": {"type": "commit", "sha": BASE}}), "main"),
        (reply({"message": "Git Repository is empty."}, 409), None),
    ],
)
async def test_the_default_branch_of_an_empty_repository(ref: Any, default: str | None) -> None:
    forge = Forge().on("GET", ROOT, reply({"full_name": "team/deploy", "default_branch": "main"}))
    forge.on("GET", f"{ROOT}/git/ref/heads/main", ref)
    assert await (await opened(forge)).commits.default_branch() == default


@pytest.mark.parametrize(
    ("answer", "commit"),
    [
        (reply({"sha": BASE, "commit": {"tree": {"sha": TREE}}, "parents": []}), BASE),
        (MISSING, None),
        (reply({"message": "No commit found for SHA: x"}, 422), None),
        (reply({"message": "Git Repository is empty."}, 409), None),
    ],
)
async def test_a_revision(answer: Any, commit: str | None) -> None:
    forge = Forge().on("GET", f"{ROOT}/commits/feature/x", answer)
    assert await (await opened(forge)).commits.resolve("feature/x") == commit


async def test_a_tree_without_folders() -> None:
    forge = Forge().on("GET", f"{ROOT}/git/trees/{BASE}", reply(tree(BEFORE)))
    assert await (await opened(forge)).commits.tree(BASE) == {
        "app/web.yaml": Entry("file", OLD, 4),
        "gone": Entry("file", OLD, 4),
        "link": Entry("link", OLD),
        "run.sh": Entry("file", SCRIPT, 4),
        "sub": Entry("module", MADE),
    }


async def test_a_tree_that_comes_in_part_is_read_folder_by_folder() -> None:
    top = [entry("app", TREE, "040000", "tree"), entry("top", OLD)]
    forge = Forge().on("GET", f"{ROOT}/git/trees/{BASE}", reply(tree(top[:1], truncated=True)), reply(tree(top)))
    forge.on("GET", f"{ROOT}/git/trees/{TREE}", reply(tree([entry("deep/web.yaml", OLD)])))
    assert set(await (await opened(forge)).commits.tree(BASE)) == {"app/deep/web.yaml", "top"}


async def test_a_folder_that_comes_in_part_is_refused() -> None:
    forge = Forge().on("GET", f"{ROOT}/git/trees/{BASE}", reply(tree([], truncated=True)))
    with pytest.raises(errors.TooLarge):
        await (await opened(forge)).commits.tree(BASE)


async def test_contents_are_unwrapped() -> None:
    content = base64.encodebytes(bytes(range(256))).decode()
    forge = Forge().on("GET", f"{ROOT}/git/blobs/{OLD}", reply({"sha": OLD, "content": content, "encoding": "base64"}))
    assert await (await opened(forge)).commits.blobs([OLD, OLD]) == {OLD: bytes(range(256))}
    assert len(forge.sent) == 1


@pytest.mark.parametrize(
    ("answer", "contained"),
    [
        (reply({"status": "ahead", "ahead_by": 1}), True),
        (reply({"status": "identical"}), True),
        (reply({"status": "behind"}), False),
        (reply({"status": "diverged"}), False),
        (MISSING, False),
    ],
)
async def test_whether_a_commit_is_in_a_history(answer: Any, contained: object) -> None:
    forge = Forge().on("GET", f"{ROOT}/compare/{BASE}...{MADE}", answer)
    assert await (await opened(forge)).commits.contains(MADE, BASE) == contained


def before_pushing(*branches: Any) -> Forge:
    forge = Forge().on("GET", f"{ROOT}/git/trees/{BASE}", reply(tree(BEFORE)))
    forge.on("GET", f"{ROOT}/branches/feature%2Fx", *branches)
    forge.on("GET", f"{ROOT}/git/commits/{BASE}", reply({"sha": BASE, "tree": {"sha": TREE}, "parents": []}))
    forge.on("POST", f"{ROOT}/git/blobs", reply({"sha": "e" * 40}, 201))
    forge.on("POST", f"{ROOT}/git/trees", reply({"sha": "f" * 40, "tree": []}, 201))
    return forge.on("POST", f"{ROOT}/git/commits", reply({"sha": MADE, "parents": [{"sha": BASE}]}, 201))


async def test_a_commit_is_made_before_its_branch_and_keeps_modes() -> None:
    forge = before_pushing(MISSING)
    forge.on("POST", f"{ROOT}/git/refs", reply({"ref": "refs/heads/feature/x", "object": {"sha": MADE}}, 201))
    assert await (await opened(forge)).commits.push(DRAFT) == MADE
    assert forge.writes == [
        ("POST", f"{ROOT}/git/blobs", {"content": "/w==", "encoding": "base64"}),
        (
            "POST",
            f"{ROOT}/git/trees",
            {
                "base_tree": TREE,
                "tree": [
                    {"path": "app/web.yaml", "mode": "100644", "type": "blob", "content": "new\n"},
                    {"path": "b", "mode": "100644", "type": "blob", "sha": "e" * 40},
                    {"path": "gone", "mode": "100644", "type": "blob", "sha": None},
                    {"path": "run.sh", "mode": "100755", "type": "blob", "content": "exit\n"},
                ],
            },
        ),
        ("POST", f"{ROOT}/git/commits", {"message": "Change", "tree": "f" * 40, "parents": [BASE]}),
        ("POST", f"{ROOT}/git/refs", {"ref": "refs/heads/feature/x", "sha": MADE}),
    ]


AFTER = [
    entry("app/web.yaml", blob_id(b"new\n", 40)),
    entry("b", blob_id(b"\xff", 40)),
    entry("link", OLD, "120000"),
    entry("run.sh", blob_id(b"exit\n", 40), "100755"),
    entry("sub", MADE, "160000", "commit"),
]


async def test_the_same_once_more_is_found() -> None:
    forge = before_pushing(reply(branch(MADE, BASE))).on("GET", f"{ROOT}/git/trees/{MADE}", reply(tree(AFTER)))
    assert await (await opened(forge)).commits.push(DRAFT) == MADE
    assert forge.writes == []


async def test_a_branch_that_somebody_made_meanwhile() -> None:
    forge = before_pushing(MISSING, reply(branch(MADE, BASE))).on("GET", f"{ROOT}/git/trees/{MADE}", reply(tree(AFTER)))
    forge.on("POST", f"{ROOT}/git/refs", reply({"message": "Reference already exists"}, 422))
    forge.on("GET", f"{ROOT}/rules/branches/feature%2Fx", reply([]))
    assert await (await opened(forge)).commits.push(DRAFT) == MADE


@pytest.mark.parametrize(
    ("there", "kind"),
    [
        (branch(BASE, "9" * 40), errors.Conflict),
        (branch(MADE, "9" * 40), errors.Conflict),
        (branch(BASE, "9" * 40, protected=True), errors.ProtectedBranch),
    ],
)
async def test_a_branch_with_something_else_is_left_alone(there: Any, kind: type[GitOpsError]) -> None:
    forge = before_pushing(reply(there)).on("GET", f"{ROOT}/git/trees/{MADE}", reply(tree(AFTER)))
    forge.on("GET", f"{ROOT}/compare/{'9' * 40}...{BASE}", reply({"status": "diverged"}))
    with pytest.raises(kind):
        await (await opened(forge)).commits.push(DRAFT)
    assert forge.writes == []


async def test_a_rule_against_new_branches() -> None:
    forge = before_pushing(MISSING)
    forge.on("POST", f"{ROOT}/git/refs", reply({"message": "Repository rule violations found"}, 422))
    forge.on("GET", f"{ROOT}/rules/branches/feature%2Fx", reply([{"type": "creation", "ruleset_id": 1}]))
    with pytest.raises(errors.ProtectedBranch) as raised:
        await (await opened(forge)).commits.push(DRAFT)
    assert raised.value.upstream == "Repository rule violations found"


def empty() -> Forge:
    forge = Forge().on("GET", ROOT, reply({"default_branch": "main"}))
    forge.on("GET", f"{ROOT}/git/ref/heads/main", reply({"message": "Git Repository is empty."}, 409))
    return forge


async def test_the_first_commit_takes_the_place_of_the_file_it_had_to_begin_with() -> None:
    forge = empty().on("GET", f"{ROOT}/branches/main", MISSING)
    forge.on("PUT", f"{ROOT}/contents/a/x.yaml", reply({"content": {}, "commit": {"sha": BASE}}, 201))
    forge.on("POST", f"{ROOT}/git/trees", reply({"sha": TREE}, 201))
    forge.on("POST", f"{ROOT}/git/commits", reply({"sha": MADE}, 201))
    forge.on("PATCH", f"{ROOT}/git/refs/heads/main", reply({"object": {"sha": MADE}}))
    assert await (await opened(forge)).commits.begin("main", {"b": b"2", "a/x.yaml": b"1"}, "Begin") == MADE
    assert forge.writes[0][:2] == ("PUT", f"{ROOT}/contents/a/x.yaml")
    assert "base_tree" not in forge.writes[1][2]
    assert forge.writes[2][2]["parents"] == []
    assert forge.writes[3][2] == {"sha": MADE, "force": True}


async def test_a_beginning_that_was_cut_off_goes_on() -> None:
    forge = Forge().on("GET", f"{ROOT}/branches/main", reply(branch(BASE)))
    forge.on("GET", f"{ROOT}/git/trees/{BASE}", reply(tree([entry("a", blob_id(b"1", 40))])))
    forge.on("POST", f"{ROOT}/git/trees", reply({"sha": TREE}, 201))
    forge.on("POST", f"{ROOT}/git/commits", reply({"sha": MADE}, 201))
    forge.on("PATCH", f"{ROOT}/git/refs/heads/main", reply({"object": {"sha": MADE}}))
    assert await (await opened(forge)).commits.begin("main", {"a": b"1", "b": b"2"}, "Begin") == MADE


@pytest.mark.parametrize(
    ("there", "files"),
    [
        (branch(BASE, "9" * 40), [entry("a", blob_id(b"1", 40))]),
        (branch(BASE), [entry("README.md", OLD)]),
        (branch(BASE), [entry("a", OLD), entry("b", OLD)]),
    ],
)
async def test_a_repository_with_commits_is_not_begun(there: Any, files: Any) -> None:
    forge = Forge().on("GET", f"{ROOT}/branches/main", reply(there))
    forge.on("GET", f"{ROOT}/git/trees/{BASE}", reply(tree(files)))
    with pytest.raises(errors.Conflict):
        await (await opened(forge)).commits.begin("main", {"a": b"1", "b": b"2"}, "Begin")
    assert forge.writes == []
