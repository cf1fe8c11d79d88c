"""Changes of single values in YAML and JSON text: every line that does not change stays byte for byte. Pure."""

import math
import re
from collections.abc import Iterator
from typing import Any

from argocd_gitops_mcp.errors import InvalidArgument, NotYAML
from argocd_gitops_mcp.gitops.yaml.layout import layout
from argocd_gitops_mcp.gitops.yaml.places import Alias, Key, Mapping, Node, Scalar, Sequence, documents, is_json
from argocd_gitops_mcp.gitops.yaml.splices import Splicer, Spot, Unsplicable
from argocd_gitops_mcp.gitops.yaml.values import is_merge, loaded, resolved

Path = tuple[Key, ...]
"""The way to a value: keys of mappings as they are written, indices of sequences."""

_STEP = re.compile(r"((?:\\.|[^.\[\]\\])+)|\[(\d+)\]")
_GONE = object()
_FILE = "the text"


def path_of(written_: str) -> Path:
    r"""A path as people write it: `image.tag`, `hosts[0].name`, `annotations.example\.com/name`.

    Raises:
        InvalidArgument: it is no such path.
    """
    found: list[Key] = []
    rest = written_
    while rest:
        step = _STEP.match(rest)
        if step is None:
            break
        found.append(int(step[2]) if step[2] else re.sub(r"\\(.)", r"\1", step[1]))
        rest = rest[step.end() :]
        if rest[:1] == "." and len(rest) > 1 and rest[1] != "[":
            rest = rest[1:]
        elif rest[:1] not in {"", "["}:
            break
    if rest or not found:
        raise InvalidArgument(
            rf"{written_!r} is no path; write image.tag, hosts[0].name, or a\.b.c for a key with a dot."
        )
    return tuple(found)


def written(path: Path) -> str:
    """The inverse of `path_of`."""
    found = ""
    for step in path:
        if isinstance(step, int):
            found += f"[{step}]"
        else:
            found += ("." if found else "") + re.sub(r"([\\.\[\]])", r"\\\1", step)
    return found


def value_at(value: Any, path: Path, missing: Any = None) -> Any:
    """The value at a path of loaded data; `missing` where there is none."""
    for step in path:
        if isinstance(value, dict) and str(step) in value:
            value = value[str(step)]
        elif isinstance(value, list) and str(step).isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return missing
    return value


def values(text: str, file: str = _FILE) -> list[Any]:
    """Each document's value.

    Raises:
        NotYAML: with the line.
    """
    return [loaded(one, file) for one in documents(text, file)]


def put(text: str, path: Path, value: Any, *, document: int = 0, file: str = _FILE) -> str:
    """Set the value at a path; what is missing on the way is made.

    A collection is changed where it differs, not written anew. Where an alias stands, only this place changes.

    Args:
        text: the whole file.
        path: where; the length of a list appends to it.
        value: of any type that JSON has.
        document: which one of the file, from 0.
        file: its path, for errors.

    Raises:
        NotYAML: with the line.
        InvalidArgument: the path leads through a single value, or through an anchor that is used elsewhere too; or
            the text is laid out in a way that cannot be changed in place.
    """
    before = values(text, file) or [None]
    steps = list(_steps(value_at(before[document], path, _GONE), path, value))
    try:
        new = text
        for where, one in steps:
            new = _without(new, where, document, file) if one is _GONE else _with(new, where, one, document, file)
        return _checked(new, before, path, value, document, file)
    except InvalidArgument:
        if all(where == path for where, _ in steps):
            raise
        # In a value that is an alias nothing can be changed, but it can be replaced.
        return _checked(_with(text, path, value, document, file), before, path, value, document, file)


def drop(text: str, path: Path, *, document: int = 0, file: str = _FILE) -> str:
    """Remove a key or an item with its value.

    Raises:
        NotYAML, InvalidArgument: as `put`; also where there is nothing to remove.
    """
    before = values(text, file)
    new = _without(text, path, document, file)
    return _checked(new, before, path, _GONE, document, file)


def _with(text: str, path: Path, value: Any, document: int, file: str) -> str:
    splicer = _splicer(text, file)
    spots, rest = _found(text, path, document, file)
    spot = spots[-1]
    try:
        if not rest:
            return splicer.replaced(spot, value)
        if isinstance(spot.node, Mapping) and (spot.node.items or spot.in_flow or splicer.as_json):
            return splicer.added(spot, str(rest[0]), _nested(rest[1:], value))
        if isinstance(spot.node, Sequence) and (spot.node.items or spot.in_flow or splicer.as_json):
            return splicer.added(spot, None, _nested(rest[1:], value))
        return splicer.replaced(spot, _nested(rest, value))
    except Unsplicable as error:
        raise _not_in_place(file, path) from error


def _without(text: str, path: Path, document: int, file: str) -> str:
    spots, rest = _found(text, path, document, file)
    if rest or not path:
        raise InvalidArgument(f"{file}: there is no {written(path)} to remove.")
    holder = spots[-2]
    try:
        return _splicer(text, file).removed(holder, _index(holder.node, spots[-1].node))
    except Unsplicable as error:
        raise _not_in_place(file, path) from error


def _index(holder: Node, node: Node) -> int:
    if isinstance(holder, Mapping):
        return next(place for place, (_, value) in enumerate(holder.items) if value is node)
    if isinstance(holder, Sequence):
        return next(place for place, value in enumerate(holder.items) if value is node)
    raise Unsplicable


def _splicer(text: str, file: str) -> Splicer:
    eol = "\r\n" if "\r\n" in text else "\n"
    return Splicer(text, eol, file.endswith(".json") or is_json(text), layout(text, documents(text, file)))


