"""Pull requests of GitHub, by its published schemas; not seen live."""

from typing import Any

import pytest

from argocd_gitops_mcp import errors
from argocd_gitops_mcp.errors import GitOpsError
from argocd_gitops_mcp.gitops.forges import merging
from argocd_gitops_mcp.gitops.repository import Check, Review
from tests.unit.gitops.forges.github import BASE, MADE, MISSING, ROOT, branch, opened, pull
from tests.unit.gitops.forges.transport import Forge, reply

pytestmark = pytest.mark.anyio


async def test_an_open_request_is_found_and_not_opened_twice() -> None:
    fork = pull(head={"ref": "x", "sha": MADE, "repo": {"full_name": "team/fork"}})
    forge = Forge().on("GET", f"{ROOT}/pulls", reply([fork, pull()]))
    requests = (await opened(forge)).pull_requests
    found = await requests.open("x", "main", "Change", "body")
    assert (found.id, found.head, found.state, found.merge_commit) == ("7", MADE, "open", "")
    assert found == await requests.find("x", "main")
    assert forge.writes == []
    assert dict(forge.sent[0].query)["head"] == "team:x"


@pytest.mark.parametrize(
    ("there", "ended"),
    [
        ([], False),
        ([pull()], False),
        ([pull(state="closed")], True),
        ([pull(state="closed", merged_at="2026-01-01T00:00:00Z")], True),
        ([pull(state="closed"), pull()], False),
        ([pull(state="closed", head={"ref": "x", "sha": MADE, "repo": {"full_name": "team/fork"}})], False),
        ([pull(state="closed", head={"ref": "x", "sha": MADE, "repo": None})], False),
    ],
)
async def test_whether_a_branch_is_done_with(there: Any, ended: object) -> None:
    forge = Forge().on("GET", f"{ROOT}/pulls", reply(there))
    assert await (await opened(forge)).pull_requests.ended("x", "main") is ended
    query = dict(forge.sent[0].query)
    assert (query["state"], query["head"], query["base"]) == ("all", "team:x", "main")


async def test_opening_says_what_it_is() -> None:
    forge = Forge().on("GET", f"{ROOT}/pulls", reply([])).on("POST", f"{ROOT}/pulls", reply(pull(draft=True), 201))
    found = await (await opened(forge)).pull_requests.open("x", "main", "Change", "body", draft=True)
    assert found.is_draft
    assert forge.writes[0][2] == {"title": "Change", "head": "x", "base": "main", "body": "body", "draft": True}


EXISTS = {"message": "Validation Failed", "errors": [{"message": "A pull request already exists for team:x."}]}


async def test_a_request_that_was_opened_meanwhile() -> None:
    forge = (
        Forge().on("GET", f"{ROOT}/pulls", reply([]), reply([pull()])).on("POST", f"{ROOT}/pulls", reply(EXISTS, 422))
    )
    assert (await (await opened(forge)).pull_requests.open("x", "main", "Change", "")).id == "7"


async def test_a_request_that_cannot_be_opened() -> None:
    nothing = {"message": "Validation Failed", "errors": [{"message": "No commits between main and x"}]}
    forge = Forge().on("GET", f"{ROOT}/pulls", reply([])).on("POST", f"{ROOT}/pulls", reply(nothing, 422))
    with pytest.raises(errors.Rejected) as raised:
        await (await opened(forge)).pull_requests.open("x", "main", "Change", "")
    assert raised.value.upstream == "Validation Failed; No commits between main and x"


