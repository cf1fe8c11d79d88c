"""Container logs: of an application, a workload, a pod or a container, merged by time."""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from argocd_gitops_mcp.argocd import resources as calls
from argocd_gitops_mcp.argocd.resource_models import Node, ResourceTree
from argocd_gitops_mcp.argocd.resources import Owner
from argocd_gitops_mcp.argocd.tree import descendants, find, nodes, pods
from argocd_gitops_mcp.concurrency import Together
from argocd_gitops_mcp.effects import Effect
from argocd_gitops_mcp.errors import InvalidArgument, Rejected, UnknownContainer
from argocd_gitops_mcp.later import Later
from argocd_gitops_mcp.operations._arguments import ResourceFilter, Text
from argocd_gitops_mcp.operations._operation import RESOURCE, Deps, operation
from argocd_gitops_mcp.views.text import line
from argocd_gitops_mcp.views.view import FULL, Lines, View

if TYPE_CHECKING:
    from argocd_gitops_mcp.operations import _log_lines, _log_streams
    from argocd_gitops_mcp.views import logs as views
    from argocd_gitops_mcp.views import redaction
else:
    _log_lines = Later("argocd_gitops_mcp.operations._log_lines")
    _log_streams = Later("argocd_gitops_mcp.operations._log_streams")
    views = Later("argocd_gitops_mcp.views.logs")
    redaction = Later("argocd_gitops_mcp.views.redaction")

_MOST = 60
"""Containers that are read; Argo CD itself refuses more than ten pods at a time, so each is asked for by itself."""
_AT_ONCE = 6
_FILTER_WINDOW = 5000
"""Lines of each container a filter looks at."""
_NAMED = 10
"""Containers that one note names, and notes of what Argo CD said."""
_REASON = 60
_SAID = 300
_WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "Job", "Rollout", "Pod")


class LogArguments(ResourceFilter):
    container: Annotated[Text | None, Field(description="All containers if left out")] = None
    tail_lines: Annotated[int, Field(ge=1, le=10_000, description="Newest lines of each container")] = 100
    since_seconds: Annotated[int | None, Field(ge=1, description="Not older than this")] = None
    previous: Annotated[bool, Field(description="Of the container before its last restart")] = False
    filter: Annotated[Text | None, Field(description="Only lines with this text; !text: without it")] = None
    errors_only: Annotated[bool, Field(description="Only errors and their stack traces")] = False
    context_lines: Annotated[int, Field(ge=0, le=20, description="Lines around each match")] = 0
    follow_seconds: Annotated[int | None, Field(ge=1, le=40, description="Wait so long for new lines")] = None


@operation("Get workload logs", Effect.READ, tool=RESOURCE, limit=FULL)
async def get_workload_logs(deps: Deps, asked: LogArguments) -> View:
    """Show the newest log lines of a Pod, of all pods of a Deployment, Job, ..., or of the application."""
    if asked.previous and asked.follow_seconds:
        raise InvalidArgument("A previous container writes no more: leave out follow_seconds or previous.")
    found = await deps.argocd.send(calls.tree(asked.owner))
    root = _root(found, asked)
    about = f"{calls.describe(root)} of {asked.owner.about}" if root is not None else asked.owner.about
    chosen = pods(descendants(found, root) if root is not None else nodes(found))
    if not chosen:
        return _without_pods(root, found, about)
    chosen.sort(key=_is_well)
    wanted = [(pod, container) for pod, names in await _containers(deps, asked, chosen) for container in names]
    most = _log_streams.MOST_FOLLOWED if asked.follow_seconds else _MOST
    notes = []
    if len(wanted) > most:
        notes.append(f"{most} of {len(wanted)} containers read, those of unhealthy pods first; name a pod for others")
    sources = [_log_streams.Source(pod, container, _selection(asked)) for pod, container in wanted[:most]]
    await _log_streams.read_all(deps, _reading(asked), sources)
    return _answer(asked, about, sources, notes)


def _root(found: ResourceTree, asked: LogArguments) -> Node | None:
    if asked.resource_name is None:
        return None
    return find(found, asked.wanted(asked.resource_name), asked.application_name, with_pods=True)


def _is_well(pod: Node) -> bool:
    return pod.health is None or pod.health.status == "Healthy"


def _selection(asked: LogArguments) -> "_log_lines.Selection":
    return _log_lines.Selection(asked.tail_lines, asked.filter, errors=asked.errors_only, context=asked.context_lines)


def _reading(asked: LogArguments) -> "_log_streams.Reading":
    is_filtered = asked.filter is not None or asked.errors_only
    return _log_streams.Reading(
        asked.owner,
        max(_FILTER_WINDOW, asked.tail_lines) if is_filtered else asked.tail_lines,
        asked.since_seconds,
        asked.previous,
        asked.follow_seconds,
    )


def _without_pods(root: Node | None, found: ResourceTree, about: str) -> Lines:
    owners = [f"{one.kind}/{one.name}" for one in nodes(found) if one.kind in _WORKLOADS]
    if root is None:
        there = f" Its workloads: {', '.join(owners[:10])}." if owners else ""
        return Lines(head=[f"0 lines: {about} has no pods now.{there}"])
    below = [one.kind for one in descendants(found, root)]
    if root.kind in ("Service", "Ingress", "ConfigMap", "Secret", "ServiceAccount") or (
        len(below) == 1 and root.health is None
    ):
        raise InvalidArgument(
            f"{about} has no pods of its own; ask for one of: {', '.join(owners[:10]) or 'none here'}."
        )
    health = (
        f"; its health is {root.health.status} {redaction.masked_line(root.health.message or '', 300)}".rstrip()
        if root.health and root.health.status
        else ""
    )
    return Lines(head=[f"0 lines: {about} has no pods now{health}. Its events say why, if there should be some."])


