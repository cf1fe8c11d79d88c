"""The hallway: what every operation passes, whoever asks."""

import asyncio
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol

from argocd_gitops_mcp import names, plans, policy
from argocd_gitops_mcp.argocd import token
from argocd_gitops_mcp.argocd.client import Client
from argocd_gitops_mcp.audit import Audit, Entry, Verdict
from argocd_gitops_mcp.effects import Effect
from argocd_gitops_mcp.errors import (
    GitOpsError,
    InternalError,
    InvalidArgument,
    InvalidPlan,
    NotConfigured,
    NotConfirmed,
    TimedOut,
    TooLarge,
    UnknownOperation,
)
from argocd_gitops_mcp.fleet.fleets import Fleets
from argocd_gitops_mcp.gitops.repositories import Repositories
from argocd_gitops_mcp.gitops.urls import public
from argocd_gitops_mcp.operations._operation import Arguments, Deps, Operation, Planned
from argocd_gitops_mcp.operations._validation import validated
from argocd_gitops_mcp.operations.planning import PlanArguments
from argocd_gitops_mcp.policy import Confirm, Deny, Policy
from argocd_gitops_mcp.views import plans as views
from argocd_gitops_mcp.views.text import clean
from argocd_gitops_mcp.views.view import BYTES_PER_TOKEN, FULL, NORMAL, Record, Rendered, View, allowed

DEADLINE = 50.0
"""Seconds for one operation; clients give up on a tool after 60."""
_AROUND = 15.0
"""Seconds beside those in which an operation follows what it started."""

Consent = Literal["yes", "no", "moved"]
"""`moved`: something else was agreed to than what would be done now."""


class Asker(Protocol):
    """Who asks: a door."""

    @property
    def name(self) -> str:
        """For the audit trail."""

    @property
    def can_ask(self) -> bool:
        """Whether there is somebody behind it who can be asked."""

    async def confirm(self, question: str) -> Consent:
        """Ask the person behind it."""

    async def progress(self, message: str) -> None:
        """Tell what is going on."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request that was found, checked and decided on; nothing was sent yet.

    Args:
        operation: what runs.
        arguments: its own.
        subject: what is done: the operation itself, or the planned one.
        about: the arguments of the subject.
        effect: of all that.
        makes_plan: whether it is to be planned only.
        planned: the plan that is applied.
        plan: short name of that plan, for the audit trail.
    """

    operation: Operation
    arguments: Arguments
    subject: Operation
    about: Arguments
    effect: Effect
    decision: policy.Decision
    confirmed_by_name: str | None = None
    makes_plan: bool = False
    planned: Planned | None = None
    plan: str = ""


