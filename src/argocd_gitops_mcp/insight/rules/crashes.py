"""Containers that start and end again. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from argocd_gitops_mcp.argocd.resource_models import Event
from argocd_gitops_mcp.insight.containers import Container, spec
from argocd_gitops_mcp.insight.evidence import Evidence, Resource
from argocd_gitops_mcp.insight.finding import Finding, Quote
from argocd_gitops_mcp.insight.groups import Group, failing
from argocd_gitops_mcp.insight.rule import rule
from argocd_gitops_mcp.insight.telling import (
    began,
    container_quote,
    events,
    last_words,
    of_application,
    of_resource,
    quoted,
)

_LOOPING = "CrashLoopBackOff"
_NOT_STARTED = {"RunContainerError", "StartError", "CreateContainerError", "ContainerCannotRun"}
_CODES: Mapping[int, str] = MappingProxyType(
    {
        126: "its command may not be executed",
        127: "its command was not found",
        137: "killed from outside (SIGKILL)",
        139: "a crash of the program itself (SIGSEGV)",
        143: "asked to end (SIGTERM)",
    }
)


def _ended(container: Container, *reasons: str) -> bool:
    return container.ended is not None and container.ended.reason in reasons


def _finding(evidence: Evidence, one: Group, what: str, said: tuple[Quote, ...], remedy: str) -> Finding:
    app = evidence.application
    logs = of_resource(
        app,
        "get_workload_logs",
        one.pod.node,
        container=one.container.name,
        **({"previous": True} if one.container.restarts else {}),
    )
    return Finding(
        f"{one.about}: {what}{one.still_serving}",
        "certain",
        one.owner.node,
        one.pods - 1,
        one.since,
        one.revision,
        said,
        remedy,
        (logs, of_application(app, "diff_application")),
        one.nodes,
    )


@rule(
    "oom-killed", "A container is killed because it takes more memory than it may", told_by="the container's last end"
)
def oom_killed(evidence: Evidence) -> Iterator[Finding]:
    """Find containers that ended as OOMKilled and do not run well since."""
    for one in failing(evidence, lambda _, found: _ended(found, "OOMKilled") and not found.is_ready):
        limit = ((spec(one.pod, one.container.name).get("resources") or {}).get("limits") or {}).get("memory", "")
        yield _finding(
            evidence,
            one,
            f"container {one.container.name} is killed for its memory "
            f"({f'limit {limit}' if limit else 'no limit set'}, {one.container.restarts} restarts).",
            (
                Quote(f"last end of container {one.container.name}", _end(one.container)),
                *last_words(one.pod, one.container.name),
            ),
            "Raise its memory limit in Git, or have the program take less.",
        )


def _end(container: Container) -> str:
    ended = container.ended
    return f"{ended.reason}, exit code {ended.exit_code}, {ended.at}" if ended is not None else ""


@rule("bad-command", "A container's command cannot be started", told_by="the container's waiting or last reason")
def bad_command(evidence: Evidence) -> Iterator[Finding]:
    """Find containers whose process could not be started."""

    def fits(_: Resource, found: Container) -> bool:
        return found.waiting in _NOT_STARTED or _ended(found, "StartError", "ContainerCannotRun")

    for one in failing(evidence, fits):
        said = one.container.said or (one.container.ended.message if one.container.ended is not None else "")
        command = " ".join(map(str, spec(one.pod, one.container.name).get("command") or []))
        yield _finding(
            evidence,
            one,
            f"container {one.container.name} cannot be started{f' with command {command}' if command else ''}.",
            (container_quote(one.pod, one.container, _end_of(said)),),
            "Correct the command in Git, or take an image that has it.",
        )


def _end_of(said: str) -> str:
    """The runtime's errors tell the cause last."""
    return f"…{said[-260:]}" if len(said) > 260 else said  # noqa: PLR2004 - as long as a quotation is


