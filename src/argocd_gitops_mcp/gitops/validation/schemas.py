"""Objects against a schema: the part of JSON Schema that Kubernetes' own schemas and CRDs use. Pure.

What a schema does not name is a finding (the API server drops or refuses it), unless it says otherwise; null is as good
as nothing, since kubectl and Argo CD drop it. Values are never quoted: they may be secrets.
"""

import base64
import binascii
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from argocd_gitops_mcp import names
from argocd_gitops_mcp.gitops.documents import Document
from argocd_gitops_mcp.gitops.findings import Finding
from argocd_gitops_mcp.gitops.nodes import plain

Path = tuple[str | int, ...]

RULES = {
    "unknown-field": "A field that the kind does not have: it is dropped or refused, and has no effect.",
    "wrong-type": "A value of another type than the field takes; often quotes that are missing, or too many.",
    "missing-field": "A field that the kind requires.",
    "invalid-value": "A value that the field does not take.",
}
"""What each rule of this room finds."""

_NEAR, _SAME = 0.65, 0.85
_QUANTITY = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]+)?")
_PLACEHOLDER = re.compile(r"\{\{|\$\{|\$\(|<[^<>]+>")
_NAMED = {
    "integer": "an integer", "string": "a string", "boolean": "a boolean", "array": "a list", "object": "a mapping",
    "number": "a number",
}  # fmt: skip
_UNQUOTED = {
    "boolean": "true or false (as bare yes, no, on, off, y and n are): quote it",
    "integer": "a number: quote it",
    "number": "a number: quote it",
}


