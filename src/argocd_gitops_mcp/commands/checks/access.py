"""The token: is there one, can it be one, is it accepted, and what may it do."""

from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime

from argocd_gitops_mcp.argocd.client import Client
from argocd_gitops_mcp.argocd.token import claims, stamp
from argocd_gitops_mcp.commands.checks.finding import Finding, Level, failed
from argocd_gitops_mcp.commands.tokens import duration
from argocd_gitops_mcp.commands.tokens.identity import Identity, identify, misshapen
from argocd_gitops_mcp.commands.tokens.rights import Held, held
from argocd_gitops_mcp.effects import Effect
from argocd_gitops_mcp.errors import GitOpsError, Unauthenticated
from argocd_gitops_mcp.http import HTTP, TLS

SECONDS = 5
SOON = 7 * 86400
_GET_ONE = Unauthenticated.hint


def present(bearer: str | None) -> Finding:
    """Look at the token without sending it."""
    if not bearer:
        return Finding("fail", "token", "There is none.", _GET_ONE)
    problem = misshapen(bearer)
    if problem:
        return Finding("fail", "token", f"It cannot be a token: {problem}.", "Copy it again.")
    said = claims(bearer)
    if said is None:
        return Finding("fail", "token", "It is not a JWT, as Argo CD's tokens are.", _GET_ONE)
    if said.exp is None:
        return Finding("warn", "token", "It never expires.", "Mint one that does: `argocd-gitops-mcp token mint`.")
    left = said.exp - datetime.now(UTC).timestamp()
    if left <= 0:
        return Finding("fail", "token", f"It expired at {stamp(said.exp)}.", _GET_ONE)
    text = f"It expires at {stamp(said.exp)}, in {duration.words(left)}."
    return Finding("ok", "token", text) if left > SOON else Finding("warn", "token", text, "Renew it in time.")


async def check(url: str, tls: TLS, bearer: str, *, writes: bool) -> AsyncIterator[Finding]:
    """Send it to the Argo CD that was recognised."""
    async with HTTP(url, tls, SECONDS) as http:
        client = Client(http, lambda: bearer)
        try:
            who = await identify(client)
        except GitOpsError as error:
            yield failed("accepted", error)
            return
        yield _owner(who)
        try:
            answers = await held(client, who)
        except GitOpsError as error:
            yield failed("rights", error)
            return
    for finding in rights(answers, writes=writes):
        yield finding


def rights(answers: Sequence[Held], *, writes: bool) -> Iterator[Finding]:
    """What is missing for reading and, where changes are allowed, for changing."""
    yield _rights("rights to read", [one for one in answers if one.right.effect is Effect.READ])
    changing = [one for one in answers if one.right.effect is not Effect.READ]
    if writes:
        yield _rights("rights to write", changing)
    elif any(one.may == "yes" for one in changing):
        text = "Read-only here, but the token itself may change Argo CD."
        yield Finding("ok", "rights to write", text)


def _owner(who: Identity) -> Finding:
    return Finding("ok", "accepted", f"Argo CD knows it: {who.kind} of {who.username} (issuer {who.issuer}).")


def _rights(step: str, answers: Sequence[Held]) -> Finding:
    missing = [f"{one.right.resource}, {one.right.action}, {one.objects}" for one in answers if one.may != "yes"]
    if not missing:
        return Finding("ok", step, "All that the operations need.")
    level: Level = "fail" if step == "rights to read" and _blind(answers) else "warn"
    return Finding(
        level,
        step,
        f"Missing or unknown: {'; '.join(missing)}.",
        "Add them to the account's role in policy.csv (argocd-rbac-cm) or the project role: docs/rbac.md.",
    )


def _blind(answers: Sequence[Held]) -> bool:
    """Nothing at all can be seen."""
    return not any(one.may == "yes" for one in answers if one.right.resource == "applications")