@rule("liveness-probe", "A container is killed because its liveness or startup probe fails", told_by="the pod's events")
def liveness_probe(evidence: Evidence) -> Iterator[Finding]:
    """Find restarted containers whose pod tells of a failing liveness or startup probe."""
    probes = ("Liveness probe", "Startup probe")

    def fits(pod: Resource, found: Container) -> bool:
        told = any(event.message.startswith(probes) for event in events(pod, "Unhealthy"))
        return told and bool(found.restarts) and not found.is_ready and not found.is_init

    for one in failing(evidence, fits):
        found = [event for event in events(one.pod, "Unhealthy") if event.message.startswith(probes)]
        which = "startup" if found[0].message.startswith("Startup") else "liveness"
        declared = spec(one.pod, one.container.name).get(f"{which}Probe") or {}
        yield _finding(
            evidence,
            one,
            f"container {one.container.name} is restarted because its {which} probe fails{where(declared)} "
            f"({one.container.restarts} restarts).",
            (*quoted(one.pod, found), *last_words(one.pod, one.container.name)),
            "Have the program answer, or correct the probe (path, port, timing) in Git.",
        )


def where(probe: Mapping[str, object]) -> str:
    """What a probe asks for, in brackets."""
    asked = probe.get("httpGet") or probe.get("tcpSocket") or probe.get("grpc")
    if isinstance(asked, Mapping):
        return (
            f" ({asked.get('path', '')}:{asked.get('port', '')})"
            if asked.get("path")
            else f" (port {asked.get('port')})"
        )
    return ""


@rule("init-container", "An init container fails, so that the pod does not start", told_by="the init container's state")
def init_container(evidence: Evidence) -> Iterator[Finding]:
    """Find init containers that end badly."""

    def fits(_: Resource, found: Container) -> bool:
        bad = found.ended is not None and found.ended.exit_code != 0
        return found.is_init and (found.waiting == _LOOPING or bad) and not found.is_ready

    for one in failing(evidence, fits):
        yield _finding(
            evidence,
            one,
            f"init container {one.container.name} fails, so that the others do not start{_code(one.container)}.",
            (*last_words(one.pod, one.container.name), *quoted(one.pod, events(one.pod, "BackOff"))),
            "Its last words say why; a remedy is a commit.",
        )


@rule("crash-loop", "A container ends again and again", told_by="its waiting reason, its last end and its last lines")
def crash_loop(evidence: Evidence) -> Iterator[Finding]:
    """Find containers that are started again and again."""

    def fits(_: Resource, found: Container) -> bool:
        return found.waiting == _LOOPING and not found.is_init

    for one in failing(evidence, fits):
        yield _finding(
            evidence,
            one,
            f"container {one.container.name} ends again and again "
            f"({one.container.restarts} restarts{_code(one.container)}).",
            (*last_words(one.pod, one.container.name), *quoted(one.pod, events(one.pod, "BackOff"))),
            "Its last words say why; a remedy is a commit.",
        )


def _code(container: Container) -> str:
    if container.ended is None:
        return ""
    means = _CODES.get(container.ended.exit_code)
    return f", exit code {container.ended.exit_code}" + (f": {means}" if means else "")


@rule("readiness-probe", "A container runs and is never ready", told_by="the pod's events and the container's state")
def readiness_probe(evidence: Evidence) -> Iterator[Finding]:
    """Find running containers whose pod tells of a failing readiness probe."""

    def fits(pod: Resource, found: Container) -> bool:
        return found.is_running and not found.is_ready and bool(_unready(pod))

    for one in failing(evidence, fits):
        declared = spec(one.pod, one.container.name).get("readinessProbe") or {}
        found = _finding(
            evidence,
            one,
            f"container {one.container.name} runs, but its readiness probe fails{where(declared)}.",
            (*quoted(one.pod, _unready(one.pod)), *last_words(one.pod, one.container.name)),
            "Have the program answer, or correct the probe (path, port, timing) in Git.",
        )
        yield replace(found, since=began(_unready(one.pod)) or found.since)


def _unready(pod: Resource) -> list[Event]:
    return [event for event in events(pod, "Unhealthy") if event.message.startswith("Readiness probe")]


RULES = (oom_killed, bad_command, liveness_probe, init_container, crash_loop, readiness_probe)
