"""Which schemas of a chart's values Helm may apply: it fetches what a `$ref` names, also from this machine. Pure.

Helm's loader takes file, http and https (helm.sh/helm/v4/pkg/chart/common/util/jsonschema.go).
"""

import gzip
import io
import json
import re
import zlib
from collections.abc import Mapping
from posixpath import basename
from typing import Any

_SCHEMA = "values.schema.json"
_REFERENCES = frozenset({"$ref", "$dynamicRef", "$recursiveRef"})
# The drafts that the library behind Helm brings along.
_DRAFT = re.compile(r"https?://json-schema\.org/(draft-0[467]|draft/20(19-09|20-12))/schema#?")
_MOST = 20_000_000


def unchecked(folder: str, files: Mapping[str, str | bytes]) -> str:
    """Why values are not to be checked against the schemas of a chart and of the charts in it; '' if they may be."""
    start = f"{folder}/" if folder else ""
    for file, content in files.items():
        if not file.startswith(start):
            continue
        if basename(file) == _SCHEMA and (elsewhere := _elsewhere(content)):
            return f"values were not checked against schemas, since {file} {elsewhere}"
        if file.endswith(".tgz") and _may_hold_schema(content):
            return f"values were not checked against schemas, since {file} may bring one that refers elsewhere"
    return ""


def _elsewhere(schema: str | bytes) -> str:
    """What a schema takes from elsewhere; '' if nothing."""
    try:
        pairs: list[tuple[str, Any]] = []
        json.loads(schema, object_pairs_hook=pairs.extend)
    except (ValueError, RecursionError):
        return "cannot be read"
    return next((f"refers to {value[:200]!r}" for key, value in pairs if _leads_out(key, value)), "")


def _leads_out(key: str, value: Any) -> bool:
    if not isinstance(value, str):
        return False
    if key == "$schema":
        return _DRAFT.fullmatch(value) is None
    return key in _REFERENCES and not value.startswith("#")


def _may_hold_schema(archive: str | bytes) -> bool:
    """Whether the name stands anywhere in it, however it is packed; what is too large or broken may hold one."""
    packed = archive if isinstance(archive, bytes) else archive.encode(errors="replace")
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(packed)) as opened:
            content = opened.read(_MOST + 1)
    except (OSError, EOFError, zlib.error):
        return True
    return len(content) > _MOST or _SCHEMA.encode() in content
