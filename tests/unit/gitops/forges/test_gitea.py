"""What no real Gitea can be made to do at will; its answers are shaped as tests/e2e/test_gitea.py sees them."""

from typing import Any

import pytest

from argocd_gitops_mcp import errors
from argocd_gitops_mcp.gitops.forges import merging
from argocd_gitops_mcp.gitops.forges.changes import blob_id
from argocd_gitops_mcp.gitops.repository import Check, Draft
from tests.unit.gitops.forges.transport import Forge, reply, repository

pytestmark = pytest.mark.anyio

ROOT = "/repos/team/deploy"
BASE, MADE, OTHER = "a" * 40, "b" * 40, "c" * 40
DRAFT = Draft(BASE, "feature/x", {"a.yaml": b"new\n"}, "Change")
AT_BASE = f"argocd-gitops-mcp/at-{BASE}"
MISSING = reply({"message": "not found", "errors": None, "url": "https://git.example.com/api/swagger"}, 404)
REFUSED = {"message": "Not allowed to push to protected branch feature/x", "url": ""}
DONE = reply(None, 204, "")


def commit(sha: str, *parents: str) -> dict[str, Any]:
    return {"sha": sha, "parents": [{"sha": one, "url": "", "created": "0001-01-01T00:00:00Z"} for one in parents]}


def branch(name: str, sha: str) -> dict[str, Any]:
    return {"name": name, "commit": {"id": sha, "message": "x"}, "protected": False, "user_can_push": True}


def tree(content: bytes) -> dict[str, Any]:
    entry = {"path": "a.yaml", "mode": "100644", "type": "blob", "size": 4, "sha": blob_id(content, 40)}
    return {"sha": BASE, "tree": [entry], "truncated": False, "page": 1, "total_count": 1}


def pushing(default: str, *branches: Any) -> Forge:
    """A forge whose default branch is at this commit, and the answers about the branch that is pushed to."""
    forge = Forge().on("GET", ROOT, reply({"default_branch": "main", "empty": False}))
    forge.on("GET", f"{ROOT}/git/trees/{BASE}", reply(tree(b"old\n")))
    forge.on("GET", f"{ROOT}/git/trees/{MADE}", reply(tree(b"new\n")))
    forge.on("GET", f"{ROOT}/git/commits/refs%2Fheads%2Fmain", reply(commit(default)))
    forge.on("GET", f"{ROOT}/git/commits/{MADE}", reply(commit(MADE, BASE)))
    return forge.on("GET", f"{ROOT}/branches/feature/x", *branches)


async def push(forge: Forge) -> str:
    return await (await repository("gitea", forge, "team/deploy")).commits.push(DRAFT)


async def test_a_base_that_moves_while_it_is_written_on_leaves_nothing_behind() -> None:
    forge = pushing(BASE, MISSING, reply(branch("feature/x", MADE)))
    forge._answers["GET", f"{ROOT}/git/commits/{MADE}"] = [reply(commit(MADE, OTHER))]
    forge.on("POST", f"{ROOT}/contents", reply({"commit": commit(MADE, OTHER)}, 201))
    forge.on("DELETE", f"{ROOT}/branches/feature/x", DONE)
    with pytest.raises(errors.Conflict):
        await push(forge)
    assert [method for method, *_ in forge.writes] == ["POST", "DELETE"]


async def test_a_branch_that_got_more_meanwhile_is_not_removed() -> None:
    forge = pushing(BASE, MISSING, reply(branch("feature/x", OTHER)))
    forge.on("GET", f"{ROOT}/git/commits/{OTHER}", reply(commit(OTHER, MADE)))
    forge.on("POST", f"{ROOT}/contents", reply({"commit": commit(MADE, OTHER)}, 201))
    with pytest.raises(errors.Conflict):
        await push(forge)
    assert [method for method, *_ in forge.writes] == ["POST"]


async def test_a_branch_that_somebody_made_meanwhile() -> None:
    forge = pushing(BASE, MISSING, reply(branch("feature/x", MADE)))
    forge.on("POST", f"{ROOT}/contents", reply({"message": "branch already exists [name: feature/x]"}, 422))
    assert await push(forge) == MADE


@pytest.mark.parametrize("left_behind", [False, True])
async def test_the_branch_to_write_on_is_removed_again(left_behind: object) -> None:
    taken = reply({"message": "The branch already exists."}, 409)
    forge = pushing(OTHER, MISSING).on("GET", f"{ROOT}/branches/{AT_BASE}", reply(branch(AT_BASE, BASE)))
    forge.on("GET", f"{ROOT}/git/commits/{BASE}", reply(commit(BASE)))
    forge.on("POST", f"{ROOT}/branches", taken if left_behind else reply(branch(AT_BASE, BASE), 201))
    forge.on("POST", f"{ROOT}/contents", reply({"commit": commit(MADE, BASE)}, 201))
    forge.on("DELETE", f"{ROOT}/branches/{AT_BASE}", DONE)
    assert await push(forge) == MADE
    assert [path for _, path, _ in forge.writes] == [
        f"{ROOT}/branches",
        f"{ROOT}/contents",
        f"{ROOT}/branches/{AT_BASE}",
    ]
    assert (forge.writes[1][2]["branch"], forge.writes[1][2]["new_branch"]) == (AT_BASE, "feature/x")


