"""Container logs, by pod or by the workload that owns the pods."""

import asyncio
import json
from collections import deque
from typing import Annotated

from pydantic import Field

from argocd_gitops_mcp.argocd import resources as calls
from argocd_gitops_mcp.argocd.resource_models import LogLine, Node, ResourceTree
from argocd_gitops_mcp.argocd.resources import Owner
from argocd_gitops_mcp.argocd.tree import descendants, nodes, pods
from argocd_gitops_mcp.concurrency import Together
from argocd_gitops_mcp.effects import Effect
from argocd_gitops_mcp.errors import InvalidArgument, Rejected, UnknownContainer
from argocd_gitops_mcp.operations._arguments import ResourceArguments, Text, resolved
from argocd_gitops_mcp.operations._operation import RESOURCE, Deps, operation
from argocd_gitops_mcp.views import logs as views
from argocd_gitops_mcp.views.view import FULL, Lines, View

_MAX_PODS = 10
_AT_ONCE = 6
_FILTER_WINDOW = 5000
"""Lines of each container a filter looks at."""
# What Argo CD says in place of a line (no such previous container, say) bears the zero time.
_ZERO_TIME = "0001-01-01"


class LogArguments(ResourceArguments):
    container: Annotated[Text | None, Field(description="All containers if left out")] = None
    tail_lines: Annotated[int, Field(ge=1, le=10_000, description="Newest lines of each container")] = 100
    since_seconds: Annotated[int | None, Field(ge=1, description="Not older than this")] = None
    previous: Annotated[bool, Field(description="Of the container before its last restart")] = False
    filter: Annotated[Text | None, Field(description="Only lines with this text; !text: without it")] = None


@operation("Get workload logs", Effect.READ, tool=RESOURCE, limit=FULL)
async def get_workload_logs(deps: Deps, asked: LogArguments) -> View:
    """Show the newest log lines of a Pod, or of all pods of a Deployment, StatefulSet, DaemonSet, Job, ..."""
    node, found = await resolved(deps, asked, with_pods=True)
    chosen = pods(descendants(found, node))
    about = f"{calls.describe(node)} of {asked.owner.about}"
    if not chosen:
        return _without_pods(node, found, about)
    notes: list[str] = []
    if len(chosen) > _MAX_PODS:
        chosen.sort(key=lambda pod: pod.health is None or pod.health.status == "Healthy")
        notes.append(f"{_MAX_PODS} of {len(chosen)} pods read, unhealthy ones first; name a pod for the others")
        chosen = chosen[:_MAX_PODS]
    wanted = [(pod, container) for pod, names in await _containers(deps, asked, chosen) for container in names]
    single = len({container for _, container in wanted}) == 1
    origins = [pod.name if single else f"{pod.name}/{container}" for pod, container in wanted]
    gate = asyncio.Semaphore(_AT_ONCE)
    async with Together() as group:
        reading = [
            group.start(_read(deps, asked, pod, container, origin, gate))
            for (pod, container), origin in zip(wanted, origins, strict=True)
        ]
    read = [one.result() for one in reading]
    entries = [entry for lines, _ in read for entry in lines]
    said = [said for _, said in read if said]
    if said and not entries:
        raise Rejected(f"No logs could be read of {about}.", upstream="\n".join(dict.fromkeys(said)))
    if asked.filter:
        notes.append(f"filter {asked.filter!r} looked at the newest {_window(asked)} lines of each container")
    notes += [f"Argo CD said: {one!r}" for one in dict.fromkeys(said)]
    return views.logs(about + (f", container {wanted[0][1]}" if single else ""), origins, entries, notes)


def _without_pods(node: Node, found: ResourceTree, about: str) -> Lines:
    below = [one.kind for one in descendants(found, node)]
    if node.kind in ("Service", "Ingress", "ConfigMap", "Secret", "ServiceAccount") or (
        len(below) == 1 and node.health is None
    ):
        owners = [
            f"{one.kind}/{one.name}"
            for one in nodes(found)
            if one.kind in ("Deployment", "StatefulSet", "DaemonSet", "Job", "Rollout", "Pod")
        ]
        raise InvalidArgument(
            f"{about} has no pods of its own; ask for one of: {', '.join(owners[:10]) or 'none here'}."
        )
    health = (
        f"; its health is {node.health.status} {node.health.message}".rstrip()
        if node.health and node.health.status
        else ""
    )
    return Lines(head=[f"0 lines: {about} has no pods now{health}. Its events say why, if there should be some."])


async def _containers(deps: Deps, asked: LogArguments, chosen: list[Node]) -> list[tuple[Node, list[str]]]:
    """Each pod's containers: one pod speaks for those of the same owner."""
    known: dict[str, list[str]] = {}
    answer: list[tuple[Node, list[str]]] = []
    for pod in chosen:
        owner = ",".join(ref.uid or ref.name for ref in pod.parent_refs or []) or pod.uid or pod.name
        if owner not in known:
            known[owner] = await _container_names(deps, asked.owner, pod)
        regular = [name for name in known[owner] if not name.startswith("init:")]
        every = [name.removeprefix("init:") for name in known[owner]]
        if asked.container is None:
            answer.append((pod, regular))
        elif asked.container in every:
            answer.append((pod, [asked.container]))
    if not answer:
        there = sorted({name.removeprefix("init:") for names in known.values() for name in names})
        raise UnknownContainer(f"No pod has a container {asked.container!r}; there are: {', '.join(there)}.")
    return answer


async def _container_names(deps: Deps, owner: Owner, pod: Node) -> list[str]:
    live = await deps.argocd.send(calls.live(owner, pod))
    spec = json.loads(live.manifest).get("spec") or {}
    init = [f"init:{one['name']}" for one in spec.get("initContainers") or []]
    return [one["name"] for one in spec.get("containers") or []] + init


async def _read(
    deps: Deps,
    asked: LogArguments,
    pod: Node,
    container: str,
    origin: str,
    gate: asyncio.Semaphore,
) -> tuple[list[views.Entry], str]:
    """The newest lines of one container, and what Argo CD said instead of a line."""
    call = calls.logs(
        asked.owner,
        pod,
        container,
        tail_lines=_window(asked),
        since_seconds=asked.since_seconds,
        previous=asked.previous,
    )
    kept: deque[LogLine] = deque(maxlen=asked.tail_lines)
    said = ""
    async with gate, deps.argocd.stream(call) as messages:
        async for message in messages:
            if message.time_stamp_str.startswith(_ZERO_TIME):
                said = message.content or said
            elif not (message.last and not message.content) and _passes(message.content, asked.filter):
                kept.append(message)
    return [views.Entry(message.time_stamp_str, origin, message.content) for message in kept], said


def _window(asked: LogArguments) -> int:
    """Lines asked of each container: a filter must see more than it leaves."""
    return max(_FILTER_WINDOW, asked.tail_lines) if asked.filter else asked.tail_lines


def _passes(content: str, wanted: str | None) -> bool:
    if wanted is None:
        return True
    if wanted.startswith("!"):
        return wanted[1:].lower() not in content.lower()
    return wanted.lower() in content.lower()
