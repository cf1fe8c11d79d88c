"""What a call costs beyond the very HTTP request it makes: both in turns, each in a process of its own."""

import statistics
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bench.bare import Bare
from bench.place import Place
from bench.results import Row
from bench.stdio import Server

_ADDED_MS = 2.0


@dataclass(frozen=True, slots=True)
class Compared:
    """A call's arguments, and the path and query that it asks Argo CD for."""

    what: str
    url: str
    arguments: Mapping[str, Any]


def measure(server: Server, place: Place, compared: Compared, pairs: int) -> list[Row]:
    """Call and request in turns, `pairs` times."""
    calls: list[float] = []
    requests: list[float] = []
    with Bare(place, compared.url) as bare:
        for turn in range(pairs + 5):
            request = bare.seconds()
            began = time.perf_counter()
            server.call("manage_argocd_application", **compared.arguments)
            call = time.perf_counter() - began
            if turn >= 5:  # noqa: PLR2004 - the first ones open connections
                requests.append(request * 1000)
                calls.append(call * 1000)
    name = f"{compared.what}, {place.what}"
    middle, last = (
        percentile(calls, 50) - percentile(requests, 50),
        percentile(calls, 99) - percentile(requests, 99),
    )
    beside = f"call {percentile(calls, 50):.2f}, request {percentile(requests, 50):.2f} ms"
    tail = f"call {percentile(calls, 99):.2f}, request {percentile(requests, 99):.2f} ms"
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


def percentile(values: list[float], wanted: int) -> float:
    """The value that so many in a hundred do not exceed."""
    return statistics.quantiles(values, n=100, method="inclusive")[wanted - 1]
