"""GitLab's API by its published schemas (docs.gitlab.com/api, v4): none of this was seen live."""

import base64
from typing import Any

import pytest

from argocd_gitops_mcp import errors
from argocd_gitops_mcp.errors import GitOpsError
from argocd_gitops_mcp.gitops.forges import merging
from argocd_gitops_mcp.gitops.forges.changes import blob_id
from argocd_gitops_mcp.gitops.forges.connection import connect
from argocd_gitops_mcp.gitops.repository import Check, CheckState, Draft, Entry, Mergeable, Repository, Review
from argocd_gitops_mcp.http import Reply
from tests.unit.gitops.forges.transport import Forge, reply, repository

pytestmark = pytest.mark.anyio

ROOT = "/projects/group%2Fsub%2Fdeploy"
REPOSITORY = f"{ROOT}/repository"
REQUEST = f"{ROOT}/merge_requests/7"
BRANCH = f"{REPOSITORY}/branches/feature%2Fx"
BASE, MADE, MERGE = "a" * 40, "b" * 40, "d" * 40
OLD, NEW, ADDED = blob_id(b"old\n", 40), blob_id(b"new\n", 40), blob_id(b"\xff", 40)
DRAFT = Draft(BASE, "feature/x", {"app/web.yaml": b"new\n", "gone": None, "b": b"\xff"}, "Change")
MISSING = reply({"message": "404 Branch Not Found"}, 404)


def entry(path: str, sha: str, mode: str = "100644", kind: str = "blob") -> dict[str, Any]:
    return {"id": sha, "name": path.rpartition("/")[2], "type": kind, "path": path, "mode": mode}


BEFORE = [
    entry("app", MERGE, "040000", "tree"),
    entry("app/web.yaml", OLD),
    entry("gone", OLD),
    entry("link", OLD, "120000"),
    entry("sub", MADE, "160000", "commit"),
]
AFTER = [
    entry("app/web.yaml", NEW),
    entry("b", ADDED),
    entry("link", OLD, "120000"),
    entry("sub", MADE, "160000", "commit"),
]


def commit(sha: str, *parents: str) -> dict[str, Any]:
    return {"id": sha, "short_id": sha[:8], "title": "Change", "parent_ids": list(parents), "message": "Change"}


def branch(sha: str, **more: Any) -> dict[str, Any]:
    return {
        "name": "feature/x",
        "commit": {"id": sha, "parent_ids": None},
        "protected": False,
        "can_push": True,
        **more,
    }


def request(**more: Any) -> dict[str, Any]:
    return {
        "id": 100,
        "iid": 7,
        "title": "Change",
        "state": "opened",
        "source_branch": "feature/x",
        "target_branch": "main",
        "source_project_id": 1,
        "target_project_id": 1,
        "sha": MADE,
        "author": {"username": "bot", "name": "Bot"},
        "web_url": "https://gitlab.com/group/sub/deploy/-/merge_requests/7",
        "draft": False,
        "has_conflicts": False,
        "detailed_merge_status": "mergeable",
        "merge_commit_sha": None,
        "squash_commit_sha": None,
        "head_pipeline": None,
        **more,
    }


async def opened(forge: Forge) -> Repository:
    return await repository("gitlab", forge, "https://gitlab.com/group/sub/deploy.git")


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merging, "_PAUSES", (0.001, 0.001))


async def test_whom_the_token_belongs_to() -> None:
    answer = {"username": "bot", "name": "Deploy Bot", "email": "bot@example.com", "commit_email": "b@example.com"}
    forge = Forge().on("GET", "/user", reply(answer))
    person = await connect("gitlab", "https://gitlab.com", forge, lambda: "t0ken").whoami()
    assert (person.login, person.name, person.email) == ("bot", "Deploy Bot", "b@example.com")


@pytest.mark.parametrize(
    ("project", "default"),
    [
        ({"default_branch": "main", "empty_repo": False}, "main"),
        ({"default_branch": None, "empty_repo": True}, None),
        ({"default_branch": "main", "empty_repo": True}, None),
    ],
)
async def test_the_default_branch_of_an_empty_project(project: Any, default: str | None) -> None:
    assert await (await opened(Forge().on("GET", ROOT, reply(project)))).commits.default_branch() == default


