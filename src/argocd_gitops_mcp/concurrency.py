"""Several requests at once, and work in threads, none of which outlives the operation."""

import asyncio
from collections.abc import Callable, Coroutine
from threading import Event
from typing import Any, Self, TypeVar

T = TypeVar("T")


async def in_thread(work: Callable[[Event], T]) -> T:
    """Run in a thread, which nobody can cancel: what it is given is set once its answer is not waited for any more."""
    stop = Event()
    try:
        return await asyncio.to_thread(work, stop)
    finally:
        stop.set()


class Together:
    """Tasks that are all over when the block ends; the first that failed fails the block.

    `asyncio.gather` alone leaves the others behind with open connections; `asyncio.TaskGroup` cancels the task it
    stands in, which the MCP SDK's cancel scopes mistake for theirs. So the others are heard out: they are reads.

    Args:
        most: how many run at once; the rest wait for their turn, and are not begun any more once one has failed.
    """

    def __init__(self, most: int | None = None) -> None:
        self._tasks: list[asyncio.Task[Any]] = []
        self._places = asyncio.Semaphore(most) if most is not None else None
        self._failure: Exception | None = None

    def start(self, waiting: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Begin; the result is there after the block."""
        task = asyncio.create_task(waiting if self._places is None else self._in_turn(self._places, waiting))
        self._tasks.append(task)
        return task

    async def _in_turn(self, places: asyncio.Semaphore, waiting: Coroutine[Any, Any, T]) -> T:
        async with places:
            if self._failure is not None:
                waiting.close()
                raise self._failure
            try:
                return await waiting
            except Exception as error:
                self._failure = error
                raise

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: object, *_: object) -> None:
        ended = await asyncio.gather(*self._tasks, return_exceptions=True)
        failed = [one for one in ended if isinstance(one, BaseException)]
        if failed and kind is None:
            raise failed[0]