class Hallway:
    """Operations, behind their policy.

    Args:
        operations: by whatever name the doors use.
        rules: what the person who started the server allows.
        connect: gives the client, or says what is not configured.
        audit: writes an entry.
        report: gets the request id and the exception of a mistake of ours.
        server: the Argo CD that plans are made for.
        repositories: the Git repositories that may be worked on.
        surface: how its tools are cut, so that next calls are told as they have to be made.
        fleets: what is known of all applications.
        max_tokens: of a usual answer.
    """

    def __init__(
        self,
        operations: Sequence[Operation],
        rules: Policy,
        connect: Callable[[], Client],
        audit: Audit,
        report: Callable[[str, Exception], None],
        server: str = "",
        repositories: Repositories | None = None,
        surface: str = "unified",
        fleets: Fleets | None = None,
        max_tokens: int = NORMAL // BYTES_PER_TOKEN,
    ) -> None:
        self._operations = {one.name: one for one in operations}
        self.policy = rules
        self._connect = connect
        self._audit = audit
        self._report = report
        self._server = server
        self._repositories = repositories or Repositories()
        self._surface = surface
        self._fleets = fleets or Fleets()
        self.usual = max_tokens * BYTES_PER_TOKEN
        self._own_key = secrets.token_hex()

    @property
    def operations(self) -> tuple[Operation, ...]:
        """What can be asked for."""
        return tuple(self._operations.values())

    def prepare(self, name: str, given: Mapping[str, Any]) -> Prepared:
        """Find, validate, open the plan if one is given, decide. Sends nothing.

        Raises:
            UnknownOperation, InvalidArgument, Denied: by name, with the nearest.
        """
        operation = self._operations.get(name)
        if operation is None:
            close = names.nearest(name, self._operations) or sorted(self._operations)
            raise UnknownOperation(f"There is no operation {name!r}.", hint=f"Nearest: {', '.join(close)}.")
        arguments, own = validated(operation, given)
        planned, plan = self._opened(arguments)
        subject, about = (planned.operation, planned.arguments) if planned else (operation, arguments)
        makes_plan = own.get("plan") is True
        effect = Effect.READ if makes_plan else subject.effect_of(about)
        decision = policy.decide(
            self.policy,
            operation.name,
            effect,
            about.confirmed_as,
            planned=planned is not None,
            permission=subject.permission,
        )
        if isinstance(decision, Deny):
            raise decision.error(f"{decision.reason}.")
        confirm = own.get("confirm")
        return Prepared(
            operation,
            arguments,
            subject,
            about,
            effect,
            decision,
            confirmed_by_name=None if confirm is None else str(confirm),
            makes_plan=makes_plan,
            planned=planned,
            plan=plan,
        )

    async def question(self, name: str, given: Mapping[str, Any], asker: Asker) -> str | None:
        """What a person has to be asked before this, if anything; for doors that must ask beforehand.

        Raises:
            GitOpsError: as `invoke` will.
        """
        prepared = self.prepare(name, given)
        if not isinstance(prepared.decision, Confirm):
            return None
        async with asyncio.timeout(DEADLINE):
            return await _question(prepared, self._deps(prepared, "", asker))

    async def invoke(self, name: str, given: Mapping[str, Any], asker: Asker) -> Rendered:
        """Carry out one request and fit its answer.

        Raises:
            GitOpsError: every failure, foreseen or not; nothing else.
        """
        entry = Entry(
            request_id=secrets.token_hex(6),
            asker=asker.name,
            user=self._user(),
            operation=name[:100],
            target=_claimed(given),
            effect=self._operations[name].effect.name.lower() if name in self._operations else "",
            verdict="refused",
            outcome="ok",
            milliseconds=0,
        )
        started = time.monotonic()
        try:
            prepared = self.prepare(name, given)
            entry = replace(
                entry, target=prepared.about.target, effect=prepared.effect.name.lower(), plan=prepared.plan
            )
            deps = self._deps(prepared, entry.request_id, asker)
            follows = getattr(prepared.about, "timeout_seconds", None)
            seconds = DEADLINE if follows is None else max(DEADLINE, follows + _AROUND)
            try:
                async with asyncio.timeout(seconds):
                    entry = replace(entry, verdict=await _confirmed(prepared, asker, deps))
                    if prepared.makes_plan:
                        view, plan = await self._plan(deps, prepared)
                        entry = replace(entry, plan=plan)
                    else:
                        view = await prepared.operation.run(deps, prepared.arguments)
            except TimeoutError as error:
                raise TimedOut(f"{prepared.operation.name} did not end within {seconds:g} s.") from error
            if isinstance(view, Record):
                view.notices = deps.notices
            return view.render(deps.limit)
        except GitOpsError as error:
            entry = replace(entry, outcome=error.code)
            raise
        except asyncio.CancelledError:
            entry = replace(entry, outcome="cancelled")
            raise
        except Exception as error:
            entry = replace(entry, outcome=InternalError.code)
            self._report(entry.request_id, error)
            raise InternalError(f"Internal error {entry.request_id}.") from error
        finally:
            self._record(replace(entry, milliseconds=round((time.monotonic() - started) * 1000)))

    def _deps(self, prepared: Prepared, request_id: str, asker: Asker) -> Deps:
        is_full = getattr(prepared.about, "detail", "") == "full"
        limit = FULL if is_full else allowed(prepared.subject.limit, self.usual)
        return Deps(
            self._connect(),
            request_id,
            limit,
            asker.progress,
            time.monotonic,
            asyncio.sleep,
            prepared.planned,
            repositories=self._repositories,
            spelled=self._spelled,
            fleets=self._fleets,
            usual=self.usual,
        )

    def _spelled(self, name: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """A call of an operation as this surface takes it; empty where it is not offered, or not allowed."""
        operation = self._operations.get(name)
        if operation is None or not self.policy.lists(operation.effect, operation.permission):
            return {}
        if self._surface == "split":
            return {"tool": name, **given}
        return {"tool": operation.tools[0], "operation": operation.verb, **given}

    async def _plan(self, deps: Deps, prepared: Prepared) -> tuple[View, str]:
        """The plan as an answer, and its short name."""
        if prepared.subject.preview is None:
            raise InvalidArgument(f"{prepared.subject.name} cannot be planned.")
        preview = await prepared.subject.preview(deps, prepared.about)
        given = prepared.about.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude_none=True)
        world = {name: plans.digest(value) for name, value in preview.world.items()}
        plan = plans.Plan(prepared.subject.name, given, world)
        plan_id = self._seal().close(plan)
        if len(plan_id) > plans.LONGEST:
            raise TooLarge(
                f"The plan would be an id of {len(plan_id)} characters, too long to be passed on.",
                hint="Plan fewer or smaller files at once, or make the change by intent or template.",
            )
        view = views.plan(
            preview,
            plan_id=plan_id,
            expires=token.stamp(time.time() + plans.LIFETIME),
            following=self._following(prepared),
        )
        return view, plan.name

    def _following(self, prepared: Prepared) -> str:
        if not self.policy.allow_write:
            return "this server is read-only: the plan cannot be applied here"
        also = ""
        if prepared.subject.effect_of(prepared.about) is Effect.DESTRUCTIVE:
            also = f" (it asks for confirmation; a client that cannot ask adds confirm={prepared.about.confirmed_as!r})"
        return f"show it to the user; if they agree: operation apply_plan with this plan_id{also}"

    def _opened(self, arguments: Arguments) -> tuple[Planned | None, str]:
        if not isinstance(arguments, PlanArguments):
            return None, ""
        plan = self._seal().open(arguments.plan_id)
        operation = self._operations.get(plan.operation)
        if operation is None:
            raise InvalidPlan(f"The plan is for {plan.operation!r}, which this server does not have.")
        return Planned(operation, validated(operation, plan.arguments)[0], plan.world), plan.name

    def _seal(self) -> plans.Seal:
        bearer = self._connect().bearer or ""
        return plans.Seal(bearer or self._own_key, self._user() or plans.digest(bearer), self._server)

    def _record(self, entry: Entry) -> None:
        """Audit; a trail that cannot be written is told on stderr and changes no answer, since the deed is done."""
        try:
            self._audit(entry)
        except OSError as error:
            self._report(entry.request_id, error)

    async def close(self) -> None:
        """End every watch, and close every connection."""
        await self._fleets.close()
        await self._repositories.close()
        with suppress(NotConfigured):
            await self._connect().close()

    def _user(self) -> str:
        try:
            known = token.claims(self._connect().bearer or "")
        except GitOpsError:
            return ""
        return known.sub if known else ""


