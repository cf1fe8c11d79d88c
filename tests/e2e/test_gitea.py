"""Pull requests and access by the API of a real Gitea, also where it refuses."""

from base64 import b64encode
from dataclasses import replace
from typing import Any

import anyio
import pytest
from testbed.gitea.accounts import BOT, READER, REVIEWER
from testbed.gitea.forge import MAIN
from testbed.record import Testbed

from argocd_gitops_mcp import errors
from argocd_gitops_mcp.errors import GitOpsError
from argocd_gitops_mcp.gitops.forges.addresses import api_url
from argocd_gitops_mcp.gitops.forges.connection import connect
from argocd_gitops_mcp.gitops.repository import Check, CheckState, Draft, PullRequest, Review
from argocd_gitops_mcp.http import HTTP, TLS
from tests.e2e.gitea import CHANGE, FILES, MESSAGE, Begun, Play, proposed

pytestmark = [pytest.mark.anyio, pytest.mark.real]


async def test_a_request_is_opened_once_and_found(begun: Begun) -> None:
    _, repository, base = begun
    requests = repository.pull_requests
    assert await requests.find("feature/image", MAIN) is None
    opened = await proposed(begun)
    again = await requests.open("feature/image", MAIN, "Another title", "")
    found = await requests.find("feature/image", MAIN)
    assert found is not None
    assert (opened.id, again.id, found.id) == ("1", "1", "1")
    assert again.title == "Change the image"
    whole = await requests.get("#1")
    assert (whole.state, whole.branch, whole.base, whole.author) == ("open", "feature/image", MAIN, BOT)
    assert (whole.mergeable, whole.reviews, whole.checks) == ("yes", (), ())
    assert await repository.commits.contains(whole.head, base)
    assert await requests.files("1") == ["apps/new.yaml", "apps/old.yaml", "apps/web.yaml"]
    address = await requests.comment("1", "The plan")
    assert address.startswith(f"{whole.url}#issuecomment-")


@pytest.mark.parametrize(
    ("branch", "kind"), [("nothing", errors.NotFound), (MAIN, errors.Rejected)], ids=["no branch", "no change"]
)
async def test_a_request_that_cannot_be_opened(begun: Begun, branch: str, kind: type[GitOpsError]) -> None:
    with pytest.raises(kind):
        await begun[1].pull_requests.open(branch, MAIN, "Change", "")


async def test_a_request_that_is_not_there(begun: Begun) -> None:
    for ask in (begun[1].pull_requests.get, begun[1].pull_requests.files):
        with pytest.raises(errors.NotFound):
            await ask("99")
    with pytest.raises(errors.NotFound):
        await begun[1].pull_requests.merge("99", "f" * 40, "Merge")


def review(play: Play, request: PullRequest, event: str, user: str = REVIEWER) -> Any:
    body = {"event": event, "body": "Words", "commit_id": request.head}
    if user != READER:
        return play.ask("post", f"/pulls/{request.id}/reviews", body, user)
    # Its token may only read; the person may review.
    basic = b64encode(f"{user}:{play.forge.gitea.users[user].password}".encode()).decode()
    api = replace(play.forge.api(user), headers={"Authorization": f"Basic {basic}"})
    return api.post(f"/repos/{play.forge.gitea.organisation}/{play.name}/pulls/{request.id}/reviews", body)


async def test_a_request_goes_through_reviews_and_checks(begun: Begun) -> None:
    """Refused until both are there, and merged then: what the base got is answered, also a second time."""
    play, repository, _ = begun
    requests = repository.pull_requests
    play.forge.protect(play.name, approvals=1, checks=["ci/*", "scan"])
    opened = await proposed(begun)

    async def refused(words: str) -> None:
        with pytest.raises(errors.MergeRefused) as raised:
            await requests.merge(opened.id, opened.head, "Merge")
        assert words in raised.value.upstream

    whole = await requests.get(opened.id)
    assert whole.required_approvals == 1
    assert whole.checks == (Check("ci/*", "pending"), Check("scan", "pending"))
    await refused("required status checks")
    states: dict[str, CheckState] = {
        "pending": "pending",
        "error": "failure",
        "failure": "failure",
        "success": "success",
    }
    for given, state in states.items():
        play.forge.set_status(play.name, opened.head, given, "ci/test")
        assert (await requests.get(opened.id)).checks == (Check("ci/test", state), Check("scan", "pending"))
    play.forge.set_status(play.name, opened.head, "success", "scan")
    await refused("enough approvals")

    with pytest.raises(OSError, match="approve your own pull is not allowed"):
        review(play, opened, "APPROVED", BOT)
    steps = (
        ("COMMENT", "commented"),
        ("REQUEST_CHANGES", "changes requested"),
        ("COMMENT", "changes requested"),
        ("APPROVED", "approved"),
    )
    for event, state_of_review in steps:
        review(play, opened, event)
        found = (await requests.get(opened.id)).reviews
        assert [(one.reviewer, one.state) for one in found] == [(REVIEWER, state_of_review)]

    merged = await requests.merge(opened.id, opened.head, "Merge the change\n\nReviewed")
    assert merged == play.forge.head(play.name)
    assert await requests.merge(opened.id, opened.head, "Merge the change") == merged
    made = play.ask("get", f"/git/commits/{merged}")
    assert made["commit"]["message"].rstrip() == "Merge the change\n\nReviewed"
    assert [one["sha"] for one in made["parents"]] == [begun[2], opened.head]
    whole = await requests.get(opened.id)
    assert (whole.state, whole.merge_commit) == ("merged", merged)
    assert whole.reviews == (Review(REVIEWER, "approved"),)
    assert await requests.find("feature/image", MAIN) is None


