"""Kustomizations without building them: their fields, and whether what they refer to is there. Pure.

Fields are those of kustomize 5.8 (api/types/kustomization.go); what it only warns of is a house rule.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from posixpath import basename, dirname, splitext
from typing import Any

from argocd_gitops_mcp import names
from argocd_gitops_mcp.gitops.documents import Document
from argocd_gitops_mcp.gitops.findings import Finding
from argocd_gitops_mcp.gitops.tree import Tree, inside, is_remote

RULES = {
    "missing-file": "A kustomization refers to a file or folder that is not there: it cannot be built.",
}
"""What each rule of this room finds; `unknown-field` and `wrong-type` too."""

_FIELDS = frozenset({
    "apiVersion", "kind", "metadata", "bases", "buildMetadata", "commonAnnotations", "commonLabels", "components",
    "configMapGenerator", "configurations", "crds", "generatorOptions", "generators", "helmChartInflationGenerator",
    "helmCharts", "helmGlobals", "imageTags", "images", "labels", "namePrefix", "nameSuffix", "namespace", "openapi",
    "patches", "patchesJson6902", "patchesStrategicMerge", "replacements", "replicas", "resources", "secretGenerator",
    "sortOptions", "transformers", "validators", "vars",
})  # fmt: skip
_FOLDERS = ("resources", "bases", "components", "transformers", "generators")
_LISTS = (*_FOLDERS, "patchesStrategicMerge", "crds", "configurations")
_WITH_PATH = ("patches", "patchesJson6902", "replacements")


@dataclass(frozen=True, slots=True)
class Reference:
    """One file or folder that a kustomization refers to.

    Args:
        path: where it is said, in the document.
        target: as given.
        field: the field that says it.
    """

    path: tuple[str | int, ...]
    target: str
    field: str

    @property
    def is_patch(self) -> bool:
        """Whether it holds parts of objects."""
        return self.field.startswith("patches")


def references(value: Any) -> Iterator[Reference]:
    """Everything that a kustomization refers to by path, patches that are written in place left out."""
    if not isinstance(value, dict):
        return
    for field in _LISTS:
        for index, one in enumerate(_list(value.get(field))):
            if isinstance(one, str) and "\n" not in one:
                yield Reference((field, index), one, field)
    for field in _WITH_PATH:
        for index, one in enumerate(_list(value.get(field))):
            if isinstance(one, dict) and isinstance(one.get("path"), str):
                yield Reference((field, index, "path"), one["path"], field)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def check(document: Document, tree: Tree) -> list[Finding]:
    """What is wrong with a kustomization, without building it."""
    if not isinstance(document.value, dict):
        return [document.finding("wrong-type", "error", "a kustomization is a mapping")]
    found = []
    for field in document.value:
        if field not in _FIELDS:
            near = names.nearest(field, _FIELDS, 1)
            said = f"kustomize has no field `{field}`" + (f"; did you mean `{near[0]}`?" if near else "")
            found.append(document.finding("unknown-field", "error", said, field))
    folder = dirname(document.file)
    for one in references(document.value):
        said = _missing(one, inside(folder, one.target), tree)
        if said:
            found.append(document.finding("missing-file", "error", said, *one.path))
    return found


def _missing(reference: Reference, target: str, tree: Tree) -> str:
    """What is wrong with where a reference leads; '' if nothing, or if it leads out of what is known."""
    if target in tree.files:
        return ""
    if target in tree.folders:
        if reference.field not in _FOLDERS:
            return f"`{reference.target}` is a folder, and must be a file"
        return "" if target in tree.kustomizations else f"`{reference.target}` has no kustomization.yaml"
    if is_remote(reference.target) or target.startswith(("..", "/")):
        return ""
    folder = dirname(target)
    known = tree.files if splitext(target)[1] else tree.kustomizations
    near = names.nearest(target, [one for one in known if one and dirname(one) == folder], 1)
    return f"there is no `{reference.target}`" + (f"; did you mean `{basename(near[0])}`?" if near else "")