async def test_a_revision() -> None:
    forge = Forge().on("GET", f"{REPOSITORY}/commits/feature%2Fx", reply(commit(MADE, BASE)))
    forge.on("GET", f"{REPOSITORY}/commits/nothing", reply({"message": "404 Commit Not Found"}, 404))
    commits = (await opened(forge)).commits
    assert (await commits.resolve("feature/x"), await commits.resolve("nothing")) == (MADE, None)


async def test_a_tree_by_pages_of_a_keyset() -> None:
    link = '<https://gitlab.com/api/v4/x?ref=a&pagination=keyset&page_token=t>; rel="next"'
    forge = Forge().on("GET", f"{REPOSITORY}/tree", reply(BEFORE[:2], link=link), reply(BEFORE[2:]))
    assert await (await opened(forge)).commits.tree(BASE) == {
        "app/web.yaml": Entry("file", OLD),
        "gone": Entry("file", OLD),
        "link": Entry("link", OLD),
        "sub": Entry("module", MADE),
    }
    assert dict(forge.sent[0].query)["pagination"] == "keyset"
    assert dict(forge.sent[1].query)["page_token"] == "t"


async def test_contents_are_unwrapped() -> None:
    answer = {"size": 1, "encoding": "base64", "content": base64.b64encode(b"\xff").decode(), "sha": ADDED}
    forge = Forge().on("GET", f"{REPOSITORY}/blobs/{ADDED}", reply(answer))
    assert await (await opened(forge)).commits.blobs([ADDED]) == {ADDED: b"\xff"}


@pytest.mark.parametrize(
    ("answer", "contained"),
    [
        (reply(commit(BASE)), True),
        (reply(commit(MERGE)), False),
        (MISSING, False),
        (reply({"message": "400 Bad request - Could not find ref: a"}, 400), False),
    ],
)
async def test_whether_a_commit_is_in_a_history(answer: Reply, contained: object) -> None:
    forge = Forge().on("GET", f"{REPOSITORY}/merge_base", answer)
    assert await (await opened(forge)).commits.contains(MADE, BASE) == contained
    assert forge.sent[0].query == (("refs[]", MADE), ("refs[]", BASE))


async def test_a_commit_and_its_branch_are_one_request() -> None:
    forge = Forge().on("GET", f"{REPOSITORY}/tree", reply(BEFORE)).on("GET", BRANCH, MISSING)
    forge.on("POST", f"{REPOSITORY}/commits", reply(commit(MADE, BASE), 201))
    assert await (await opened(forge)).commits.push(DRAFT) == MADE
    body = {
        "branch": "feature/x",
        "start_sha": BASE,
        "commit_message": "Change",
        "actions": [
            {"action": "update", "file_path": "app/web.yaml", "content": "bmV3Cg==", "encoding": "base64"},
            {"action": "create", "file_path": "b", "content": "/w==", "encoding": "base64"},
            {"action": "delete", "file_path": "gone"},
        ],
    }
    assert forge.writes == [("POST", f"{REPOSITORY}/commits", body)]


async def test_the_same_once_more_is_found_also_if_it_was_made_meanwhile() -> None:
    taken = reply({"message": "A branch called 'feature/x' already exists."}, 400)
    for branches in ([reply(branch(MADE))], [MISSING, reply(branch(MADE))]):
        trees = [reply(BEFORE)] * len(branches)
        forge = Forge().on("GET", f"{REPOSITORY}/tree", *trees, reply(AFTER)).on("GET", BRANCH, *branches)
        forge.on("GET", f"{REPOSITORY}/commits/{MADE}", reply(commit(MADE, BASE)))
        forge.on("POST", f"{REPOSITORY}/commits", taken)
        assert await (await opened(forge)).commits.push(DRAFT) == MADE


