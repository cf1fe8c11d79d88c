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


def _first(document: Document, around: Surroundings) -> Document | None:
    """The document that declares the same object before this one."""
    key = around.identity(document)
    first = around.first.get(key) if key is not None else None
    return None if first is document else first


def _said(document: Document, first: Document) -> Hit:
    line, _ = first.position("metadata", "name")
    where = f"line {line}" if first.file == document.file else f"{first.file}, line {line}"
    return ("metadata", "name"), f"{document.subject} is declared already ({where})"


@rule(
    "duplicate-object",
    "error",
    EVERYTHING,
    "An object is declared twice in one file, or in files that are deployed together",
    why="Argo CD applies one of them, and warns of a RepeatedResource; kustomize refuses both.",
    remedy="Remove or rename one.",
)
def duplicate_object(document: Document, around: Surroundings) -> Iterator[Hit]:
    """Objects that are there already."""
    first = _first(document, around)
    if first is not None and (first.file == document.file or around.is_deployed_whole(document)):
        yield _said(document, first)


@rule(
    "repeated-object",
    "info",
    EVERYTHING,
    "Two files of a folder declare the same object",
    why="Where the folder is deployed as it is, one of them is lost.",
    remedy="Keep alternatives in folders of their own.",
)
def repeated_object(document: Document, around: Surroundings) -> Iterator[Hit]:
    """Objects that are there already, in a folder of which nobody says that it is deployed."""
    first = _first(document, around)
    if first is not None and first.file != document.file and not around.is_deployed_whole(document):
        yield _said(document, first)


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
