"""Calls a second over HTTP with few and many clients: ours, and a bare server of the same SDK that gives text back."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.latency import percentile
from bench.place import Place
from bench.results import Row

CLIENTS = (1, 10, 100)
_SECONDS = 3.0
_STARTED_WITHIN = 20.0
_OURS = (sys.executable, "-m", "argocd_gitops_mcp", "serve", "--http", "--port")
_BARE = (sys.executable, "-m", "bench.bare_server", "--port")
_CALLERS = (sys.executable, "-m", "bench.callers")


def measure(place: Place, name: str) -> Iterator[Row]:
    """Find an application by its name, warm, beside an echo."""
    find = {"operation": "list", "query": name}
    with _served(_OURS, place.environment()) as ours, _served(_BARE, place.environment()) as bare:
        _calls(ours, 1, "manage_argocd_application", find, 0.1)
        for clients in CLIENTS:
            mine = _calls(ours, clients, "manage_argocd_application", find)
            theirs = _calls(bare, clients, "echo", {"text": "x" * 280})
            what = f"{clients} client{'s' if clients > 1 else ''} over HTTP"
            yield _rate(f"find one, {what}, {place.what}", mine, ("ours", what))
            yield _rate(f"echo of a bare server, {what}", theirs, ("bare server, echo", what))


def _rate(what: str, answered: Mapping[str, Any], bar: tuple[str, str]) -> Row:
    took = answered["took"]
    how = f"p50 {percentile(took, 50):.1f}, p99 {percentile(took, 99):.1f} ms"
    place = ("Calls a second", ", ".join(bar))
    return Row(what, len(took) / answered["seconds"], "calls/s", "time", None, how, place)


def _calls(
    port: int, clients: int, tool: str, arguments: Mapping[str, Any], seconds: float = _SECONDS
) -> dict[str, Any]:
    given = {"host": "127.0.0.1", "port": port, "clients": clients, "seconds": seconds}
    asked = json.dumps({**given, "tool": tool, "arguments": arguments})
    done = subprocess.run(_CALLERS, input=asked, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@contextmanager
def _served(command: Sequence[str], environment: Mapping[str, str]) -> Iterator[int]:
    """A server on a free port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    with subprocess.Popen(
        [*command, str(port)], env=environment, stderr=subprocess.DEVNULL, cwd=Path(__file__).parent.parent
    ) as process:
        try:
            _await(port, process)
            yield port
        finally:
            process.terminate()


def _await(port: int, process: subprocess.Popen[bytes]) -> None:
    limit = time.monotonic() + _STARTED_WITHIN
    while process.poll() is None and time.monotonic() < limit:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"no server came up on {port}")
