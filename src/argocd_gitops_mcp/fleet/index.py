"""All applications that one token may see: listed once, and kept by a watch.

The watch says what is news, but not that nothing is: it sends no headers before its first message and no sign of life
in between, and goes on for a token that was revoked. So what an answer rests on is proven when it is asked for, by a
request that costs Argo CD nothing: the version of a list without applications. Where that is still the version of what
we know, nothing happened. Where it is not, the watch is believed for a while, which is as long as listing anew would
be dear; then all is listed anew, and a watch that had not told what the list shows is opened anew.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from argocd_gitops_mcp.argocd import fleet as calls
from argocd_gitops_mcp.argocd.client import Client
from argocd_gitops_mcp.errors import GitOpsError, Unauthenticated
from argocd_gitops_mcp.fleet.reading import listed
from argocd_gitops_mcp.fleet.row import Key, Row, row
from argocd_gitops_mcp.fleet.table import Snapshot, Table

_AT_MOST = 10.0
"""Seconds for the watch's request to leave."""
_ENOUGH = 1.0
"""Seconds for which nothing is asked for again."""
_ON_THE_WAY = 0.005
"""Seconds in which the watch tells what the version has told."""
_TELLS = 0.2
"""The same where it tells late."""
_DEARNESS = 20
"""So many times what listing took is how long a silent watch is believed; it is then listed a twentieth of the time."""
_BELIEVED = (1.0, 60.0)
_SELDOM = 60
"""The same of one that tells something."""
_AGED = (15.0, 300.0)
_OUTDATED = 300.0
"""Seconds after which all is listed anew in any case: of rights that were taken or given no watch tells."""
_UNUSED = 600.0
"""Seconds without a question after which the watch is ended; each one costs Argo CD something at every change."""
_PAUSES = (0.5, 30.0)
_STEADY = 5.0
"""Seconds after which a watch has held, also one that told nothing."""


@dataclass(slots=True, eq=False)
class _Watch:
    """One opening of the watch.

    Args:
        opened: when.
        begun: set once its request has left, or will not leave any more.
        is_sent: which of both.
        spoke: whether a message came, so that whatever is listed from then on is followed by all that changes.
        told: what it told of while a list is on its way; None for what was deleted.
    """

    opened: float
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    is_sent: bool = False
    spoke: bool = False
    told: dict[Key, Row | None] | None = None

    def sent(self) -> None:
        """Its request has left."""
        self.is_sent = True
        self.begun.set()


