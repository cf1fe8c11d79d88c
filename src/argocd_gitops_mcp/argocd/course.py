"""The course of one operation, read from successive states of its application. Pure, and without any clock of ours.

An operation is recognised by what it carries, never by comparing times: stamps are whole seconds, and clocks differ.
"""

import hashlib
from dataclasses import dataclass
from typing import Literal

from argocd_gitops_mcp.argocd.models import Application, Operation, OperationState

ENDED = ("Succeeded", "Failed", "Error")
_LENGTH = 12

Until = Literal["operation", "synced", "healthy"]
Stage = Literal["operation", "comparison", "sync", "health"]
Doubt = Literal["none yet", "same second", "left unpruned", "does not fit"]


@dataclass(frozen=True, slots=True)
class Handle:
    """Which operation is meant: by the id it carries, or where Argo CD takes none, by what it was asked for.

    Args:
        request_id: travels with a sync as its info.
        digest: of an operation without an id, once it runs; see `digest`.
        wanted: revisions and user of one that was asked for just now and does not run yet.
    """

    request_id: str = ""
    digest: str = ""
    wanted: tuple[tuple[str, ...], str] | None = None

    def is_asked(self, operation: Operation | None) -> bool:
        """Whether this requested operation is meant; one that is known by digest is told by its state only."""
        if operation is None:
            return False
        if self.request_id:
            return request_id(operation) == self.request_id
        return self.wanted is not None and _wanted(operation) == self.wanted

    def is_state(self, state: OperationState | None) -> bool:
        """Whether this state is of the operation that is meant."""
        if state is None:
            return False
        if self.digest:
            return digest(state) == self.digest
        return self.is_asked(state.operation)


def request_id(operation: Operation) -> str:
    """The id that an operation of ours carries."""
    return next((one.value for one in operation.info or [] if one.name == "request-id"), "")


def digest(state: OperationState) -> str:
    """What tells this operation from any other: what was asked, by whom, and when Argo CD began."""
    operation = state.operation
    said = [*_wanted(operation)[0], _wanted(operation)[1], request_id(operation), state.started_at or ""]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:_LENGTH]


def _wanted(operation: Operation) -> tuple[tuple[str, ...], str]:
    by = operation.initiated_by
    user = "" if by is None else ("automated" if by.automated else by.username)
    return tuple(operation.sync.wanted() if operation.sync else ()), user


def handle(operation_id: str) -> Handle:
    """The handle of an id as `operation_id` gives it."""
    return Handle(digest=operation_id[1:]) if operation_id.startswith("~") else Handle(request_id=operation_id)


def operation_id(state: OperationState) -> str:
    """The id under which an operation can be followed later, by whoever started it."""
    return request_id(state.operation) or f"~{digest(state)}"


def current(app: Application) -> Handle | None:
    """The operation that is under way, if one is."""
    if app.operation is None:
        return None
    state = app.status.operation_state
    if request_id(app.operation):
        return Handle(request_id=request_id(app.operation))
    if state is not None and state.phase not in ENDED:
        return Handle(digest=digest(state))
    return Handle(wanted=_wanted(app.operation))


def asked(operation: Operation) -> Handle:
    """The operation as it was asked for, before it runs."""
    found = request_id(operation)
    return Handle(request_id=found) if found else Handle(wanted=_wanted(operation))


@dataclass(frozen=True, slots=True)
class Going:
    """It is not over; `what` tells how far it is."""

    stage: Stage
    what: str


