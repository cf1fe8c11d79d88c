"""Merging with care: a double answers as a forge would."""

from dataclasses import replace

import anyio.lowlevel
import pytest

from argocd_gitops_mcp import errors
from argocd_gitops_mcp.errors import GitOpsError
from argocd_gitops_mcp.gitops.forges import merging
from argocd_gitops_mcp.gitops.repository import PullRequest

pytestmark = pytest.mark.anyio

OPEN = PullRequest("7", "Change", "open", "feature", "main", "a" * 40, mergeable="yes")
MERGED = replace(OPEN, state="merged", mergeable="unknown", merge_commit="b" * 40)


class Asked:
    """A pull request that looks different each time, and a merge that answers or fails."""

    def __init__(self, *looks: PullRequest, fails: GitOpsError | None = None) -> None:
        self._looks = list(looks)
        self._fails = fails
        self.sent = 0

    async def look(self) -> PullRequest:
        return self._looks.pop(0) if len(self._looks) > 1 else self._looks[0]

    async def send(self, now: PullRequest) -> None:
        assert now.state == "open"
        self.sent += 1
        if self._fails is not None:
            raise self._fails

    async def merge(self) -> str:
        return await merging.merged(self.look, OPEN.head, self.send)


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merging, "_PAUSES", (0.001, 0.001))


async def test_what_the_base_got_is_answered() -> None:
    asked = Asked(OPEN, OPEN, MERGED)
    assert await asked.merge() == MERGED.merge_commit
    assert asked.sent == 1


async def test_what_was_merged_already_is_not_sent_again() -> None:
    asked = Asked(MERGED)
    assert await asked.merge() == MERGED.merge_commit
    assert asked.sent == 0


@pytest.mark.parametrize(
    ("now", "kind"),
    [
        (replace(OPEN, head="c" * 40), errors.Conflict),
        (replace(MERGED, head="c" * 40), errors.Conflict),
        (replace(OPEN, state="closed"), errors.MergeRefused),
        (replace(OPEN, is_draft=True), errors.MergeRefused),
        (replace(OPEN, mergeable="conflicts"), errors.MergeConflict),
    ],
)
async def test_what_cannot_be_merged_is_not_sent(now: PullRequest, kind: type[GitOpsError]) -> None:
    asked = Asked(now)
    with pytest.raises(kind):
        await asked.merge()
    assert asked.sent == 0


@pytest.mark.parametrize("error", [errors.Rejected("405", upstream="no"), errors.Conflict("409", upstream="no")])
@pytest.mark.parametrize(
    ("then", "kind"),
    [
        (replace(OPEN, head="c" * 40), errors.Conflict),
        (replace(OPEN, mergeable="conflicts"), errors.MergeConflict),
        (OPEN, errors.MergeRefused),
    ],
)
async def test_what_a_refusal_means_is_told_by_how_it_looks_then(
    error: GitOpsError, then: PullRequest, kind: type[GitOpsError]
) -> None:
    asked = Asked(OPEN, then, fails=error)
    with pytest.raises(kind) as raised:
        await asked.merge()
    assert type(raised.value) is kind
    assert raised.value.upstream == "no"
    assert asked.sent == 1


async def test_another_failure_stays_what_it_is() -> None:
    for error in (errors.Forbidden("no"), errors.TimedOut("late")):
        asked = Asked(OPEN, fails=error)
        with pytest.raises(type(error)):
            await asked.merge()
        assert asked.sent == 1


async def test_a_merge_that_is_taken_and_not_seen() -> None:
    with pytest.raises(errors.OutcomeUnknown):
        await Asked(OPEN).merge()


async def test_looking_ends_when_it_is_settled_or_long_enough() -> None:
    looks = iter(range(100))

    async def look() -> int:
        await anyio.lowlevel.checkpoint()
        return next(looks)

    assert await merging.settled(look, lambda one: one == 1) == 1
    assert await merging.settled(look, lambda _: False) == 4