async def test_a_dismissed_review_does_not_count(begun: Begun) -> None:
    play, repository, _ = begun
    opened = await proposed(begun)
    given = review(play, opened, "APPROVED")
    play.ask("post", f"/pulls/{opened.id}/reviews/{given['id']}/dismissals", {"message": "Stale"})
    assert (await repository.pull_requests.get(opened.id)).reviews == (Review(REVIEWER, "dismissed"),)


async def test_an_approval_of_an_older_head_does_not_count(begun: Begun) -> None:
    """At once: Gitea itself calls it stale a moment after the push."""
    play, repository, _ = begun
    requests = repository.pull_requests
    opened = await proposed(begun)
    review(play, opened, "APPROVED")
    assert (await requests.get(opened.id)).reviews == (Review(REVIEWER, "approved"),)
    head = play.forge.commit(play.name, {"apps/evil.yaml": "evil: true\n"}, branch="feature/image")
    for _ in range(20):
        whole = await requests.get(opened.id)
        assert (whole.head, whole.reviews) == (head, (Review(REVIEWER, "dismissed"),))
        await anyio.sleep(0.1)
    review(play, replace(opened, head=head), "APPROVED")
    assert (await requests.get(opened.id)).reviews == (Review(REVIEWER, "approved"),)


async def test_an_approval_by_somebody_who_may_not_write_does_not_count(begun: Begun) -> None:
    play, repository, _ = begun
    opened = await proposed(begun)
    review(play, opened, "APPROVED", READER)
    assert (await repository.pull_requests.get(opened.id)).reviews == (Review(READER, "dismissed"),)
    review(play, opened, "REQUEST_CHANGES", READER)
    assert (await repository.pull_requests.get(opened.id)).reviews == (Review(READER, "changes requested"),)
    review(play, opened, "APPROVED", READER)
    assert (await repository.pull_requests.get(opened.id)).reviews == (Review(READER, "dismissed"),)


async def test_a_review_that_is_asked_for(begun: Begun) -> None:
    play, repository, _ = begun
    opened = await proposed(begun)
    play.ask("post", f"/pulls/{opened.id}/requested_reviewers", {"reviewers": [REVIEWER]}, BOT)
    assert (await repository.pull_requests.get(opened.id)).reviews == (Review(REVIEWER, "requested"),)


async def test_a_head_that_moved_is_not_merged(begun: Begun) -> None:
    play, repository, base = begun
    opened = await proposed(begun)
    play.forge.commit(play.name, {"apps/more.yaml": "more: true\n"}, branch="feature/image")
    with pytest.raises(errors.Conflict):
        await repository.pull_requests.merge(opened.id, opened.head, "Merge")
    assert play.forge.head(play.name) == base


async def test_what_conflicts_with_the_base_is_not_merged(begun: Begun) -> None:
    play, repository, _ = begun
    opened = await proposed(begun)
    ahead = play.forge.commit(play.name, {"apps/web.yaml": "image: v9\n"})
    # For a moment Gitea still takes it for mergeable, and finds out while it merges.
    for _ in range(2):
        with pytest.raises(errors.MergeConflict):
            await repository.pull_requests.merge(opened.id, opened.head, "Merge")
    for _ in range(50):
        if (await repository.pull_requests.get(opened.id)).mergeable == "conflicts":
            break
        await anyio.sleep(0.2)
    else:
        pytest.fail("Gitea never found out")
    assert play.forge.head(play.name) == ahead


async def test_drafts_and_closed_requests_are_not_merged(begun: Begun) -> None:
    play, repository, base = begun
    requests = repository.pull_requests
    made = await repository.commits.push(Draft(base, "feature/image", CHANGE, MESSAGE))
    draft = await requests.open("feature/image", MAIN, "Change", "", draft=True)
    assert (draft.is_draft, draft.title) == (True, "WIP: Change")
    with pytest.raises(errors.MergeRefused, match="draft"):
        await requests.merge(draft.id, made, "Merge")
    play.ask("patch", f"/pulls/{draft.id}", {"state": "closed"})
    assert (await requests.get(draft.id)).state == "closed"
    with pytest.raises(errors.MergeRefused, match="closed"):
        await requests.merge(draft.id, made, "Merge")
    assert (await requests.open("feature/image", MAIN, "Change", "")).id != draft.id


