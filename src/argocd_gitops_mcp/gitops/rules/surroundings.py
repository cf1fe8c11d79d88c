"""What a rule may ask about the other documents of the set. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath
from posixpath import normpath
from typing import Any

from argocd_gitops_mcp.gitops.documents import Document
from argocd_gitops_mcp.gitops.rules import images
from argocd_gitops_mcp.gitops.rules.configuration import Config
from argocd_gitops_mcp.gitops.rules.shape import at, items, mapping, text

Identity = tuple[str, str, str, str, str]
_ENVIRONMENT = ("env", "environment", "app.kubernetes.io/environment")
_SCALED = ("/spec/replicas", ".spec.replicas")


@dataclass(frozen=True)
class Surroundings:
    """A set of documents, and how its repository wants the rules."""

    documents: Sequence[Document]
    config: Config

    def is_production(self, document: Document, *more: str) -> bool:
        """Whether this is for production, by its name, namespace, labels, folders or file, or one of `more`."""
        labels = mapping(document.value, "metadata", "labels")
        file = PurePosixPath(document.file)
        words = [document.name, document.namespace, *(text(labels, name) for name in _ENVIRONMENT)]
        return self.config.is_production([*words, *file.parent.parts, file.stem, *more])

    @cached_property
    def projects(self) -> Mapping[str, Document]:
        """The AppProjects of the set, by name."""
        return {one.name: one for one in self.documents if one.kind == "AppProject" and one.name}

    @cached_property
    def patches(self) -> frozenset[str]:
        """Files that a kustomization of the set uses as patches: they hold parts of objects."""
        return frozenset(
            normpath(f"{folder}/{path}")
            for folder, value in self._kustomizations
            for path in [
                *(text(one, "path") for one in items(value, "patches") + items(value, "patchesJson6902")),
                *(one for one in items(value, "patchesStrategicMerge") if isinstance(one, str) and "\n" not in one),
            ]
            if path
        )

    def is_patch(self, document: Document) -> bool:
        """Whether the document is only a part of an object, which kustomize completes."""
        return normpath(document.file) in self.patches

    @cached_property
    def pinned_images(self) -> frozenset[str]:
        """Names of images whose tag or digest a kustomization or an Application sets."""
        found = {
            text(one, "name")
            for _, value in self._kustomizations
            for one in items(value, "images")
            if at(one, "newTag") is not None or at(one, "digest") is not None
        }
        for one in self.documents:
            for source in _sources(one):
                for image in items(source, "kustomize", "images"):
                    if isinstance(image, str):
                        found.add(images.name(image.partition("=")[0]))
        return frozenset(found - {""})

    @cached_property
    def first(self) -> Mapping[Identity, Document]:
        """The first document that declares an object, among the complete ones of one folder."""
        found: dict[Identity, Document] = {}
        for one in self.documents:
            if (key := self.identity(one)) is not None:
                found.setdefault(key, one)
        return found

    def identity(self, document: Document) -> Identity | None:
        """Folder, group, kind, namespace and name; None of what is no complete object of its own."""
        if not (document.is_object and document.name) or self.is_patch(document) or document.kind == "Kustomization":
            return None
        folder = _folder(document)
        listed = self._resources.get(folder)
        if listed is not None and normpath(document.file) not in listed:
            return None
        return folder, document.group, document.kind, document.namespace, document.name

    def is_deployed_whole(self, document: Document) -> bool:
        """Whether all files of the document's folder go together: by a kustomization, or an Application of the set."""
        folder = _folder(document)
        return folder in self._resources or folder in self._directories

    @cached_property
    def _directories(self) -> frozenset[str]:
        """Folders that an Application of the set deploys as they are."""
        return frozenset(
            normpath(text(source, "path"))
            for one in self.documents
            for source in _sources(one)
            if text(source, "path")
            and not (text(source, "directory", "include") or text(source, "directory", "exclude"))
        )

    @cached_property
    def _resources(self) -> Mapping[str, frozenset[str]]:
        return {
            folder: frozenset(normpath(f"{folder}/{one}") for one in items(value, "resources") if isinstance(one, str))
            for folder, value in self._kustomizations
        }

    @cached_property
    def _kustomizations(self) -> list[tuple[str, dict[str, Any]]]:
        return [
            (_folder(one), one.value)
            for one in self.documents
            if PurePosixPath(one.file).stem.lower() == "kustomization" and isinstance(one.value, dict)
        ]

    @cached_property
    def pod_labels(self) -> list[tuple[str, dict[str, Any]]]:
        """Namespace and labels of the pods that the set's workloads make."""
        found = []
        for one in self.documents:
            if one.kind in {"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Rollout", "Job"}:
                found.append((one.namespace, mapping(one.value, "spec", "template", "metadata", "labels")))
            elif one.kind == "CronJob":
                path = ("spec", "jobTemplate", "spec", "template", "metadata", "labels")
                found.append((one.namespace, mapping(one.value, *path)))
            elif one.kind == "Pod":
                found.append((one.namespace, mapping(one.value, "metadata", "labels")))
        return found

    @cached_property
    def autoscaled(self) -> frozenset[Identity]:
        """What a HorizontalPodAutoscaler of the same folder scales."""
        return frozenset(
            (_folder(one), text(target, "apiVersion").rpartition("/")[0], text(target, "kind"), one.namespace, name)
            for one in self.documents
            if one.kind == "HorizontalPodAutoscaler"
            and (name := text(target := mapping(one.value, "spec", "scaleTargetRef"), "name"))
        )

    @cached_property
    def ignores_replicas(self) -> bool:
        """Whether an Application of the set leaves the number of replicas alone."""
        return any(
            pointer in _SCALED
            for spec in (_spec(one) for one in self.documents)
            for ignored in items(spec, "ignoreDifferences")
            for pointer in items(ignored, "jsonPointers") + items(ignored, "jqPathExpressions")
        )


def _folder(document: Document) -> str:
    return normpath(str(PurePosixPath(document.file).parent))


def _spec(document: Document) -> dict[str, Any]:
    if document.kind == "ApplicationSet":
        return mapping(document.value, "spec", "template", "spec")
    return mapping(document.value, "spec") if document.kind == "Application" else {}


def _sources(document: Document) -> Iterator[Any]:
    spec = _spec(document)
    yield spec.get("source")
    yield from items(spec, "sources")
