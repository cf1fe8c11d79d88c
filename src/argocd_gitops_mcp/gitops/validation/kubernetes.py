"""Kubernetes' own objects against the schemas of one version, which the extra `[validate]` brings.

The files of kubernetes-validate are read, not its code, which stops at the first mistake and reads each schema anew for
every object. What its schemas leave open and the API server does not, data/kubernetes_values.json tells.
"""

import importlib.util
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from argocd_gitops_mcp import names
from argocd_gitops_mcp.errors import InvalidArgument
from argocd_gitops_mcp.gitops.documents import Document
from argocd_gitops_mcp.gitops.findings import Finding
from argocd_gitops_mcp.gitops.validation.schemas import Schema

INSTALL = "pip install 'argocd-gitops-mcp[validate]'"
RULES = {
    "removed-api": "An apiVersion that the chosen version of Kubernetes does not serve: the object cannot be applied.",
    "deprecated-api": "An apiVersion that has a successor, or is gone from a later version of Kubernetes.",
    "unknown-kind": "A kind that its apiVersion does not have.",
}
"""What each rule of this room finds."""

_FOLDER = re.compile(r"v(\d+\.\d+)\.\d+-local-strict")
_KIND = "x-kubernetes-group-version-kind"
_VERSION = re.compile(r"v(\d+)(?:(alpha|beta)(\d+))?")
_MOVED = frozenset({"extensions"})
"""Groups that Kubernetes once had and no version knows any more."""
_GONE = {"PodSecurityPolicy": "the labels of Pod Security Admission on namespaces took its place"}


@dataclass(frozen=True, slots=True)
class Kinds:
    """The kinds of one version.

    Args:
        version: of Kubernetes, `1.37`.
        schemas: by apiVersion and kind.
        places: the apiVersions of each kind, the one to use first.
    """

    version: str
    schemas: Mapping[tuple[str, str], Schema]
    places: Mapping[str, tuple[str, ...]]

    @property
    def groups(self) -> frozenset[str]:
        """Every API group that is Kubernetes' own."""
        return _MOVED | {version.rpartition("/")[0] for version, _ in self.schemas}


@cache
def versions() -> Mapping[str, Path]:
    """The folder of each version's schemas, oldest first; empty without the extra."""
    spec = importlib.util.find_spec("kubernetes_validate")
    if spec is None or not spec.submodule_search_locations:
        return {}
    folder = Path(next(iter(spec.submodule_search_locations))) / "kubernetes-json-schema"
    found = {match[1]: one for one in folder.glob("v*-strict") if (match := _FOLDER.fullmatch(one.name))}
    return dict(sorted(found.items(), key=lambda item: _number(item[0])))


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def chosen(version: str | None) -> str | None:
    """The version to check against: the newest that is not newer than wanted; None without the extra.

    Args:
        version: `1.33`, `v1.33.2`; None for the newest.

    Raises:
        InvalidArgument: not a version, or older or newer than every schema.
    """
    known = list(versions())
    if version is None or not known:
        return known[-1] if known else None
    match = re.fullmatch(r"v?(\d+)\.(\d+)(\.\d+.*)?", version)
    found = f"{match[1]}.{match[2]}" if match else ""
    if found not in known:
        raise InvalidArgument(f"There are no schemas of Kubernetes {version!r}; there are {known[0]} to {known[-1]}.")
    return found


@cache
def kinds(version: str) -> Kinds:
    """The kinds of a version, read once."""
    text = (versions()[version] / "_definitions.json").read_text(encoding="utf-8")
    parts: dict[str, dict[str, Any]] = json.loads(text)["$defs"]
    _narrow(parts)
    schemas: dict[tuple[str, str], Schema] = {}
    for part in parts.values():
        for one in part.get(_KIND, ()) if "metadata" in part.get("properties", {}) else ():
            place = f"{one['group']}/{one['version']}" if one["group"] else one["version"]
            schemas[place, one["kind"]] = Schema(part, parts)
    places: dict[str, list[str]] = {}
    for place, kind in schemas:
        places.setdefault(kind, []).append(place)
    ordered = {kind: tuple(sorted(found, key=_preference)) for kind, found in places.items()}
    return Kinds(version, schemas, ordered)


