"""The successive states of one application: from its watch stream, and by asking where the stream says nothing."""

import asyncio
from contextlib import suppress
from typing import Self

from argocd_gitops_mcp.argocd import applications as calls
from argocd_gitops_mcp.argocd import syncing
from argocd_gitops_mcp.argocd.course import version
from argocd_gitops_mcp.argocd.models import Application
from argocd_gitops_mcp.argocd.resources import Owner
from argocd_gitops_mcp.errors import GitOpsError, NotFound, Unavailable, Unreachable
from argocd_gitops_mcp.operations._operation import Deps

_FIRST_WORD = 0.3
"""Seconds in which a stream says how things are; for what is gone, or behind a buffering proxy, it never does."""
_QUIET = 5.0
"""Seconds of silence after which a stream that spoke before is no longer believed to be alive."""
_FASTEST_LOOK = 0.05
_SLOWEST_LOOK = 1.0
_REOPENED = 0.5
_OPENINGS = 5
_AGAIN = (0.1, 0.5)
_FAILURES = 3
"""Looks in a row that may find nobody, before that is what is told."""


async def read(deps: Deps, owner: Owner) -> Application:
    """The application whole; asked for again where nobody answered, since it is only looked at.

    Raises:
        GitOpsError: Argo CD refuses, or cannot be reached time after time.
    """
    for pause in _AGAIN:
        try:
            return await deps.argocd.send(calls.of(owner))
        except (Unreachable, Unavailable):
            await deps.sleep(pause)
    return await deps.argocd.send(calls.of(owner))


class Gone(Exception):
    """The application was deleted."""


class Watching:
    """Gives states of an application while the block lasts; what is older than what was given is left out.

    Args:
        deps: to ask with.
        owner: the application, with its project: without that Argo CD does not tell gone from forbidden.
        uid: of the application that is meant; another one under its name means that it is gone.
    """

    def __init__(self, deps: Deps, owner: Owner, uid: str) -> None:
        self._deps = deps
        self._owner = owner
        self._uid = uid
        self._states: asyncio.Queue[Application | None] = asyncio.Queue()
        self._speaks = False
        self._pause = _FASTEST_LOOK
        self._failures = 0
        self._seen = 0
        self._opened = 0.0

    async def __aenter__(self) -> Self:
        self._opened = self._deps.now()
        self._reading = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._reading.cancel()
        with suppress(asyncio.CancelledError):
            await self._reading

    async def next(self, seconds: float) -> Application | None:
        """The next state, or None where there was none for so long.

        Raises:
            Gone: the application was deleted, or is another one by now.
            GitOpsError: Argo CD refuses, or cannot be reached time after time.
        """
        wait = min(seconds, self._patience())
        try:
            state = await asyncio.wait_for(self._states.get(), wait)
        except TimeoutError:
            state = None
        else:
            if state is None:
                raise Gone
        if state is None and wait < seconds:
            state = await self._look()
        if state is None:
            return None
        if state.metadata.uid != self._uid:
            raise Gone
        if version(state.metadata.resource_version) < self._seen:
            return None
        self._seen = version(state.metadata.resource_version)
        return state

    def _patience(self) -> float:
        if self._speaks:
            return _QUIET
        if not self._reading.done() and self._deps.now() - self._opened < _FIRST_WORD:
            return _FIRST_WORD
        self._pause = min(self._pause * 1.5, _SLOWEST_LOOK)
        return self._pause

    async def _look(self) -> Application | None:
        try:
            state = await self._deps.argocd.send(calls.of(self._owner))
        except NotFound as error:
            raise Gone from error
        except (Unreachable, Unavailable):
            self._failures += 1
            if self._failures >= _FAILURES:
                raise
            return None
        self._failures = 0
        return state

    async def _read(self) -> None:
        """Read the stream, opening it anew where it breaks; looking finds out why it does."""
        silent = 0
        while silent < _OPENINGS:
            silent += 1
            with suppress(GitOpsError):
                async with self._deps.argocd.stream(syncing.watch(self._owner)) as events:
                    async for event in events:
                        if event.application.metadata.uid != self._uid:
                            continue  # of this name, but in another namespace, or made anew
                        self._speaks = True
                        silent = 0
                        await self._states.put(None if event.type == "DELETED" else event.application)
            self._speaks = False
            await asyncio.sleep(_REOPENED)
