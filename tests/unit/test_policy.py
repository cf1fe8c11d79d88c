"""May this be done?"""

import pytest

from argocd_gitops_mcp.effects import Effect
from argocd_gitops_mcp.policy import Allow, Confirm, Deny, Policy, decide

WRITING, READING = Policy(allow_write=True), Policy()


@pytest.mark.parametrize(
    ("policy", "effect", "decision"),
    [
        (READING, Effect.READ, Allow),
        (READING, Effect.WRITE, Deny),
        (READING, Effect.DESTRUCTIVE, Deny),
        (WRITING, Effect.READ, Allow),
        (WRITING, Effect.WRITE, Allow),
        (WRITING, Effect.DESTRUCTIVE, Confirm),
    ],
)
def test_every_case(policy: Policy, effect: Effect, decision: type) -> None:
    assert type(decide(policy, "delete_application", effect, "shop")) is decision
    assert policy.lists(effect) is (decision is not Deny)


def test_who_is_asked_learns_what_it_is_about() -> None:
    decision = decide(WRITING, "delete_application", Effect.DESTRUCTIVE, "shop", "cascade=False")
    assert isinstance(decision, Confirm)
    assert decision.target == "shop"
    for word in ("delete_application", "'shop'", "cascade=False"):
        assert word in decision.question


def test_reading_is_the_default() -> None:
    assert Policy() == READING