@pytest.mark.parametrize(
    ("there", "kind"),
    [
        (branch(BASE), errors.Conflict),
        (branch(BASE, protected=True, can_push=True), errors.Conflict),
        (branch(BASE, protected=True, can_push=False), errors.ProtectedBranch),
    ],
)
async def test_a_branch_with_something_else_is_left_alone(there: Any, kind: type[GitOpsError]) -> None:
    forge = Forge().on("GET", f"{REPOSITORY}/tree", reply(BEFORE)).on("GET", BRANCH, reply(there))
    forge.on("GET", f"{REPOSITORY}/commits/{BASE}", reply(commit(BASE, MERGE)))
    forge.on("GET", f"{REPOSITORY}/merge_base", reply(commit(OLD)))
    with pytest.raises(kind):
        await (await opened(forge)).commits.push(DRAFT)
    assert forge.writes == []


@pytest.mark.parametrize(
    ("rule", "kind"),
    [
        (reply({"id": 1, "name": "feature/*"}), errors.ProtectedBranch),
        (MISSING, errors.Forbidden),
        (reply({"message": "403 Forbidden"}, 403), errors.Forbidden),
    ],
)
async def test_a_rule_against_a_new_branch(rule: Reply, kind: type[GitOpsError]) -> None:
    forge = Forge().on("GET", f"{REPOSITORY}/tree", reply(BEFORE)).on("GET", BRANCH, MISSING)
    forge.on("POST", f"{REPOSITORY}/commits", reply({"message": "You are not allowed to push into this branch"}, 403))
    forge.on("GET", f"{ROOT}/protected_branches/feature%2Fx", rule)
    with pytest.raises(kind) as raised:
        await (await opened(forge)).commits.push(DRAFT)
    assert raised.value.upstream == "You are not allowed to push into this branch"


async def test_the_first_commit() -> None:
    forge = Forge().on("GET", ROOT, reply({"default_branch": None, "empty_repo": True}))
    forge.on("POST", f"{REPOSITORY}/commits", reply(commit(MADE), 201))
    assert await (await opened(forge)).commits.begin("main", {"a": b"1"}, "Begin") == MADE
    assert "start_sha" not in forge.writes[0][2]


@pytest.mark.parametrize(("files", "made"), [([entry("a", blob_id(b"1", 40))], True), (AFTER, False)])
async def test_a_project_that_was_begun(files: Any, made: object) -> None:
    forge = Forge().on("GET", ROOT, reply({"default_branch": "main", "empty_repo": False}))
    forge.on("GET", f"{REPOSITORY}/branches/main", reply(branch(MADE)))
    forge.on("GET", f"{REPOSITORY}/commits/{MADE}", reply(commit(MADE))).on("GET", f"{REPOSITORY}/tree", reply(files))
    commits = (await opened(forge)).commits
    if made:
        assert await commits.begin("main", {"a": b"1"}, "Begin") == MADE
    else:
        with pytest.raises(errors.Conflict):
            await commits.begin("main", {"a": b"1"}, "Begin")
    assert forge.writes == []


async def test_an_open_request_is_found_and_not_opened_twice() -> None:
    forge = Forge().on("GET", f"{ROOT}/merge_requests", reply([request(source_project_id=9), request()]))
    found = await (await opened(forge)).pull_requests.open("feature/x", "main", "Change", "body")
    assert (found.id, found.head, found.state, found.mergeable) == ("7", MADE, "open", "yes")
    assert forge.writes == []


@pytest.mark.parametrize(
    ("states", "ended"),
    [([], False), (["opened"], False), (["closed"], True), (["merged"], True), (["closed", "opened"], False)],
)
async def test_whether_a_branch_is_done_with(states: list[str], ended: object) -> None:
    of_fork = request(state="closed", source_project_id=9)
    there = [of_fork, *(request(state=state) for state in states)]
    forge = Forge().on("GET", f"{ROOT}/merge_requests", reply(there))
    assert await (await opened(forge)).pull_requests.ended("feature/x", "main") is ended
    query = dict(forge.sent[0].query)
    assert (query["state"], query["source_branch"], query["target_branch"]) == ("all", "feature/x", "main")


