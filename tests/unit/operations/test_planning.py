"""Plan and apply, through the hallway: a plan is applied as it was shown, or not at all."""

import json
from dataclasses import dataclass, field
from typing import Annotated, Any

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from argocd_gitops_mcp import errors
from argocd_gitops_mcp.argocd import applications, syncing
from argocd_gitops_mcp.argocd.call import Call
from argocd_gitops_mcp.argocd.client import Client
from argocd_gitops_mcp.argocd.models import Application, ObjectMeta
from argocd_gitops_mcp.audit import Entry
from argocd_gitops_mcp.effects import Effect
from argocd_gitops_mcp.errors import GitOpsError
from argocd_gitops_mcp.http import HTTP, TLS
from argocd_gitops_mcp.invoke import Consent, Hallway
from argocd_gitops_mcp.operations._arguments import NamedArguments, Object
from argocd_gitops_mcp.operations._operation import APPLICATION, Deps, operation
from argocd_gitops_mcp.operations.planning import apply_plan
from argocd_gitops_mcp.plans import LIFETIME
from argocd_gitops_mcp.policy import Policy
from argocd_gitops_mcp.views.plans import Preview
from argocd_gitops_mcp.views.view import Lines, View
from tests.unit.argocd.test_token import jwt
from tests.unit.test_invoke import Asker

pytestmark = pytest.mark.anyio
SERVER = "https://argocd.example.com"
CI, EVE = jwt(sub="ci"), jwt(sub="eve")


class ChangeArguments(NamedArguments):
    prune: Annotated[bool, Field(description="x")] = False
    spec: Annotated[Object | None, Field(description="x")] = None
    validate_: Annotated[bool, Field(alias="validate", description="x")] = True


def _call(asked: ChangeArguments) -> Call[Application]:
    return syncing.sync(asked.owner, request_id="r", prune=asked.prune)


async def preview(deps: Deps, asked: ChangeArguments) -> Preview:
    app = await deps.argocd.send(applications.get(asked.name))
    removes = ["Pod/web-0"] if asked.prune else []
    return Preview(_call(asked), f"Change {asked.name!r}", {"labels": app.metadata.labels}, removes=removes)


@operation("Change", Effect.WRITE, tool=APPLICATION, destructive_when=("prune",), preview=preview)
async def change_it(deps: Deps, asked: ChangeArguments) -> View:
    """Change."""
    await deps.argocd.send(_call(asked))
    return Lines(head=[asked.model_dump_json(by_alias=True, exclude_defaults=True)])


@operation("Look", Effect.READ, tool=APPLICATION)
async def look_around(_deps: Deps, asked: NamedArguments) -> View:
    """Look."""
    return Lines(head=[asked.name])


class Wire(Client):
    """An Argo CD whose application has these labels, and which remembers what was written."""

    def __init__(self, labels: dict[str, str], bearer: str) -> None:
        super().__init__(HTTP(SERVER, TLS(), 1), lambda: bearer)
        self._labels = labels
        self.written: list[Call[Any]] = []

    async def send(self, call: Call[Any], *, timeout: float | None = None) -> Any:  # noqa: ARG002, ASYNC109 - as overridden
        if call.effect is not Effect.READ:
            self.written.append(call)
        return Application(ObjectMeta(name="shop", labels=dict(self._labels)))


@dataclass
class Stand:
    """A server of ours before one Argo CD; the trail goes on when it is started anew."""

    rules: Policy = field(default_factory=lambda: Policy(allow_write=True))
    bearer: str = CI
    server: str = SERVER
    labels: dict[str, str] = field(default_factory=dict)
    audited: list[Entry] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.wire = Wire(self.labels, self.bearer)

    async def ask(self, name: str, arguments: dict[str, Any], asker: Asker | None = None) -> str:
        hallway = Hallway(
            (change_it, look_around, apply_plan),
            self.rules,
            lambda: self.wire,
            self.audited.append,
            lambda _, error: self.fail(error),
            self.server,
        )
        return (await hallway.invoke(name, arguments, asker or Asker())).text

    @staticmethod
    def fail(error: Exception) -> None:
        raise error

    async def plan(self, **arguments: Any) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(await self.ask("change_it", {"name": "shop", **arguments, "plan": True}))
        return found

    async def apply(self, plan_id: str, asker: Asker | None = None, **more: Any) -> str:
        return await self.ask("apply_plan", {"plan_id": plan_id, **more}, asker)


