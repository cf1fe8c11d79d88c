"""Write the schemas that validation knows Argo CD's kinds by, from Argo CD's own CRDs: no prose, equal parts once.

`python -m scripts.schemas CRDS`, the folder of its `*-crd.yaml` (`crds` beside the testbed's programs).
"""

import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

TARGET = Path(__file__).parent.parent / "src/argocd_gitops_mcp/gitops/validation/data/argocd.json"
CRDS = ("application", "applicationset", "appproject")
_KEPT = ("type", "enum", "required", "x-kubernetes-int-or-string", "x-kubernetes-preserve-unknown-fields")
_SHORTEST = 60
_TEXT: dict[str, Any] = {"type": "string"}
_TEXTS: dict[str, Any] = {"type": "object", "additionalProperties": _TEXT}
_OBJECT: dict[str, Any] = {"type": "object"}
# A CRD leaves metadata to the API server; these are its fields as of Kubernetes' meta/v1 ObjectMeta.
_METADATA: dict[str, Any] = {
    "type": "object",
    "properties": {
        **dict.fromkeys(
            ("name", "generateName", "namespace", "uid", "resourceVersion", "selfLink", "creationTimestamp"), _TEXT
        ),
        **dict.fromkeys(("labels", "annotations"), _TEXTS),
        "deletionTimestamp": _TEXT,
        "deletionGracePeriodSeconds": {"type": "integer"},
        "generation": {"type": "integer"},
        "finalizers": {"type": "array", "items": _TEXT},
        "ownerReferences": {"type": "array", "items": _OBJECT},
        "managedFields": {"type": "array", "items": _OBJECT},
    },
}


def main() -> int:
    """Write the schemas, and tell their size."""
    folder = Path(sys.argv[1])
    crds = [yaml.safe_load((folder / f"{name}-crd.yaml").read_text(encoding="utf-8")) for name in CRDS]
    text = json.dumps(schemas(crds), separators=(",", ":"), sort_keys=True) + "\n"
    TARGET.write_text(text, encoding="utf-8")
    whole = sum((folder / f"{name}-crd.yaml").stat().st_size for name in CRDS)
    print(f"{TARGET.name}: {len(text):,} bytes of {whole:,}")
    return 0


def schemas(crds: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The schema of each kind by `group/version/kind`, and the parts that they share."""
    kinds = {}
    for crd in crds:
        spec = crd["spec"]
        for version in spec["versions"]:
            name = f"{spec['group']}/{version['name']}/{spec['names']['kind']}"
            kinds[name] = slim(version["schema"]["openAPIV3Schema"])
            kinds[name]["properties"] |= {"metadata": _METADATA, "status": _OBJECT}  # nobody writes a status into Git
    seen = Counter(_text(part) for kind in kinds.values() for part in _parts(kind))
    names: dict[str, str] = {}
    shared: dict[str, Any] = {}
    return {"kinds": {name: _shared(kind, name, seen, names, shared) for name, kind in kinds.items()}, "$defs": shared}


def slim(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Types, names and enums of one schema."""
    found = {key: schema[key] for key in _KEPT if key in schema}
    if "properties" in schema:
        found["properties"] = {name: slim(one) for name, one in schema["properties"].items()}
    for key in ("items", "additionalProperties"):
        if key in schema:
            found[key] = slim(schema[key])
    return found


def _children(schema: Mapping[str, Any]) -> Iterable[tuple[str, dict[str, Any]]]:
    yield from schema.get("properties", {}).items()
    for key in ("items", "additionalProperties"):
        if key in schema:
            yield key, schema[key]


def _parts(schema: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    yield schema
    for _, child in _children(schema):
        yield from _parts(child)


def _text(schema: Mapping[str, Any]) -> str:
    return json.dumps(schema, sort_keys=True)


def _shared(
    schema: Mapping[str, Any], name: str, seen: Counter[str], names: dict[str, str], shared: dict[str, Any]
) -> dict[str, Any]:
    """The schema with a reference in place of each part that stands more than once."""
    text = _text(schema)
    if text in names:
        return {"$ref": f"#/$defs/{names[text]}"}
    found = dict(schema)
    if "properties" in schema:
        found["properties"] = {key: _shared(one, key, seen, names, shared) for key, one in schema["properties"].items()}
    for key in ("items", "additionalProperties"):
        if key in schema:
            found[key] = _shared(schema[key], name, seen, names, shared)
    if seen[text] == 1 or len(text) < _SHORTEST:
        return found
    names[text] = name if name not in shared else f"{name}-{len(shared)}"
    shared[names[text]] = found
    return {"$ref": f"#/$defs/{names[text]}"}


if __name__ == "__main__":
    sys.exit(main())
