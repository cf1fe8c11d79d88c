"""Secrets as Argo CD shows them: values become plusses, different values of one key different numbers of plusses."""

import json
from collections.abc import Sequence

from argocd_gitops_mcp.sandbox.cluster import LAST_APPLIED
from argocd_gitops_mcp.sandbox.world import Object, clone

SHORTEST = 8
STEP = 4


def masked(states: Sequence[Object | None]) -> list[Object | None]:
    """The states of one object, with the values of a Secret replaced consistently over all of them."""
    seen: dict[str, dict[str, str]] = {}
    copied = [None if state is None else clone(state) for state in states]
    for state in copied:
        if state is not None and state.get("kind") == "Secret" and state.get("apiVersion") == "v1":
            _mask(state, seen)
            _mask_annotation(state)
    return copied


def mask(obj: Object) -> Object:
    result = masked([obj])[0]
    return obj if result is None else result


def _mask(secret: Object, seen: dict[str, dict[str, str]]) -> None:
    for part in ("data", "stringData"):
        for name, value in secret.get(part, {}).items():
            known = seen.setdefault(name, {})
            known.setdefault(value, "+" * (SHORTEST + STEP * len(known)))
            secret[part][name] = known[value]


def _mask_annotation(secret: Object) -> None:
    annotations = secret["metadata"].get("annotations", {})
    if LAST_APPLIED in annotations:
        last = json.loads(annotations[LAST_APPLIED])
        _mask(last, {})
        annotations[LAST_APPLIED] = json.dumps(last, separators=(",", ":"))
