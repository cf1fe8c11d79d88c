"""Kubernetes objects as YAML, masked and without noise. Pure."""

import io
import json
from collections.abc import Sequence
from typing import Any

from argocd_gitops_mcp.views.masking import LAST_APPLIED, masked
from argocd_gitops_mcp.views.text import clean
from argocd_gitops_mcp.views.view import Lines

_NOISE = ("managedFields", "resourceVersion", "uid", "generation", "creationTimestamp", "selfLink")
_MAX_VALUE = 20_000


def parse(text: str) -> dict[str, Any]:
    """One object from Argo CD's JSON text, masked; `{}` where there is none (`null`)."""
    value = json.loads(text) if text else None
    return masked(value) if isinstance(value, dict) else {}


def yaml(manifest: dict[str, Any], limit: int = _MAX_VALUE) -> str:
    """As YAML of at most `limit` characters, without what the cluster adds for itself."""
    from ruamel.yaml import YAML  # noqa: PLC0415 - 30 ms that most sessions never need

    meta = {name: value for name, value in (manifest.get("metadata") or {}).items() if name not in _NOISE}
    if LAST_APPLIED in (meta.get("annotations") or {}):
        meta["annotations"] = {name: value for name, value in meta["annotations"].items() if name != LAST_APPLIED}
    out = io.StringIO()
    writer = YAML(typ="safe", pure=True)
    writer.default_flow_style = False
    writer.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    writer.width = 200
    writer.dump({**manifest, "metadata": meta} if meta else manifest, out)
    return clean(out.getvalue().rstrip("\n"), limit)


def title(manifest: dict[str, Any]) -> str:
    """`Kind/name`."""
    return f"{manifest.get('kind', '?')}/{(manifest.get('metadata') or {}).get('name', '?')}"


def manifests(application: str, revision: str, found: Sequence[dict[str, Any]], limit: int) -> Lines:
    """As many whole manifests as fit into `limit` characters; the others by name."""
    head = [f"{len(found)} manifests of {application} as rendered from {revision}"]
    lines: list[str] = []
    left: list[str] = []
    room = limit - 600
    for manifest in found:
        text = yaml(manifest)
        if len(text) > room:
            left.append(title(manifest))
            continue
        room -= len(text) + 5
        lines += ["---", *text.split("\n")]
    if left:
        head.append(f"[not shown for size: {clean(', '.join(left), 400)}; name one (resource_name) or use detail=full]")
    if len(found) == 1 and left:
        lines = yaml(found[0]).split("\n")
        head.pop()
    return Lines(head=head, lines=lines, more="the manifest is larger than an answer may be")
