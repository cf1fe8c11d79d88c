"""A Helm source's values, layer over layer as Argo CD gives them to Helm. Pure."""

import posixpath
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from argocd_gitops_mcp.errors import InvalidArgument
from argocd_gitops_mcp.gitops import sources
from argocd_gitops_mcp.gitops.kustomizations import objects
from argocd_gitops_mcp.gitops.sources import Source, Target
from argocd_gitops_mcp.gitops.yaml.changes import Path, path_of, value_at, values

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
    """What Helm makes of the layers, without what is null.

    What is given is merged first, null being a value like any other; then the chart's own values are put under it,
    and null takes away.
    """
    own: dict[str, Any] = {}
    given_: dict[str, Any] = {}
    for one in found:
        if one.kind == "chart":
            own = dict(one.data)
        else:
            given_ = _merged(given_, one.data)
    for parameter in given:
        given_ = _with_parameter(given_, parameter.path, parameter.value)
    whole: dict[str, Any] = _without_null(_merged(own, given_))
    return whole


def _merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(under)
    for key, value in over.items():
        below = found.get(key)
        found[key] = _merged(below, value) if isinstance(value, dict) and isinstance(below, dict) else value
    return found


def _without_null(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {key: _without_null(one) for key, one in value.items() if one is not None}


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
