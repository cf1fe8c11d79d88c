"""A Helm source's values, layer over layer as Argo CD gives them to Helm. Pure."""

import posixpath
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from argocd_gitops_mcp.errors import InvalidArgument
from argocd_gitops_mcp.gitops import sources
from argocd_gitops_mcp.gitops.kustomizations import objects
from argocd_gitops_mcp.gitops.sources import Source, Target
from argocd_gitops_mcp.gitops.yaml_changes import Path, path_of, value_at, values

_MISSING = object()


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer.

    Args:
        kind: the chart's own values.yaml, a values file, or values in the application itself.
        file: of a chart or file.
        field: of values in the application: `valuesObject`, or `values` as text.
        data: what it says.
    """

    kind: Literal["chart", "file", "inline"]
    data: Mapping[str, Any]
    file: str = ""
    field: str = ""

    def has(self, path: Path) -> bool:
        """Whether it says something at this path, null too."""
        return value_at(self.data, path, _MISSING) is not _MISSING


@dataclass(frozen=True, slots=True)
class Parameter:
    """One of the application's own parameters, which stand over every layer."""

    index: int
    path: Path
    value: str


def layers(target: Target, source: Source, tree: Collection[str], files: Mapping[str, str]) -> list[Layer]:
    """The layers of a source, from the lowest."""
    found = []
    folder = sources.folder_of(source) if target.is_here(source) else None
    chart = posixpath.join(folder or "", "values.yaml")
    named = sources.value_files(target, source, tree)
    if folder is not None and chart in files:
        found.append(Layer("chart", _mapping(files[chart], chart), chart))
    # Named as a values file too, the chart's own stays its own: every environment starts from it.
    found += [Layer("file", _mapping(files.get(one, ""), one), one) for one in named if one != chart]
    helm = source.get("helm") or {}
    if isinstance(helm.get("valuesObject"), dict) and helm["valuesObject"]:
        found.append(Layer("inline", helm["valuesObject"], field="valuesObject"))
    elif isinstance(helm.get("values"), str) and helm["values"].strip():
        found.append(Layer("inline", _mapping(helm["values"], "helm.values"), field="values"))
    return found


def parameters(source: Source) -> list[Parameter]:
    """The application's own parameters, as far as their names are paths."""
    found = []
    for index, one in enumerate(objects((source.get("helm") or {}).get("parameters"))):
        try:
            found.append(Parameter(index, path_of(str(one.get("name", ""))), str(one.get("value", ""))))
        except InvalidArgument:
            continue  # a list in braces or the like: no path, so nobody asks for it
    return found


def effective(found: Sequence[Layer], given: Sequence[Parameter] = ()) -> dict[str, Any]:
    """What Helm makes of the layers: mappings are merged, all else is replaced, null takes away."""
    whole: dict[str, Any] = {}
    for one in found:
        whole = _coalesced(whole, one.data)
    for parameter in given:
        whole = _with_parameter(whole, parameter.path, parameter.value)
    return whole


def _coalesced(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(under)
    for key, value in over.items():
        below = found.get(key)
        if value is None:
            found.pop(key, None)
        elif isinstance(value, dict) and isinstance(below, dict):
            found[key] = _coalesced(below, value)
        else:
            found[key] = value
    return found


def _with_parameter(whole: Any, path: Path, value: str) -> Any:
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(step, int):
        items = list(whole) if isinstance(whole, list) else []
        if step < len(items):
            items[step] = _with_parameter(items[step], rest, value)
        return items
    held = whole if isinstance(whole, dict) else {}
    return {**held, str(step): _with_parameter(held.get(str(step)), rest, value)}


def _mapping(text: str, file: str) -> Mapping[str, Any]:
    found = next(iter(values(text, file)), None)
    return found if isinstance(found, dict) else {}
