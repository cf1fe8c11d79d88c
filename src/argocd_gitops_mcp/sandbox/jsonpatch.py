"""RFC 6902 in the dialect and the words of the library that Argo CD and the API server use.

Its dialect: `replace` of a missing key of an object adds it, and `test` takes a missing key for null.
"""

import json
from typing import Any

from argocd_gitops_mcp.sandbox.errors import go_kind
from argocd_gitops_mcp.sandbox.world import clone

MISSING, NO_INDEX, DIFFERENT = "missing value", "invalid index referenced", "test failed"
ABSENT = object()


class UnreadableError(Exception):
    """A text that is no patch."""


class PatchError(Exception):
    """A patch that does not apply."""


def decode(text: str) -> list[dict[str, Any]]:
    """The operations; UnreadableError in Go's words if the text is no patch."""
    try:
        value = json.loads(text)
    except ValueError as error:
        raise UnreadableError(_go_syntax(text)) from error
    if value is None:
        return []
    if not isinstance(value, list):
        raise UnreadableError(f"json: cannot unmarshal {go_kind(value)} into Go value of type jsonpatch.Patch")
    for index, operation in enumerate(value):
        if not isinstance(operation, dict):
            kind = go_kind(operation)
            raise UnreadableError(f"json: cannot unmarshal {kind} into Patch.{index} of type jsonpatch.Operation")
    return value


def apply(document: Any, patch: list[dict[str, Any]]) -> Any:
    """The patched document; PatchError with what does not apply."""
    whole = {"": clone(document)}
    for operation in patch:
        kind = operation.get("op", "unknown")
        carry_out = OPERATIONS.get(kind)
        if carry_out is None:
            raise PatchError(f"Unexpected kind: {kind}")
        if not isinstance(operation.get("path"), str):
            raise PatchError(f"{kind} operation failed to decode path: {MISSING}")
        carry_out(whole, operation)
    return whole[""]


def _add(whole: Any, operation: Any) -> None:
    path = operation["path"]
    holder, key = _find(whole, path, f'add operation does not apply: doc is missing path: "{path}"')
    _put(holder, key, operation.get("value"), f"error in add for path: '{path}'")


def _remove(whole: Any, operation: Any) -> None:
    path = operation["path"]
    holder, key = _find(whole, path, f'remove operation does not apply: doc is missing path: "{path}"')
    _take(holder, key, f"error in remove for path: '{path}'")


def _replace(whole: Any, operation: Any) -> None:
    path = operation["path"]
    holder, key = _find(whole, path, f"replace operation does not apply: doc is missing path: {path}")
    if isinstance(holder, list):
        if _index(key, len(holder)) is None:
            raise PatchError(f"replace operation does not apply: doc is missing key: {path}: {MISSING}")
        holder[int(key)] = operation.get("value")
    else:
        holder[key] = operation.get("value")


def _move(whole: Any, operation: Any) -> None:
    start, path = operation["from"], operation["path"]
    holder, key = _find(whole, start, f"move operation does not apply: doc is missing from path: {start}")
    value = _take(holder, key, f"error in move for path: '{key}'")
    holder, key = _find(whole, path, f"move operation does not apply: doc is missing destination path: {path}")
    _put(holder, key, value, f"error in move for path: '{path}'")


def _copy(whole: Any, operation: Any) -> None:
    start, path = operation["from"], operation["path"]
    holder, key = _find(whole, start, f"copy operation does not apply: doc is missing from path: {start}")
    value = _get(holder, key, f"error in copy for from: '{start}'")
    holder, key = _find(whole, path, f"copy operation does not apply: doc is missing destination path: {path}")
    _put(holder, key, None if value is ABSENT else clone(value), "error while adding value during copy")


def _test(whole: Any, operation: Any) -> None:
    path, wanted = operation["path"], operation.get("value")
    holder, key = _find(whole, path, f"test operation does not apply: is missing path: {path}")
    found = _get(holder, key, f"error in test for path: '{path}'")
    if (None if found is ABSENT else found) != wanted:
        raise PatchError(f"testing value {path} failed: {DIFFERENT}")


OPERATIONS = {"add": _add, "remove": _remove, "replace": _replace, "move": _move, "copy": _copy, "test": _test}


def _find(whole: Any, path: str, complaint: str) -> tuple[Any, str]:
    """What holds the value, and its key there."""
    holder = whole
    *above, last = [part.replace("~1", "/").replace("~0", "~") for part in path.split("/")]
    for part in above:
        below = _get(holder, part, complaint, quiet=True)
        if not isinstance(below, dict | list):
            raise PatchError(f"{complaint}: {MISSING}")
        holder = below
    return holder, last


def _get(holder: Any, key: str, complaint: str, *, quiet: bool = False) -> Any:
    if isinstance(holder, dict):
        return holder.get(key, ABSENT)
    index = _index(key, len(holder))
    if index is not None:
        return holder[index]
    if quiet:
        return ABSENT
    raise PatchError(f"{complaint}: {_no_index(key)}")


def _put(holder: Any, key: str, value: Any, complaint: str) -> None:
    if isinstance(holder, dict):
        holder[key] = value
    elif key == "-":
        holder.append(value)
    else:
        index = _index(key, len(holder) + 1)
        if index is None:
            raise PatchError(f"{complaint}: {_no_index(key)}")
        holder.insert(index, value)


def _take(holder: Any, key: str, complaint: str) -> Any:
    if isinstance(holder, list):
        index = _index(key, len(holder))
        if index is None:
            raise PatchError(f"{complaint}: {_no_index(key)}")
        return holder.pop(index)
    if key not in holder:
        raise PatchError(f"{complaint}: Unable to remove nonexistent key: {key}: {MISSING}")
    return holder.pop(key)


def _index(key: str, length: int) -> int | None:
    return int(key) if key.isdigit() and int(key) < length else None


def _no_index(key: str) -> str:
    if key.isdigit():
        return f"Unable to access invalid index: {key}: {NO_INDEX}"
    return f'strconv.Atoi: parsing "{key}": invalid syntax'


def _go_syntax(text: str) -> str:
    """Go's complaint about what is no JSON; of its many only what a test is likely to send."""
    start = text.lstrip()
    if not start:
        return "unexpected end of JSON input"
    for literal in ("null", "true", "false"):
        if start[0] == literal[0]:
            wrong = next(i for i, letter in enumerate(literal) if start[i : i + 1] != letter)
            return f"invalid character '{start[wrong : wrong + 1]}' in literal {literal} (expecting '{literal[wrong]}')"
    return f"invalid character '{start[0]}' looking for beginning of value"