async def test_opening_and_what_was_opened_meanwhile() -> None:
    forge = Forge().on("GET", f"{ROOT}/merge_requests", reply([]), reply([]), reply([request()]))
    exists = {"message": ["Another open merge request already exists for this source branch: !7"]}
    forge.on(
        "POST", f"{ROOT}/merge_requests", reply(request(title="Draft: Change", draft=True), 201), reply(exists, 409)
    )
    requests = (await opened(forge)).pull_requests
    assert (await requests.open("feature/x", "main", "Change", "body", draft=True)).is_draft
    assert forge.writes[0][2]["title"] == "Draft: Change"
    assert (await requests.open("feature/x", "main", "Change", "body")).id == "7"


async def test_reviews_and_checks() -> None:
    pipeline = {"id": 1, "sha": MADE, "status": "running", "web_url": "https://gitlab.com/p/1"}
    forge = Forge().on("GET", REQUEST, reply(request(head_pipeline=pipeline, detailed_merge_status="ci_still_running")))
    approvals = {"approvals_required": 2, "approvals_left": 1, "approved_by": [{"user": {"username": "dan"}}]}
    forge.on("GET", f"{REQUEST}/approvals", reply(approvals)).on("GET", f"{REQUEST}/versions", reply([version()]))
    reviewers = [
        {"user": {"username": "ann"}, "state": "requested_changes"},
        {"user": {"username": "bob"}, "state": "unreviewed"},
        {"user": {"username": "cat"}, "state": "reviewed"},
        {"user": {"username": "dan"}, "state": "approved"},
        {"user": {"username": "eve"}, "state": "approved"},
    ]
    forge.on("GET", f"{REQUEST}/reviewers", reply(reviewers))
    statuses = [
        {"name": "build", "status": "success", "target_url": "https://ci/1", "allow_failure": False},
        {"name": "lint", "status": "failed", "target_url": None, "allow_failure": True},
    ]
    forge.on("GET", f"{REPOSITORY}/commits/{MADE}/statuses", reply(statuses))
    found = await (await opened(forge)).pull_requests.get("!7")
    assert found.reviews == (
        Review("ann", "changes requested"),
        Review("bob", "requested"),
        Review("cat", "commented"),
        Review("dan", "approved"),
        Review("eve", "dismissed"),
    )
    assert found.checks == (
        Check("build", "success", "https://ci/1"),
        Check("lint", "neutral"),
        Check("pipeline", "pending", "https://gitlab.com/p/1"),
    )
    assert (found.required_approvals, found.blocked) == (2, "ci_still_running")


def version(sha: str = MADE, at: str = "2026-01-02T00:00:00.000Z") -> dict[str, Any]:
    return {"id": 1, "head_commit_sha": sha, "created_at": at, "state": "collected"}


OLDER = version(BASE, "2026-01-01T00:00:00.000Z")


@pytest.mark.parametrize(
    ("at", "versions", "state"),
    [
        ("2026-01-03T00:00:00.000Z", [version(), OLDER], "approved"),
        ("2026-01-02T01:30:00.000+01:00", [version(), OLDER], "approved"),
        ("2026-01-02T00:30:00.000+01:00", [version(), OLDER], "dismissed"),
        ("2026-01-01T12:00:00.000Z", [version(), OLDER], "dismissed"),
        ("2026-01-03T00:00:00.000Z", [OLDER], "dismissed"),  # the push is not taken in yet
        ("2026-01-03T00:00:00.000Z", [], "dismissed"),
        (None, [version()], "approved"),
        (None, [version(), OLDER], "dismissed"),
    ],
)
async def test_an_approval_of_an_older_head_does_not_count(at: str | None, versions: Any, state: str) -> None:
    forge = Forge().on("GET", REQUEST, reply(request())).on("GET", f"{REQUEST}/versions", reply(versions))
    given = {"user": {"username": "dan"}, **({"approved_at": at} if at else {})}
    forge.on("GET", f"{REQUEST}/approvals", reply({"approved_by": [given]})).on(
        "GET", f"{REQUEST}/reviewers", reply([])
    )
    forge.on("GET", f"{REPOSITORY}/commits/{MADE}/statuses", reply([]))
    found = (await (await opened(forge)).pull_requests.get("7")).reviews
    assert [(one.reviewer, one.state) for one in found] == [("dan", state)]


