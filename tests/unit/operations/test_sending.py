"""A write is sent once; where its answer is lost, it is looked for."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from argocd_gitops_mcp import errors
from argocd_gitops_mcp.argocd import syncing
from argocd_gitops_mcp.argocd.call import Call
from argocd_gitops_mcp.argocd.client import Client
from argocd_gitops_mcp.argocd.models import Application, ObjectMeta
from argocd_gitops_mcp.argocd.resources import Owner
from argocd_gitops_mcp.errors import GitOpsError
from argocd_gitops_mcp.http import HTTP, TLS
from argocd_gitops_mcp.operations._operation import Deps
from argocd_gitops_mcp.operations._sending import sent

pytestmark = pytest.mark.anyio
CALL = syncing.sync(Owner("shop"), request_id="r1")
APP = Application(ObjectMeta(name="shop"))
LOST = [errors.ConnectionLost, errors.TimedOut, errors.Unavailable]


class Wire(Client):
    """A client whose every send ends the same way."""

    def __init__(self, outcome: Application | GitOpsError) -> None:
        super().__init__(HTTP("http://argocd.example.com", TLS(), 1), lambda: None, allow_write=True)
        self._outcome = outcome
        self.sent: list[Call[Any]] = []

    async def send(self, call: Call[Any], *, timeout: float | None = None) -> Any:  # noqa: ARG002, ASYNC109 - as overridden
        self.sent.append(call)
        if isinstance(self._outcome, GitOpsError):
            raise self._outcome
        return self._outcome


@dataclass
class Stand:
    """What a write meets, and what was done about it."""

    outcome: Application | GitOpsError
    looks: list[Application | GitOpsError | None] = field(default_factory=list)
    looked: int = 0
    slept: float = 0
    told: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.wire = Wire(self.outcome)

    async def _sleep(self, seconds: float) -> None:
        self.slept += seconds

    async def _tell(self, message: str) -> None:
        self.told.append(message)

    async def _look(self) -> Application | None:
        found = self.looks[min(self.looked, len(self.looks) - 1)]
        self.looked += 1
        if isinstance(found, GitOpsError):
            raise found
        return found

    async def send(self, right: str = "") -> Application:
        deps = Deps(self.wire, "r1", 1000, self._tell, lambda: 0.0, self._sleep, notices=self.notices)
        try:
            return await sent(deps, CALL, self._look, "get the application", right=right)
        finally:
            assert self.wire.sent == [CALL], "a write is sent once, whatever happens"


async def test_an_answer_is_an_answer() -> None:
    stand = Stand(APP)
    assert await stand.send() is APP
    assert (stand.looked, stand.slept, stand.told) == (0, 0, [])


@pytest.mark.parametrize(
    "refusal",
    [
        errors.Unreachable("never got there"),
        errors.TLSFailed("nor there"),
        errors.Forbidden("no"),
        errors.Conflict("moved"),
        errors.ServerError("broke"),
        errors.FailedPrecondition("another operation"),
    ],
)
async def test_a_refusal_is_told_as_it_is(refusal: GitOpsError) -> None:
    stand, hint = Stand(refusal, [APP]), refusal.hint
    with pytest.raises(type(refusal)) as raised:
        await stand.send()
    assert raised.value is refusal
    assert raised.value.hint == hint
    assert stand.looked == 0


async def test_what_was_read_before_is_not_missing_so_a_right_is() -> None:
    """Argo CD answers the same to both; only who has seen the application knows which it is."""
    stand = Stand(errors.MissingOrForbidden("either", upstream="permission denied"))
    with pytest.raises(errors.Forbidden) as raised:
        await stand.send("applications, update/apps/Deployment/shop/web, retail/shop")
    assert type(raised.value) is errors.Forbidden
    assert "lacks the right applications, update/apps/Deployment/shop/web, retail/shop" in raised.value.message
    assert raised.value.upstream == "permission denied"
    with pytest.raises(errors.MissingOrForbidden):
        await Stand(errors.MissingOrForbidden("either")).send()


@pytest.mark.parametrize("kind", LOST)
@pytest.mark.parametrize("before", [[], [None], [None, None, None], [errors.Unreachable("down"), None]])
async def test_what_arrived_is_found(kind: type[GitOpsError], before: list[GitOpsError | None]) -> None:
    stand = Stand(kind("broke"), [*before, APP])
    assert await stand.send() is APP
    assert stand.looked == len(before) + 1
    assert "it had arrived" in stand.notices[0]


@pytest.mark.parametrize("kind", LOST)
async def test_what_is_not_to_be_seen_may_still_come_in(kind: type[GitOpsError]) -> None:
    stand = Stand(kind("broke"), [None])
    with pytest.raises(kind) as raised:
        await stand.send()
    assert raised.value.message == "broke"
    assert "does not show it, though it can still come in" in raised.value.hint
    assert "Before sending it again, get the application." in raised.value.hint
    assert stand.looked > 1
    assert 2 < stand.slept < 10
    assert stand.notices == []


@pytest.mark.parametrize("kind", LOST)
async def test_who_cannot_look_says_that_it_is_unknown(kind: type[GitOpsError]) -> None:
    stand = Stand(kind("broke"), [errors.Unreachable("still down"), errors.Forbidden("may not look")])
    with pytest.raises(kind) as raised:
        await stand.send()
    assert raised.value.message == "broke"
    assert "unknown: Argo CD could not be looked at" in raised.value.hint
    assert "does not show it" not in raised.value.hint


async def test_one_look_that_succeeds_is_enough_to_say_what_was_seen() -> None:
    stand = Stand(errors.ConnectionLost("broke"), [errors.Unreachable("down"), None, errors.Unreachable("down")])
    with pytest.raises(errors.ConnectionLost) as raised:
        await stand.send()
    assert "does not show it" in raised.value.hint


async def test_after_a_lost_answer_nothing_says_that_the_same_may_be_sent_again() -> None:
    """`Unavailable` says that a repetition may help; of a write that may have arrived that is wrong."""
    stand = Stand(errors.Unavailable("not ready"), [None])
    with pytest.raises(GitOpsError) as raised:
        await stand.send()
    assert not raised.value.retry


async def test_the_wait_before_a_look_is_told_first() -> None:
    stand = Stand(errors.TimedOut("slow"), [APP])
    await stand.send()
    assert stand.told[0].startswith("no answer came")
