"""From nothing to the list of tools, and the memory that takes: ours and a bare server, in turns."""

import statistics
import time
from collections.abc import Mapping, Sequence

from bench.results import Row
from bench.stdio import BARE, OURS, Server

_RATIO = 1.15


def measure(environment: Mapping[str, str], runs: int) -> list[Row]:
    """Start both `runs` times, after one of each that is not counted."""
    seconds: dict[Sequence[str], list[float]] = {OURS: [], BARE: []}
    memory: dict[Sequence[str], list[float]] = {OURS: [], BARE: []}
    for run in range(runs + 1):
        for command in (OURS, BARE) if run % 2 else (BARE, OURS):
            began = time.perf_counter()
            with Server(command, environment) as server:
                server.request("tools/list", {})
                took = time.perf_counter() - began
                if run:
                    seconds[command].append(took)
                    memory[command].append(server.resident_megabytes)
    ours, bare = statistics.median(seconds[OURS]), statistics.median(seconds[BARE])
    ratio = statistics.median(a / b for a, b in zip(seconds[OURS], seconds[BARE], strict=True))
    return [
        Row("spawn to tools/list, ours", ours * 1000, "ms", "time", detail=f"median of {runs}"),
        Row("spawn to tools/list, bare server", bare * 1000, "ms", "time", detail=f"median of {runs}, in turns"),
        Row("spawn, ratio", ratio, "x", "time", _RATIO, "median of the pairs"),
        _held("ours", memory[OURS]),
        _held("bare server", memory[BARE]),
    ]


def _held(whose: str, memory: list[float]) -> Row:
    bar = ("Memory", f"{whose}, after tools/list")
    return Row(f"memory after tools/list, {whose}", statistics.median(memory), "MB", "size", None, "RSS", bar)