async def test_it_is_removed_also_where_the_write_is_refused() -> None:
    forge = pushing(OTHER, MISSING).on("GET", f"{ROOT}/branches/{AT_BASE}", reply(branch(AT_BASE, BASE)))
    forge.on("GET", f"{ROOT}/git/commits/{BASE}", reply(commit(BASE)))
    forge.on("POST", f"{ROOT}/branches", reply(branch(AT_BASE, BASE), 201))
    forge.on("POST", f"{ROOT}/contents", reply(REFUSED, 403)).on("DELETE", f"{ROOT}/branches/{AT_BASE}", DONE)
    with pytest.raises(errors.ProtectedBranch):
        await push(forge)
    assert forge.writes[-1][:2] == ("DELETE", f"{ROOT}/branches/{AT_BASE}")


async def test_the_forge_that_fails_on_a_history_is_told_from_a_commit_it_lacks() -> None:
    broken = reply({"message": "", "url": ""}, 500)
    forge = Forge().on("GET", f"{ROOT}/commits", broken).on("GET", f"{ROOT}/git/commits/{MADE}", reply(commit(MADE)))
    commits = (await repository("gitea", forge, "team/deploy")).commits
    with pytest.raises(errors.ServerError):
        await commits.contains(MADE, BASE)


def pull(**more: Any) -> dict[str, Any]:
    return {
        "number": 7,
        "title": "Change",
        "state": "open",
        "user": {"login": "bot"},
        "draft": False,
        "mergeable": True,
        "merged": False,
        "merge_commit_sha": None,
        "html_url": "https://git.example.com/team/deploy/pulls/7",
        "base": {"ref": "main", "sha": BASE, "repo_id": 1},
        "head": {"ref": "feature/x", "sha": MADE, "repo_id": 1},
        **more,
    }


async def test_a_branch_of_the_same_name_in_a_fork_is_another() -> None:
    fork = pull(number=6, head={"ref": "feature/x", "sha": MADE, "repo_id": 2})
    other = pull(number=5, base={"ref": "release", "sha": BASE, "repo_id": 1})
    link = '<https://git.example.com/api/v1/x?page=2>; rel="next"'
    forge = Forge().on("GET", f"{ROOT}/pulls", reply([fork, other], link=link), reply([pull()]))
    found = await (await repository("gitea", forge, "team/deploy")).pull_requests.find("feature/x", "main")
    assert found is not None
    assert found.id == "7"


async def test_a_request_that_was_opened_meanwhile() -> None:
    forge = Forge().on("GET", f"{ROOT}/pulls", reply([]), reply([pull()]))
    forge.on("POST", f"{ROOT}/pulls", reply({"message": "pull request already exists for these targets"}, 409))
    requests = (await repository("gitea", forge, "team/deploy")).pull_requests
    assert (await requests.open("feature/x", "main", "Change", "")).id == "7"


@pytest.mark.parametrize(
    ("looks", "mergeable"),
    [
        ([pull(mergeable=False), pull()], "yes"),
        ([pull(mergeable=False)], "conflicts"),
        ([pull(mergeable=False, draft=True)], "unknown"),
        ([pull(mergeable=False, state="closed")], "unknown"),
    ],
)
async def test_what_conflicts_is_told_once_the_forge_has_looked(
    looks: list[Any], mergeable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merging, "_PAUSES", (0.001, 0.001))
    forge = Forge().on("GET", f"{ROOT}/pulls/7", *map(reply, looks)).on("GET", f"{ROOT}/pulls/7/reviews", reply([]))
    statuses = [{"context": "ci", "status": "warning", "target_url": ""}, {"context": "a later word", "status": "x"}]
    forge.on("GET", f"{ROOT}/commits/{MADE}/status", reply({"state": "failure", "statuses": statuses}))
    forge.on("GET", f"{ROOT}/branches/main", reply(branch("main", BASE)))
    found = await (await repository("gitea", forge, "team/deploy")).pull_requests.get("7")
    assert found.mergeable == mergeable
    assert found.checks == (Check("ci", "failure"), Check("a later word", "pending"))


async def test_no_way_of_merging_is_left() -> None:
    closed = {"allow_merge_commits": False, "allow_squash_merge": False, "allow_rebase": False}
    forge = Forge().on("GET", f"{ROOT}/pulls/7", reply(pull())).on("GET", ROOT, reply(closed))
    with pytest.raises(errors.MergeRefused):
        await (await repository("gitea", forge, "team/deploy")).pull_requests.merge("7", MADE, "Merge")
    assert forge.writes == []
