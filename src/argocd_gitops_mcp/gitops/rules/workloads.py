"""House rules over workloads: what runs, and how it stays up. Pure."""

from collections.abc import Iterator
from typing import Any

from argocd_gitops_mcp.gitops.documents import Document
from argocd_gitops_mcp.gitops.rules import images
from argocd_gitops_mcp.gitops.rules.declared import BOTH, declared
from argocd_gitops_mcp.gitops.rules.pods import KINDS, LONG_RUNNING, containers, title
from argocd_gitops_mcp.gitops.rules.rule import EVERYTHING, HELM_VALUES, KUSTOMIZATION, Hit, kind_of, rule
from argocd_gitops_mcp.gitops.rules.schedules import refusal
from argocd_gitops_mcp.gitops.rules.shape import Path, at, is_templated, is_within, items, mapping, text
from argocd_gitops_mcp.gitops.rules.surroundings import Surroundings

_SERVES = ("containers",)
_LATEST = "latest"


@rule(
    "latest-tag",
    "warning",
    EVERYTHING,
    "An image is `latest`, or has no tag",
    why="What runs changes without a commit, differs between nodes, and cannot be rolled back.",
    remedy="Name a version or a digest, in the manifest or in the kustomization's `images`.",
)
def latest_tag(document: Document, around: Surroundings) -> Iterator[Hit]:
    """Images that move, in manifests, kustomizations, Helm values and parameters."""
    for path, container in containers(document):
        image = text(container, "image")
        if images.moves(image) and not is_templated(image) and images.name(image) not in around.pinned_images:
            yield (*path, "image"), f"`{image}` moves: name a version or a digest"
    for path, value in _tags(document):
        yield path, f"`{value}` moves: name a version or a digest"


def _tags(document: Document) -> Iterator[tuple[Path, str]]:
    kind = kind_of(document)
    if kind == KUSTOMIZATION:
        for index, one in enumerate(items(document.value, "images")):
            if at(one, "newTag") == _LATEST:
                yield ("images", index, "newTag"), _LATEST
    elif kind == HELM_VALUES:
        yield from _values((), document.value)
    elif kind in BOTH:
        for path, source in declared(document).sources():
            yield from _source_tags(path, source)


def _source_tags(path: Path, source: dict[str, Any]) -> Iterator[tuple[Path, str]]:
    for index, one in enumerate(items(source, "helm", "parameters")):
        if at(one, "value") == _LATEST and text(one, "name").lower().endswith(("image.tag", "imagetag")):
            yield (*path, "helm", "parameters", index, "value"), _LATEST
    for index, one in enumerate(items(source, "kustomize", "images")):
        if isinstance(one, str) and images.split(one)[1] == _LATEST:
            yield (*path, "kustomize", "images", index), one
    yield from _values((*path, "helm", "valuesObject"), at(source, "helm", "valuesObject"))


def _values(path: Path, value: object, name: str = "") -> Iterator[tuple[Path, str]]:
    """`tag: latest` of an image in Helm values."""
    if isinstance(value, list):
        for index, part in enumerate(value):
            yield from _values((*path, index), part, name)
    elif isinstance(value, dict):
        if value.get("tag") == _LATEST and ("repository" in value or "image" in name.lower()):
            yield (*path, "tag"), _LATEST
        for key, part in value.items():
            yield from _values((*path, key), part, str(key))


@rule(
    "selector-mismatch",
    "error",
    ("apps/Deployment", "apps/StatefulSet", "apps/DaemonSet", "apps/ReplicaSet", "argoproj.io/Rollout"),
    "A workload's selector does not match its own pods",
    why="Kubernetes refuses it.",
    remedy="Give the template the labels of spec.selector.matchLabels.",
)
def selector_mismatch(document: Document, around: Surroundings) -> Iterator[Hit]:
    """Selectors that miss their template."""
    selector = mapping(document.value, "spec", "selector", "matchLabels")
    labels = mapping(document.value, "spec", "template", "metadata", "labels")
    if selector and not around.is_patch(document) and at(document.value, "spec", "template", "spec") is not None:
        missed = next((name for name in selector if not is_within({name: selector[name]}, labels)), None)
        if missed is not None:
            where = ("spec", "selector", "matchLabels", missed)
            yield where, f"the pods of the template have no label `{missed}: {selector[missed]}`"