@dataclass(frozen=True, slots=True)
class Reached:
    """What was waited for is there."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """It will not be there: the operation failed, was replaced, or left differences that nothing will mend."""

    why: Literal["failed", "replaced", "not synced"]


Step = Going | Reached | Stopped


class Course:
    """Follows one operation through the states of its application, then its comparison, sync and health.

    Args:
        followed: the operation; None follows no operation, only sync and health.
        until: what is waited for.
        since: the resource version that the answer to the request had; older states say nothing.
        fits_git: whether the application should be Synced afterwards: not after a rollback, or a sync of a part.
    """

    def __init__(self, followed: Handle | None, until: Until, since: str = "", *, fits_git: bool = True) -> None:
        self._handle = followed
        self._fits_git = fits_git
        self._until = until
        self._since = version(since)
        self._ended: OperationState | None = None
        self._seen_at: str | None = None
        self._believed = False
        self.state: OperationState | None = None
        self.latest: Application | None = None

    @property
    def handle(self) -> Handle | None:
        """What is followed; more exact once it runs."""
        return self._handle

    @property
    def is_compared(self) -> bool:
        """Whether there was a comparison since the operation's end, or in its second."""
        app, ended = self.latest, self._ended
        return app is None or ended is None or (app.status.reconciled_at or "") >= (ended.finished_at or "")

    @property
    def doubt(self) -> Doubt:
        """Why the last comparison is not taken for one after the end."""
        if not self.is_compared:
            return "none yet"
        if self.latest is not None and self._fits(self.latest):
            return "same second"
        left = self.latest is not None and any(one.prunable for one in self.latest.status.resources or [])
        return "left unpruned" if left else "does not fit"

    def believe(self) -> Step:
        """Take the last comparison for what it is: no newer one came."""
        self._believed = True
        return Going("comparison", "") if self.latest is None else self._after(self.latest)

    def see(self, app: Application) -> Step | None:
        """Take in a state; None where it is older than what was seen before."""
        if version(app.metadata.resource_version) < self._since:
            return None
        self._since = version(app.metadata.resource_version)
        self.latest = app
        if self._handle is None and self._until != "operation":
            self._handle = current(app)  # one that began meanwhile
        if self._handle is not None and self._ended is None:
            step = self._operation(self._handle, app)
            if step is not None:
                return step
        if self._ended is not None and self._ended.phase != "Succeeded":
            return Stopped("failed")
        return self._after(app)

    def _operation(self, followed: Handle, app: Application) -> Step | None:
        """How far the operation is; None once it has ended well."""
        state = app.status.operation_state
        if followed.is_state(state) and state is not None:
            self.state = state
            self._handle = (
                Handle(request_id=followed.request_id) if followed.request_id else Handle(digest=digest(state))
            )
        # Between retries finishedAt is set while the phase is Running: only an operation that is gone has ended.
        if followed.is_asked(app.operation) or (followed.is_state(state) and not _is_over(app)):
            return Going("operation", told(state if followed.is_state(state) else None))
        if not followed.is_state(state):
            return Stopped("replaced")
        self._ended, self._seen_at = state, app.status.reconciled_at
        return None

    def _after(self, app: Application) -> Step:
        only_operation = self._until == "operation"
        if only_operation and self._ended is not None and is_dry(self._ended):
            return Reached()
        if not self._believed and not self._is_certain(app):
            return Going("comparison", "comparing with Git and the cluster")
        return Reached() if only_operation else self._outcome(app)

    def _outcome(self, app: Application) -> Step:
        """What came of it: sync, then health."""
        is_synced = app.status.sync.status == "Synced"
        # Where nobody syncs, waiting for it is in vain; a rollback's health is still worth waiting for.
        in_vain = not is_synced and app.spec.automated is None and app.operation is None
        if not is_synced and not in_vain:
            return Going("sync", f"sync is {app.status.sync.status or 'not known yet'}")
        if self._until == "healthy" and app.status.health.status != "Healthy":
            message = f": {app.status.health.message}" if app.status.health.message else ""
            return Going("health", f"health is {app.status.health.status or 'not known yet'}{message}")
        return Stopped("not synced") if in_vain else Reached()

    def _is_certain(self, app: Application) -> bool:
        """Whether sync and health were found after the operation's end: both stamps are the controller's own.

        A comparison that began before the end can carry its second, or a later one; it does not fit then.
        """
        if self._ended is None:
            return True
        compared, ended = app.status.reconciled_at or "", self._ended.finished_at or ""
        return self._fits(app) and (compared > ended or (compared == ended and compared != self._seen_at))

    def _fits(self, app: Application) -> bool:
        """Whether the comparison found what the operation was to bring about: Synced, to its very revision."""
        if not self._fits_git:
            return True
        result, found = self._ended.sync_result if self._ended is not None else None, app.status.sync
        if result is None or found.status != "Synced":
            return False
        return (found.revisions or [found.revision]) == (result.revisions or [result.revision])


def _is_over(app: Application) -> bool:
    state = app.status.operation_state
    return app.operation is None and state is not None and state.phase in ENDED


def is_dry(state: OperationState) -> bool:
    """Whether nothing was applied."""
    return state.operation.sync is not None and state.operation.sync.dry_run


def told(state: OperationState | None) -> str:
    """An operation's state in a line."""
    if state is None:
        return "asked for, not begun yet"
    return f"{state.phase}: {state.message}" if state.message else state.phase


def version(resource_version: str) -> int:
    """For telling older states from newer ones; they come from a stream and from single requests."""
    return int(resource_version) if resource_version.isdigit() else 0