def reading(given: Any) -> Forge:
    head = f"{ROOT}/commits/{MADE}"
    reviews = [
        {"id": 1, "user": {"login": "ann"}, "state": "CHANGES_REQUESTED", "submitted_at": "2026-01-01T00:00:00Z"},
        {"id": 2, "user": {"login": "ann"}, "state": "APPROVED", "commit_id": MADE},
        {"id": 3, "user": {"login": "ann"}, "state": "COMMENTED"},
        {"id": 4, "user": None, "state": "COMMENTED"},
        {"id": 5, "user": {"login": "bob"}, "state": "PENDING"},
        {"id": 6, "user": {"login": "dan"}, "state": "APPROVED", "commit_id": BASE},
        {"id": 7, "user": {"login": "eve"}, "state": "APPROVED", "commit_id": None},
    ]
    runs = [
        {"name": "build", "status": "completed", "conclusion": "success", "html_url": "https://ci/1"},
        {"name": "lint", "status": "in_progress", "conclusion": None},
        {"name": "docs", "status": "completed", "conclusion": "skipped"},
        {"name": "test", "status": "completed", "conclusion": "timed_out"},
    ]
    statuses = [{"context": "old-ci", "state": "error", "target_url": None, "description": None}]
    forge = Forge().on("GET", f"{ROOT}/pulls/7", *given)
    forge.on("GET", f"{ROOT}/pulls/7/reviews", reply(reviews))
    forge.on("GET", f"{head}/status", reply({"state": "failure", "statuses": statuses, "total_count": 1}))
    following = reply({"total_count": 4, "check_runs": runs[:2]}, link='<https://x/x?page=2>; rel="next"')
    return forge.on("GET", f"{head}/check-runs", following, reply({"total_count": 4, "check_runs": runs[2:]}))


async def test_reviews_checks_and_what_is_required() -> None:
    teams = [{"slug": "platform", "name": "Platform"}]
    forge = reading(
        [reply(pull(mergeable_state="blocked", requested_reviewers=[{"login": "cat"}], requested_teams=teams))]
    )
    rules = [
        {
            "type": "pull_request",
            "parameters": {"required_approving_review_count": 2, "dismiss_stale_reviews_on_push": True},
        },
        {"type": "required_status_checks", "parameters": {"required_status_checks": [{"context": "scan"}]}},
        {"type": "deletion"},
    ]
    forge.on("GET", f"{ROOT}/rules/branches/main", reply(rules))
    checks = {"enforcement_level": "everyone", "contexts": ["build", "e2e"], "checks": []}
    forge.on(
        "GET",
        f"{ROOT}/branches/main",
        reply(branch(BASE, protected=True, protection={"required_status_checks": checks})),
    )
    forge.on("GET", f"{ROOT}/branches/main/protection/required_pull_request_reviews", reply({"message": "no"}, 403))
    found = await (await opened(forge)).pull_requests.get("#7")
    assert found.reviews == (
        Review("cat", "requested"),
        Review("platform", "requested"),
        Review("ann", "approved"),
        Review("ghost", "commented"),
        Review("dan", "dismissed"),
        Review("eve", "dismissed"),
    )
    assert found.checks == (
        Check("old-ci", "failure"),
        Check("build", "success", "https://ci/1"),
        Check("lint", "pending"),
        Check("docs", "neutral"),
        Check("test", "failure"),
        Check("e2e", "pending"),
        Check("scan", "pending"),
    )
    assert found.required_approvals == 2
    assert (found.mergeable, found.blocked) == ("yes", "blocked")


async def test_where_nothing_is_told_of_rules() -> None:
    forge = reading([reply(pull())]).on("GET", f"{ROOT}/rules/branches/main", MISSING)
    forge.on("GET", f"{ROOT}/branches/main", reply(branch(BASE)))
    assert (await (await opened(forge)).pull_requests.get("7")).required_approvals is None


async def test_checks_that_may_not_be_read_are_no_missing_checks() -> None:
    forge = reading([reply(pull())]).on("GET", f"{ROOT}/rules/branches/main", reply([]))
    forge.on("GET", f"{ROOT}/branches/main", reply(branch(BASE)))
    forge._answers["GET", f"{ROOT}/commits/{MADE}/check-runs"] = [reply({"message": "not accessible by token"}, 403)]
    with pytest.raises(errors.Forbidden):
        await (await opened(forge)).pull_requests.get("7")


