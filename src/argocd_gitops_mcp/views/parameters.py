"""What shapes the manifests of an application: overrides of its spec, and the values in effect. Pure."""

from collections.abc import Mapping
from typing import Any

from msgspec import field

from argocd_gitops_mcp.argocd.resource_models import SourceDetails
from argocd_gitops_mcp.views.masking import by_name
from argocd_gitops_mcp.views.values import flat
from argocd_gitops_mcp.views.view import Record

_SHAPING = ("helm", "kustomize", "directory", "plugin")


class SourceParameters(Record):
    """One source. `effective` lays the overrides over the repository's defaults, as flat names."""

    source: str
    type: str = ""
    overrides: dict[str, Any] = field(default_factory=dict)
    effective: dict[str, Any] = field(default_factory=dict)
    images: list[str] = field(default_factory=list)
    note: str = ""


class Parameters(Record):
    MORE = "get with detail=full shows the spec, get_application_manifest what comes of it"

    application: str
    sources: list[SourceParameters] = field(default_factory=list)


def overrides(source: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """What the application's spec sets for this source, secrets by name masked; `values` is `helm.values` parsed."""
    shaping = {name: source[name] for name in _SHAPING if source.get(name)}
    if (shaping.get("helm") or {}).get("values"):
        # Text that is no YAML mapping may hold anything, secrets too.
        shaping["helm"] = {**shaping["helm"], "values": dict(values) or "(no YAML mapping, not shown)"}
    return {name: by_name(value) for name, value in shaping.items()}


def effective(source: Mapping[str, Any], details: SourceDetails, values: Mapping[str, Any]) -> dict[str, Any]:
    """Helm's values in effect: defaults and value files, then `values` and `valuesObject`, then parameters.

    `values` is the parsed `helm.values` text. Argo CD lets `valuesObject` win over `values`.
    """
    if details.helm is None:
        return {}
    helm = source.get("helm") or {}
    merged: dict[str, Any] = {one.name: one.value for one in details.helm.parameters or []}
    merged |= flat(helm.get("valuesObject") or values)
    merged |= {one["name"]: one.get("value", "") for one in helm.get("parameters") or []}
    return {name: by_name(merged[name], name) for name in sorted(merged)}
