"""Secret values never reach an answer: Argo CD masks them, and we mask what it may have missed. Pure."""

import json
import re
from typing import Any

from argocd_gitops_mcp.views.values import parsed

MASK = "++++++++"
_MASKED = re.compile(r"\+{8,}")
_SECRET_NAMES = ("password", "passwd", "secret", "token", "apikey", "privatekey", "credential")
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def masked(manifest: dict[str, Any]) -> dict[str, Any]:
    """A Secret with its values hidden; Argo CD's masks stay, since their length tells values apart."""
    if manifest.get("kind") != "Secret":
        return manifest
    hidden = {name: _hide(value) if name in ("data", "stringData") else value for name, value in manifest.items()}
    annotations = (manifest.get("metadata") or {}).get("annotations") or {}
    if LAST_APPLIED in annotations:
        hidden["metadata"] = {
            **manifest["metadata"],
            "annotations": {**annotations, LAST_APPLIED: _hide_applied(annotations[LAST_APPLIED])},
        }
    return hidden


def _hide(values: Any) -> Any:
    if not isinstance(values, dict):
        return MASK if values else values
    return {
        name: value if isinstance(value, str) and _MASKED.fullmatch(value) else MASK for name, value in values.items()
    }


def _hide_applied(text: str) -> str:
    try:
        applied = json.loads(text)
    except ValueError:
        return MASK
    return json.dumps(masked(applied)) if isinstance(applied, dict) else MASK


def by_name(value: Any, path: str = "") -> Any:
    """Settings with every text masked that stands under a name of a secret: in specs nobody else masks them.

    `path` is where the value stands, names joined by dots.
    """
    if isinstance(value, dict):
        if "name" in value and "value" in value:  # a Helm parameter or a plugin's environment variable
            return {**value, "value": by_name(value["value"], str(value["name"]))}
        return {key: by_name(item, f"{path}.{key}" if path else str(key)) for key, item in value.items()}
    if isinstance(value, list):
        return [by_name(item, path) for item in value]
    if not isinstance(value, str) or not value:
        return value
    name = path.rpartition(".")[2]
    if name in ("values", "templatePatch"):  # YAML as text: Helm's values; an ApplicationSet's patch, or its template
        found = by_name(parsed(value))
        if found or name == "values":
            return found or MASK
    bare = path.lower().replace("-", "").replace("_", "")
    return MASK if any(word in bare for word in _SECRET_NAMES) else value


def together(one: dict[str, Any], other: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Two states of an object, secrets masked in both; where they differ there, so do their masks, as Argo CD's do."""
    if "Secret" in (one.get("kind"), other.get("kind")):
        return one, other  # Argo CD's own masks, which tell values apart
    return by_name(one), _told_apart(one, by_name(one), other, by_name(other))


def _told_apart(one: Any, one_masked: Any, other: Any, other_masked: Any) -> Any:
    """The second masked state, with longer masks where the values differ."""
    if isinstance(other, dict) and isinstance(one, dict) and isinstance(one_masked, dict):
        return {
            name: _told_apart(one[name], one_masked[name], other[name], value) if name in one else value
            for name, value in other_masked.items()
        }
    if isinstance(other, list) and isinstance(one, list) and isinstance(one_masked, list):
        known = dict(enumerate(zip(one, one_masked, strict=True)))
        return [
            _told_apart(*known[at], other[at], value) if at in known else value for at, value in enumerate(other_masked)
        ]
    return f"{MASK}++++" if one_masked == other_masked == MASK and one != other else other_masked
