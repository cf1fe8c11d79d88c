"""What most tests of the contract ask for: a client that may write, and a bench to make applications on."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.contract.bench import Bench
from tests.stage import Stage, Tools


@pytest.fixture
async def tools(stage: Stage) -> AsyncIterator[Tools]:
    async with stage.tools() as tools:
        yield tools


@pytest.fixture
async def asked(stage: Stage) -> AsyncIterator[Tools]:
    """A client whose user agrees to everything."""
    async with stage.tools(elicit="accept") as tools:
        yield tools


@pytest.fixture
def bench(stage: Stage, tools: Tools) -> Iterator[Bench]:
    bench = Bench(stage, tools)
    yield bench
    bench.close()
