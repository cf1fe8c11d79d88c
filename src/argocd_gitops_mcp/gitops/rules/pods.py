"""The pods that a document makes. Pure."""

from collections.abc import Iterator
from typing import Any

from argocd_gitops_mcp.gitops.documents import Document
from argocd_gitops_mcp.gitops.rules.shape import Path, items, mapping

_TEMPLATE: Path = ("spec", "template")
TEMPLATES: dict[str, Path] = {
    **dict.fromkeys(("apps/Deployment", "apps/StatefulSet", "apps/DaemonSet", "apps/ReplicaSet"), _TEMPLATE),
    **dict.fromkeys(("batch/Job", "argoproj.io/Rollout", "/ReplicationController"), _TEMPLATE),
    "batch/CronJob": ("spec", "jobTemplate", "spec", "template"),
    "/Pod": (),
}
"""Where the pod's metadata and spec stand, by kind."""
KINDS = tuple(TEMPLATES)
LONG_RUNNING = ("apps/Deployment", "apps/StatefulSet", "argoproj.io/Rollout")
_LISTS = ("containers", "initContainers", "ephemeralContainers")


def template(document: Document) -> tuple[Path, dict[str, Any]]:
    """The pod's template and its place; an empty one of what makes no pods."""
    path = TEMPLATES.get(f"{document.group}/{document.kind}")
    return ((), {}) if path is None else (path, mapping(document.value, *path))


def containers(document: Document, kinds: tuple[str, ...] = _LISTS) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Every container of the pod, with its place."""
    path, found = template(document)
    for name in kinds:
        for index, one in enumerate(items(found, "spec", name)):
            if isinstance(one, dict):
                yield (*path, "spec", name, index), one


def title(container: dict[str, Any]) -> str:
    """How a finding names a container."""
    return f"container `{container.get('name', '')}`"
