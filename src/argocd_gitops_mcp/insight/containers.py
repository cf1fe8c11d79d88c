"""What the containers of a pod say of themselves, read from its live manifest. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from argocd_gitops_mcp.insight.evidence import Resource


@dataclass(frozen=True, slots=True)
class Container:
    """One container's state.

    Args:
        name: in the pod.
        is_init: whether it runs before the others.
        image: as the pod asks for it.
        is_ready: as its readiness probe says, if it has one.
        restarts: how often it was started again.
        waiting: reason of a container that does not run, e.g. `CrashLoopBackOff`.
        said: the message that goes with `waiting`.
        ended: the last end that is known: of this run, else of the one before.
        is_running: whether it runs now.
    """

    name: str
    is_init: bool
    image: str
    is_ready: bool
    restarts: int
    waiting: str
    said: str
    ended: "Ended | None"
    is_running: bool


@dataclass(frozen=True, slots=True)
class Ended:
    """How a container ended."""

    reason: str
    exit_code: int
    message: str
    at: str


def containers(pod: Resource) -> Iterator[Container]:
    """Every container of a pod whose manifest was read, those that run first first."""
    status = (pod.live or {}).get("status") or {}
    for kind in ("initContainerStatuses", "containerStatuses"):
        for one in status.get(kind) or []:
            yield _container(one, is_init=kind.startswith("init"))


def _container(status: dict[str, Any], *, is_init: bool) -> Container:
    state, last = status.get("state") or {}, status.get("lastState") or {}
    waiting = state.get("waiting") or {}
    ended = state.get("terminated") or last.get("terminated")
    return Container(
        name=status.get("name", ""),
        is_init=is_init,
        image=status.get("image", ""),
        is_ready=bool(status.get("ready")),
        restarts=int(status.get("restartCount") or 0),
        waiting=waiting.get("reason", ""),
        said=waiting.get("message", ""),
        ended=Ended(
            ended.get("reason", ""),
            int(ended.get("exitCode") or 0),
            ended.get("message", ""),
            ended.get("finishedAt", ""),
        )
        if ended
        else None,
        is_running="running" in state,
    )


def spec(pod: Resource, name: str) -> dict[str, Any]:
    """A container as the pod's manifest declares it; `{}` where that was not read."""
    declared = (pod.live or {}).get("spec") or {}
    every = [*(declared.get("initContainers") or []), *(declared.get("containers") or [])]
    return next((one for one in every if one.get("name") == name), {})
