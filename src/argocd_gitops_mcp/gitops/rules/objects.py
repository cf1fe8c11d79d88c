"""House rules over objects of any kind, and over kustomizations. Pure."""

from collections.abc import Iterator

from argocd_gitops_mcp.gitops.documents import Document
from argocd_gitops_mcp.gitops.rules.rule import EVERYTHING, KUSTOMIZATION, Hit, rule
from argocd_gitops_mcp.gitops.rules.shape import mapping
from argocd_gitops_mcp.gitops.rules.surroundings import Surroundings

_OLD_FIELDS = {
    "bases": "resources",
    "patchesStrategicMerge": "patches",
    "patchesJson6902": "patches",
    "commonLabels": "labels",
    "vars": "replacements",
    "imageTags": "images",
}


@rule(
    "duplicate-object",
    "error",
    EVERYTHING,
    "An object is declared twice in one folder",
    why="Argo CD applies one of them, and warns of a RepeatedResource; kustomize refuses both.",
    remedy="Remove or rename one.",
)
def duplicate_object(document: Document, around: Surroundings) -> Iterator[Hit]:
    """Objects that are there already."""
    key = around.identity(document)
    first = around.first.get(key) if key is not None else None
    if first is not None and first is not document:
        line, _ = first.position("metadata", "name")
        where = f"{first.file}, line {line}" if first.file != document.file else f"line {line}"
        yield ("metadata", "name"), f"{document.subject} is declared already ({where})"


@rule(
    "old-kustomize-field",
    "info",
    (KUSTOMIZATION,),
    "A kustomization uses a deprecated field",
    why="kustomize warns of it, and a later version will not read it.",
    remedy="Run `kustomize edit fix`.",
)
def old_kustomize_field(document: Document, _: Surroundings) -> Iterator[Hit]:
    """Fields that were replaced."""
    for name in mapping(document.value):
        if name in _OLD_FIELDS:
            yield (name,), f"{name} is deprecated: use {_OLD_FIELDS[name]} (`kustomize edit fix`)"
