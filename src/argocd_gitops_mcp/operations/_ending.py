"""The end of an operation that was followed, as an answer or as the error it is."""

from collections.abc import Iterator
from contextlib import contextmanager

from argocd_gitops_mcp.argocd.course import ENDED, Course, Going, Stopped, current, is_dry, operation_id, told
from argocd_gitops_mcp.argocd.models import Application, OperationState
from argocd_gitops_mcp.errors import FailedPrecondition, GitOpsError, OperationFailed, OutcomeUnknown
from argocd_gitops_mcp.operations._following import Followed
from argocd_gitops_mcp.views import applications
from argocd_gitops_mcp.views import syncing as views
from argocd_gitops_mcp.views.text import line
from argocd_gitops_mcp.views.view import View


def busy(app: Application) -> FailedPrecondition:
    """Another operation stands in the way."""
    state, handle = app.status.operation_state, current(app)
    if state is not None and state.phase in ENDED:
        state = None  # of the one before
    known = handle.request_id if handle is not None else ""
    known = known or (operation_id(state) if state is not None else "")
    return FailedPrecondition(
        f"Another operation on application {app.metadata.name!r} is running ({told(state)}); nothing was sent.",
        hint=f"Wait for its end (operation wait{f', operation_id={known!r}' if known else ''}), "
        "or stop it (operation terminate).",
    )


@contextmanager
def goes_on(operation: str, what: str, look: str = "get the application") -> Iterator[None]:
    """Whatever goes wrong in here, the write was sent: an error says so."""
    try:
        yield
    except GitOpsError as error:
        how = f"wait with operation_id={operation!r}" if operation else look
        error.hint = f"The {what} was sent and goes on unseen: {how} to learn how it ends; do not send it again."
        raise


def answer(name: str, course: Course, ended: Followed, what: str, seconds: float) -> View:
    """What became of it, from what was read last.

    Raises:
        OperationFailed: it ended Failed or Error; with the causes.
        OutcomeUnknown: it cannot be seen any more.
    """
    app, state = ended.app, course.state
    if app is None:
        raise OutcomeUnknown(f"application {name!r} was deleted while it was followed.", hint="")
    own = app.status.operation_state
    if course.handle is not None and course.handle.is_state(own):
        state = own
    if isinstance(ended.step, Going):
        return _unfinished(app, course, state, ended.step, seconds)
    if isinstance(ended.step, Stopped) and ended.step.why == "replaced":
        other = f"its last operation is {operation_id(own)!r} ({told(own)})" if own is not None else "it has none"
        raise OutcomeUnknown(
            f"How this {what} of application {name!r} ended is not known: {other}.",
            hint="See the application's history for what was deployed.",
        )
    if state is not None and state.phase != "Succeeded":
        raise failure(name, what, state)
    if state is None:
        return _state_only(app, course, _result(app, ended, "nothing runs"))
    return _ended(app, course, state, ended)


def _result(app: Application, ended: Followed, otherwise: str) -> str:
    is_healthy = app.status.health.status == "Healthy"
    if app.status.sync.status == "Synced":
        return "synced and healthy" if is_healthy else "synced"
    return f"{'healthy' if is_healthy and isinstance(ended.step, Stopped) else otherwise}, but not Synced"


def _ended(app: Application, course: Course, state: OperationState, ended: Followed) -> View:
    if is_dry(state):
        return views.operation(
            app,
            state,
            result="dry run: nothing was applied",
            note="Made by Argo CD itself: what only the Kubernetes API would refuse is not found.",
        )
    if not course.is_compared:
        note = "Argo CD has not compared the application since, so sync and health are not known yet: get it again."
        return views.ended(app, state, result="ended, not compared since", note=note)
    return views.operation(app, state, result=_result(app, ended, "applied"), note=_note(app, ended))


def _note(app: Application, ended: Followed) -> str:
    notes = []
    if any(one.prunable for one in app.status.resources or []):
        notes.append("Resources that are no longer in Git are still there: sync with prune=true removes them.")
    elif app.status.health.status not in ("Healthy", "") and not isinstance(ended.step, Stopped):
        notes.append(f"Applied; health is {app.status.health.status}: wait until=healthy follows it.")
    return " ".join(notes)


def _state_only(app: Application, course: Course, result: str) -> View:
    """No operation was followed: sync and health are what was waited for."""
    view = views.running(app, None, result=result)
    view.sync, view.health = app.status.sync.status, app.status.health.status
    view.problems = applications.problems(app.status.resources or [])
    view.note = "" if course.handle is not None else "No operation was running."
    view.next = "sync it: its policy is Manual" if app.status.sync.status != "Synced" else ""
    return view


def _unfinished(app: Application, course: Course, state: OperationState | None, step: Going, seconds: float) -> View:
    note = f"After {seconds:g} s: {line(step.what, 300)}. It goes on without us."
    if step.stage == "operation":
        # Mid-operation, sync and health are those of an earlier comparison: not reported.
        result = "still running" if state is not None else "started, not taken up yet"
        view = views.running(app, state, result=result, note=note)
        handle = course.handle or current(app)
        view.operation_id = view.operation_id or (handle.request_id if handle is not None else "")
        known = f"operation_id={view.operation_id!r}" if view.operation_id else ""
        view.next = f"wait again{f' with {known}' if known else ''}, or terminate it"
        return view
    if step.stage == "comparison":
        # Sync and health are those of before the end: not reported.
        return views.ended(app, state, result="ended, not compared yet", note=note)
    result = f"not {'healthy' if step.stage == 'health' else 'synced'} yet"
    if state is not None:
        return views.operation(app, state, result=result, note=note)
    view = views.running(app, None, result=result, note=note)
    view.message = applications.operation(app)
    view.sync, view.health = app.status.sync.status, app.status.health.status
    view.problems = applications.problems(app.status.resources or [])
    return view


def failure(name: str, what: str, state: OperationState) -> OperationFailed:
    """A failed operation, with what failed in Argo CD's words."""
    rows = views.results(state)
    failed = [views.result_line(one) for one in rows if views.is_failed(one)]
    dry = is_dry(state)
    done = [one for one in rows if not views.is_failed(one) and one.status != "PruneSkipped"]
    applied = f"; {len(done)} of {len(rows)} resources were applied" if rows else "; nothing was applied"
    return OperationFailed(
        f"The {'dry run' if dry else what} of application {name!r} ended {state.phase} at {state.finished_at}"
        f"{'' if dry else applied}.",
        hint="Mend the cause in Git (or the cluster) and sync again.",
        upstream="\n".join([state.message, *failed]),
    )