async def test_files_of_renames_have_two_paths() -> None:
    first = reply(
        [{"filename": "b", "previous_filename": "a", "status": "renamed"}], link='<https://x/x?page=2>; rel="next"'
    )
    forge = Forge().on("GET", f"{ROOT}/pulls/7/files", first, reply([{"filename": "c", "status": "added"}]))
    assert await (await opened(forge)).pull_requests.files("7") == ["a", "b", "c"]


async def test_a_comment_has_an_address() -> None:
    address = "https://github.com/team/deploy/pull/7#issuecomment-1"
    forge = Forge().on("POST", f"{ROOT}/issues/7/comments", reply({"id": 1, "html_url": address}, 201))
    assert await (await opened(forge)).pull_requests.comment("7", "Plan") == address
    assert forge.writes[0][2] == {"body": "Plan"}


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merging, "_PAUSES", (0.001, 0.001))


def merging_of(*looks: Any, repo: Any = None, rules: Any = ()) -> Forge:
    forge = Forge().on("GET", f"{ROOT}/pulls/7", *map(reply, looks))
    forge.on("GET", ROOT, reply({"default_branch": "main", **(repo or {})}))
    return forge.on("GET", f"{ROOT}/rules/branches/main", reply(list(rules)))


MERGED = pull(state="closed", merged_at="2026-01-01T00:00:00Z", mergeable=None, merge_commit_sha="d" * 40)


@pytest.mark.parametrize(
    ("repo", "rules", "how"),
    [
        ({}, (), "merge"),
        ({"allow_merge_commit": False, "allow_squash_merge": True, "allow_rebase_merge": True}, (), "squash"),
        ({"allow_merge_commit": False, "allow_squash_merge": False, "allow_rebase_merge": True}, (), "rebase"),
        ({}, [{"type": "required_linear_history"}], "squash"),
        ({}, [{"type": "pull_request", "parameters": {"allowed_merge_methods": ["rebase"]}}], "rebase"),
    ],
)
async def test_merging_names_the_head_and_the_method_that_is_allowed(repo: Any, rules: Any, how: str) -> None:
    forge = merging_of(pull(mergeable=None), pull(), MERGED, repo=repo, rules=rules)
    forge.on("PUT", f"{ROOT}/pulls/7/merge", reply({"sha": "d" * 40, "merged": True, "message": "merged"}))
    assert await (await opened(forge)).pull_requests.merge("7", MADE, "Merge it\n\nWhy") == "d" * 40
    wanted = {"sha": MADE, "merge_method": how, "commit_title": "Merge it", "commit_message": "Why"}
    assert forge.writes == [("PUT", f"{ROOT}/pulls/7/merge", wanted)]


async def test_no_way_of_merging_is_left() -> None:
    forge = merging_of(
        pull(),
        repo={"allow_merge_commit": True, "allow_squash_merge": False, "allow_rebase_merge": False},
        rules=[{"type": "required_linear_history"}],
    )
    with pytest.raises(errors.MergeRefused):
        await (await opened(forge)).pull_requests.merge("7", MADE, "Merge")
    assert forge.writes == []


@pytest.mark.parametrize(
    ("status", "said", "then", "kind"),
    [
        (
            409,
            "Head branch was modified. Review and try the merge again.",
            pull(head={"ref": "x", "sha": "9" * 40, "repo": None}),
            errors.Conflict,
        ),
        (405, "Pull Request is not mergeable", pull(mergeable=False, mergeable_state="dirty"), errors.MergeConflict),
        (
            405,
            "At least 1 approving review is required by reviewers with write access.",
            pull(mergeable_state="blocked"),
            errors.MergeRefused,
        ),
        (403, "Resource not accessible by personal access token", pull(), errors.Forbidden),
    ],
)
async def test_a_refusal_is_told_apart(status: int, said: str, then: Any, kind: type[GitOpsError]) -> None:
    forge = merging_of(pull(), then)
    forge.on("PUT", f"{ROOT}/pulls/7/merge", reply({"message": said}, status))
    with pytest.raises(kind) as raised:
        await (await opened(forge)).pull_requests.merge("7", MADE, "Merge")
    assert type(raised.value) is kind
    assert raised.value.upstream == said
    assert len(forge.writes) == 1