async def test_a_plan_sends_nothing_and_applying_it_sends_what_was_shown() -> None:
    stand = Stand()
    plan = await stand.plan()
    assert stand.wire.written == []
    assert plan["effect"] == "Change 'shop'"
    assert "apply_plan" in plan["next"]
    await stand.apply(plan["planId"])
    assert [one.path for one in stand.wire.written] == ["/api/v1/applications/shop/sync"]
    assert stand.wire.written[0].path in plan["request"]


async def test_a_plan_outlives_the_server_that_made_it() -> None:
    plan = await Stand().plan()
    later = Stand()
    await later.apply(plan["planId"])
    assert len(later.wire.written) == 1


async def test_the_arguments_are_those_that_were_planned() -> None:
    """Also a null inside, which removes a field, and a default that was turned round under another name."""
    stand = Stand()
    given_ = {"project": "retail", "spec": {"ignoreDifferences": None, "a": {"b": [None]}}, "validate": False}
    plan = await stand.plan(**given_)
    assert json.loads(await stand.apply(plan["planId"])) == {"name": "shop", **given_}


@pytest.mark.parametrize("rules", [Policy(), Policy(require_plan=True)])
async def test_a_read_only_server_plans_and_says_that_it_cannot_apply(rules: Policy) -> None:
    stand = Stand(rules)
    plan = await stand.plan(prune=True)
    assert "read-only" in plan["next"]
    assert "apply_plan" not in plan["next"]
    with pytest.raises(errors.ReadOnly):
        await stand.apply(plan["planId"], Asker("yes"))
    assert stand.wire.written == []
    assert [entry.effect for entry in stand.audited] == ["read", "destructive"]


async def test_where_the_world_moved_nothing_is_applied() -> None:
    stand = Stand()
    plan = await stand.plan()
    stand.labels["team"] = "shop"
    with pytest.raises(errors.PlanOutdated, match="this moved: labels; nothing was sent"):
        await stand.apply(plan["planId"])
    assert stand.wire.written == []


async def test_where_plans_are_required_a_change_is_made_by_none_else() -> None:
    stand = Stand(Policy(allow_write=True, require_plan=True))
    with pytest.raises(errors.PlanRequired) as raised:
        await stand.ask("change_it", {"name": "shop"})
    assert "plan=true" in raised.value.hint
    with pytest.raises(errors.PlanRequired):
        await stand.ask("change_it", {"name": "shop", "prune": True, "confirm": "shop"}, Asker("yes"))
    assert stand.wire.written == []
    assert await stand.ask("look_around", {"name": "shop"}) == "shop"
    await stand.apply((await stand.plan())["planId"])
    assert len(stand.wire.written) == 1
    assert [entry.outcome for entry in stand.audited] == ["plan_required", "plan_required", "ok", "ok", "ok"]


@pytest.mark.parametrize(
    ("consent", "confirm", "outcome"),
    [
        ("yes", None, "ok"),
        ("no", "shop", "not_confirmed"),
        ("moved", "shop", "not_confirmed"),
        (None, None, "not_confirmed"),
        (None, "apply_plan", "not_confirmed"),
        (None, "shop", "ok"),
    ],
)
async def test_a_plan_that_destroys_is_confirmed_by_the_name_of_its_target(
    consent: Consent | None, confirm: str | None, outcome: str
) -> None:
    stand, asker = Stand(), Asker(consent)
    plan = await stand.plan(prune=True)
    assert "confirm='shop'" in plan["next"]
    try:
        await stand.apply(plan["planId"], asker, confirm=confirm)
    except GitOpsError as error:
        assert "'shop'" in error.message  # noqa: PT017 - the outcome is compared below
    entry = stand.audited[-1]
    assert (entry.outcome, entry.verdict) == (outcome, "confirmed" if outcome == "ok" else "refused")
    assert len(stand.wire.written) == (outcome == "ok")
    assert asker.questions == (["Change 'shop'. Removes 1: Pod/web-0. Go ahead?"] if consent else [])


