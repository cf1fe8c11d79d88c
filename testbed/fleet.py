"""Thousands of Applications, made with their status while the controllers are paused: argocd-server serves them so."""

import datetime as dt
import http.client
import json
import os
import random
import signal
import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from testbed.argocd import NAMESPACE
from testbed.errors import NotReadyError
from testbed.record import Testbed

SERVICES = ("payments", "checkout", "search", "catalog", "identity", "billing", "mail", "edge")
ENVIRONMENTS = ("dev", "staging", "prod")
CLUSTERS = {f"{place}-1": f"https://{place}-1.example.com:6443" for place in ("eu", "us", "asia")}
TEAMS = 40
_PAUSED = ("argocd-application-controller", "argocd-applicationset-controller")
_PATH = f"/apis/argoproj.io/v1alpha1/namespaces/{NAMESPACE}"
_KINDS = (
    ("apps", "Deployment"),
    ("", "Service"),
    ("", "ConfigMap"),
    ("", "Secret"),
    ("", "ServiceAccount"),
    ("networking.k8s.io", "Ingress"),
    ("autoscaling", "HorizontalPodAutoscaler"),
    ("policy", "PodDisruptionBudget"),
    ("batch", "CronJob"),
    ("rbac.authorization.k8s.io", "Role"),
    ("rbac.authorization.k8s.io", "RoleBinding"),
    ("monitoring.coreos.com", "ServiceMonitor"),
)
_HISTORY = 10
_WORKERS = 8
_THERE = (201, 409)
"""Created, or there already."""

Object = dict[str, Any]


def fill(testbed: Testbed, count: int) -> None:
    """Have `count` applications in it, no more and no fewer than that beside none of others."""
    for name in _PAUSED:
        os.kill(testbed.pids[name], signal.SIGSTOP)
    _create(testbed, [*_projects(), *_clusters()])
    _create(testbed, [(f"{_PATH}/applications", one) for one in applications(count)])
    connection = _connection(testbed)
    listed = f"{_PATH}/applications?limit=1"
    found = json.loads(_asked(connection, "GET", listed)[1])
    there = len(found["items"]) + found["metadata"].get("remainingItemCount", 0)
    connection.close()
    if there != count:
        raise NotReadyError(f"it holds {there} applications instead of {count}: python -m testbed down --fleet")


def applications(count: int) -> Iterator[Object]:
    """The same ones whenever it is asked, save for the time."""
    lot = random.Random(7)  # noqa: S311 - statuses, no secrets
    now = dt.datetime.now(dt.UTC)
    for number in range(count):
        yield _application(number, lot, now)


def _application(number: int, lot: random.Random, now: dt.datetime) -> Object:
    team, name = f"team-{number % TEAMS}", f"{SERVICES[number % len(SERVICES)]}-{number:05d}"
    environment = ENVIRONMENTS[number % len(ENVIRONMENTS)]
    (health,) = lot.choices(("Healthy", "Degraded", "Progressing", "Missing", "Suspended"), (90, 4, 3, 2, 1))
    (sync,) = lot.choices(("Synced", "OutOfSync", "Unknown"), (92, 7, 1))
    stamp = (now - dt.timedelta(minutes=lot.randint(1, 90_000))).strftime("%Y-%m-%dT%H:%M:%SZ")
    source = {
        "repoURL": f"https://git.example.com/{team}/deploy-{number % 500}.git",
        "path": f"apps/{name}/overlays/{environment}",
        "targetRevision": "main",
    }
    servers = ("https://kubernetes.default.svc", *CLUSTERS.values())
    destination = {"server": servers[number % len(servers)], "namespace": name}
    options = ["CreateNamespace=true", "ServerSideApply=true"]
    labels = {"team": team, "env": environment, "app.kubernetes.io/part-of": "shop"}
    resources = [
        {
            "group": group,
            "version": "v1",
            "kind": kind,
            "namespace": name,
            "name": f"{name}-{index}",
            "status": "Synced" if index else sync,
            "health": {"status": "Healthy" if index else health},
        }
        for index, (group, kind) in enumerate(_KINDS)
    ]
    revision = _sha(lot)
    images = [f"registry.example.com/{team}/{name}-{part}:v1.{lot.randint(0, 99)}.0" for part in ("web", "job", "init")]
    status = {
        "sync": {
            "status": sync,
            "revision": revision,
            "comparedTo": {"source": source, "destination": destination},
        },
        "health": {"status": health, "lastTransitionTime": stamp},
        "reconciledAt": stamp,
        "sourceType": "Kustomize",
        "resources": resources,
        "summary": {"images": images, "externalURLs": [f"https://{name}.example.com"]},
        "history": [
            {
                "id": index,
                "revision": _sha(lot),
                "deployedAt": stamp,
                "deployStartedAt": stamp,
                "source": source,
                "initiatedBy": {"automated": True},
            }
            for index in range(_HISTORY)
        ],
        "operationState": _operation(source, resources, revision, options, stamp),
    }
    metadata = {
        "name": name,
        "namespace": NAMESPACE,
        "labels": labels,
        "annotations": {"notifications.argoproj.io/subscribe.on-degraded.slack": team},
    }
    policy = {"automated": {"prune": True, "selfHeal": True}, "syncOptions": options}
    spec = {"project": team, "source": source, "destination": destination, "syncPolicy": policy}
    return _object("Application", metadata, spec=spec, status=status)