@dataclass(frozen=True, slots=True)
class Schema:
    """A schema and the parts that it and its neighbours share.

    Args:
        root: the schema itself.
        parts: by name; `$ref` names them as `#/$defs/NAME`.
    """

    root: Mapping[str, Any]
    parts: Mapping[str, Mapping[str, Any]]

    def resolved(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        """What a schema refers to, or itself."""
        while "$ref" in schema:
            schema = self.parts[schema["$ref"].rpartition("/")[2]]
        return schema

    def fields(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        """The named fields of a schema, or of its items."""
        found = self.resolved(schema)
        if "items" in found:
            found = self.resolved(found["items"])
        return found.get("properties") or {}

    def check(self, document: Document) -> list[Finding]:
        """Every way in which an object does not fit."""
        walk = _Walk(self, document)
        walk.see(document.value, self.root, ())
        return walk.findings


class _Walk:
    def __init__(self, schema: Schema, document: Document) -> None:
        self._schema, self._document = schema, document
        self.findings: list[Finding] = []

    def _found(self, where: tuple[int, int], rule: str, message: str) -> None:
        self.findings.append(Finding(self._document.file, *where, rule, "error", message, self._document.subject))

    def see(self, value: Any, given: Mapping[str, Any], path: Path) -> None:
        """Check one value and all that is in it."""
        if value is None:
            return
        schema = self._schema.resolved(given)
        wanted = _types(schema)
        if wanted and not _fits(value, wanted):
            self._found(self._document.value_position(*path), "wrong-type", _misfit(value, wanted, path))
            return
        if isinstance(value, dict):
            self._see_fields(value, schema, path)
        elif isinstance(value, list):
            items = schema.get("items")
            if items:
                for index, item in enumerate(value):
                    self.see(item, items, (*path, index))
        else:
            said = _odd_value(value, schema, is_quantity=given.get("$ref", "").endswith(".Quantity"))
            if said:
                self._found(self._document.value_position(*path), "invalid-value", f"`{dotted(path)}` {said}")

    def _see_fields(self, value: dict[str, Any], schema: Mapping[str, Any], path: Path) -> None:
        known: Mapping[str, Any] | None = schema.get("properties")
        extra = schema.get("additionalProperties")
        meant: set[str] = set()
        for key, item in value.items():
            of_field = known.get(key) if known is not None else None
            if of_field is not None:
                self.see(item, of_field, (*path, key))
            elif isinstance(extra, dict):
                self.see(item, extra, (*path, key))
            elif known and not schema.get("x-kubernetes-preserve-unknown-fields"):
                near = _nearest(key, [name for name in known if name not in value])
                meant.add(near)
                message = self._unknown(key, near, known, path)
                self._found(self._document.position(*path, key), "unknown-field", message)
        for key in schema.get("required", ()):
            if value.get(key) is None and key not in meant:
                said = "is empty, but required" if key in value else "is required and missing"
                where = self._document.position(*path, key)
                self._found(where, "missing-field", f"`{dotted((*path, key))}` {said}")

    def _unknown(self, key: str, near: str, known: Mapping[str, Any], path: Path) -> str:
        owner = f"`{dotted(path)}`" if path else self._document.kind
        said = f"{owner} has no field `{key}`"
        if near and _likeness(key, near) >= _SAME:
            return f"{said}; did you mean `{near}`?"
        deeper = [name for name, one in known.items() if key in self._schema.fields(one)]
        if deeper and len(deeper) <= 2:  # noqa: PLR2004 - more would be a guess
            return f"{said}; it belongs into `{dotted((*path, deeper[0]))}`"
        for length in range(len(path) - 1, 0, -1):
            if key in self._fields_at(path[:length]):
                return f"{said}; it belongs into `{dotted(path[:length])}`"
        return f"{said}; did you mean `{near}`?" if near else said

    def _fields_at(self, path: Path) -> Mapping[str, Any]:
        """The fields that this place can have."""
        schema: Mapping[str, Any] = self._schema.root
        for step in path:
            found = self._schema.resolved(schema)
            schema = found.get("items", {}) if isinstance(step, int) else found.get("properties", {}).get(step, {})
        return self._schema.resolved(schema).get("properties") or {}


def _nearest(key: str, known: Iterable[str]) -> str:
    """The name that was meant; '' where none is near enough to say so."""
    near = names.nearest(key, known, 1)
    return near[0] if near and _likeness(key, near[0]) >= _NEAR else ""


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, one.lower(), other.lower()).ratio()


def _types(schema: Mapping[str, Any]) -> Sequence[str]:
    if schema.get("x-kubernetes-int-or-string"):
        return ("integer", "string")
    found = schema.get("type")
    if found is None:
        return [one for option in schema.get("oneOf", ()) for one in _types(option)]
    return (found,) if isinstance(found, str) else found


def _type(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "integer" if value.is_integer() else "number"
    return "string" if isinstance(value, str) else "array" if isinstance(value, list) else "object"


def _fits(value: Any, wanted: Sequence[str]) -> bool:
    found = _type(value)
    return found in wanted or (found == "integer" and "number" in wanted)


def _misfit(value: Any, wanted: Sequence[str], path: Path) -> str:
    types = [one for one in wanted if one != "null"]
    found = _type(value)
    needed = " or ".join(dict.fromkeys(_NAMED[one] for one in types))
    what = f"`{dotted(path)}`" if path else "the document"
    if types == ["string"] and found in _UNQUOTED:
        return f"{what} must be a string, and is {_UNQUOTED[found]}"
    if found == "string" and _type(plain(value)) in types:
        return f"{what} must be {needed}, and is a string: write it without quotes"
    return f"{what} must be {needed}, and is {_NAMED[found]}"


def _odd_value(value: Any, schema: Mapping[str, Any], *, is_quantity: bool) -> str:
    """What is wrong with a scalar of the right type; '' if nothing."""
    options = schema.get("enum")
    if options and value not in options:
        near = _nearest(str(value), map(str, options))
        listed = ", ".join(f"`{one}`" for one in options if one)
        return f"takes only {listed}" + (f"; did you mean `{near}`?" if near and len(options) > 1 else "")
    if not isinstance(value, str) or _PLACEHOLDER.search(value):
        return ""
    if is_quantity and not _QUANTITY.fullmatch(value):
        return "is no quantity: a number, then nothing, m, k, M, G, T, Ki, Mi, Gi or Ti, as in 500m, 2 or 512Mi"
    if schema.get("format") == "byte" and not _is_base64(value):
        return "is not base64; plain text belongs into `stringData` of a Secret, or `data` of a ConfigMap"
    return ""


def _is_base64(value: str) -> bool:
    try:
        base64.b64decode("".join(value.split()), validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def dotted(path: Path) -> str:
    """A path for people: `spec.containers[0].image`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif re.fullmatch(r"[\w$-]+", step):
            text += f".{step}" if text else step
        else:
            text += f'["{step[:80]}"]'
    return text
