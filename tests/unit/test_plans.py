"""Sealing a plan, and opening it: only by whom it was made for, for as long as it holds, and unchanged."""

from dataclasses import replace
from typing import Any

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from argocd_gitops_mcp import plans
from argocd_gitops_mcp.errors import InvalidPlan, PlanExpired, PlanOfAnother
from argocd_gitops_mcp.plans import LIFETIME, Plan, Seal

SEAL = Seal("t0ken", "ci", "https://argocd.example.com")
PLAN = Plan(
    "sync_application",
    {"name": "shop", "prune": True, "sync_options": ["A=true"]},
    {"spec": "00112233", "history": "44556677"},
)
NOON = 1_772_366_400.0

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda one: st.lists(one, max_size=3) | st.dictionaries(st.text(max_size=5), one, max_size=3),
    max_leaves=8,
)


@given(
    st.text(max_size=20), st.dictionaries(st.text(max_size=8), JSON), st.dictionaries(st.text(), st.text(max_size=8))
)
def test_what_is_sealed_can_be_opened(operation: str, arguments: dict[str, Any], world: dict[str, str]) -> None:
    plan = Plan(operation, arguments, world)
    assert SEAL.open(SEAL.close(plan)) == plan


def test_an_id_can_travel_anywhere() -> None:
    plan_id = SEAL.close(replace(PLAN, arguments={"name": "shop", "spec": {"über": "x" * 500}}))
    assert plan_id.isascii()
    assert not set(plan_id) & set(" \"'/\\+=&?#%<>\n")


def test_a_plan_of_another_process_with_the_same_token_opens() -> None:
    assert Seal("t0ken", "ci", "https://argocd.example.com").open(SEAL.close(PLAN)) == PLAN


@pytest.mark.parametrize("age", [0, 1, LIFETIME - 1, LIFETIME])
def test_a_plan_holds_for_its_lifetime(age: int) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        plan_id = SEAL.close(PLAN)
        clock.shift(age)
        assert SEAL.open(plan_id) == PLAN


@pytest.mark.parametrize("age", [LIFETIME + 1, 86_400, 10**8])
def test_a_plan_expires(age: int) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        plan_id = SEAL.close(PLAN)
        clock.shift(age)
        with pytest.raises(PlanExpired, match="nothing was sent"):
            SEAL.open(plan_id)


def test_a_plan_from_a_clock_that_is_ahead_is_not_called_old() -> None:
    """Any process with the token may open it, and their clocks differ."""
    with time_machine.travel(NOON, tick=False) as clock:
        plan_id = SEAL.close(PLAN)
        clock.shift(-5)
        try:
            assert SEAL.open(plan_id) == PLAN
        except InvalidPlan as error:
            assert "older" not in error.message  # noqa: PT017 - refused or taken, but with the reason


@pytest.mark.parametrize("place", range(len(SEAL.close(PLAN))))
def test_a_change_anywhere_is_found_or_changes_nothing(place: int) -> None:
    with time_machine.travel(NOON, tick=False):
        plan_id = SEAL.close(PLAN)
        for other in "A_.":
            changed = plan_id[:place] + other + plan_id[place + 1 :]
            if changed == plan_id:
                continue
            try:
                found = SEAL.open(changed)
            except InvalidPlan as error:
                assert "nothing was sent" in error.message  # noqa: PT017 - both ways are right
            else:
                # The last character of a signature carries bits that say nothing.
                assert found == PLAN
                assert place == len(plan_id) - 1


@pytest.mark.parametrize("cut", [1, 5, 30, 60])
def test_a_shortened_or_lengthened_id_is_invalid(cut: int) -> None:
    plan_id = SEAL.close(PLAN)
    for changed in (plan_id[:-cut], plan_id[cut:], plan_id + "A" * cut, "A" * cut + plan_id, plan_id.lower()):
        with pytest.raises(InvalidPlan):
            SEAL.open(changed)


@pytest.mark.parametrize(
    "other",
    [
        Seal("other-t0ken", "eve", "https://argocd.example.com"),
        Seal("other-t0ken", "ci", "https://other.example.com"),
        Seal("t0ken", "ci", "https://other.example.com"),
        Seal("t0ken", "eve", "https://argocd.example.com"),
    ],
)
def test_a_plan_of_another_user_or_for_another_argo_cd_is_said_to_be_that(other: Seal) -> None:
    """Without tokens, all users of all Argo CDs seal with one key."""
    with pytest.raises(PlanOfAnother):
        other.open(SEAL.close(PLAN))


def test_another_token_of_the_same_user_does_not_open_it() -> None:
    with pytest.raises(InvalidPlan) as raised:
        replace(SEAL, bearer="new-t0ken").open(SEAL.close(PLAN))
    assert type(raised.value) is InvalidPlan
    assert "token was replaced" in raised.value.message


PIECES = st.sampled_from(SEAL.close(PLAN).split(".")) | st.text(max_size=12)


@given(
    st.text(st.characters(), max_size=60)
    | st.lists(PIECES, max_size=5).map(".".join)
    | st.binary(max_size=40).map(lambda some: some.decode("latin-1"))
)
def test_rubbish_is_refused_and_nothing_else(text: str) -> None:
    try:
        assert SEAL.open(text) == PLAN
    except InvalidPlan as error:
        assert "nothing was sent" in error.message  # noqa: PT017 - both ways are right


@pytest.mark.parametrize("text", ["", ".", "..", "...", "W10.a.b", ".eJw.a.b", "bnVsbA.a.b", "\ud800", "[" * 20_000])
def test_rubbish_that_looks_like_something_is_refused_too(text: str) -> None:
    with pytest.raises(InvalidPlan):
        SEAL.open(text)


def test_a_digest_does_not_depend_on_the_order_of_keys_but_on_everything_else() -> None:
    assert plans.digest({"a": 1, "b": [1, 2]}) == plans.digest({"b": [1, 2], "a": 1})
    assert plans.digest({"a": [1, 2]}) != plans.digest({"a": [2, 1]})
    assert plans.digest(None) != plans.digest("")


WORLDS = st.fixed_dictionaries(dict.fromkeys("abc", JSON))


@given(WORLDS, WORLDS)
def test_what_moved_is_named_and_nothing_else(before: dict[str, Any], now: dict[str, Any]) -> None:
    sealed = {name: plans.digest(value) for name, value in before.items()}
    assert plans.moved(sealed, before) == []
    assert plans.moved(sealed, now) == [name for name in "abc" if sealed[name] != plans.digest(now[name])]


def test_what_is_there_on_one_side_only_moved() -> None:
    assert plans.moved({"spec": plans.digest(1)}, {"history": 2}) == ["history", "spec"]