async def _containers(deps: Deps, asked: LogArguments, chosen: list[Node]) -> list[tuple[Node, list[str]]]:
    """Each pod's containers: one pod speaks for its owner's. Init containers only where a pod waits in them."""
    speakers = {_owner(pod): pod for pod in reversed(chosen)}
    async with Together(_AT_ONCE) as group:
        reading = {owner: group.start(_container_names(deps, asked.owner, pod)) for owner, pod in speakers.items()}
    known = {owner: task.result() for owner, task in reading.items()}
    answer: list[tuple[Node, list[str]]] = []
    for pod in chosen:
        init, regular = known[_owner(pod)]
        if asked.container is not None:
            answer += [(pod, [asked.container])] if asked.container in (*init, *regular) else []
        else:
            answer.append((pod, [*(init if _waits_in_init(pod) else []), *regular]))
    if not answer:
        there = sorted({name for init, regular in known.values() for name in (*init, *regular)})
        raise UnknownContainer(f"No pod has a container {asked.container!r}; there are: {', '.join(there)}.")
    return answer


def _owner(pod: Node) -> str:
    return ",".join(ref.uid or ref.name for ref in pod.parent_refs or []) or pod.uid or pod.name


def _reason(pod: Node) -> str:
    """As `kubectl get pods` has it: Running, Pending, ContainerCreating, Init:Error, ..."""
    return next((one.value for one in pod.info or [] if one.name == "Status Reason"), "")


def _waits_in_init(pod: Node) -> bool:
    return _reason(pod).startswith("Init:")


def _unless_running(pod: Node) -> str:
    reason = line(_reason(pod), _REASON)
    return f" ({reason})" if reason not in ("", "Running") else ""


async def _container_names(deps: Deps, owner: Owner, pod: Node) -> tuple[list[str], list[str]]:
    live = await deps.argocd.send(calls.live(owner, pod))
    spec = json.loads(live.manifest).get("spec") or {}
    init = spec.get("initContainers") or []
    # One that always restarts runs beside the others: Kubernetes' way to write a sidecar.
    beside = [one["name"] for one in init if one.get("restartPolicy") == "Always"]
    waited_for = [one["name"] for one in init if one.get("restartPolicy") != "Always"]
    return waited_for, [*beside, *(one["name"] for one in spec.get("containers") or [])]


def _answer(asked: LogArguments, about: str, sources: "Sequence[_log_streams.Source]", notes: list[str]) -> View:
    if all(source.said and not source.selection.seen for source in sources):
        said = dict.fromkeys(one for source in sources for one in source.said)
        raise Rejected(f"No logs could be read of {about}.", upstream="\n".join(said))
    single = len({source.container for source in sources}) == 1
    read = {source.pod.name if single else f"{source.pod.name}/{source.container}": source for source in sources}
    if sources[0].selection.is_filtered:
        notes.append(_matched(asked, sources))
    notes += _unread(read)
    silent = [
        name + _unless_running(one.pod)
        for name, one in read.items()
        if not one.selection.seen and one.is_there and not one.said and not one.is_cut_short
    ]
    if silent:
        when = f" within {asked.follow_seconds} s" if asked.follow_seconds else ""
        notes.append(f"no lines from {_names(silent)}{when}")
    if any(source.selection.dropped for source in sources):
        notes.append("older lines were left out for their size")
    origins = [views.Origin(name, one.selection.lines) for name, one in read.items()]
    return views.logs(about + (f", container {sources[0].container}" if single else ""), origins, notes)


def _matched(asked: LogArguments, sources: "Sequence[_log_streams.Source]") -> str:
    what = [f"filter {asked.filter!r}"] if asked.filter else []
    what += ["errors_only"] if asked.errors_only else []
    matched, seen = (sum(getattr(one.selection, name) for one in sources) for name in ("matched", "seen"))
    return f"{' and '.join(what)}: {matched} of the newest {seen} lines fit"


def _unread(read: "Mapping[str, _log_streams.Source]") -> list[str]:
    """Of which containers something is missing, and why."""
    notes = []
    if late := [name for name, one in read.items() if not one.is_begun]:
        notes.append(f"no time was left to read {_names(late)}; name a pod, or use a smaller tail_lines")
    if gone := [name for name, one in read.items() if one.is_begun and not one.is_there]:
        notes.append(f"no longer there: {_names(gone)}")
    if cut := [name for name, one in read.items() if one.is_cut_short]:
        notes.append(
            f"stopped after {_log_streams.SECONDS:g} s, newer lines are missing: {_names(cut)}; use since_seconds"
        )
    quoted = [(name, redaction.masked_line(text, _SAID)) for name, one in read.items() for text in one.said]
    said = [f"{name}: Argo CD said (data): {text!r}" for name, text in quoted]
    if len(said) > _NAMED:
        said[_NAMED:] = [f"and so of {len(said) - _NAMED} more"]
    return notes + said


def _names(names: Sequence[str]) -> str:
    return ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
