"""What a call costs beyond the very HTTP request it makes: both in turns, each in a process of its own."""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bench.place import Place
from bench.results import Row
from bench.stdio import Server

_ADDED_MS = 2.0
_BARE = (sys.executable, "-m", "bench.bare_request")


@dataclass(frozen=True, slots=True)
class Compared:
    """A call's arguments, and the path and query that it asks Argo CD for."""

    what: str
    url: str
    arguments: Mapping[str, Any]


def measure(server: Server, place: Place, compared: Compared, pairs: int) -> list[Row]:
    """Call and request in turns, `pairs` times."""
    given = json.dumps({"url": place.url + compared.url, "headers": place.headers, "ca_file": place.ca_file})
    calls: list[float] = []
    requests: list[float] = []
    with subprocess.Popen(_BARE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as bare:
        assert bare.stdin is not None  # noqa: S101 - asked for above
        assert bare.stdout is not None  # noqa: S101
        print(given, file=bare.stdin, flush=True)
        for turn in range(pairs + 5):
            print(file=bare.stdin, flush=True)
            request = float(bare.stdout.readline())
            began = time.perf_counter()
            server.call("manage_argocd_application", **compared.arguments)
            call = time.perf_counter() - began
            if turn >= 5:  # noqa: PLR2004 - the first ones open connections
                requests.append(request * 1000)
                calls.append(call * 1000)
        bare.stdin.close()
    name = f"{compared.what}, {place.what}"
    middle, last = (
        _percentile(calls, 50) - _percentile(requests, 50),
        _percentile(calls, 99) - _percentile(requests, 99),
    )
    beside = f"call {_percentile(calls, 50):.2f}, request {_percentile(requests, 50):.2f} ms"
    tail = f"call {_percentile(calls, 99):.2f}, request {_percentile(requests, 99):.2f} ms"
    return [
        Row(
            f"added by {name}, p50",
            middle,
            "ms",
            "time",
            _ADDED_MS if compared.arguments["operation"] == "get" else None,
            beside,
        ),
        Row(f"added by {name}, p99", last, "ms", "time", detail=f"{tail}; {pairs} pairs"),
    ]


def _percentile(values: list[float], wanted: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[wanted - 1]
