"""A day of changes on the running testbed, in minutes: does the index end each hour as Argo CD is, and how late is it?

python -m bench.day [--minutes 4] [--seed 1]. What it makes there it removes.
"""

import argparse
import os
import random
import statistics
import sys
import time
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import anyio
import httpx2
from testbed import home, record
from tests import stage as stages
from tests.contract.bench import config_map, manifest
from tests.stage import Stage
from tests.watched import WATCH, Watched

from argocd_gitops_mcp.argocd.client import Client
from argocd_gitops_mcp.errors import GitOpsError, Unreachable
from argocd_gitops_mcp.fleet.fleets import Fleets
from argocd_gitops_mcp.fleet.row import Row

if TYPE_CHECKING:
    from collections.abc import Callable

_HOURS = 24
_LIST = "/api/v1/applications"
_TROUBLES = ("nothing", "severed", "halved", "stalled", "down")
_FOLDERS, _APPLICATIONS = 6, 40
_EQUAL = 90.0
"""Seconds after which the index must be as the list is."""
State = tuple[Any, ...]


class Fleet:
    """Applications of our own, and what may happen to them."""

    def __init__(self, stage: Stage, lot: random.Random) -> None:
        self.stage = stage
        self.lot = lot
        self.prefix = stage.unique("day")
        self.names: list[str] = []
        self.done: Counter[str] = Counter()
        self.labelled: dict[str, tuple[str, float]] = {}
        folders = {f"f{at}/settings.yaml": config_map(f"{self.prefix}-{at}") for at in range(_FOLDERS)}
        self._url = stage.new_repository(self.prefix, folders)
        self._acts: dict[str, Callable[[str], object]] = {
            "labelled": self._label,
            "synced": lambda name: self._raw("POST", f"{name}/sync", body={}),
            "refreshed": lambda name: self._raw("GET", f"{name}?refresh=normal"),
            "edited": self._edit,
            "broken": lambda name: self._patch(name, '{"spec":{"source":{"path":"nowhere"}}}'),
            "deleted": self._delete,
            "recreated": self._recreate,
        }

    def _raw(self, method: str, rest: str, query: dict[str, str] | None = None, body: Any = None) -> None:
        path, _, asked = rest.partition("?")
        given = {**(query or {}), **dict([asked.split("=")] if asked else [])}
        # A real one loses a refresh now and then.
        with suppress(httpx2.ReadTimeout):
            self.stage.raw(method, f"{_LIST}/{path}".rstrip("/"), given, body=body, timeout=10)

    def _patch(self, name: str, patch: str) -> None:
        self._raw("PATCH", name, body={"patch": patch, "patchType": "merge"})

    def _create(self, name: str) -> None:
        folder = f"f{self.lot.randrange(_FOLDERS)}"
        source = {"repoURL": self._url, "path": folder, "targetRevision": "main"}
        self._raw("POST", "", {"validate": "false"}, manifest(name, self._url, source=source))
        self.names.append(name)

    def _delete(self, name: str) -> None:
        self._raw("DELETE", f"{name}/operation")
        self._raw("DELETE", name, {"cascade": self.lot.choice(("true", "false"))})
        self.names.remove(name)
        self.labelled.pop(name, None)

    def _recreate(self, name: str) -> None:
        self._delete(name)
        self._create(name)

    def _edit(self, name: str) -> None:
        self._patch(name, f'{{"spec":{{"source":{{"path":"f{self.lot.randrange(_FOLDERS)}"}}}}}}')

    def _label(self, name: str) -> None:
        value = f"w{self.lot.randrange(10**9)}"
        self._patch(name, f'{{"metadata":{{"labels":{{"wave":"{value}"}}}}}}')
        self.labelled[name] = (value, time.monotonic())

    def act(self) -> None:
        """One thing happens."""
        few = _APPLICATIONS // 2
        if len(self.names) < few + self.lot.randrange(few):
            self._create(f"{self.prefix}-{self.done.total()}")
            self.done["created"] += 1
        elif self.lot.random() < 0.05:  # noqa: PLR2004
            at = self.lot.randrange(_FOLDERS)
            text = config_map(f"{self.prefix}-{at}", f"m{self.lot.randrange(10**9)}")
            self.stage.commit(self.prefix, {f"f{at}/settings.yaml": text}, "Change")
            self.done["committed"] += 1
        else:
            name = self.lot.choices(list(self._acts), (40, 20, 15, 10, 4, 5, 4))[0]
            self._acts[name](self.lot.choice(self.names))
            self.done[name] += 1

    def close(self) -> None:
        """Remove all of it."""
        for name in list(self.names):
            self._delete(name)
        self.stage.remove_repository(self.prefix)

    def plain(self) -> dict[str, State]:
        """Our applications as the list without `fields` has them."""
        items = self.stage.raw("GET", _LIST, timeout=30).json["items"] or []
        return {
            name: _of_object(one) for one in items if (name := one["metadata"]["name"]).startswith(f"{self.prefix}-")
        }

    def of(self, rows: Any) -> dict[str, State]:
        """The same of rows."""
        return {row.name: _of_row(row) for row in rows if row.name.startswith(f"{self.prefix}-")}


def _of_row(row: Row) -> State:
    return row.project, row.sync, row.health, row.phase, row.revision, row.labels, row.deleting, row.target_namespace


