"""Requests at once: how many, and what one that fails does to the others."""

import threading

import anyio
import anyio.lowlevel
import pytest

from argocd_gitops_mcp.concurrency import Together, in_thread

pytestmark = pytest.mark.anyio


class Counted:
    """Reads that last a moment and count how many run at once."""

    def __init__(self) -> None:
        self.begun = 0
        self.running = 0
        self.most = 0

    async def read(self, answer: int, *, fails: bool = False) -> int:
        self.begun += 1
        self.running += 1
        self.most = max(self.most, self.running)
        await anyio.lowlevel.checkpoint()
        self.running -= 1
        if fails:
            raise LookupError(answer)
        return answer


async def read_all(reads: Counted, count: int, most: int | None, failing: range) -> list[int]:
    async with Together(most) as together:
        tasks = [together.start(reads.read(number, fails=number in failing)) for number in range(count)]
    return [task.result() for task in tasks]


async def test_never_more_than_asked_for_run_at_once() -> None:
    reads = Counted()
    assert await read_all(reads, 10, 3, range(0)) == list(range(10))
    assert reads.most == 3


async def test_after_a_failure_no_further_one_is_begun() -> None:
    reads = Counted()
    with pytest.raises(LookupError, match="0"):
        await read_all(reads, 50, 2, range(1))
    assert reads.begun <= 3
    assert reads.running == 0


async def test_without_a_limit_all_begin_and_are_heard_out() -> None:
    reads = Counted()
    with pytest.raises(LookupError, match="7"):
        await read_all(reads, 10, None, range(7, 10))
    assert reads.begun == 10
    assert reads.running == 0


async def test_a_thread_is_told_when_nobody_waits_for_it() -> None:
    begun, told = threading.Event(), threading.Event()

    def work(stop: threading.Event) -> None:
        begun.set()
        if stop.wait(20):
            told.set()

    with anyio.move_on_after(0.05) as scope:
        await in_thread(work)
    assert scope.cancelled_caught
    assert begun.is_set()
    assert await anyio.to_thread.run_sync(told.wait, 20)


async def test_a_thread_that_ends_by_itself_answers() -> None:
    assert await in_thread(lambda stop: stop.is_set()) is False
