"""Kubernetes objects as YAML, masked and without noise. Pure."""

import io
import json
from collections.abc import Sequence
from typing import Any

from argocd_gitops_mcp.views.budget import listed
from argocd_gitops_mcp.views.masking import LAST_APPLIED, masked
from argocd_gitops_mcp.views.text import clean, line, size
from argocd_gitops_mcp.views.view import FULL, Lines

_NOISE = ("managedFields", "resourceVersion", "uid", "generation", "creationTimestamp", "selfLink")
_MAX_VALUE = 20_000
_LEAST = 40
"""Bytes that no manifest is smaller than."""


def parse(text: str) -> dict[str, Any]:
    """One object from Argo CD's JSON text, masked; `{}` where there is none (`null`)."""
    value = json.loads(text) if text else None
    return masked(value) if isinstance(value, dict) else {}


def yaml(manifest: dict[str, Any], limit: int = _MAX_VALUE) -> str:
    """As YAML of at most `limit` bytes, without what the cluster adds for itself."""
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
    """As many whole manifests as fit into `limit` bytes; the others by name."""
    head = [f"{len(found)} manifests of {application} as rendered from {line(revision, 200)}"]
    how = "" if limit >= FULL else " or use detail=full"
    lines: list[str] = []
    left: list[str] = []
    room = limit - 600
    for manifest in found:
        text = yaml(manifest, FULL) if room > _LEAST else ""
        if not text or size(text) > room:
            left.append(title(manifest))
            continue
        room -= size(text) + 5
        lines += ["---", *text.split("\n")]
    if left:
        names = listed([line(one, 200) for one in left], len(left), 400)
        head.append(f"[not shown for size: {names}; name one (resource_name){how}]")
    if len(found) == 1 and left:
        lines = yaml(found[0], 2 * FULL).split("\n")
        head.pop()
    more = "detail=full shows more" if limit < FULL else "the manifest is larger than an answer may be"
    return Lines(head=head, lines=lines, more=more)