def _of_object(item: dict[str, Any]) -> State:
    meta, spec, status = item["metadata"], item["spec"], item["status"]
    return (
        spec["project"],
        (status.get("sync") or {}).get("status", ""),
        (status.get("health") or {}).get("status", ""),
        (status.get("operationState") or {}).get("phase", ""),
        (status.get("sync") or {}).get("revision", ""),
        meta.get("labels") or {},
        "deletionTimestamp" in meta,
        spec["destination"].get("namespace", ""),
    )


class Measured:
    """What was asked, how long it took, and how late it was."""

    def __init__(self, fleet: Fleet, fleets: Fleets, client: Client) -> None:
        self._fleet, self._fleets, self._client = fleet, fleets, client
        self.took: list[float] = []
        self.late: list[float] = []
        self.oldest = 0.0
        self.refused: Counter[str] = Counter()
        self.is_open = True

    async def rows(self) -> list[Row]:
        """One question."""
        began = time.monotonic()
        found = await self._fleets.fresh(self._client)
        self.took.append((time.monotonic() - began) * 1000)
        self.oldest = max(self.oldest, found.age or 0.0)
        return list(found.rows)

    async def run(self) -> None:
        """Ask all day long."""
        while True:
            await anyio.sleep(0.1)
            try:
                labels = {row.name: row.labels.get("wave") for row in await self.rows()}
            except GitOpsError as error:
                self.refused[error.code] += 1
                continue
            for name, (value, since) in list(self._fleet.labelled.items()):
                if labels.get(name) == value:
                    self.late.append(time.monotonic() - since)
                    self._fleet.labelled.pop(name, None)


async def _hour(number: int, seconds: float, fleet: Fleet, http: Watched) -> None:
    trouble, ends = _TROUBLES[number % len(_TROUBLES)], time.monotonic() + seconds
    struck = False
    while time.monotonic() < ends:
        await anyio.to_thread.run_sync(fleet.act)
        if not struck and time.monotonic() > ends - seconds / 2:
            struck = True
            match trouble:
                case "severed":
                    http.watches[-1].sever()
                case "halved" | "stalled":
                    http.watches[-1].action = "halve" if trouble == "halved" else "stall"
                case "down":
                    http.fall()
        if struck and time.monotonic() > ends - seconds / 4:
            http.rise()
    http.rise()


async def _same(fleet: Fleet, measured: Measured) -> float:
    began, mine = time.monotonic(), dict[str, State]()
    while True:
        theirs = await anyio.to_thread.run_sync(fleet.plain)
        # One that was on its way while Argo CD was down may still be refused.
        with suppress(Unreachable):
            mine = fleet.of(await measured.rows())
        if mine == theirs:
            return time.monotonic() - began
        if time.monotonic() - began > _EQUAL:
            wrong = [name for name in mine.keys() | theirs.keys() if mine.get(name) != theirs.get(name)]
            raise AssertionError([(name, mine.get(name), theirs.get(name)) for name in wrong[:3]])
        await anyio.sleep(0.2)


async def _day(stage: Stage, minutes: float, lot: random.Random) -> None:
    fleet, fleets = Fleet(stage, lot), Fleets(keeps=True)
    waited: list[float] = []
    try:
        async with Watched(stage) as http:
            measured = Measured(fleet, fleets, Client(http, lambda: stage.tokens["ci"]))
            async with anyio.create_task_group() as group:
                group.start_soon(measured.run)
                for number in range(_HOURS):
                    await _hour(number, minutes * 60 / _HOURS, fleet, http)
                    waited.append(await _same(fleet, measured))
                    print(f"hour {number:2}: {_TROUBLES[number % len(_TROUBLES)]:8} equal after {waited[-1]:.1f} s")
                group.cancel_scope.cancel()
            await fleets.close()
            _tell(fleet, measured, http, waited)
    finally:
        fleet.close()


def _tell(fleet: Fleet, measured: Measured, http: Watched, waited: list[float]) -> None:
    took = statistics.quantiles(measured.took, n=100, method="inclusive")
    late = statistics.quantiles([one * 1000 for one in measured.late], n=100, method="inclusive")
    print(f"{fleet.done.total()} changes: {dict(fleet.done)}")
    print(f"equal after each of {len(waited)} hours, at most {max(waited):.1f} s after its end")
    print(f"{len(measured.took)} questions: p50 {took[49]:.1f} ms, p99 {took[98]:.1f} ms")
    print(f"refused while Argo CD was down: {dict(measured.refused)}")
    print(
        f"asked of Argo CD: {http.streamed[_LIST]} lists, {http.asked[_LIST]} versions, {http.streamed[WATCH]} watches"
    )
    print(f"{len(measured.late)} labels were seen p50 {late[49]:.0f} ms, p99 {late[98]:.0f} ms after their change")
    print(f"no answer was more than {measured.oldest:.1f} s old by its own account")


def main() -> int:
    """Play the day."""
    parser = argparse.ArgumentParser(prog="python -m bench.day", description=__doc__)
    parser.add_argument("--minutes", type=float, default=4, help="for 24 hours (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="what happens (default: %(default)s)")
    options = parser.parse_args()
    found = record.running(home.from_environment(os.environ))
    if found is None:
        print("no testbed is running: python -m testbed up", file=sys.stderr)
        return 1
    with stages.of_testbed(found) as stage:
        anyio.run(_day, stage, options.minutes, random.Random(options.seed))  # noqa: S311 - no secrets
    return 0


if __name__ == "__main__":
    sys.exit(main())
