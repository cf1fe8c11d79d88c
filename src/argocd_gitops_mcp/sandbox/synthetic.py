"""Many realistic applications of about 10 kB each, for benchmarks: never reconciled, so they cost little at rest."""

import gc
import hashlib
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import lru_cache

from argocd_gitops_mcp.sandbox.world import CLUSTER, CONTROL_PLANE, Application, Object, World, stamp, without_health

TEAMS = ("payments", "search", "checkout", "platform", "mobile", "data")
KINDS = (("apps", "v1", "Deployment"), ("", "v1", "Service"), ("", "v1", "ConfigMap"), ("batch", "v1", "CronJob"))
RESOURCES = 16
HISTORY = 8
# How many in a hundred are not well: (sync status, health status) by the last two digits.
TROUBLED = {
    7: ("OutOfSync", "Healthy"),
    23: ("Synced", "Degraded"),
    42: ("OutOfSync", "Progressing"),
    77: ("Unknown", "Healthy"),
}


class Sleeping(Application):
    """Its long lists, most of its bytes, are made for whoever looks, and kept once somebody may change them."""

    def __init__(self, metadata: Object, spec: Object, head: Object, rest: Callable[[], Object], now: datetime) -> None:
        self._rest: Callable[[], Object] | None = rest
        super().__init__(metadata, spec, head, asleep=True, compared=now, targets={})

    @property
    def status(self) -> Object:
        if self._rest is not None:
            self._status, self._rest = self._whole(self._rest), None
        return self._status

    @status.setter
    def status(self, value: Object) -> None:
        self._status = value

    def head(self) -> Object:
        return super().view() if self._rest is None else self._shown(self._status)

    def view(self, *, health: bool = True) -> Object:
        if self._rest is None:
            return super().view(health=health)
        status = self._whole(self._rest)
        return self._shown(status if health else {**status, "resources": without_health(status["resources"])})

    def _whole(self, rest: Callable[[], Object]) -> Object:
        head, more = self._status, rest()
        nested = {name: {**head[name], **more[name]} for name in ("sync", "operationState")}
        return {**head, **more, **nested}

    def _shown(self, status: Object) -> Object:
        shown = {"metadata": self.metadata, "spec": self.spec, "status": status}
        return shown if self.operation is None else {**shown, "operation": self.operation}


def add(world: World, count: int) -> None:
    """Add `count` applications named synthetic-00000 and so on."""
    now, collects = world.clock(), gc.isenabled()
    gc.disable()  # of what is made here nothing goes, and looking for it takes three times as long as making it
    try:
        for number in range(count):
            made = _application(now, number)
            world.applications[made.namespace, made.name] = made
            world.touch(made, "ADDED")
    finally:
        if collects:
            gc.enable()


def _application(now: datetime, number: int) -> Application:
    name, team = f"synthetic-{number:05d}", TEAMS[number % len(TEAMS)]
    sync, health = TROUBLED.get(number % 100, ("Synced", "Healthy"))
    source: Object = {
        "repoURL": f"https://git.example.com/{team}/deployments.git",
        "path": f"services/{name}/overlays/production",
        "targetRevision": "main",
    }
    if number % 2:
        values = {"replicaCount": 3, "image": {"tag": f"1.{number}.0"}, "resources": {"limits": {"memory": "512Mi"}}}
        source["helm"] = {"releaseName": name, "valuesObject": values}
    destination = {"server": CLUSTER, "namespace": team}
    policy = {"automated": {"prune": True, "selfHeal": True}, "syncOptions": ["CreateNamespace=true"]}
    created = now - timedelta(days=30 + number % 300)
    metadata = {
        "name": name,
        "namespace": CONTROL_PLANE,
        "uid": str(uuid.UUID(int=number)),
        "creationTimestamp": stamp(created),
        "generation": 400,
        "labels": {"team": team, "tier": ("frontend", "backend")[number % 2]},
        "annotations": {"notifications.argoproj.io/subscribe.on-sync-failed.slack": f"{team}-alerts"},
        "finalizers": ["resources-finalizer.argocd.argoproj.io"],
        "managedFields": [_managed("argocd-server", created), _managed("argocd-application-controller", now)],
    }
    spec = {"project": "default", "source": source, "destination": destination, "syncPolicy": policy}
    image = f"registry.example.com/{team}/{name}:1.{number}.0"
    head = {
        "sync": {"status": sync, "revision": _sha(number, 0)},
        "health": {"status": health, "lastTransitionTime": stamp(now)},
        "operationState": _operation(now, number, source),
        "reconciledAt": stamp(now),
        "sourceType": "Helm" if number % 2 else "Kustomize",
        "summary": {"images": [image], "externalURLs": [f"https://{name}.example.com/"]},
        "resourceHealthSource": "appTree",
        "controllerNamespace": CONTROL_PLANE,
        "sourceHydrator": {},
    }

    def rest() -> Object:
        resources = [_resource(name, team, index) for index in range(RESOURCES)]
        return {
            "sync": {"comparedTo": {"source": source, "destination": destination}},
            "resources": resources,
            "history": [_history(now, number, source, index) for index in range(HISTORY)],
            "operationState": {"syncResult": _result(number, source, resources)},
        }

    return Sleeping(metadata, spec, head, rest, now)


def _resource(name: str, team: str, index: int) -> Object:
    group, version, kind = KINDS[index % len(KINDS)]
    row = {"version": version, "kind": kind, "namespace": team, "name": f"{name}-{index:02d}", "status": "Synced"}
    row |= {"group": group} if group else {}
    return row | ({"health": {"status": "Healthy"}} if kind != "ConfigMap" else {})


def _history(now: datetime, number: int, source: Object, index: int) -> Object:
    moment = now - timedelta(days=HISTORY - index)
    return {
        "revision": _sha(number, HISTORY - 1 - index),
        "deployedAt": stamp(moment),
        "deployStartedAt": stamp(moment - timedelta(seconds=9)),
        "id": index,
        "source": source,
        "initiatedBy": {"automated": True},
    }


def _operation(now: datetime, number: int, source: Object) -> Object:
    sync = {"revision": _sha(number, 0), "prune": True, "source": source, "syncOptions": ["CreateNamespace=true"]}
    return {
        "operation": {"sync": sync, "initiatedBy": {"automated": True}, "retry": {"limit": 5}},
        "phase": "Succeeded",
        "message": "successfully synced (all tasks run)",
        "startedAt": stamp(now - timedelta(days=1, seconds=9)),
        "finishedAt": stamp(now - timedelta(days=1)),
    }


def _result(number: int, source: Object, resources: list[Object]) -> Object:
    done = [
        {
            **{name: row.get(name, "") for name in ("group", "version", "kind", "namespace", "name")},
            "status": "Synced",
            "message": f"{row['kind'].lower()}/{row['name']} configured",
            "hookPhase": "Running",
            "syncPhase": "Sync",
        }
        for row in resources
    ]
    return {"resources": done, "revision": _sha(number, 0), "source": source}


@lru_cache(maxsize=1000)
def _managed(manager: str, moment: datetime) -> Object:
    parts = (
        "project",
        "source",
        "destination",
        "syncPolicy",
        "history",
        "resources",
        "operationState",
        "summary",
        "health",
    )
    entry = {"manager": manager, "operation": "Update", "apiVersion": "argoproj.io/v1alpha1", "time": stamp(moment)}
    return {**entry, "fieldsType": "FieldsV1", "fieldsV1": {f"f:{part}": {".": {}} for part in parts}}


def _sha(number: int, age: int) -> str:
    return hashlib.sha256(f"{number}/{age}".encode()).hexdigest()[:40]