@pytest.mark.parametrize("base_branch", [MAIN, "release/1"])
async def test_whether_a_branch_is_done_with(begun: Begun, base_branch: str) -> None:
    play, repository, base = begun
    requests = repository.pull_requests
    if base_branch != MAIN:
        play.ask("post", "/branches", {"new_branch_name": base_branch, "old_ref_name": base})
    await repository.commits.push(Draft(base, "feature/image", CHANGE, MESSAGE))
    steps: tuple[tuple[str | None, bool], ...] = (("closed", True), ("open", False), ("closed", True), (None, False))
    assert not await requests.ended("feature/image", base_branch)
    opened = await requests.open("feature/image", base_branch, "Change", "")
    assert not await requests.ended("feature/image", base_branch)
    for state, ended in steps:
        if state is None:
            assert (await requests.open("feature/image", base_branch, "Change", "")).id != opened.id
        else:
            play.ask("patch", f"/pulls/{opened.id}", {"state": state})
        assert await requests.ended("feature/image", base_branch) is ended
    assert not await requests.ended("feature/image", "nothing")


@pytest.mark.parametrize("style", ["squash", "rebase"])
async def test_merging_as_the_repository_allows(begun: Begun, style: str) -> None:
    play, repository, base = begun
    others = {"allow_merge_commits": False, "allow_squash_merge": False, "allow_rebase": False}
    allowed = others | {"allow_squash_merge" if style == "squash" else "allow_rebase": True}
    play.ask("patch", "", {**allowed, "default_merge_style": style})
    opened = await proposed(begun)
    merged = await repository.pull_requests.merge(opened.id, opened.head, "Merge the change")
    assert merged == play.forge.head(play.name)
    assert [one["sha"] for one in play.ask("get", f"/git/commits/{merged}")["parents"]] == [base]


async def test_a_read_only_server_sends_no_write(play: Play) -> None:
    async with play.seen_by(allow_write=False) as (repository, http):
        for write in (
            repository.commits.begin(MAIN, FILES, "Begin"),
            repository.pull_requests.open("a", MAIN, "Change", ""),
            repository.pull_requests.comment("1", "x"),
        ):
            with pytest.raises(errors.ReadOnly):
                await write
        assert http.writes == []
        assert await repository.commits.default_branch() is None


async def test_tokens_that_do_not_reach(begun: Begun) -> None:
    play, _, base = begun
    draft = Draft(base, "feature/image", CHANGE, MESSAGE)
    async with play.seen_by(token="x" * 40) as (repository, _):
        with pytest.raises(errors.Unauthenticated) as raised:
            await repository.commits.default_branch()
        assert "ARGOCD_MCP_FORGE_TOKEN" in raised.value.hint
    async with play.seen_by(READER) as (repository, _):
        assert await repository.commits.resolve(MAIN) == base
        with pytest.raises(errors.Forbidden):
            await repository.commits.push(draft)
        with pytest.raises(errors.Forbidden):
            await repository.pull_requests.comment("1", "x")
    async with play.seen_by(name="nothing") as (repository, _):
        with pytest.raises(errors.NotFound):
            await repository.commits.default_branch()
    assert play.branches() == {MAIN}


async def test_whom_the_token_belongs_to(testbed: Testbed) -> None:
    gitea = testbed.gitea
    async with HTTP(api_url("gitea", gitea.url), TLS(ca_file=testbed.ca_file), 30) as http:
        person = await connect("gitea", gitea.url, http, lambda: gitea.users[BOT].token).whoami()
        assert (person.login, person.name, person.email) == (BOT, BOT, "bot@example.com")
        with pytest.raises(errors.Unauthenticated, match="No token is configured"):
            await connect("gitea", gitea.url, http, lambda: None).whoami()


async def test_addresses_that_are_not_the_api(testbed: Testbed) -> None:
    """Another kind of forge, a web page, a certificate of somebody else."""
    gitea = testbed.gitea

    async def whoami(url: str, tls: TLS) -> None:
        async with HTTP(url, tls, 30) as http:
            await connect("gitlab", gitea.url, http, lambda: gitea.users[BOT].token).whoami()

    ours = TLS(ca_file=testbed.ca_file)
    for url in (api_url("gitlab", gitea.url), f"{gitea.url}/{gitea.organisation}"):
        with pytest.raises((errors.NotConfigured, errors.NotFound)):
            await whoami(url, ours)
    with pytest.raises(errors.TLSFailed) as raised:
        await whoami(api_url("gitea", gitea.url), TLS())
    assert "ARGOCD_MCP_FORGE_CA_FILE" in raised.value.hint


async def test_a_repository_that_moved_and_one_that_is_archived(begun: Begun) -> None:
    play, repository, base = begun
    play.ask("patch", "", {"archived": True})
    with pytest.raises(errors.FailedPrecondition):
        await repository.commits.push(Draft(base, "feature/image", CHANGE, MESSAGE))
    play.ask("patch", "", {"archived": False})
    new_name = f"{play.name}-renamed"
    play.ask("patch", "", {"name": new_name})
    play.name = new_name
    with pytest.raises(errors.NotFound, match="renamed or moved") as raised:
        await repository.commits.default_branch()
    assert raised.value.upstream.endswith(f"/{new_name}")