def _claimed(given: Mapping[str, Any]) -> str:
    """What a refused request says it is about: not checked, so only shown."""
    said = (given.get(name) for name in ("application_name", "name", "repository"))
    return clean(public(str(next((one for one in said if one), ""))), 100)


async def _question(prepared: Prepared, deps: Deps) -> str:
    """What would be done, in the same words as long as it is the same."""
    if prepared.subject.preview is None:
        return f"{prepared.subject.name} {prepared.about.target!r}. Go ahead?"
    return views.question(await prepared.subject.preview(deps, prepared.about))


async def _confirmed(prepared: Prepared, asker: Asker, deps: Deps) -> Verdict:
    decision = prepared.decision
    if not isinstance(decision, Confirm):
        return "allowed"
    if not asker.can_ask and prepared.confirmed_by_name == decision.target:
        return "confirmed"
    question = await _question(prepared, deps)
    what = f"{prepared.subject.name} of {decision.target!r}"
    if not asker.can_ask:
        raise NotConfirmed(
            f"{what} was not confirmed; nothing was sent. {question.removesuffix(' Go ahead?')}",
            hint=f"This client cannot ask; if the user agrees, call again with confirm={decision.target!r}.",
        )
    consent = await asker.confirm(question)
    if consent == "yes":
        return "confirmed"
    if consent == "moved":
        raise NotConfirmed(
            f"{what} is not what the user was asked about, if at all; nothing was sent. {question}",
            hint="Call it again: the user is asked anew.",
        )
    raise NotConfirmed(f"{what} was declined; nothing was sent.", hint="Do not repeat it unasked.")
