"""What shapes the manifests of an application: overrides of its spec, and the values in effect. Pure."""

from collections.abc import Mapping
from typing import Any

from msgspec import field

from argocd_gitops_mcp.argocd.models import SourceDetails
from argocd_gitops_mcp.views.view import Record

_SECRET_NAMES = ("password", "passwd", "secret", "token", "apikey", "api_key", "privatekey", "credential")
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
    application: str
    sources: list[SourceParameters] = field(default_factory=list)


def parsed(values: str) -> dict[str, Any]:
    """The YAML text of `helm.values`; `{}` where it is empty or no mapping."""
    if not values:
        return {}
    from ruamel.yaml import YAML  # noqa: PLC0415 - 30 ms that most sessions never need
    from ruamel.yaml.error import YAMLError  # noqa: PLC0415

    try:
        found = YAML(typ="safe", pure=True).load(values)
    except YAMLError:
        return {}
    return found if isinstance(found, dict) else {}


def overrides(source: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """What the application's spec sets for this source, secrets by name masked; `values` is `helm.values` parsed."""
    shaping = {name: source[name] for name in _SHAPING if source.get(name)}
    if values:
        shaping["helm"] = {**shaping["helm"], "values": dict(values)}
    return {name: _masked(value) for name, value in shaping.items()}


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
    return {name: _hide(name, merged[name]) for name in sorted(merged)}


def flat(values: Mapping[str, Any], at: str = "") -> dict[str, Any]:
    """Nested values as `a.b` and `a[0]`, as Argo CD names parameters."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        here = f"{at}.{name}" if at else str(name)
        if isinstance(value, Mapping) and value:
            found |= flat(value, here)
        elif isinstance(value, list) and value:
            for index, item in enumerate(value):
                found |= flat(item, f"{here}[{index}]") if isinstance(item, Mapping) else {f"{here}[{index}]": item}
        else:
            found[here] = value
    return found


def _masked(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        if "name" in value and "value" in value:  # a Helm parameter or a plugin's environment variable
            return {**value, "value": _hide(str(value["name"]), value["value"])}
        return {key: _masked(item, str(key)) for key, item in value.items()}
    if isinstance(value, list):
        return [_masked(item) for item in value]
    return _hide(name, value)


def _hide(name: str, value: Any) -> Any:
    bare = name.lower().replace("-", "").rpartition(".")[2]
    return "++++++++" if isinstance(value, str) and value and any(word in bare for word in _SECRET_NAMES) else value
