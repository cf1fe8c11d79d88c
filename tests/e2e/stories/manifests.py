"""Manifests that the stories are deployed from."""

import json
from collections.abc import Mapping
from typing import Any

Manifest = dict[str, Any]
_OF_POD = ("volumes", "nodeSelector", "restartPolicy", "serviceAccountName")


def text(*manifests: Manifest) -> str:
    """As a file of a repository; JSON is YAML."""
    return "---\n".join(json.dumps(one, indent=2) + "\n" for one in manifests)


def of(api_version: str, kind: str, name: str, annotations: Mapping[str, str] | None = None, **rest: Any) -> Manifest:
    metadata = {"name": name, **({"annotations": dict(annotations)} if annotations else {})}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **rest}


def pod(tag: str = "v1", container: str = "main", init: Mapping[str, Any] | None = None, **more: Any) -> Manifest:
    """A pod's spec: a container of an image with this tag; `more` are fields of the container, or of the pod."""
    of_pod: Manifest = {key: more.pop(key) for key in _OF_POD if key in more}
    first: Manifest = {"initContainers": [dict(init)]} if init else {}
    return {**first, "containers": [{"name": container, "image": f"example.com/web:{tag}", **more}], **of_pod}


def template(name: str, spec: Manifest) -> Manifest:
    return {"metadata": {"labels": {"app": name}}, "spec": spec}


def deployment(tag: str = "v1", *, name: str = "web", replicas: int = 1, **more: Any) -> Manifest:
    """A Deployment; `more` are fields of its own spec that it knows, and others of its pod."""
    own = {key: more.pop(key) for key in ("progressDeadlineSeconds", "paused", "strategy") if key in more}
    spec = {
        "replicas": replicas,
        "selector": {"matchLabels": {"app": name}},
        "template": template(name, pod(tag, **more)),
    }
    return of("apps/v1", "Deployment", name, spec={**spec, **own})


def stateful_set(tag: str = "v1", *, name: str = "db", replicas: int = 1, **more: Any) -> Manifest:
    spec = {
        "serviceName": name,
        "selector": {"matchLabels": {"app": name}},
        "template": template(name, pod(tag, **more)),
    }
    return of("apps/v1", "StatefulSet", name, spec={"replicas": replicas, **spec})


def job(tag: str = "v1", *, name: str = "migrate", hook: str = "", **more: Any) -> Manifest:
    """A Job that tries once; with `hook` one of a sync."""
    spec = pod(tag, restartPolicy="Never", **more)
    annotations = {"argocd.argoproj.io/hook": hook} if hook else None
    return of("batch/v1", "Job", name, annotations, spec={"backoffLimit": 0, "template": {"spec": spec}})


def config_map(name: str = "settings", wave: str = "", **data: str) -> Manifest:
    annotations = {"argocd.argoproj.io/sync-wave": wave} if wave else None
    return of("v1", "ConfigMap", name, annotations, data=data or {"MODE": "normal"})


def service(name: str = "web", kind: str = "ClusterIP", **more: Any) -> Manifest:
    return of("v1", "Service", name, spec={"type": kind, "selector": {"app": name}, "ports": [{"port": 80}], **more})
