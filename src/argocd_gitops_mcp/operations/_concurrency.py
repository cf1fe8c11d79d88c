"""Several calls at once that stand and fall together."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Self, TypeVar

T = TypeVar("T")


class Together:
    """Tasks of one operation: the first failure is raised as it is and stops the others; none outlives the block.

    `asyncio.gather` alone leaves the others running, with connections that nobody closes. `asyncio.TaskGroup` cancels
    the task it stands in, which the MCP SDK's own cancel scopes take for theirs.
    """

    def __init__(self) -> None:
        self._tasks: list[asyncio.Task[Any]] = []

    def start(self, waiting: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Begin; the result is there after the block."""
        task = asyncio.create_task(waiting)
        self._tasks.append(task)
        return task

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: object, *_: object) -> None:
        try:
            if kind is None:
                await asyncio.gather(*self._tasks)
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
