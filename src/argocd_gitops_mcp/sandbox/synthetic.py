"""Many realistic applications of about 10 kB each, for benchmarks: never reconciled, so they cost nothing at rest."""

import hashlib
import uuid
from datetime import datetime, timedelta

from argocd_gitops_mcp.sandbox.world import CLUSTER, CONTROL_PLANE, Application, Object, World, stamp

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


def add(world: World, count: int) -> None:
    """Add `count` applications named synthetic-00000 and so on."""
    for number in range(count):
        made = _application(world.clock(), number)
        world.applications[made.namespace, made.name] = made
        world.touch(made, "ADDED")


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
    resources = [_resource(name, team, index) for index in range(RESOURCES)]
    image = f"registry.example.com/{team}/{name}:1.{number}.0"
    status = {
        "sync": {
            "status": sync,
            "revision": _sha(number, 0),
            "comparedTo": {"source": source, "destination": destination},
        },
        "health": {"status": health, "lastTransitionTime": stamp(now)},
        "resources": resources,
        "history": [_history(now, number, source, index) for index in range(HISTORY)],
        "operationState": _operation(now, number, source, resources),
        "reconciledAt": stamp(now),
        "sourceType": "Helm" if number % 2 else "Kustomize",
        "summary": {"images": [image], "externalURLs": [f"https://{name}.example.com/"]},
        "resourceHealthSource": "appTree",
        "controllerNamespace": CONTROL_PLANE,
        "sourceHydrator": {},
    }
    return Application(metadata, spec, status, asleep=True, compared=now, targets={})


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


def _operation(now: datetime, number: int, source: Object, resources: list[Object]) -> Object:
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
    sync = {"revision": _sha(number, 0), "prune": True, "source": source, "syncOptions": ["CreateNamespace=true"]}
    return {
        "operation": {"sync": sync, "initiatedBy": {"automated": True}, "retry": {"limit": 5}},
        "phase": "Succeeded",
        "message": "successfully synced (all tasks run)",
        "syncResult": {"resources": done, "revision": _sha(number, 0), "source": source},
        "startedAt": stamp(now - timedelta(days=1, seconds=9)),
        "finishedAt": stamp(now - timedelta(days=1)),
    }


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