@pytest.mark.parametrize(
    ("status", "allow_failure", "state"),
    [
        ("created", False, "pending"),
        ("waiting_for_resource", False, "pending"),
        ("manual", False, "pending"),
        ("manual", True, "neutral"),
        ("canceled", False, "failure"),
        ("skipped", False, "neutral"),
        ("a later word", False, "pending"),
    ],
)
async def test_what_a_status_means(status: str, allow_failure: object, state: CheckState) -> None:
    forge = Forge().on("GET", REQUEST, reply(request()))
    forge.on("GET", f"{REQUEST}/approvals", reply({"approved_by": []})).on("GET", f"{REQUEST}/reviewers", reply([]))
    forge.on("GET", f"{REQUEST}/versions", reply([version()]))
    given = [{"name": "job", "status": status, "allow_failure": allow_failure}]
    forge.on("GET", f"{REPOSITORY}/commits/{MADE}/statuses", reply(given))
    assert (await (await opened(forge)).pull_requests.get("7")).checks == (Check("job", state),)


@pytest.mark.parametrize(
    ("status", "mergeable"),
    [
        ("mergeable", "yes"),
        ("not_approved", "yes"),
        ("conflict", "conflicts"),
        ("checking", "unknown"),
        ("", "unknown"),
    ],
)
async def test_whether_it_can_be_merged(status: str, mergeable: Mergeable) -> None:
    forge = Forge().on("GET", f"{ROOT}/merge_requests", reply([request(detailed_merge_status=status)]))
    found = await (await opened(forge)).pull_requests.find("feature/x", "main")
    assert found is not None
    assert found.mergeable == mergeable


async def test_files_and_comments() -> None:
    diffs = [{"old_path": "a", "new_path": "b", "renamed_file": True}, {"old_path": "c", "new_path": "c"}]
    forge = Forge().on("GET", f"{REQUEST}/diffs", reply(diffs)).on("POST", f"{REQUEST}/notes", reply({"id": 5}, 201))
    requests = (await opened(forge)).pull_requests
    assert await requests.files("7") == ["a", "b", "c"]
    address = "https://gitlab.com/group/sub/deploy/-/merge_requests/7#note_5"
    assert await requests.comment("7", "Plan") == address


@pytest.mark.parametrize(
    ("merged", "commit_of_base"),
    [
        ({"merge_commit_sha": MERGE}, MERGE),
        ({"merge_commit_sha": None, "squash_commit_sha": MERGE}, MERGE),
        ({"merge_commit_sha": None, "squash_commit_sha": None}, MADE),
    ],
)
async def test_merging_names_the_head(merged: Any, commit_of_base: str) -> None:
    forge = Forge().on("GET", REQUEST, reply(request()), reply(request(state="merged", **merged)))
    forge.on("GET", ROOT, reply({"default_branch": "main", "squash_option": "always"}))
    forge.on("PUT", f"{REQUEST}/merge", reply(request(state="merged", **merged)))
    assert await (await opened(forge)).pull_requests.merge("7", MADE, "Merge it") == commit_of_base
    body = {"sha": MADE, "merge_commit_message": "Merge it", "squash_commit_message": "Merge it"}
    assert forge.writes == [("PUT", f"{REQUEST}/merge", body)]


@pytest.mark.parametrize(
    ("status", "then", "kind"),
    [
        (409, request(sha="9" * 40), errors.Conflict),
        (405, request(detailed_merge_status="not_approved"), errors.MergeRefused),
        (422, request(has_conflicts=True, detailed_merge_status="conflict"), errors.MergeConflict),
        (401, request(), errors.Forbidden),
    ],
)
async def test_a_refusal_is_told_apart(status: int, then: Any, kind: type[GitOpsError]) -> None:
    forge = Forge().on("GET", REQUEST, reply(request()), reply(then)).on("GET", ROOT, reply({"default_branch": "main"}))
    forge.on("PUT", f"{REQUEST}/merge", reply({"message": "no"}, status))
    with pytest.raises(kind) as raised:
        await (await opened(forge)).pull_requests.merge("7", MADE, "Merge")
    assert type(raised.value) is kind
    assert len(forge.writes) == 1
