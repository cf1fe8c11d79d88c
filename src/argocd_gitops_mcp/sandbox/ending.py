"""How an operation ends, or fails and is tried again."""

from datetime import datetime, timedelta

from argocd_gitops_mcp.sandbox import durations
from argocd_gitops_mcp.sandbox.tasks import Task
from argocd_gitops_mcp.sandbox.world import Application, Object, World, stamp


def close(world: World, application: Application, phase: str, message: str) -> datetime | None:
    """End the operation, or answer when it is to be tried again."""
    state = application.status["operationState"]
    asked = state["operation"]
    retry, tried = asked.get("retry") or {}, state.get("retryCount", 0)
    state["finishedAt"] = stamp(world.clock())
    left = retry.get("limit", 0) < 0 or tried < retry.get("limit", 0)
    if left and phase in {"Failed", "Error"} and state["phase"] != "Terminating":
        try:
            at = world.clock() + timedelta(seconds=backoff(retry.get("backoff") or {}, tried))
        except ValueError as error:
            phase, message = "Error", f"{message} (failed to retry: {error})"
        else:
            state |= {"phase": "Running", "retryCount": tried + 1}
            state["message"] = f"{message}. Retrying attempt #{tried + 1} at {stamp(at)}."
            world.touch(application)
            return at
    elif tried and phase in {"Failed", "Error"}:
        message = f"{message} (retried {tried} times)."
    state |= {"phase": phase, "message": message}
    application.operation = application.run = None
    # A dry run changes nothing that would have to be compared.
    application.ended = None if asked["sync"].get("dryRun") else world.clock()
    world.touch(application)
    return None


def retry(world: World, application: Application) -> None:
    """Begin the next attempt, with `refresh` at the revisions of now."""
    state = application.status["operationState"]
    again = ""
    if state["operation"]["retry"].get("refresh"):
        again = " with latest revisions"
        state["operation"]["sync"] = _without_revisions(state["operation"]["sync"])
    state.pop("finishedAt", None)
    state.pop("syncResult", None)
    state["message"] = f"Retrying operation{again}. Attempt #{state['retryCount']}"
    world.touch(application)


def _without_revisions(sync: Object) -> Object:
    return {name: value for name, value in sync.items() if name not in {"revision", "revisions"}}


def reasons(failed: list[Task]) -> str:
    return ",".join({task.result["message"]: None for task in failed})


def backoff(wanted: Object, tried: int) -> float:
    """Seconds until the next attempt."""
    seconds: float = _seconds(str(wanted.get("duration", "5s"))) * int(wanted.get("factor", 2)) ** tried
    return min(seconds, _seconds(str(wanted.get("maxDuration", "3m"))))


def _seconds(text: str) -> float:
    """A Go duration, or a plain number of seconds."""
    try:
        return int(text) if text.isdigit() else durations.seconds(text)
    except ValueError as error:
        raise ValueError(f"unable to parse {text} as a duration") from error
