"""Containers that start and end again. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from argocd_gitops_mcp.argocd.resource_models import Event
from argocd_gitops_mcp.insight.ages import age
from argocd_gitops_mcp.insight.containers import Container, spec
from argocd_gitops_mcp.insight.endings import NOT_STARTED, OUT_OF_MEMORY, ending, limit
from argocd_gitops_mcp.insight.evidence import Evidence, Resource
from argocd_gitops_mcp.insight.finding import Finding, NextCall, Quote
from argocd_gitops_mcp.insight.groups import Group, failing
from argocd_gitops_mcp.insight.last_words import last_words
from argocd_gitops_mcp.insight.rule import rule
from argocd_gitops_mcp.insight.telling import (
    began,
    container_quote,
    declaration,
    events,
    name,
    of_application,
    of_resource,
    plain,
    quoted,
)

_LOOPING = "CrashLoopBackOff"
_KILLED = (137, 143)
_KILLING = ("Liveness probe", "Startup probe")
_AGAIN = 2
"""Restarts after which a container that runs for the moment is taken to end again."""
_LATELY = 600.0
"""Seconds since its last end for that: the longest back-off is five minutes."""
_STARTING = 60.0
"""Seconds that a probe may fail without that being told, as long as it has not failed often."""
_TRIES = 3
"""A probe's failureThreshold, where it sets none."""


def why(evidence: Evidence, pod: Resource, one: Container) -> str:
    """Which rule is about a container: of several reasons the first that explains the others."""
    reason, code = (one.ended.reason, one.ended.exit_code) if one.ended is not None else ("", 0)
    looping = one.waiting == _LOOPING
    applies = {
        "": one.is_ready or _is_over(evidence, pod),
        "oom-killed": reason == OUT_OF_MEMORY,
        "bad-command": one.waiting in NOT_STARTED or reason in NOT_STARTED,
        "init-container": one.is_init and (looping or bool(code)),
        "liveness-probe": not one.is_init and bool(one.restarts) and _is_killed_by_probe(pod, one),
        "crash-loop": not one.is_init and (looping or _ended_again(evidence, one)),
        "pod-failed": _is_failed(pod) and bool(code),
        "readiness-probe": one.is_running and not one.is_init and _is_unready(evidence, pod, one),
    }
    return next((found for found, is_so in applies.items() if is_so), "")


def _is_failed(pod: Resource) -> bool:
    return ((pod.live or {}).get("status") or {}).get("phase") == "Failed"


def _is_over(evidence: Evidence, pod: Resource) -> bool:
    """Whether it is a try of something that makes another pod for the next one."""
    return _is_failed(pod) and evidence.owner(pod) is not pod


def _is_killed_by_probe(pod: Resource, one: Container) -> bool:
    said = events(pod, "Killing", "Unhealthy")
    if any(f"Container {one.name} failed" in event.message for event in said):
        return True
    # The event of the killing is forgotten before the probe's, which goes on.
    return any(event.message.startswith(_KILLING) for event in said) and (
        one.ended is not None and one.ended.exit_code in _KILLED
    )


def _ended_again(evidence: Evidence, one: Container) -> bool:
    ended = one.ended
    return ended is not None and bool(ended.at) and one.restarts >= _AGAIN and age(evidence, ended.at) < _LATELY


def _is_unready(evidence: Evidence, pod: Resource, one: Container) -> bool:
    """Whether its readiness probe has failed for longer than a start takes."""
    found = _unready(pod)
    tries = int((spec(pod, one.name).get("readinessProbe") or {}).get("failureThreshold") or _TRIES)
    often = sum(max(event.count, 1) for event in found) >= tries
    return bool(found) and (often or age(evidence, pod.node.created_at or "") > _STARTING)


def _unready(pod: Resource) -> list[Event]:
    return [event for event in events(pod, "Unhealthy") if event.message.startswith("Readiness probe")]


def _failing(evidence: Evidence, wanted: str) -> Iterator[Group]:
    return failing(evidence, lambda pod, one: why(evidence, pod, one) == wanted)


def _finding(evidence: Evidence, one: Group, what: str, said: tuple[Quote, ...], remedy: str) -> Finding:
    app = evidence.application
    container = "init container" if one.container.is_init else "container"
    if one.older[1]:
        remedy += " Until then the previous deployment can be rolled back to."
    return Finding(
        f"{one.about}: {container} {one.container.name} {what}{one.extent}",
        "certain",
        one.owner.node,
        since=one.since,
        revision=one.revision,
        evidence=said,
        remedy=remedy,
        next=(
            *_logs(evidence, one),
            of_application(app, "get_history") if one.older[1] else declaration(evidence, one.owner),
            of_resource(app, "get_resource_events", one.pod.node),
        ),
        covers=one.nodes,
    )


def _logs(evidence: Evidence, one: Group) -> Iterator[NextCall]:
    """What it has logged, unless it never ran, or that may not be read."""
    pod, container = one.pod, one.container
    denied = any(what.startswith(f"logs of {name(pod.node)}") for what in evidence.unseen)
    if not denied and why(evidence, pod, container) != "bad-command":
        before = {"previous": True} if any(log.previous and log.container == container.name for log in pod.logs) else {}
        yield of_resource(
            evidence.application, "get_workload_logs", pod.node, container=container.name, tail_lines=200, **before
        )


def _by_commit(words: list[Quote]) -> str:
    if words:
        return "Mend what its last words tell of, in Git."
    return "Compare with the last commit what it was started with: no last words of it could be read."


