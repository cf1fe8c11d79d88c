"""All applications at once: found, summed up and kept, beside a plain client that asks for the very same fields."""

import re
import statistics
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import httpx2

from bench.bare import Bare
from bench.latency import percentile
from bench.place import Place
from bench.relay import Relay
from bench.results import Row
from bench.stdio import OURS, Server

_FIND, _SUMMARY = 150, 500
_FIND_MS = 10.0
_BYTES, _TIME = 1.1, 1.2
_MEGABYTES = {10_000: 150, 50_000: 400}
_COLD_RUNS = 9
_WORST = 10
_PAUSES, _PAUSE = 5, 1.1
"""So many questions that come after so many seconds: longer than an index believes what it knows without asking."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """Who is measured: the place, the names of its applications, and the request that lists them with our fields."""

    place: Place
    names: list[str]
    target: str

    @property
    def about(self) -> str:
        """For the names of rows."""
        return f"{len(self.names):,}, {self.place.what}"

    def bar(self, what: str, label: str) -> tuple[str, str]:
        """Its place in the chart, which the real Argo CD takes where both were measured."""
        return f"{what} one among {len(self.names):,}", label


def measure(place: Place, calls: int) -> Iterator[Row]:
    """Everything about one fleet."""
    fleet = looked_at(place)
    yield from _cold(fleet)
    yield from _through_relay(fleet, calls)


def memory(place: Place) -> Row:
    """Only what holding all of them takes."""
    fleet = looked_at(place)
    with Server(OURS, place.environment()) as server:
        _find(server, fleet.names[0])
        return _held(server, fleet)


def looked_at(place: Place) -> Fleet:
    """The names, and what our own server asks for when it lists, as seen on the way."""
    with Relay(place.url, place.ca_file or None) as relay:
        through = replace(place, url=relay.url, ca_file="")
        with Server(OURS, through.environment()) as server:
            server.call("manage_argocd_application", **_arguments("summary"))
        [listed] = relay.lists
        if "fields=" not in listed.target:
            raise RuntimeError(f"the list was asked for without fields: {listed.target}")
    found = place.whole("/api/v1/applications", {"fields": "items.metadata.name"})
    return Fleet(place, [one["metadata"]["name"] for one in found["items"]], listed.target)


def _through_relay(fleet: Fleet, calls: int) -> Iterator[Row]:
    """One server's life: bytes until its first answer, what a model reads, and many questions afterwards."""
    with Relay(fleet.place.url, fleet.place.ca_file or None) as relay:
        through = replace(fleet.place, url=relay.url, ca_file="")
        with Bare(through, fleet.target) as bare:
            bare.seconds()
        plain = relay.bytes
        with Server(OURS, through.environment()) as server:
            found = _find(server, fleet.names[len(fleet.names) // 2])
            ours = relay.bytes - plain
            how = f"all of {ours:,} bytes until the first answer, to {plain:,} of the plain request; gzip"
            yield Row(f"cold wire bytes of {fleet.about}", ours / plain, "x", "size", _BYTES, how)
            yield from _read(server, fleet, found)
            yield from _warm(server, fleet, relay, calls)
            yield _held(server, fleet)


def _read(server: Server, fleet: Fleet, found: str) -> Iterator[Row]:
    """In tokens, beside what the plain answers hold."""
    among = f"among {fleet.about}"
    bar = "Tokens to find"
    for what, target in (("whole", "/api/v1/applications"), ("with the same fields", fleet.target)):
        size = _size(fleet.place, target) / 4
        label = f"the plain list, {what}"
        yield Row(f"find one {among}, by {label}", size, "tokens", "size", bar=fleet.bar(bar, label))
    tokens, how = _tokens(found), "list with query"
    yield Row(f"find one {among}", tokens, "tokens", "size", _FIND, how, fleet.bar(bar, "ours"))
    for by in ("project", "cluster"):
        text = server.call("manage_argocd_application", **_arguments("summary", by=by))
        yield Row(f"summary by {by} of {fleet.about}", _tokens(text), "tokens", "size", _SUMMARY)
    text = server.call("manage_argocd_application", **_arguments("list", limit=_WORST))
    yield Row(f"the {_WORST} worst of {fleet.about}", _tokens(text), "tokens", "size")


def _warm(server: Server, fleet: Fleet, relay: Relay, calls: int) -> Iterator[Row]:
    """One after the other, each for another application; then after pauses, with typing errors, and summaries."""
    before, begun = len(relay.lists), len(relay.asked)
    step = max(len(fleet.names) // calls, 1)
    took = [_timed(server, "list", query=name) for name in fleet.names[::step][:calls]]
    paused = []
    for name in fleet.names[:_PAUSES]:
        time.sleep(_PAUSE)
        paused.append(_timed(server, "list", query=name))
    lists, others = len(relay.lists) - before, len(relay.asked) - begun
    name = f"find one among {fleet.about}"
    middle, bar = percentile(took, 50), fleet.bar("Time to find", "ours, from the second answer on")
    yield Row(f"{name}, warm, p50", middle, "ms", "time", _FIND_MS, f"{len(took)} calls", bar)
    yield Row(f"{name}, warm, p99", percentile(took, 99), "ms", "time")
    how = f"median of {_PAUSES}, {_PAUSE} s apart: each asks for the version of all first"
    yield Row(f"{name}, after a pause", statistics.median(paused), "ms", "time", None, how)
    how = f"by those {len(took) + _PAUSES} calls; beside them {others} questions for the version of all"
    yield Row(f"{name}, warm, lists fetched", lists, "lists", "size", 0, how)
    misspelled = [_timed(server, "list", query=one[1] + one[0] + one[2:]) for one in fleet.names[:: step * 10]]
    yield Row(f"{name}, misspelled, p50", statistics.median(misspelled), "ms", "time")
    summaries = [_timed(server, "summary") for _ in range(calls // 10)]
    yield Row(f"summary of {fleet.about}, warm, p50", statistics.median(summaries), "ms", "time")


def _cold(fleet: Fleet) -> Iterator[Row]:
    """The first answer of a new server, and a new plain client that reads and decodes the same, in turns."""
    ours: list[float] = []
    plain: list[float] = []

    def answer() -> None:
        with Server(OURS, fleet.place.environment()) as server:
            ours.append(_timed(server, "list", query=fleet.names[0]))

    def ask() -> None:
        with Bare(fleet.place, fleet.target, decodes=True) as bare:
            plain.append(bare.seconds() * 1000)

    for run in range(_COLD_RUNS):
        # Whoever comes second finds what the first one has left for Argo CD to tidy up.
        for one in (answer, ask) if run % 2 else (ask, answer):
            one()
    ratio = statistics.median(a / b for a, b in zip(ours, plain, strict=True))
    middle, theirs = statistics.median(ours), statistics.median(plain)
    how, bar = f"median of {_COLD_RUNS}", "Time to find"
    name = f"the plain list of {fleet.about}, decoded"
    label = fleet.bar(bar, "the plain list, with the same fields")
    yield Row(name, theirs, "ms", "time", None, f"{how}, in turns; the same fields", label)
    yield Row(
        f"cold find one among {fleet.about}", middle, "ms", "time", None, how, fleet.bar(bar, "ours, first answer")
    )
    yield Row(f"cold, {fleet.about}, ratio", ratio, "x", "time", _TIME, "median of the pairs")


def _held(server: Server, fleet: Fleet) -> Row:
    count = len(fleet.names)
    target = next((most for known, most in _MEGABYTES.items() if count <= known), None)
    how = f"RSS; {server.peak_megabytes:.0f} MB at most"
    bar = ("Memory", f"ours, with {count:,} applications")
    return Row(f"memory with {fleet.about}", server.resident_megabytes, "MB", "size", target, how, bar)


def _find(server: Server, name: str) -> str:
    text = server.call("manage_argocd_application", **_arguments("list", query=name))
    if not re.search(rf"^{re.escape(name)} ", text, re.MULTILINE):
        raise RuntimeError(f"{name} was not found:\n{text[:500]}")
    return text


def _timed(server: Server, operation: str, **arguments: Any) -> float:
    began = time.perf_counter()
    server.call("manage_argocd_application", **_arguments(operation, **arguments))
    return (time.perf_counter() - began) * 1000


def _arguments(operation: str, **others: Any) -> dict[str, Any]:
    return {"operation": operation, **others}


def _size(place: Place, target: str) -> int:
    """Bytes of an answer, unpacked and kept nowhere."""
    unpacking, size = zlib.decompressobj(16 + zlib.MAX_WBITS), 0
    with (
        httpx2.Client(verify=place.verify, headers=place.headers, timeout=120) as client,
        client.stream("GET", place.url + target) as answer,
    ):
        answer.raise_for_status()
        for piece in answer.iter_raw():
            size += len(unpacking.decompress(piece))
    return size


def _tokens(text: str) -> float:
    return len(text.encode()) / 4
