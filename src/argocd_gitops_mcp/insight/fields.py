"""Which fields of a resource differ, and who Kubernetes says has written them. Pure."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Steps = tuple[str, ...]

_MISSING = object()
_BOOKKEEPING = frozenset(
    {
        ("status",),
        ("metadata", "managedFields"),
        ("metadata", "resourceVersion"),
        ("metadata", "generation"),
        ("metadata", "uid"),
        ("metadata", "creationTimestamp"),
        ("metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration"),
        ("metadata", "annotations", "argocd.argoproj.io/tracking-id"),
    }
)
# Argo CD 3.6 writes as argocd-controller; older ones as argocd-application-controller.
_OWN = "argocd"


@dataclass(frozen=True, slots=True)
class Writer:
    """Who wrote a field last, by the name that it gives itself."""

    manager: str
    at: str


def differing(live: Any, wanted: Any, at: Steps = ()) -> Iterator[Steps]:
    """Every field that differs; items of lists by their names, where all have one."""
    if live == wanted or at in _BOOKKEEPING:
        return
    if isinstance(live, Mapping) and isinstance(wanted, Mapping):
        for name in sorted({*live, *wanted}):
            yield from differing(live.get(name, _MISSING), wanted.get(name, _MISSING), (*at, name))
        return
    old, new = _named(live), _named(wanted)
    if old and new:
        yield from differing(old, new, at)
    else:
        yield at


def _named(value: Any) -> dict[str, Any]:
    if not isinstance(value, list):
        return {}
    found = {one["name"]: one for one in value if isinstance(one, dict) and isinstance(one.get("name"), str)}
    return found if len(found) == len(value) else {}


def writer(live: Mapping[str, Any] | None, fields: Sequence[Sequence[str]]) -> Writer | None:
    """The last to write one of the fields, Argo CD itself aside."""
    entries = ((live or {}).get("metadata") or {}).get("managedFields") or []
    found = [
        Writer(str(one.get("manager") or ""), str(one.get("time") or ""))
        for one in entries
        if one.get("manager")
        and not str(one["manager"]).startswith(_OWN)
        and any(_owns(one.get("fieldsV1") or {}, steps) for steps in fields)
    ]
    return max(found, key=lambda one: one.at, default=None)


def _owns(fields: Mapping[str, Any], steps: Sequence[str]) -> bool:
    """Whether a set of managed fields has this one: `f:` a field, `k:` an item of a list by its keys."""
    for step in steps:
        below = fields.get(f"f:{step}")
        if below is None:
            below = next((one for key, one in fields.items() if key.startswith("k:") and _name(key) == step), None)
        if below is None:
            return False
        fields = below
    return True


def _name(key: str) -> str:
    try:
        return str(json.loads(key[2:]).get("name", ""))
    except (ValueError, AttributeError):
        return ""
