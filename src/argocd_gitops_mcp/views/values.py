"""Helm values: their YAML text parsed, and nested values as flat names. Pure."""

from collections.abc import Mapping
from typing import Any


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
