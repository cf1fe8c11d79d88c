"""May this be done?"""

import pytest

from argocd_gitops_mcp.effects import Effect
from argocd_gitops_mcp.errors import NotAllowed, PlanRequired, ReadOnly
from argocd_gitops_mcp.policy import Allow, Confirm, Deny, Policy, decide

WRITING, READING, PLANNING = Policy(allow_write=True), Policy(), Policy(allow_write=True, require_plan=True)


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
@pytest.mark.parametrize("planned", [False, True])
def test_every_case(policy: Policy, effect: Effect, decision: type, planned: bool) -> None:
    assert type(decide(policy, "delete_application", effect, "shop", planned=planned)) is decision
    assert policy.lists(effect) is (decision is not Deny)


@pytest.mark.parametrize(
    ("effect", "planned", "decision"),
    [
        (Effect.READ, False, Allow),
        (Effect.READ, True, Allow),
        (Effect.WRITE, False, Deny),
        (Effect.WRITE, True, Allow),
        (Effect.DESTRUCTIVE, False, Deny),
        (Effect.DESTRUCTIVE, True, Confirm),
    ],
)
def test_where_plans_are_required_a_change_is_one(effect: Effect, planned: bool, decision: type) -> None:
    found = decide(PLANNING, "delete_application", effect, "shop", planned=planned)
    assert type(found) is decision
    assert not isinstance(found, Deny) or found.error is PlanRequired
    assert PLANNING.lists(effect)


def test_a_plan_does_not_open_a_read_only_server() -> None:
    for rules in (READING, Policy(require_plan=True)):
        decision = decide(rules, "apply_plan", Effect.WRITE, "shop", planned=True)
        assert isinstance(decision, Deny)
        assert "read-only" in decision.reason
        assert decision.error is ReadOnly


def test_what_must_be_named_again_is_the_target() -> None:
    assert decide(WRITING, "delete_application", Effect.DESTRUCTIVE, "shop") == Confirm("shop")


def test_a_refusal_names_what_was_refused() -> None:
    decision = decide(READING, "delete_application", Effect.DESTRUCTIVE, "shop")
    assert isinstance(decision, Deny)
    assert decision.reason.startswith("delete_application ")


def test_reading_is_the_default() -> None:
    assert Policy() == READING
    assert not READING.allow_write
    assert not READING.require_plan


def test_what_needs_a_permission_of_its_own_is_off_without_it() -> None:
    decision = decide(WRITING, "merge_pull_request", Effect.DESTRUCTIVE, "shop", permission="allow_merge")
    assert isinstance(decision, Deny)
    assert decision.error is NotAllowed
    assert "--allow-merge" in decision.reason
    assert not WRITING.lists(Effect.DESTRUCTIVE, "allow_merge")
    allowed = Policy(allow_write=True, permissions=frozenset({"allow_merge"}))
    assert decide(allowed, "merge_pull_request", Effect.DESTRUCTIVE, "1", permission="allow_merge") == Confirm("1")
    assert allowed.lists(Effect.DESTRUCTIVE, "allow_merge")


def test_a_permission_is_not_enough_to_write() -> None:
    rules = Policy(permissions=frozenset({"allow_merge"}))
    decision = decide(rules, "merge_pull_request", Effect.DESTRUCTIVE, "1", permission="allow_merge")
    assert isinstance(decision, Deny)
    assert decision.error is ReadOnly
    # What a plan of it would do may be told: it changes nothing.
    assert decide(rules, "merge_pull_request", Effect.READ, "1", permission="allow_merge") == Allow()
