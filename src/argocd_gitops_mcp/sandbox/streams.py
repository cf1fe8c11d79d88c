"""Routes that answer message by message: logs and the watch of applications."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from argocd_gitops_mcp.sandbox import fields, logs, rbac
from argocd_gitops_mcp.sandbox.applications import find, matcher
from argocd_gitops_mcp.sandbox.exchange import Exchange, Raw, Stream
from argocd_gitops_mcp.sandbox.world import Application, Object, World, clone

FOLLOW_EVERY = 0.1


def get_logs(request: Exchange) -> Stream | Raw:
    application, wanted = find(request), logs.parse(dict(request.query), request.parameters.get("pod", ""))
    rbac.demand(request.caller, "logs", "get", application.rbac_name)
    pods = logs.select(request.world, application, wanted)
    if request.flag("download"):
        lines = logs.collect(request.world, pods, wanted)
        text = "".join(f"{line.text}\n" for line in lines if logs.passes(line, wanted))
        disposition = f'attachment;filename="{application.name}.log"'
        return Raw(200, "application/octet-stream", text.encode(), {"content-disposition": disposition})
    entries = _entries(request.world, pods, wanted, follow=request.flag("follow"))
    return Stream(_filtered(entries, request.selection))


async def _entries(world: World, pods: list[Object], wanted: logs.Request, *, follow: bool) -> AsyncIterator[Object]:
    if not pods:
        return
    after = logs.NEVER
    while True:
        for line in logs.collect(world, pods, wanted, after):
            after = max(after, line.moment)
            if not logs.passes(line, wanted):
                continue
            late = wanted.until is not None and line.moment > wanted.until
            yield {"result": logs.entry(line, last=late)}
            if late:
                return
        if not follow:
            break
        after = max(after, logs.NEVER.replace(year=2))
        await asyncio.sleep(FOLLOW_EVERY)
    yield {"result": logs.entry(logs.Line(world.clock(), ""), last=True)}


async def watch(request: Exchange) -> Stream:
    request.caller  # noqa: B018 a bad token is refused before anything else
    return Stream(_filtered(_changes(request), request.selection))


async def _changes(request: Exchange) -> AsyncIterator[Object]:
    world = request.world
    matches = matcher(request, by_repo=False)
    queue: asyncio.Queue[tuple[str, Object]] = asyncio.Queue(world.watch_buffer)

    def notice(change: str, application: Application) -> None:
        if matches(application) and not queue.full():
            queue.put_nowait((change, clone(application.view())))

    world.watchers.add(notice)
    try:
        version = request.one("resourceVersion")
        for application in filter(matches, list(world.applications.values())):
            newer = version.isdigit() and int(application.metadata["resourceVersion"]) > int(version)
            if not version or (newer and request.one("name")):
                yield _event("ADDED", clone(application.view()))
        while True:
            yield _event(*await queue.get())
    finally:
        world.watchers.discard(notice)


def _event(change: str, application: Object) -> Object:
    return {"result": {"type": change, "application": application}}


async def _filtered(messages: AsyncIterator[Object], selection: fields.Selection | None) -> AsyncIterator[Object]:
    """Apply `fields`; of an application's equal messages in a row only the first is sent."""
    last: dict[str, Object] = {}
    async for message in messages:
        shown: Object = fields.select(message, selection)
        name = message["result"].get("application", {}).get("metadata", {}).get("name")
        if name is not None:
            if last.get(name) == shown:
                continue
            last[name] = shown
        yield shown


ROUTES: tuple[tuple[str, str, Any], ...] = (
    ("GET", "/api/v1/applications/{name}/logs", get_logs),
    ("GET", "/api/v1/applications/{name}/pods/{pod}/logs", get_logs),
    ("GET", "/api/v1/stream/applications", watch),
)