@rule(
    "missing-requests",
    "info",
    KINDS,
    "A container has no resource requests, or no memory limit",
    why="The scheduler cannot place it well, and one leak takes its neighbours down.",
    remedy="Set resources.requests for cpu and memory, and limits.memory.",
)
def missing_requests(document: Document, around: Surroundings) -> Iterator[Hit]:
    """Containers without resources."""
    for path, one in containers(document, _SERVES):
        requests, limits = mapping(one, "resources", "requests"), mapping(one, "resources", "limits")
        asked = {**limits, **requests}  # a limit is the request, too, where none is given
        lacking = [name for name in ("cpu", "memory") if name not in asked]
        said = [f"requests.{name}" for name in lacking] + ([] if "memory" in limits else ["limits.memory"])
        if said and not around.is_patch(document):
            yield path, f"{title(one)} has no {', '.join(said)}"


@rule(
    "missing-readiness",
    "info",
    LONG_RUNNING,
    "A container that serves has no readiness probe",
    why="It gets traffic before it can answer, and Argo CD calls it healthy at once.",
    remedy="Set readinessProbe.",
)
def missing_readiness(document: Document, around: Surroundings) -> Iterator[Hit]:
    """Containers with ports and no probe."""
    for path, one in containers(document, _SERVES):
        if items(one, "ports") and not one.get("readinessProbe") and not around.is_patch(document):
            yield path, f"{title(one)} has ports and no readinessProbe"


@rule(
    "single-replica",
    "info",
    ("apps/Deployment", "argoproj.io/Rollout"),
    "A production Deployment has one replica",
    why="It is down while its node is drained.",
    remedy="Run two or more, and give them a PodDisruptionBudget.",
)
def single_replica(document: Document, around: Surroundings) -> Iterator[Hit]:
    """Production that stands on one leg."""
    if at(document.value, "spec", "replicas") == 1 and around.is_production(document):
        yield ("spec", "replicas"), "one replica in production is none while its node is drained"


@rule(
    "replicas-of-autoscaler",
    "warning",
    LONG_RUNNING,
    "A workload names its replicas, and an autoscaler scales it",
    why="Every sync sets the number back, and with self-heal Argo CD and the autoscaler fight.",
    remedy="Remove replicas, or let the Application ignore /spec/replicas.",
)
def replicas_of_autoscaler(document: Document, around: Surroundings) -> Iterator[Hit]:
    """Numbers that two want to set."""
    if at(document.value, "spec", "replicas") is None or around.ignores_replicas:
        return
    if around.identity(document) in around.autoscaled:
        yield ("spec", "replicas"), "an autoscaler sets the replicas: remove them here"


@rule(
    "cron-schedule",
    "error",
    ("batch/CronJob",),
    "A CronJob's schedule is none",
    why="Kubernetes refuses it.",
    remedy='Give five fields ("30 2 * * *"), or a name such as @daily.',
)
def cron_schedule(document: Document, _: Surroundings) -> Iterator[Hit]:
    """Schedules that cannot be read."""
    schedule = text(document.value, "spec", "schedule")
    if schedule and not is_templated(schedule) and (why := refusal(schedule, named=True)):
        yield ("spec", "schedule"), f"no such schedule: {why}"


@rule(
    "port-names",
    "error",
    (*KINDS, "/Service"),
    "Ports have the same name, or several have none",
    why="Kubernetes refuses a Service with unnamed ports beside others, and any name given twice.",
    remedy="Give each port a name of its own.",
)
def port_names(document: Document, _: Surroundings) -> Iterator[Hit]:
    """Ports that cannot be told apart."""
    lists: list[Path] = [(*path, "ports") for path, _container in containers(document)]
    if document.kind == "Service":
        lists = [("spec", "ports")]
    for path in lists:
        ports = [one for one in items(document.value, *path) if isinstance(one, dict)]
        seen: set[str] = set()
        for index, one in enumerate(ports):
            name = text(one, "name")
            if document.kind == "Service" and len(ports) > 1 and not name:
                yield (*path, index), "of several ports each needs a name"
            elif name and name in seen:
                yield (*path, index, "name"), f"port name `{name}` is there already"
            seen.add(name)


@rule(
    "service-without-pods",
    "info",
    ("/Service",),
    "A Service selects no pods of the set",
    why="If no chart or operator makes them, it has no endpoints.",
    remedy="Compare its selector with the labels of the pod template.",
)
def service_without_pods(document: Document, around: Surroundings) -> Iterator[Hit]:
    """Services that lead nowhere, as far as the set tells."""
    selector = mapping(document.value, "spec", "selector")
    near = [labels for space, labels in around.pod_labels if space == document.namespace]
    if selector and near and not any(is_within(selector, labels) for labels in near):
        yield ("spec", "selector"), "no workload of the set has these labels"
