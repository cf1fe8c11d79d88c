"""Container logs: of an application, a workload, a pod or a container, merged by time."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import Field

from argocd_gitops_mcp.argocd import resources as calls
from argocd_gitops_mcp.argocd.resource_models import LogLine, Node, ResourceTree
from argocd_gitops_mcp.argocd.resources import Owner
from argocd_gitops_mcp.argocd.tree import descendants, find, nodes, pods
from argocd_gitops_mcp.concurrency import Together
from argocd_gitops_mcp.effects import Effect
from argocd_gitops_mcp.errors import InvalidArgument, Rejected, UnknownContainer
from argocd_gitops_mcp.operations._arguments import ResourceFilter, Text
from argocd_gitops_mcp.operations._log_lines import Selection
from argocd_gitops_mcp.operations._operation import RESOURCE, Deps, operation
from argocd_gitops_mcp.views import logs as views
from argocd_gitops_mcp.views.view import FULL, Lines, View

_MOST = 60
"""Containers that are read; Argo CD itself refuses more than ten pods at a time, so each is asked for by itself."""
_AT_ONCE = 6
_FILTER_WINDOW = 5000
"""Lines of each container a filter looks at."""
_SECONDS = 30.0
"""For reading one container: an Argo CD that ignores the tail would send all it has."""
_TELL_EVERY = 3.0
# What Argo CD says in place of a line (no such previous container, say) bears the zero time.
_ZERO_TIME = "0001-01-01"
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


@dataclass(slots=True)
class _Source:
    """One container that is read."""

    pod: Node
    container: str
    selection: Selection
    said: list[str] = field(default_factory=list)
    is_cut_short: bool = False


@operation("Get workload logs", Effect.READ, tool=RESOURCE, limit=FULL)
async def get_workload_logs(deps: Deps, asked: LogArguments) -> View:
    """Show the newest log lines of a Pod, of all pods of a Deployment, StatefulSet, Job, ..., or of the application."""
    found = await deps.argocd.send(calls.tree(asked.owner))
    root = _root(found, asked)
    about = f"{calls.describe(root)} of {asked.owner.about}" if root is not None else asked.owner.about
    chosen = pods(descendants(found, root) if root is not None else nodes(found))
    if not chosen:
        return _without_pods(root, found, about)
    chosen.sort(key=_is_well)
    wanted = [(pod, container) for pod, names in await _containers(deps, asked, chosen) for container in names]
    notes = []
    if len(wanted) > _MOST:
        notes.append(f"{_MOST} of {len(wanted)} containers read, those of unhealthy pods first; name a pod for others")
    sources = [_Source(pod, container, _selection(asked)) for pod, container in wanted[:_MOST]]
    await _read_all(deps, asked, sources)
    return _answer(asked, about, sources, notes)


def _root(found: ResourceTree, asked: LogArguments) -> Node | None:
    if asked.resource_name is None:
        return None
    return find(found, asked.wanted(asked.resource_name), asked.application_name, with_pods=True)


def _is_well(pod: Node) -> bool:
    return pod.health is None or pod.health.status == "Healthy"


def _selection(asked: LogArguments) -> Selection:
    return Selection(asked.tail_lines, asked.filter, errors=asked.errors_only, context=asked.context_lines)


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
        f"; its health is {root.health.status} {root.health.message}".rstrip()
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


def _waits_in_init(pod: Node) -> bool:
    return any(one.name == "Status Reason" and one.value.startswith("Init:") for one in pod.info or [])


async def _container_names(deps: Deps, owner: Owner, pod: Node) -> tuple[list[str], list[str]]:
    live = await deps.argocd.send(calls.live(owner, pod))
    spec = json.loads(live.manifest).get("spec") or {}
    return [one["name"] for one in spec.get("initContainers") or []], [
        one["name"] for one in spec.get("containers") or []
    ]


async def _read_all(deps: Deps, asked: LogArguments, sources: list[_Source]) -> None:
    # What is followed has to be read at the same time; else a few at a time.
    at_once = len(sources) if asked.follow_seconds else _AT_ONCE
    over = asyncio.Event()
    async with Together() as outer:
        telling = outer.start(_tell(deps, sources, over)) if asked.follow_seconds else None
        try:
            async with Together(at_once) as group:
                for one in sources:
                    group.start(_read(deps, asked, one))
        finally:
            over.set()
    if telling is not None:
        telling.result()


async def _tell(deps: Deps, sources: list[_Source], over: asyncio.Event) -> None:
    """Progress while logs are followed."""
    while not over.is_set():
        with suppress(TimeoutError):
            async with asyncio.timeout(_TELL_EVERY):
                await over.wait()
        if not over.is_set():
            await deps.progress(f"{sum(one.selection.seen for one in sources)} lines so far")


async def _read(deps: Deps, asked: LogArguments, source: _Source) -> None:
    """Every line of one container that Argo CD sends, for as long as it is waited for."""
    filtered = source.selection.is_filtered
    call = calls.logs(
        asked.owner,
        source.pod,
        source.container,
        tail_lines=max(_FILTER_WINDOW, asked.tail_lines) if filtered else asked.tail_lines,
        since_seconds=asked.since_seconds,
        previous=asked.previous,
        follow=asked.follow_seconds is not None,
    )
    try:
        async with asyncio.timeout(asked.follow_seconds or _SECONDS), deps.argocd.stream(call) as messages:
            await _take(source, messages)
    except TimeoutError:
        source.is_cut_short = asked.follow_seconds is None


async def _take(source: _Source, messages: AsyncIterator[LogLine]) -> None:
    async for one in messages:
        if one.time_stamp_str.startswith(_ZERO_TIME):
            if one.content and one.content not in source.said:
                source.said.append(one.content)
        elif not (one.last and not one.content):
            source.selection.take(one.time_stamp_str, one.content)


def _answer(asked: LogArguments, about: str, sources: list[_Source], notes: list[str]) -> View:
    said = list(dict.fromkeys(one for source in sources for one in source.said))
    if said and not any(source.selection.seen for source in sources):
        raise Rejected(f"No logs could be read of {about}.", upstream="\n".join(said))
    single = len({source.container for source in sources}) == 1
    read = [
        views.Origin(source.pod.name if single else f"{source.pod.name}/{source.container}", source.selection.lines)
        for source in sources
    ]
    silent = [one.name for one, source in zip(read, sources, strict=True) if not source.selection.seen]
    if sources[0].selection.is_filtered:
        what = " and ".join(
            filter(
                None, [f"filter {asked.filter!r}" if asked.filter else "", "errors_only" if asked.errors_only else ""]
            )
        )
        matched = sum(source.selection.matched for source in sources)
        notes.append(f"{what}: {matched} of the newest {sum(source.selection.seen for source in sources)} lines fit")
    if silent and len(silent) < len(read):
        notes.append(f"no lines from {', '.join(silent[:10])}{' ...' if len(silent) > 10 else ''}")  # noqa: PLR2004
    if any(source.is_cut_short for source in sources):
        notes.append(f"reading was stopped after {_SECONDS:g} s: newer lines may be missing; use since_seconds")
    if any(source.selection.dropped for source in sources):
        notes.append("older lines were left out for their size")
    notes += [f"Argo CD said (data): {one!r}" for one in said]
    return views.logs(about + (f", container {sources[0].container}" if single else ""), read, notes)
