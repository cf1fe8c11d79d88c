"""Following an operation to its end, its comparison, sync and health, or until time is up."""

from dataclasses import dataclass, field

from argocd_gitops_mcp.argocd.course import Course, Doubt, Going, Step
from argocd_gitops_mcp.argocd.models import Application
from argocd_gitops_mcp.argocd.resources import Owner
from argocd_gitops_mcp.operations._operation import Deps
from argocd_gitops_mcp.operations._watching import Gone, Watching, read
from argocd_gitops_mcp.views.text import line

_PATIENCE: dict[Doubt, float] = {
    "same second": 0.2,
    "left unpruned": 1.5,
    "does not fit": 6.0,
    "none yet": 10.0,
}
"""Seconds after an operation's end to wait for a better comparison than the one there is.

One comes 25 ms after the end; on a busy Argo CD, whose cache of the cluster lags, after seconds. What does not fit is
an earlier one, or the truth: without prune the application stays OutOfSync.
"""
_UNTIL_LOOKED = 1.5
"""Seconds until the reason is looked for in the whole application."""


@dataclass(frozen=True, slots=True)
class Followed:
    """How it ended, or how far it is (`Going`), with the application as read then; None where it was deleted."""

    step: Step
    app: Application | None


async def follow(deps: Deps, owner: Owner, course: Course, app: Application, seconds: float) -> Followed:
    """Follow from the state `app` on, and tell as progress whatever moves."""
    deadline = deps.now() + seconds
    teller = _Teller(deps)
    ended_at: float | None = None
    has_looked = False
    step: Step = course.see(app) or Going("operation", "asked for, not begun yet")
    async with Watching(deps, owner, app.metadata.uid) as watching:
        while isinstance(step, Going) and deps.now() < deadline:
            await teller.tell(step, course)
            until = deadline
            if step.stage == "comparison":
                ended_at = ended_at or deps.now()
                until = min(deadline, ended_at + _patience(course.doubt, has_looked=has_looked))
            try:
                state = await watching.next(max(until - deps.now(), 0))
            except Gone:
                return Followed(step, None)
            if state is not None:
                step = course.see(state) or step
            elif step.stage == "comparison" and deps.now() >= until < deadline:
                if course.doubt == "does not fit" and not has_looked:
                    # The stream's states are slim: only the whole one tells what is left unpruned.
                    has_looked, step = True, course.see(await read(deps, owner)) or step
                else:
                    step = course.believe()
            if not isinstance(step, Going):
                # What is answered is read whole, and must still be so.
                step = course.see(await read(deps, owner)) or step
    if isinstance(step, Going):
        step = course.see(await read(deps, owner)) or step
    return Followed(step, course.latest)


def _patience(doubt: Doubt, *, has_looked: bool) -> float:
    return _UNTIL_LOOKED if doubt == "does not fit" and not has_looked else _PATIENCE[doubt]


@dataclass(slots=True)
class _Teller:
    """Tells what moved since it told last."""

    deps: Deps
    told: dict[str, str] = field(default_factory=dict)

    async def tell(self, step: Going, course: Course) -> None:
        found = {"": step.what}
        if course.latest is not None:
            status = course.latest.status
            found |= {"sync": status.sync.status, "health": status.health.status}
        moved = [
            f"{name} {self.told[name]} -> {value}" if self.told.get(name) else f"{name} {value}"
            for name, value in found.items()
            if name and value and self.told.get(name) != value
        ]
        if found[""] != self.told.get(""):
            moved.insert(0, step.what)
        self.told |= found
        if moved:
            await self.deps.progress(line("; ".join(moved), 300))
