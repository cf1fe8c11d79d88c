"""What log streams are like, on which operations/_log_streams.py relies; and logs of which something is missing."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from mcp.types import TextContent
from testbed import logs
from testbed.record import Testbed

from tests.contract.bench import Bench, deployment
from tests.contract.test_logs import LOGS, pods
from tests.stage import RESOURCE, Stage, Tools

pytestmark = pytest.mark.anyio

ZERO = "0001-01-01T00:00:00Z"
# Two nodes carry it, and neither has so much room.
UNSCHEDULABLE = deployment("{name}").replace(
    "          image: example.com/web:v1\n",
    "          image: example.com/web:v1\n          resources:\n            requests:\n              cpu: 10k\n",
)


async def of_guestbook(stage: Stage, tools: Tools, **changes: str) -> list[dict[str, Any]]:
    """The messages of a stream of one of its pods."""
    pod = (await pods(tools, "guestbook", "web"))[0].removeprefix("Pod/")
    query = {"podName": pod, "namespace": "guestbook", "container": "main", "tailLines": "2", **changes}
    return [one["result"] for one in stage.raw("GET", "/api/v1/applications/guestbook/logs", query).lines]


async def test_a_stream_ends_with_a_mark(stage: Stage, tools: Tools) -> None:
    *lines, end = await of_guestbook(stage, tools)
    assert [one["last"] for one in lines] == [False, False]
    assert (end["last"], end["content"]) == (True, "")


@pytest.mark.parametrize("missing", [{"container": "nothing"}, {"previous": "true"}])
async def test_what_is_missing_is_said_in_a_line_without_a_time(
    stage: Stage, tools: Tools, missing: dict[str, str]
) -> None:
    said, end = await of_guestbook(stage, tools, **missing)
    assert said["timeStampStr"] == ZERO
    assert said["content"]
    assert end["last"]


async def test_of_a_pod_that_is_gone_there_is_not_even_the_mark(stage: Stage, tools: Tools) -> None:
    assert await of_guestbook(stage, tools, podName="web-gone") == []


async def test_a_silent_one_has_the_mark(stage: Stage, bench: Bench) -> None:
    app = await bench.synced({"web.yaml": deployment("{name}")})
    await app.healthy()
    assert "no lines from" not in (await app.resource(LOGS)).ok.text
    nothing = (await app.resource(LOGS, filter="this is in no line")).ok.text
    assert nothing.startswith("0 lines of application")
    if stage.real:  # whose containers have written nothing lately
        text = (await app.resource(LOGS, since_seconds=1)).ok.text
        assert f"[no lines from {app.name}-" in text


async def test_since_a_time_is_refused(stage: Stage, tools: Tools) -> None:
    """Which is why there is no such argument."""
    pod = (await pods(tools, "guestbook", "web"))[0].removeprefix("Pod/")
    query = {"podName": pod, "namespace": "guestbook", "container": "main", "sinceTime": "2026-01-05T09:00:00Z"}
    answer = stage.raw("GET", "/api/v1/applications/guestbook/logs", query)
    assert answer.said[0] == 400


async def test_of_those_that_never_restarted_it_is_said_beside_the_others(bench: Bench) -> None:
    """The testbed has previous logs of containers of this name, the sandbox of what crashed."""
    crashing = deployment("{name}-bad", "example.com/web:broken").replace("name: main", "name: crasher")
    app = await bench.synced({"web.yaml": deployment("{name}"), "bad.yaml": crashing})
    text = ""
    for _ in range(100):
        answer = await app.resource(LOGS, previous=True)
        text = answer.text
        if not answer.is_error and "FATAL" in text:
            break
    assert "FATAL" in text
    assert "/main: Argo CD said (data): '" in text
    assert "=web" not in text


@pytest.mark.real  # the sandbox has no scheduler
async def test_a_pod_without_a_node(bench: Bench) -> None:
    app = bench.created({"web.yaml": UNSCHEDULABLE})
    app.start_sync()
    await app.ended()
    app.refresh()
    text = (await app.resource(LOGS)).ok.text
    assert text.startswith("0 lines of application")
    assert "(Pending)]" in text


async def test_followed_it_shows_what_is_new_and_progress(stage: Stage) -> None:
    told: list[str | None] = []

    async def tell(progress: float, total: float | None, message: str | None) -> None:  # noqa: ARG001 - the SDK names them
        told.append(message)

    arguments = {"operation": LOGS, "application_name": "guestbook", "resource_name": "web", "follow_seconds": 5}
    async with stage.tools() as tools:
        result = await tools.client.call_tool(RESOURCE, arguments, progress_callback=tell)
    text = "".join(one.text for one in result.content if isinstance(one, TextContent))
    assert any("lines so far" in (message or "") for message in told)
    if stage.real:
        assert text.startswith("0 lines of Deployment/web")
        assert " within 5 s]" in text
    else:  # a line of each pod every two seconds
        assert 4 <= int(text.split()[0]) <= 8
        assert "ready to serve" not in text


async def test_what_is_over_cannot_be_followed(tools: Tools) -> None:
    answer = await tools.resource(LOGS, "crashing", previous=True, follow_seconds=5)
    assert "writes no more" in answer.refused("invalid_argument")


@pytest.mark.real  # whose containers' files can be written to
async def test_a_line_that_comes_while_it_is_followed(bench: Bench, testbed: Testbed) -> None:
    file = Path(testbed.run) / logs.FOLDER / logs.WRITTEN
    web = deployment("{name}").replace("name: main", f"name: {file.stem}")
    app = await bench.synced({"web.yaml": web})
    await app.healthy()
    before = file.read_text()
    told: list[str | None] = []

    async def write(progress: float, total: float | None, message: str | None) -> None:  # noqa: ARG001 - the SDK names them
        if not told:
            with file.open("a") as out:
                out.write(f"{dt.datetime.now(dt.UTC):%Y-%m-%dT%H:%M:%S.%f}000Z stdout F INFO it came\n")
        told.append(message)

    arguments = {"operation": LOGS, "application_name": app.name, "follow_seconds": 8}
    try:
        result = await app.tools.client.call_tool(RESOURCE, arguments, progress_callback=write)
    finally:
        file.write_text(before)
    text = "".join(one.text for one in result.content if isinstance(one, TextContent))
    assert text.startswith("1 line of application")
    assert text.endswith("| INFO it came")
