"""What there is to render, and charts that lack what they depend on. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from posixpath import basename, dirname
from typing import Any, Literal

from argocd_gitops_mcp.gitops.documents import Document
from argocd_gitops_mcp.gitops.tree import Tree, inside, within
from argocd_gitops_mcp.gitops.validation.kustomization_checks import references


@dataclass(frozen=True, slots=True)
class Target:
    """One thing to render.

    Args:
        file: the kustomization.yaml or Chart.yaml.
        values: files of values beside the chart's own.
        folders: of everything that it is made of.
        release: name of a chart's release.
        namespace: that a chart is installed into; '' for Helm's own default.
    """

    tool: Literal["kustomize", "helm"]
    file: str
    values: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    release: str = "release-name"
    namespace: str = ""

    @property
    def folder(self) -> str:
        """Its folder; `` is the root."""
        return dirname(self.file)

    def concerns(self, paths: Iterable[str]) -> bool:
        """Whether one of these files or folders is a part of it, or it of one."""
        return any(within(one, paths) for one in self.folders) or any(within(one, self.folders) for one in paths)


def targets(tree: Tree, documents: Mapping[str, Document]) -> tuple[list[Target], list[str]]:
    """What is to be rendered, and what cannot be and why; `confinement` says what may be.

    Args:
        tree: the files.
        documents: the first of each file.

    Returns:
        kustomizations that no other one uses, and charts, once for each file of values beside them.
    """
    wanted: list[Target] = []
    unfit: list[str] = []
    used = {base for folder in tree.kustomizations for base in _bases(folder, tree, documents)}
    for folder, file in tree.kustomizations.items():
        document = documents.get(file)
        if folder in used or document is None or document.kind == "Component":
            continue
        parts: set[str] = set()
        _parts(folder, tree, documents, parts)
        wanted.append(Target("kustomize", file, folders=tuple(sorted(parts))))
    for folder in sorted(tree.charts):
        file = inside(folder, "Chart.yaml")
        document = documents.get(file)
        if document is None or document.text("type") == "library":
            continue
        why = _unvendored(folder, tree, documents)
        unfit += [f"{file} was not rendered: {why}."] if why else []
        wanted += [] if why else _charts(folder, file, tree)
    return wanted, unfit


def _charts(folder: str, file: str, tree: Tree) -> list[Target]:
    beside = sorted(
        one for one in tree.files if dirname(one) == folder and re.fullmatch(r"values[-._].+\.ya?ml", basename(one))
    )
    given: list[tuple[str, ...]] = [(one,) for one in beside]
    return [Target("helm", file, values, (folder,)) for values in given or [()]]


def _bases(folder: str, tree: Tree, documents: Mapping[str, Document]) -> Iterator[str]:
    document = documents.get(tree.kustomizations[folder])
    for one in references(document.value) if document is not None else ():
        target = inside(folder, one.target)
        if target in tree.kustomizations:
            yield target


def _parts(folder: str, tree: Tree, documents: Mapping[str, Document], seen: set[str]) -> None:
    """The folders of a kustomization and of its bases."""
    seen.add(folder)
    for base in _bases(folder, tree, documents):
        if base not in seen:
            _parts(base, tree, documents, seen)


def _unvendored(folder: str, tree: Tree, documents: Mapping[str, Document]) -> str:
    """What this chart needs that is not here; '' if nothing. Old charts say it in requirements.yaml."""
    charts = inside(folder, "charts")
    for file in ("Chart.yaml", "requirements.yaml"):
        document = documents.get(inside(folder, file))
        value: Any = document.value if document is not None else None
        given = value.get("dependencies") if isinstance(value, dict) else None
        for one in given if isinstance(given, list) else ():
            name = one.get("name") if isinstance(one, dict) else None
            start = f"{charts}/{name}"
            if name and start not in tree.folders and not any(one.startswith(f"{start}-") for one in tree.files):
                return f"its dependency `{str(name)[:80]}` is not in charts/, and is not fetched"
    return ""
