"""A day in the life of a fleet on a sandbox: what changes, and what each application looked like from when on."""

import random
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

from argocd_gitops_mcp.fleet.row import HEALTH, PHASES, SYNC, Key, Row
from argocd_gitops_mcp.sandbox.world import CLUSTER, Application, World, stamp

if TYPE_CHECKING:
    from collections.abc import Callable

State = tuple[Any, ...]
TALKER: Key = ("argocd", "talker")
"""Changes all the time, so that its watch is never silent."""
_PROJECTS, _TEAMS, _NAMESPACES = ("default", "money", "web"), ("api", "web", "data"), ("argocd", "argocd-apps")


def of_row(row: Row) -> State:
    """What the index knows."""
    where = (row.server, row.target_namespace, *row.repositories)
    return row.project, row.sync, row.health, row.phase, row.revision, row.labels, row.deleting, where


def of_object(item: dict[str, Any]) -> State:
    """The same of an application as Argo CD's plain list has it."""
    meta, spec, status = item["metadata"], item["spec"], item["status"]
    return (
        spec["project"],
        status["sync"]["status"],
        status["health"].get("status", ""),
        (status.get("operationState") or {}).get("phase", ""),
        status["sync"].get("revision", ""),
        meta.get("labels") or {},
        "deletionTimestamp" in meta,
        (spec["destination"]["server"], spec["destination"]["namespace"], spec["source"]["repoURL"]),
    )


class Day:
    """Changes a world, and remembers when each application became what.

    Args:
        lot: decides what happens.
    """

    def __init__(self, lot: random.Random) -> None:
        self.lot = lot
        self.done: Counter[str] = Counter()
        self._born = 0
        self._was: dict[Key, list[tuple[float, State | None]]] = {}
        self._acts: dict[str, Callable[[World, Application], None]] = {
            "edited": self._edit,
            "labelled": self._label,
            "synced": self._sync,
            "compared": self._compare,
            "rated": self._rate,
            "deleting": self._begin_deletion,
            "deleted": self._delete,
            "recreated": self._recreate,
        }

    def change(self, world: World, times: int) -> None:
        """So many things happen."""
        for _ in range(times):
            name = self.lot.choices(("created", *self._acts), (12, 10, 10, 20, 20, 20, 1, 5, 2))[0]
            others = [one for key, one in world.applications.items() if key != TALKER]
            if name == "created" or not others:
                name = "created"
                self._create(world)
            else:
                self._acts[name](world, self.lot.choice(others))
            self.done[name] += 1

    def talk(self, world: World) -> None:
        """One small change."""
        if TALKER in world.applications:
            self._label(world, world.applications[TALKER])
        else:
            world.applications[TALKER] = self._made(world, TALKER[1], TALKER[0])
            self._touch(world, world.applications[TALKER], "ADDED")

    def was(self, key: Key, state: State | None, since: float) -> bool:
        """Whether it was so at any time from then on."""
        known = [(0.0, None), *self._was.get(key, ())]
        ends = [moment for moment, _ in known[1:]] + [float("inf")]
        return any(one == state and end > since for (_, one), end in zip(known, ends, strict=True))

    @property
    def keys(self) -> set[Key]:
        """Of all that ever were."""
        return set(self._was)

    def _note(self, key: Key, app: Application | None) -> None:
        self._was.setdefault(key, []).append((time.monotonic(), None if app is None else of_object(app.view())))

    def _touch(self, world: World, app: Application, change: str = "MODIFIED") -> None:
        # Noted before it is told: it can be known from then on.
        self._note((app.namespace, app.name), app)
        world.touch(app, change)

    def _create(self, world: World) -> None:
        self._born += 1
        # Some have a namesake in another namespace.
        name = f"app-{self._born - self._born % 2:05d}"
        app = self._made(world, name, _NAMESPACES[self._born % 2])
        world.applications[app.namespace, app.name] = app
        self._touch(world, app, "ADDED")

    def _made(self, world: World, name: str, namespace: str) -> Application:
        now = world.clock()
        metadata = {"name": name, "namespace": namespace, "uid": name, "creationTimestamp": stamp(now)}
        source = {"repoURL": f"https://git.example.com/{self.lot.choice(_TEAMS)}.git", "path": name}
        destination = {"server": CLUSTER, "namespace": self.lot.choice(_TEAMS)}
        spec = {"project": self.lot.choice(_PROJECTS), "source": source, "destination": destination}
        status: dict[str, Any] = {"sync": {"status": ""}, "health": {}}
        return Application(metadata, spec, status, asleep=True, compared=now, targets={})

    def _edit(self, world: World, app: Application) -> None:
        app.spec = {**app.spec, "project": self.lot.choice(_PROJECTS)}
        self._touch(world, app)

    def _label(self, world: World, app: Application) -> None:
        app.metadata["labels"] = {"team": self.lot.choice(_TEAMS), "wave": str(self.lot.randrange(100))}
        self._touch(world, app)

    def _sync(self, world: World, app: Application) -> None:
        ended = self.lot.choice(PHASES)
        for phase in ("Running", ended):
            app.status["operationState"] = {"phase": phase, "startedAt": stamp(world.clock())}
            self._touch(world, app)
        app.status["sync"] = {"status": "Synced", "revision": f"{self.lot.getrandbits(160):040x}"}
        self._touch(world, app)

    def _compare(self, world: World, app: Application) -> None:
        app.status["sync"] = {**app.status["sync"], "status": self.lot.choice(SYNC)}
        self._touch(world, app)

    def _rate(self, world: World, app: Application) -> None:
        app.status["health"] = {"status": self.lot.choice(HEALTH), "lastTransitionTime": stamp(world.clock())}
        self._touch(world, app)

    def _begin_deletion(self, world: World, app: Application) -> None:
        app.metadata |= {"deletionTimestamp": stamp(world.clock()), "finalizers": ["example.com/kept"]}
        self._touch(world, app)

    def _delete(self, world: World, app: Application) -> None:
        del world.applications[app.namespace, app.name]
        self._note((app.namespace, app.name), None)
        world.touch(app, "DELETED")

    def _recreate(self, world: World, app: Application) -> None:
        self._delete(world, app)
        made = self._made(world, app.name, app.namespace)
        world.applications[made.namespace, made.name] = made
        self._touch(world, made, "ADDED")
