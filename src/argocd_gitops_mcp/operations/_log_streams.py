"""Reads the logs of several containers at once, within one time for all."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from argocd_gitops_mcp.argocd import resources as calls
from argocd_gitops_mcp.argocd.resource_models import LogLine, Node
from argocd_gitops_mcp.argocd.resources import Owner
from argocd_gitops_mcp.concurrency import Together
from argocd_gitops_mcp.operations._log_lines import Selection, sortable
from argocd_gitops_mcp.operations._operation import Deps

SECONDS = 30.0
"""For reading all: an Argo CD that ignores the tail would send all it has."""
MOST_FOLLOWED = 12
"""Each holds one of http.py's connections, and other requests want some, too."""
_AT_ONCE = 6
_AGAIN = 3.0
_TELL_EVERY = 3.0
# What Argo CD says in place of a line (no such container, or no previous one) bears the zero time:


@dataclass(frozen=True, slots=True)
class Reading:
    """What is asked of every container."""

    owner: Owner
    tail_lines: int
    since_seconds: int | None = None
    previous: bool = False
    follow_seconds: int | None = None


@dataclass(slots=True)
class Source:
    """One container, and what came of reading it.

    Args:
        said: what Argo CD said in place of lines.
        is_begun: whether there was time to ask.
        is_there: whether Argo CD knew the pod.
        is_cut_short: whether time was over before the end.
    """

    pod: Node
    container: str
    selection: Selection
    said: list[str] = field(default_factory=list)
    is_begun: bool = False
    is_there: bool = False
    is_cut_short: bool = False
    newest: str = ""


async def read_all(deps: Deps, reading: Reading, sources: Sequence[Source]) -> None:
    """Read, or follow, every container.

    What is wrong with one pod Argo CD says in place of its lines; an error is one of the whole, and raised.
    """
    ends = deps.now() + (reading.follow_seconds or SECONDS)
    over = asyncio.Event()
    async with Together() as outer:
        telling = outer.start(_tell(deps, sources, over)) if reading.follow_seconds else None
        try:
            # What is followed has to be read at the same time.
            async with Together(len(sources) if reading.follow_seconds else _AT_ONCE) as group:
                for one in sources:
                    group.start(_read(deps, reading, one, ends))
        finally:
            over.set()
    if telling is not None:
        telling.result()


async def _tell(deps: Deps, sources: Sequence[Source], over: asyncio.Event) -> None:
    """Progress while logs are followed."""
    while not over.is_set():
        with suppress(TimeoutError):
            async with asyncio.timeout(_TELL_EVERY):
                await over.wait()
        if not over.is_set():
            await deps.progress(f"{sum(one.selection.seen for one in sources)} lines so far")


async def _read(deps: Deps, reading: Reading, source: Source, ends: float) -> None:
    began = deps.now()
    if began >= ends:
        return
    source.is_begun = True
    try:
        async with asyncio.timeout(ends - began):
            if not reading.follow_seconds:
                await _stream(deps, reading, source, reading.since_seconds)
                return
            # A stream ends with its container; what is written after a restart comes on another.
            while True:
                since = (reading.since_seconds or 1) + int(deps.now() - began)
                source.said.clear()
                if not await _stream(deps, reading, source, since):
                    return
                await deps.sleep(_AGAIN)
    except TimeoutError:
        source.is_cut_short = not reading.follow_seconds


async def _stream(deps: Deps, reading: Reading, source: Source, since_seconds: int | None) -> bool:
    """Take what one stream brings; whether there was anything at all, if only its end."""
    call = calls.logs(
        reading.owner,
        source.pod,
        source.container,
        tail_lines=reading.tail_lines,
        since_seconds=since_seconds,
        previous=reading.previous,
        follow=reading.follow_seconds is not None,
    )
    # A followed stream of a silent container sends nothing: it is there until the contrary is seen.
    source.is_there = True
    async with deps.argocd.stream(call) as messages:
        # Of a pod that is gone Argo CD sends an empty body, without the mark at the end that a silent one has, be it
        # only for want of a node.
        source.is_there = await _take(source, messages) > 0
    return source.is_there


async def _take(source: Source, messages: AsyncIterator[LogLine]) -> int:
    count = 0
    before = source.newest
    async for one in messages:
        count += 1
        if one.is_argocds:
            if one.content and one.content not in source.said:
                source.said.append(one.content)
        elif not (one.last and not one.content):
            stamp = sortable(one.time_stamp_str)
            # A stream opened again begins with lines that were there already.
            if not before or stamp > before:
                source.newest = stamp
                source.selection.take(stamp, one.content)
    return count
