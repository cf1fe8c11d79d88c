"""Where the tests play: --stage=sandbox (embedded, the default) or --stage=testbed (a real Argo CD on this machine)."""

from collections.abc import Generator, Iterator

import anyio
import pytest
from hypothesis import settings

from argocd_gitops_mcp.sandbox.server import Sandbox
from tests import stage as stages
from tests.stage import Stage

# The same examples on every machine, and no clock: a slow machine is no failure.
settings.register_profile("house", deadline=None, derandomize=True, database=None)
settings.load_profile("house")

pytest_plugins = ["testbed.fixture"]

_DESELECTED = pytest.StashKey[int]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--stage", choices=("sandbox", "testbed"), default="sandbox", help="the Argo CD to play on")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("stage") == "testbed":
        return
    real = [item for item in items if item.get_closest_marker("real")]
    config.stash[_DESELECTED] = len(real)
    config.hook.pytest_deselected(items=real)
    items[:] = [item for item in items if item not in real]


def pytest_report_collectionfinish(config: pytest.Config) -> str:
    count = config.stash.get(_DESELECTED, 0)
    return f"{count} tests deselected: they need a real Argo CD (--stage=testbed)" if count else ""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """On the testbed nothing is skipped: what was not tried did not pass."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and item.config.getoption("stage") == "testbed":
        report.outcome = "failed"
    return report


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    if request.config.getoption("stage") == "testbed":
        with stages.of_testbed(request.getfixturevalue("testbed")) as real:
            anyio.run(real.settled)
            yield real
        return
    with Sandbox(seeds=True) as sandbox, stages.of_sandbox(sandbox) as embedded:
        anyio.run(embedded.settled)
        yield embedded