def _operation(source: Object, resources: list[Object], revision: str, options: list[str], stamp: str) -> Object:
    done = [
        {
            **{key: row[key] for key in ("group", "version", "kind", "namespace", "name")},
            "status": "Synced",
            "message": f"{row['kind'].lower()}.{row['group']}/{row['name']} serverside-applied",
            "hookPhase": "Running",
            "syncPhase": "Sync",
        }
        for row in resources
    ]
    return {
        "phase": "Succeeded",
        "message": "successfully synced (all tasks run)",
        "startedAt": stamp,
        "finishedAt": stamp,
        "operation": {
            "sync": {"revision": revision, "prune": True, "syncOptions": options},
            "initiatedBy": {"automated": True},
            "retry": {"limit": 5},
        },
        "syncResult": {"revision": revision, "source": source, "resources": done},
    }


def _projects() -> Iterator[tuple[str, Object]]:
    anywhere = [{"server": "*", "namespace": "*"}]
    for number in range(TEAMS):
        metadata = {"name": f"team-{number}", "namespace": NAMESPACE}
        spec = {"sourceRepos": ["*"], "destinations": anywhere}
        yield f"{_PATH}/appprojects", _object("AppProject", metadata, spec=spec)


def _clusters() -> Iterator[tuple[str, Object]]:
    for name, server in CLUSTERS.items():
        labels = {"argocd.argoproj.io/secret-type": "cluster"}
        metadata = {"name": f"cluster-{name}", "namespace": NAMESPACE, "labels": labels}
        told = {"name": name, "server": server, "config": "{}"}
        secret = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": told}
        yield f"/api/v1/namespaces/{NAMESPACE}/secrets", secret


def _object(kind: str, metadata: Object, **parts: Object) -> Object:
    return {"apiVersion": "argoproj.io/v1alpha1", "kind": kind, "metadata": metadata, **parts}


def _sha(lot: random.Random) -> str:
    return f"{lot.getrandbits(160):040x}"


def _create(testbed: Testbed, objects: list[tuple[str, Object]]) -> None:
    """In several connections at once, each kept open."""

    def work(part: list[tuple[str, Object]]) -> None:
        connection = _connection(testbed)
        for path, one in part:
            status, answer = _asked(connection, "POST", path, one)
            if status not in _THERE:
                raise NotReadyError(f"{one['metadata']['name']}: {status} {answer[:300]!r}")
        connection.close()

    with ThreadPoolExecutor(_WORKERS) as pool:
        list(pool.map(work, [objects[index::_WORKERS] for index in range(_WORKERS)]))


def _connection(testbed: Testbed) -> http.client.HTTPSConnection:
    keys = Path(testbed.run) / "pki"
    context = ssl.create_default_context(cafile=testbed.ca_file)
    context.load_cert_chain(keys / "admin.crt", keys / "admin.key")
    kubeconfig = json.loads(Path(testbed.kubeconfig).read_text())
    return http.client.HTTPSConnection(urlsplit(kubeconfig["clusters"][0]["cluster"]["server"]).netloc, context=context)


def _asked(
    connection: http.client.HTTPSConnection, method: str, path: str, body: Object | None = None
) -> tuple[int, bytes]:
    content = None if body is None else json.dumps(body)
    connection.request(method, path, content, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    return answer.status, answer.read()
