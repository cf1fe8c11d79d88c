"""A log of a gigabyte is read in little memory: that of our process, not of the test's."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from bench.stdio import OURS, Server
from testbed import logs
from testbed.record import Testbed

from tests.contract.bench import Bench, deployment
from tests.stage import RESOURCE, Stage

pytestmark = [pytest.mark.anyio, pytest.mark.real]

GIGABYTE = 1_000_000_000
MEGABYTES = 30
LINE = "2026-01-05T09:00:00.000000000Z stdout F INFO request {:>10} served in 12 ms by a handler with a long name\n"


@pytest.fixture
def gigabyte(testbed: Testbed) -> Iterator[int]:
    """The log of every container named as testbed/logs.py says; how many lines it has."""
    file = Path(testbed.run) / logs.FOLDER / logs.WRITTEN
    before = file.read_text()
    size = len(LINE.format(0))
    count = GIGABYTE // size
    with file.open("w") as out:
        for first in range(0, count, 10_000):
            out.write("".join(LINE.format(number) for number in range(first, min(first + 10_000, count))))
    yield count
    file.write_text(before)


@pytest.mark.parametrize("asked", [{"tail_lines": 10_000}, {"filter": "9 served", "tail_lines": 100}])
async def test_in_little_memory(
    stage: Stage, bench: Bench, gigabyte: int, tmp_path: Path, asked: dict[str, Any]
) -> None:
    web = deployment("{name}").replace("name: main", f"name: {Path(logs.WRITTEN).stem}")
    app = await bench.synced({"web.yaml": web})
    await app.healthy()
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "ARGOCD_SERVER_URL": stage.url,
        "ARGOCD_CA_FILE": stage.ca_file or "",
        "ARGOCD_AUTH_TOKEN": stage.tokens["ci"],
    }
    with Server(OURS, environment) as server:
        small = {"operation": "get_workload_logs", "application_name": "guestbook", "resource_name": "web"}
        server.call(RESOURCE, **small)
        before = server.resident_megabytes
        text = server.call(
            RESOURCE, operation="get_workload_logs", application_name=app.name, resource_name=app.name, **asked
        )
        assert f"request {gigabyte - 1:>10} served" in text or "filter" in asked
        assert server.resident_megabytes - before < MEGABYTES