@rule(
    "oom-killed", "A container is killed because it takes more memory than it may", told_by="the container's last end"
)
def oom_killed(evidence: Evidence) -> Iterator[Finding]:
    """Find containers that ended as OOMKilled and do not run well since."""
    for one in _failing(evidence, "oom-killed"):
        said = Quote(f"last end of container {one.container.name}", _end(one.container))
        yield _finding(
            evidence,
            one,
            f"is killed for its memory ({limit(one.pod, one.container)}{_restarts(one.container)}).",
            (said, *last_words(one.pod, one.container.name)),
            "Raise its memory limit in Git, or have the program take less.",
        )


def _end(container: Container) -> str:
    ended = container.ended
    return f"{ended.reason}, exit code {ended.exit_code}, {ended.at}" if ended is not None else ""


def _restarts(container: Container) -> str:
    count = container.restarts
    return f", {count} restart{'' if count == 1 else 's'}" if count else ""


@rule("bad-command", "A container's command cannot be started", told_by="the container's waiting or last reason")
def bad_command(evidence: Evidence) -> Iterator[Finding]:
    """Find containers whose process could not be started."""
    for one in _failing(evidence, "bad-command"):
        said = one.container.said or (one.container.ended.message if one.container.ended is not None else "")
        command = plain(str(next(iter(spec(one.pod, one.container.name).get("command") or []), "")))
        yield _finding(
            evidence,
            one,
            f"cannot be started{f' with command {command}' if command else ''}.",
            (container_quote(one.pod, one.container, _end_of(said)),),
            "Correct the command in Git, or take an image that has it.",
        )


_TOLD_LAST = 260
"""Characters of a runtime's error that are quoted: as many as there is room for."""


def _end_of(said: str) -> str:
    """The runtime's errors tell the cause last."""
    return f"…{said[-_TOLD_LAST:]}" if len(said) > _TOLD_LAST else said


@rule("liveness-probe", "A container is killed because its liveness or startup probe fails", told_by="the pod's events")
def liveness_probe(evidence: Evidence) -> Iterator[Finding]:
    """Find restarted containers whose pod tells of a failing liveness or startup probe."""
    for one in _failing(evidence, "liveness-probe"):
        found = [event for event in events(one.pod, "Unhealthy") if event.message.startswith(_KILLING)]
        found = found or events(one.pod, "Killing")
        which = "startup" if "tartup" in found[0].message else "liveness"
        declared = spec(one.pod, one.container.name).get(f"{which}Probe") or {}
        yield _finding(
            evidence,
            one,
            f"is restarted because its {which} probe fails ({_asked(declared)}{one.container.restarts} restarts).",
            (*quoted(one.pod, found), *last_words(one.pod, one.container.name)),
            "Have the program answer, or correct the probe (path, port, timing) in Git.",
        )


def _asked(probe: Mapping[str, object]) -> str:
    """What a probe asks for, with a comma after it."""
    for kind in ("httpGet", "tcpSocket", "grpc"):
        asked = probe.get(kind)
        if isinstance(asked, Mapping):
            path = plain(str(asked.get("path") or ""))
            return f"{kind}{f' {path}' if path else ''} at port {plain(str(asked.get('port', '')))}, "
    return "exec, " if "exec" in probe else ""


@rule("init-container", "An init container fails, so that the pod does not start", told_by="the init container's state")
def init_container(evidence: Evidence) -> Iterator[Finding]:
    """Find init containers that end badly."""
    for one in _failing(evidence, "init-container"):
        words = last_words(one.pod, one.container.name)
        yield _finding(
            evidence,
            one,
            f"fails, so that the others do not start ({ending(one.pod, one.container)}{_restarts(one.container)}).",
            (*words, *quoted(one.pod, events(one.pod, "BackOff"))),
            _by_commit(words),
        )


@rule("crash-loop", "A container ends again and again", told_by="its waiting reason, its last end and its last lines")
def crash_loop(evidence: Evidence) -> Iterator[Finding]:
    """Find containers that are started again and again."""
    for one in _failing(evidence, "crash-loop"):
        words = last_words(one.pod, one.container.name)
        yield _finding(
            evidence,
            one,
            f"ends again and again ({ending(one.pod, one.container)}{_restarts(one.container)}).",
            (*words, *quoted(one.pod, events(one.pod, "BackOff"))),
            _by_commit(words),
        )


@rule("pod-failed", "A pod that is not restarted ended badly", told_by="its phase, its container's end and last lines")
def pod_failed(evidence: Evidence) -> Iterator[Finding]:
    """Find failed pods that nothing makes again."""
    for one in _failing(evidence, "pod-failed"):
        words = last_words(one.pod, one.container.name)
        yield _finding(
            evidence,
            one,
            f"ended ({ending(one.pod, one.container)}), and is not restarted.",
            tuple(words),
            f"{_by_commit(words)} A Job would try again, a Deployment keep it running.",
        )


@rule("readiness-probe", "A container runs and is never ready", told_by="the pod's events and the container's state")
def readiness_probe(evidence: Evidence) -> Iterator[Finding]:
    """Find running containers whose pod tells of a failing readiness probe."""
    for one in _failing(evidence, "readiness-probe"):
        found = _unready(one.pod)
        asked = _asked(spec(one.pod, one.container.name).get("readinessProbe") or {}).removesuffix(", ")
        finding = _finding(
            evidence,
            one,
            f"runs, but its readiness probe fails{f' ({asked})' if asked else ''}.",
            (*quoted(one.pod, found), *last_words(one.pod, one.container.name)),
            "Have the program answer, or correct the probe (path, port, timing) in Git.",
        )
        yield replace(finding, since=began(found) or finding.since)


RULES = (oom_killed, bad_command, liveness_probe, init_container, crash_loop, pod_failed, readiness_probe)