def _found(text: str, path: Path, document: int, file: str) -> tuple[list[Spot], Path]:
    """The nodes on the way, as far as there are any, and the rest of the path."""
    read = documents(text, file)
    root: Node = read[document].root if read else Scalar(len(text), len(text), len(text), "", "")
    spots = [Spot(root)]
    _refuse_shared(root, root, text, file)
    for place, step in enumerate(path):
        spot = spots[-1]
        key, value = _child(spot.node, step, path[: place + 1], len(path) - place - 1, file)
        if value is None:
            return spots, path[place:]
        in_flow = spot.in_flow or (isinstance(spot.node, Mapping | Sequence) and spot.node.is_flow)
        holder = spot.node if isinstance(spot.node, Mapping | Sequence) else None
        spots.append(Spot(value, holder, key, in_flow))
        _refuse_shared(value, root, text, file)
    return spots, ()


def _child(node: Node, step: Key, path: Path, more: int, file: str) -> tuple[Node | None, Node | None]:
    name = written(path)
    if isinstance(node, Mapping):
        found = node.find(step)
        if len(found) > 1:
            raise InvalidArgument(f"{file}: {name} is given twice; which one counts depends on the reader.")
        if not found and more and any(is_merge(key) for key, _ in node.items):
            raise InvalidArgument(
                f"{file}: {name} may come from a merge (`<<`); give it whole here, or the whole file."
            )
        return found[0] if found else (None, None)
    if isinstance(node, Sequence):
        if not str(step).isdigit() or int(step) > len(node.items):
            raise InvalidArgument(f"{file}: {name}: the list has {len(node.items)} items; the first is [0].")
        return None, node.items[int(step)] if int(step) < len(node.items) else None
    if isinstance(node, Alias):
        raise InvalidArgument(
            f"{file}: {name} is in *{node.anchor}, which is shared; give the value that holds it whole."
        )
    if resolved(node) is not None:
        raise InvalidArgument(
            f"{file}: {name}: {written(path[:-1]) or 'the document'} is a single value, nothing is in it."
        )
    return None, None


def _refuse_shared(node: Node, root: Node, text: str, file: str) -> None:
    anchor = "" if isinstance(node, Alias) else node.anchor
    lines = [text.count("\n", 0, one.start) + 1 for one in _aliases(root) if one.anchor == anchor] if anchor else []
    if lines:
        used = ", ".join(str(line) for line in lines)
        raise InvalidArgument(
            f"{file}: &{anchor} in line {text.count(chr(10), 0, node.outer) + 1} is used again in line {used}, "
            "which would change too.",
            hint="Give the whole file, with the value written out where it shall differ.",
        )


def _aliases(node: Node) -> Iterator[Alias]:
    if isinstance(node, Alias):
        yield node
    elif isinstance(node, Sequence):
        for one in node.items:
            yield from _aliases(one)
    elif isinstance(node, Mapping):
        for pair in node.items:
            for one in pair:
                yield from _aliases(one)


def _nested(path: Path, value: Any) -> Any:
    for step in reversed(path):
        if isinstance(step, int) and step:
            raise InvalidArgument(f"There is no list yet, so it begins with [0], not [{step}].")
        value = [value] if isinstance(step, int) else {step: value}
    return value


def _steps(before: Any, path: Path, after: Any) -> Iterator[tuple[Path, Any]]:
    """The single changes that make one value of another; later ones come first where they move each other."""
    if isinstance(before, dict) and isinstance(after, dict) and before and after:
        for key, one in after.items():
            yield from _steps(before.get(key, _GONE), (*path, key), one)
        yield from (((*path, key), _GONE) for key in before if key not in after)
    elif isinstance(before, list) and isinstance(after, list) and before and after:
        for place, one in enumerate(after):
            yield from _steps(before[place] if place < len(before) else _GONE, (*path, place), one)
        yield from (((*path, place), _GONE) for place in reversed(range(len(after), len(before))))
    elif not is_same(before, after):
        yield path, after


def _set(whole: Any, path: Path, value: Any) -> Any:
    """Loaded data with one value set, or gone; nothing is changed that other places share."""
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(whole, list):
        place = int(step)
        inner = _set(whole[place] if place < len(whole) else None, rest, value)
        return [*whole[:place], *([] if inner is _GONE else [inner]), *whole[place + 1 :]]
    if whole is None and isinstance(step, int):
        return [_set(None, rest, value)]
    inner = _set((whole or {}).get(str(step)), rest, value)
    found = {**(whole or {}), str(step): inner}
    return {key: one for key, one in found.items() if one is not _GONE}


def is_same(one: Any, other: Any) -> bool:
    """Whether two values are the same to a reader who tells 1 from 1.0 and from true."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(is_same(value, other[key]) for key, value in one.items())
    if isinstance(one, list):
        return len(one) == len(other) and all(map(is_same, one, other))
    return bool(one == other) or (isinstance(one, float) and math.isnan(one) and math.isnan(other))


def _checked(text: str, before: list[Any], path: Path, value: Any, document: int, file: str) -> str:
    """Nothing leaves here that does not say what was asked for, and besides that what it said before."""
    wanted = [*before[:document], _set(before[document], path, value), *before[document + 1 :]]
    try:
        found = values(text, file) or [None]
    except NotYAML as error:
        raise _not_in_place(file, path) from error
    if not is_same(found, wanted):
        raise _not_in_place(file, path)
    return text


def _not_in_place(file: str, path: Path) -> InvalidArgument:
    return InvalidArgument(
        f"{file}: {written(path)} stands in a way that is not changed in place; give the whole file."
    )
