"""Measure sizes and times, beside plain HTTP, a bare server of the same SDK, and the schema library alone."""

import argparse
import json
import os
import platform
import sys
from collections.abc import Iterator
from pathlib import Path

from testbed import home, record

from argocd_gitops_mcp.sandbox.server import Sandbox
from bench import chart, diagnosing, fleet, following, latency, load, sandboxes, sizes, startup, validation
from bench.latency import Compared
from bench.place import Place
from bench.results import Row, as_json, as_markdown, in_document, missed_sizes
from bench.stdio import OURS, Server

_APPLICATIONS = 100
_MANY, _MOST = 10_000, 50_000


def main() -> int:
    """Measure everything and print it."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--runs", type=int, default=21, help="starts of each server (default: %(default)s)")
    parser.add_argument("--pairs", type=int, default=400, help="calls of each kind (default: %(default)s)")
    parser.add_argument(
        "--applications", type=int, default=_MANY, metavar="N", help="of the sandbox's fleet (default: %(default)s)"
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--check", action="store_true", help="exit 1 if a size is above its target")
    parser.add_argument(
        "--write",
        type=Path,
        metavar="FILE",
        help="put the table into a document, after its mark, and the chart beside it",
    )
    options = parser.parse_args()
    rows = [
        *_on_sandbox(options.runs, options.pairs),
        *_on_many(options.pairs),
        *_on_testbed(options.pairs),
        *_on_fleets(options.applications, options.pairs),
        *validation.measure(),
    ]
    machine = f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}, Python {platform.python_version()}"
    print(json.dumps(as_json(machine, rows), indent=1) if options.json else as_markdown(machine, rows))
    if options.write:
        written = in_document(options.write.read_text(encoding="utf-8"), as_markdown(machine, rows))
        options.write.write_text(written, encoding="utf-8")
        options.write.with_suffix(".svg").write_text(chart.as_svg(rows), encoding="utf-8")
    return 1 if options.check and missed_sizes(rows) else 0


def _on_sandbox(runs: int, pairs: int) -> Iterator[Row]:
    with Sandbox() as sandbox:
        place = Place("sandbox", sandbox.url, sandbox.tokens["ci"])
        yield from startup.measure(place.environment(), runs)
        yield from sizes.tools(place)
        yield from _one(place, pairs)


def _on_many(pairs: int) -> Iterator[Row]:
    """A sandbox of its own, without the seeds: so many applications and no other."""
    with Sandbox(seeds=False, applications=_APPLICATIONS) as sandbox:
        place = Place("sandbox", sandbox.url, sandbox.tokens["ci"])
        # Without the index each list is a request, as the plain one is.
        with Server(OURS, place.environment(ARGOCD_MCP_INDEX="false")) as server:
            yield sizes.listing(server, _APPLICATIONS)
            asked = [one for one in sandbox.requests if one.path == "/api/v1/applications"]
            if len(asked) != 1 or "fields=" not in asked[0].query:
                raise RuntimeError(f"the list was not asked for once and with fields=: {asked}")
            what = f"list of {_APPLICATIONS}"
            compared = Compared(what, f"/api/v1/applications?{asked[0].query}", {"operation": "list"})
            yield from latency.measure(server, place, compared, pairs)
            yield Row("memory after that, ours", server.resident_megabytes, "MB", "size", detail="RSS")


def _on_testbed(pairs: int) -> Iterator[Row]:
    found = record.running(home.from_environment(os.environ))
    if found is None:
        print("No testbed runs (make testbed): only the sandbox is measured.", file=sys.stderr)
        return
    place = _place(found)
    yield from _one(place, pairs)
    yield from following.measure(place, found.argocd_cli)


def _on_fleets(applications: int, pairs: int) -> Iterator[Row]:
    """The sandbox's, and the testbed's where it is there, with as many as it holds."""
    with sandboxes.sandbox(applications) as place:
        yield from fleet.measure(place, pairs)
        yield from load.measure(place, "synthetic-00000")
    with sandboxes.sandbox(_MOST) as place:
        yield fleet.memory(place)
    found = record.running(home.from_environment(os.environ).fleet)
    if found is None:
        print("No fleet runs (python -m testbed fleet 10000): only the sandbox's is measured.", file=sys.stderr)
        return
    yield from fleet.measure(_place(found), pairs)


def _place(found: record.Testbed) -> Place:
    return Place(f"Argo CD {found.version}", found.url, found.tokens["ci"], found.ca_file)


def _one(place: Place, pairs: int) -> Iterator[Row]:
    with Server(OURS, place.environment()) as server:
        yield sizes.healthy(server, place)
        yield sizes.logs(server, place)
        arguments = {"operation": "get", "name": sizes.HEALTHY}
        compared = Compared("get", f"/api/v1/applications/{sizes.HEALTHY}", arguments)
        yield from latency.measure(server, place, compared, pairs)
        yield from diagnosing.measure(server, place)


if __name__ == "__main__":
    sys.exit(main())