async def test_a_plan_that_destroys_nothing_needs_no_confirmation() -> None:
    stand, asker = Stand(), Asker("no")
    plan = await stand.plan()
    assert "confirm" not in plan["next"]
    await stand.apply(plan["planId"], asker)
    assert asker.questions == []


async def test_planning_is_not_asked_about_even_where_applying_will_be() -> None:
    stand, asker = Stand(), Asker("no")
    await stand.ask("change_it", {"name": "shop", "prune": True, "plan": True}, asker)
    assert asker.questions == []


async def test_the_trail_shows_which_plan_was_applied() -> None:
    stand = Stand()
    first, second = await stand.plan(), await stand.plan(prune=True)
    await stand.apply(first["planId"])
    with pytest.raises(errors.NotConfirmed):
        await stand.apply(second["planId"])
    await stand.ask("change_it", {"name": "shop"})
    one, two, applied, refused, direct = stand.audited
    assert one.plan
    assert one.plan != two.plan
    assert (applied.plan, refused.plan, direct.plan) == (one.plan, two.plan, "")
    assert (one.effect, applied.effect, refused.effect) == ("read", "write", "destructive")
    assert {entry.target for entry in stand.audited} == {"shop"}
    assert (one.operation, applied.operation) == ("change_it", "apply_plan")


@pytest.mark.parametrize(
    ("other", "kind"),
    [
        (Stand(bearer=EVE), errors.PlanOfAnother),
        (Stand(server="https://other.example.com"), errors.PlanOfAnother),
        (Stand(bearer=EVE, server="https://other.example.com"), errors.PlanOfAnother),
        (Stand(bearer=jwt(sub="ci", jti="2")), errors.InvalidPlan),
    ],
)
async def test_a_plan_is_applied_by_whom_and_where_it_was_made_for(other: Stand, kind: type[GitOpsError]) -> None:
    plan = await Stand().plan()
    with pytest.raises(errors.InvalidPlan) as raised:
        await other.apply(plan["planId"])
    assert type(raised.value) is kind
    assert other.wire.written == []


async def test_an_old_plan_is_not_applied() -> None:
    stand = Stand()
    with time_machine.travel(1_772_366_400, tick=False) as clock:
        plan = await stand.plan()
        assert plan["expires"] == "2026-03-01T12:15:00Z"
        clock.shift(LIFETIME + 1)
        with pytest.raises(errors.PlanExpired):
            await stand.apply(plan["planId"])
    assert stand.wire.written == []


async def test_a_plan_is_not_planned_and_a_read_has_none() -> None:
    stand = Stand()
    for name, arguments in (("apply_plan", {"plan_id": "x"}), ("look_around", {"name": "shop"})):
        with pytest.raises(errors.UnknownArgument, match="'plan'"):
            await stand.ask(name, {**arguments, "plan": True})


async def test_a_plan_takes_no_arguments_beside_it() -> None:
    stand = Stand()
    plan = await stand.plan()
    with pytest.raises(errors.UnknownArgument, match="'prune'"):
        await stand.apply(plan["planId"], prune=True)


async def test_a_preview_that_is_refused_makes_no_plan() -> None:
    stand = Stand()
    with pytest.raises(errors.InvalidArgument, match="DNS-1123"):
        await stand.plan(name="../x")
    assert [(entry.outcome, entry.plan) for entry in stand.audited] == [("invalid_argument", "")]


@given(st.text(max_size=30) | st.just("half of a pair: \ud83d"))
async def test_any_text_for_a_plan_is_refused_in_our_words(text: str) -> None:
    stand = Stand()
    with pytest.raises(errors.InvalidPlan):
        await stand.apply(text)
    assert stand.wire.written == []


SPECS = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5),
    lambda one: st.lists(one, max_size=3) | st.dictionaries(st.text(max_size=5), one, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=5), SPECS, max_size=4))
async def test_whatever_was_planned_is_what_is_applied(spec: dict[str, Any]) -> None:
    stand = Stand()
    plan = await stand.plan(spec=spec)
    assert json.loads(await stand.apply(plan["planId"]))["spec"] == spec