class Index:
    """Opens nothing before it is asked first; close it.

    Args:
        client: of one token.
        now: seconds on a monotonic clock.
        clock: seconds since 1970.
    """

    def __init__(
        self, client: Client, now: Callable[[], float] = time.monotonic, clock: Callable[[], float] = time.time
    ) -> None:
        self._client = client
        self._now = now
        self._clock = clock
        self._table: Table | None = None
        self._known = ""
        """The version of what we know."""
        self._proven = 0.0
        """When that was known to be right for the last time."""
        self._asked = 0.0
        """When Argo CD was asked for the last time whether it is."""
        self._listed = 0.0
        self._took = 0.0
        self._covered: _Watch | None = None
        """The watch that was open already when that was so."""
        self._settled: _Watch | None = None
        """The watch that had spoken already: each message more proves that all up to then is known."""
        self._watch: _Watch | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._checking: asyncio.Task[Table] | None = None
        self._filling: asyncio.Task[Table] | None = None
        self._used = 0.0
        self._alarm: asyncio.TimerHandle | None = None

    async def fresh(self) -> Snapshot:
        """The rows, as they were at most a little while ago.

        Raises:
            GitOpsError: Argo CD refuses, or cannot be reached.
        """
        self._used = self._now()
        if self._keeper is None or self._keeper.done():
            self._watch = _Watch(self._now())
            self._keeper = asyncio.create_task(self._keep(self._watch))
            self._doze()
        if self._table is not None and self._is_enough():
            return self._snapshot(self._table)
        # One for all who ask at once; it goes on where one of them asks no more.
        if self._checking is None or self._checking.done():
            self._checking = _begun(self._checked())
        return self._snapshot(await asyncio.shield(self._checking))

    def retire(self) -> None:
        """End the watch; whoever waits is answered still."""
        self._stop()

    async def close(self) -> None:
        """End all, and forget everything."""
        tasks = [task for task in (self._keeper, self._checking, self._filling) if task is not None]
        self._forget()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _snapshot(self, table: Table) -> Snapshot:
        return Snapshot(table.rows.values(), max(self._now() - self._proven, 0.0), table)

    def _is_enough(self) -> bool:
        now = self._now()
        return self._is_covered() and now - self._asked < _ENOUGH and now - self._listed < _OUTDATED

    def _is_covered(self) -> bool:
        return self._watch is not None and self._covered is self._watch

    async def _checked(self) -> Table:
        if self._table is None or self._now() - self._listed > _OUTDATED:
            return await self._filled()
        began, watch = self._now(), self._watch
        self._asked = began
        is_sent, spoke = (watch.is_sent, watch.spoke) if watch is not None else (False, False)
        with self._forgetting():
            version = (await self._client.send(calls.version())).metadata.resource_version
        if version and version == self._known and (table := self._held()) is not None:
            self._proven = max(self._proven, began)
            self._covered = watch if is_sent else self._covered
            self._settled = watch if spoke else self._settled
            return table
        await asyncio.sleep(_ON_THE_WAY)
        is_believed = self._is_covered() and self._now() - self._proven < self._dear(_DEARNESS, _BELIEVED)
        if is_believed and (table := self._held()) is not None:
            if self._now() - self._listed > self._dear(_SELDOM, _AGED):
                self._fill_anew()
            return table
        return await self._filled()

    def _held(self) -> Table | None:
        """The table, unless it was forgotten in the meantime."""
        return self._table

    def _dear(self, times: int, between: tuple[float, float]) -> float:
        """Seconds for which listing is put off."""
        return min(max(self._took * times, between[0]), between[1])

    @contextmanager
    def _forgetting(self) -> Iterator[None]:
        """Of a token that is not taken any more nothing is remembered."""
        try:
            yield
        except Unauthenticated:
            self._forget()
            raise

    async def _filled(self) -> Table:
        return await asyncio.shield(self._fill_anew())

    def _fill_anew(self) -> "asyncio.Task[Table]":
        if self._filling is None or self._filling.done():
            self._filling = _begun(self._fill())
        return self._filling

    async def _fill(self) -> Table:
        """List all; what the watch tells meanwhile is newer."""
        watch = await self._opened()
        was_covered, settles, began = self._covered is watch, watch.spoke, self._now()
        told = watch.told = {}
        try:
            with self._forgetting():
                rows, version = await listed(self._client)
            # Some of it may be older than the list all the same: then only the rest of the watch makes up for that.
            is_whole = all(rows.get(key) == row for key, row in told.items())
            table, untold = self._table, set[Key]()
            if table is None:
                table = self._table = Table()
                table.fill(rows, told)
            else:
                for different in table.replace(rows, self._clock(), told):
                    untold |= different
                    await asyncio.sleep(0)
            self._known = version if is_whole else ""
            self._proven = self._asked = self._listed = began
            self._took = self._now() - began
            is_open = watch is self._watch and watch.is_sent
            self._covered = watch if is_open else None
            self._settled = watch if is_open and settles else None
            if untold and was_covered and is_open:
                await asyncio.sleep(_TELLS)
                if not untold <= told.keys():
                    self._stop()
        finally:
            watch.told = None
        return table

    async def _opened(self) -> _Watch:
        """The watch, whose request is to come to Argo CD before the list's; another one where it cannot be opened."""
        watch = self._watch
        if watch is None:
            return _Watch(self._now())
        with suppress(TimeoutError):
            await asyncio.wait_for(watch.begun.wait(), _AT_MOST)
        return watch

    async def _keep(self, watch: _Watch) -> None:
        """Read the watch, and open it anew where it ends."""
        least, most = _PAUSES
        pause = least
        while await self._read(watch):
            held = watch.spoke or self._now() - watch.opened > _STEADY
            pause = least if held else min(2 * pause, most)
            await asyncio.sleep(pause)
            watch = self._watch = _Watch(self._now())

    async def _read(self, watch: _Watch) -> bool:
        """All that it tells; whether it may be opened anew."""
        try:
            async with self._client.stream(calls.changes(), sent=watch.sent) as messages:
                async for change in messages:
                    self._take(watch, change)
        except Unauthenticated:
            self._forget()
            return False
        except GitOpsError:
            pass  # an end like any other: what is asked for next is proven, or listed, which tells what is wrong
        finally:
            watch.begun.set()
            if self._watch is watch:
                self._watch = None
        return True

    def _take(self, watch: _Watch, change: calls.Change) -> None:
        told = row(change.application)
        is_gone = change.type == "DELETED"
        if watch.told is not None:
            watch.told[told.key] = None if is_gone else told
        if self._table is not None and is_gone:
            self._table.remove(told.key)
        elif self._table is not None:
            self._table.put(told, self._clock())
        watch.spoke = True
        if self._settled is watch:
            self._proven = self._now()

    def _doze(self) -> None:
        """Wait until nobody asked for long enough."""
        left = self._used + _UNUSED - self._now()
        if left > 0:
            self._alarm = asyncio.get_running_loop().call_later(left, self._doze)
        else:
            self._stop()

    def _stop(self) -> None:
        """End the watch; the next question opens it anew."""
        if self._alarm is not None:
            self._alarm.cancel()
        if self._keeper is not None and self._keeper is not asyncio.current_task():
            self._keeper.cancel()
        self._keeper = self._watch = None

    def _forget(self) -> None:
        """What this token may not see any more."""
        self._stop()
        self._table = self._covered = self._settled = None


def _begun(work: Coroutine[Any, Any, Table]) -> asyncio.Task[Table]:
    """In a task that goes on whoever waits for it."""
    task = asyncio.create_task(work)
    task.add_done_callback(_heard)
    return task


def _heard(task: asyncio.Task[Table]) -> None:
    """Whoever waited was told, if anybody did."""
    if not task.cancelled():
        task.exception()