def _narrow(parts: Mapping[str, dict[str, Any]]) -> None:
    """Give fields with few values those values."""
    text = (
        resources.files("argocd_gitops_mcp.gitops.validation")
        .joinpath("data/kubernetes_values.json")
        .read_text("utf-8")
    )
    for name, fields in json.loads(text).items():
        for field, values in fields.items() if name in parts else ():
            schema = parts[name]["properties"].get(field)
            if schema is not None:
                schema.get("items", schema)["enum"] = values


def _preference(place: str) -> tuple[int, int, int, bool, str]:
    """As Kubernetes ranks versions; `events.k8s.io` and the like before what the core group keeps for old clients."""
    group, _, version = place.rpartition("/")
    match = _VERSION.fullmatch(version)
    if match is None:
        return 3, 0, 0, not group, place
    stage = {None: 0, "beta": 1, "alpha": 2}[match[2]]
    return stage, -int(match[1]), -int(match[3] or 0), not group, place


def check(document: Document, version: str) -> list[Finding] | None:
    """What is wrong with an object; None if its kind is not one of Kubernetes'.

    Args:
        document: an object.
        version: one of `versions`.
    """
    known = kinds(version)
    schema = known.schemas.get((document.api_version, document.kind))
    if schema is not None:
        return [*schema.check(document), *_deprecated(document, known)]
    is_clipped = "." not in document.group and document.kind in known.places  # networking/v1
    if document.group not in known.groups and not is_clipped:
        return None
    return [_unserved(document, known)]


def _deprecated(document: Document, known: Kinds) -> list[Finding]:
    first = known.places[document.kind][0]
    newest = kinds(list(versions())[-1])
    if (document.api_version, document.kind) not in newest.schemas:
        later = newest.places.get(document.kind)
        said = f"`{document.api_version}` {document.kind} is gone from Kubernetes {newest.version}"
    elif first.rpartition("/")[0] == document.group and not _is_stable(document.api_version) and _is_stable(first):
        later, said = (first,), f"`{document.api_version}` {document.kind} has a stable successor"
    else:
        return []
    said += f"; use `{later[0]}`" if later else ", without a successor"
    return [document.finding("deprecated-api", "warning", said, "apiVersion")]


def _is_stable(place: str) -> bool:
    return _preference(place)[0] == 0


def _unserved(document: Document, known: Kinds) -> Finding:
    """An object of a group of Kubernetes' that is not among the kinds of this version."""
    place, kind = document.api_version, document.kind
    if kind in known.places:
        use = known.places[kind][0]
        if _is_stable(place) and document.group not in _MOVED:
            return document.finding("unknown-kind", "error", f"{kind} is of `{use}`, not of `{place}`", "apiVersion")
        said = f"`{place}` {kind} is not served by Kubernetes {known.version}; use `{use}`"
        return document.finding("removed-api", "error", said, "apiVersion")
    if kind in _GONE:
        return document.finding("removed-api", "error", f"{kind} is gone from Kubernetes: {_GONE[kind]}", "kind")
    earlier = [one for one in reversed(list(versions())) if (place, kind) in kinds(one).schemas]
    if earlier:
        said = f"`{place}` {kind} is not served by Kubernetes {known.version}; {earlier[0]} has it"
        return document.finding("removed-api", "error", said, "apiVersion")
    of_place = [one for of, one in known.schemas if of == place and not one.endswith("List")]
    near = names.nearest(kind, of_place or known.places, 1)
    said = f"Kubernetes {known.version} has no kind `{kind}` in `{place}`"
    return document.finding("unknown-kind", "error", said + (f"; did you mean `{near[0]}`?" if near else ""), "kind")
