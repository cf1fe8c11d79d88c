"""The program over every kind of standard input and output that a client may give it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import pytest

from argocd_gitops_mcp import pipes

SECONDS = 30.0
CLIENT = {"name": "test", "version": "1"}
INITIALIZE = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": CLIENT}
Ends = tuple[subprocess.Popen[bytes], IO[bytes], IO[bytes]]


def start(folder: Path, **streams: Any) -> subprocess.Popen[bytes]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ARGOCD_", "MCP_"))}
    # A shell has its background jobs ignore interrupts, and so would the program.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return subprocess.Popen(
            [sys.executable, "-m", "argocd_gitops_mcp"], env={**kept, "XDG_CONFIG_HOME": str(folder)}, **streams
        )
    finally:
        signal.signal(signal.SIGINT, before)


def line(number: int, method: str, **params: Any) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}).encode() + b"\n"


def over_pipes(folder: Path, **more: int) -> Ends:
    process = start(folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, **more)
    assert process.stdin is not None
    assert process.stdout is not None
    return process, process.stdin, process.stdout


def with_errors_in_the_same_pipe(folder: Path) -> Ends:
    return over_pipes(folder, stderr=subprocess.STDOUT)


def over_sockets(folder: Path) -> Ends:
    """As Node.js starts its children."""
    (ours_in, theirs_in), (ours_out, theirs_out) = socket.socketpair(), socket.socketpair()
    with theirs_in, theirs_out, ours_in, ours_out:
        process = start(folder, stdin=theirs_in, stdout=theirs_out)
        return process, ours_in.makefile("wb"), ours_out.makefile("rb")


def over_one_socket(folder: Path) -> Ends:
    """As a super-server starts it."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        process = start(folder, stdin=theirs, stdout=theirs)
        return process, ours.makefile("wb"), ours.makefile("rb")


@pytest.fixture
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ends]:
    process, given, taken = request.param(tmp_path)
    try:
        given.write(line(1, "initialize", **INITIALIZE))
        given.flush()
        assert json.loads(taken.readline())["id"] == 1
        yield process, given, taken
    finally:
        process.kill()
        process.wait(SECONDS)
        for one in (given, taken):
            one.close()


def every(*kinds: Callable[[Path], Ends]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("opened", kinds, indirect=True, ids=lambda kind: kind.__name__)


@every(over_pipes, with_errors_in_the_same_pipe, over_sockets, over_one_socket)
def test_each_request_is_answered_whole_also_where_nobody_reads_for_a_while(opened: Ends) -> None:
    process, given, taken = opened
    for number in range(2, 32):
        given.write(line(number, "tools/list"))
    given.flush()
    time.sleep(0.5)
    answers = [json.loads(taken.readline()) for _ in range(2, 32)]
    assert {one["id"] for one in answers} == set(range(2, 32))
    assert sum(len(json.dumps(one)) for one in answers) > 2 * 65536  # more than a pipe holds
    assert process.poll() is None


@every(over_pipes, over_sockets)
def test_it_ends_when_the_client_closes_its_end(opened: Ends) -> None:
    process, given, _ = opened
    given.close()
    assert process.wait(SECONDS) == 0


@every(over_pipes, over_sockets)
def test_it_ends_when_nobody_reads_any_more(opened: Ends) -> None:
    process, given, taken = opened
    taken.close()
    given.write(line(2, "tools/list"))
    given.flush()
    assert process.wait(SECONDS) == 0


@every(over_pipes)
def test_it_can_be_interrupted(opened: Ends) -> None:
    process, _, _ = opened
    process.send_signal(signal.SIGINT)
    assert process.wait(SECONDS) == 0


@every(over_pipes)
def test_a_message_that_is_too_long_leaves_the_rest_alone(opened: Ends) -> None:
    _, given, taken = opened
    given.write(b"x" * (pipes.LONGEST + 1) + b"\n")
    given.write(line(2, "ping"))
    given.flush()
    assert json.loads(taken.readline())["id"] == 2


STRAY = """
import anyio, sys
from argocd_gitops_mcp import pipes

async def main():
    async with pipes.claimed() as (lines, out):
        print("stray", sys.stdin.read(), flush=True)
        await out.write("heard: " + await anext(aiter(lines)))

anyio.run(main)
"""


def test_what_else_reads_and_prints_does_not_get_between() -> None:
    done = subprocess.run([sys.executable, "-c", STRAY], input=b"a line\n", capture_output=True, check=True)  # noqa: S603
    assert (done.stdout, done.stderr) == (b"heard: a line\n", b"stray \n")


def test_serving_loads_nothing_of_the_command_line() -> None:
    command = [sys.executable, "-X", "importtime", "-m", "argocd_gitops_mcp"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=True, text=True)  # noqa: S603
    loaded = {one.rpartition("|")[2].strip() for one in done.stderr.splitlines()}
    assert "mcp.server.stdio" in loaded
    assert not loaded & {"rich.logging", "rich.text", "typer", "argocd_gitops_mcp.cli"}


def test_files_do_as_well(tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(line(1, "initialize", **INITIALIZE))
    with (tmp_path / "in").open("rb") as given, (tmp_path / "out").open("wb") as taken:
        assert start(tmp_path, stdin=given, stdout=taken).wait(SECONDS) == 0
    assert json.loads((tmp_path / "out").read_bytes())["id"] == 1
