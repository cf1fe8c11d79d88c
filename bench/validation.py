"""A thousand files validated: ours with schemas and house rules, beside the schema library alone, in turns."""

import functools
import json
import statistics
import time
from collections.abc import Callable, Iterator

import yaml
from kubernetes_validate import utils as library  # type: ignore[import-untyped]

from argocd_gitops_mcp.gitops.validation.report import Options, Report, validate
from bench.results import Row

FILES = 1000
_RATIO = 2.0
_RUNS = 3
_VERSION = "1.37"


def measure() -> list[Row]:
    """Validate the same files by each; the library also with its files kept, which it reads anew for each object."""
    files = dict(_files())
    began = time.perf_counter()
    _by_library(files)
    plain = time.perf_counter() - began
    ours, kept = [], []
    with _Kept():
        for _ in range(_RUNS):
            ours.append(_timed(lambda: _by_us(files)))
            kept.append(_timed(lambda: _by_library(files)))
    ratio = statistics.median(a / b for a, b in zip(ours, kept, strict=True))
    mine = statistics.median(ours)
    named = f"{FILES} files"
    return [
        Row(f"validate {named}, ours", mine, "s", "time", detail=f"schemas and house rules; median of {_RUNS}"),
        Row(f"validate {named}, schema library", plain, "s", "time", detail="strict, as its own program runs it; once"),
        Row(f"validate {named}, ratio", mine / plain, "x", "time", _RATIO, "ours to the library"),
        Row(
            f"validate {named}, ratio to more",
            ratio,
            "x",
            "time",
            detail="to the library with its files kept in memory",
        ),
    ]


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _by_us(files: dict[str, str]) -> Report:
    report = validate(files, Options(_VERSION))
    odd = [one for one in report.findings if one.severity == "error"]
    if report.objects < FILES or odd:
        raise RuntimeError(f"{report.objects} objects were checked, and found: {odd[:3]}")
    return report


def _by_library(files: dict[str, str]) -> None:
    known = 0
    for text in files.values():
        for value in filter(None, yaml.load_all(text, Loader=yaml.SafeLoader)):
            try:
                library.validate(value, _VERSION, strict=True)
                known += 1
            except library.SchemaNotFoundError:
                continue  # Argo CD's kinds
    if known < FILES * 3 // 4:
        raise RuntimeError(f"the library checked {known} objects")


class _Kept:
    """The library's reader of schemas, made to remember."""

    def __enter__(self) -> None:
        self._reader = library.schema_contents
        library.schema_contents = functools.cache(self._reader)

    def __exit__(self, *_: object) -> None:
        library.schema_contents = self._reader


def _files() -> Iterator[tuple[str, str]]:
    """As a repository has them: for each service a deployment, a service, a configuration and an application."""
    makers = (_deployment, _service, _configuration, _application)
    for index in range(FILES):
        service = f"service-{index // len(makers)}"
        make = makers[index % len(makers)]
        yield f"apps/{service}/{make.__name__.strip('_')}.yaml", yaml.safe_dump(make(service), sort_keys=False)


def _about(name: str) -> dict[str, object]:
    labels = {"app.kubernetes.io/name": name, "app.kubernetes.io/part-of": "shop", "team": "payments"}
    return {"name": name, "namespace": "shop", "labels": labels}


def _deployment(name: str) -> dict[str, object]:
    probe = {"httpGet": {"path": "/healthz", "port": "http"}, "periodSeconds": 10}
    container = {
        "name": "app",
        "image": f"registry.example.com/shop/{name}:1.4.2",
        "ports": [{"name": "http", "containerPort": 8080}],
        "env": [{"name": f"SETTING_{index}", "value": str(index)} for index in range(12)],
        "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}},
        "readinessProbe": probe,
        "livenessProbe": probe,
        "volumeMounts": [{"name": "settings", "mountPath": "/etc/app"}],
        "securityContext": {"runAsNonRoot": True, "allowPrivilegeEscalation": False},
    }
    labels = {"app.kubernetes.io/name": name}
    pod = {"containers": [container], "volumes": [{"name": "settings", "configMap": {"name": name}}]}
    template = {"metadata": {"labels": labels}, "spec": pod}
    spec = {"replicas": 2, "selector": {"matchLabels": labels}, "template": template}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": _about(name),
        "spec": json.loads(json.dumps(spec)),
    }


def _service(name: str) -> dict[str, object]:
    spec = {"selector": {"app.kubernetes.io/name": name}, "ports": [{"name": "http", "port": 80, "targetPort": "http"}]}
    return {"apiVersion": "v1", "kind": "Service", "metadata": _about(name), "spec": spec}


def _configuration(name: str) -> dict[str, object]:
    data = {"app.properties": "\n".join(f"key.{index} = value {index}" for index in range(40)), "level": "info"}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": _about(name), "data": data}


def _application(name: str) -> dict[str, object]:
    source = {"repoURL": "https://git.example.com/shop.git", "targetRevision": "v1.4.2", "path": f"apps/{name}"}
    destination = {"server": "https://kubernetes.default.svc", "namespace": "shop"}
    policy = {"automated": {"prune": True, "selfHeal": True}, "syncOptions": ["CreateNamespace=true"]}
    spec = {"project": "shop", "source": source, "destination": destination, "syncPolicy": policy}
    about = {**_about(name), "namespace": "argocd"}
    return {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": about, "spec": spec}
