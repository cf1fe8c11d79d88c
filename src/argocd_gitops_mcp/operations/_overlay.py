"""What an object would become if another revision were deployed: the changes between two renderings, put on it. Pure.

Rendered manifests lack what the cluster fills in, and hold what is ignored when comparing; so they are never compared
with live objects themselves.
"""

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any

from argocd_gitops_mcp.argocd.models import IgnoredDifference
from argocd_gitops_mcp.argocd.tree import Key

_SIMPLE = re.compile(r"(?:\.[A-Za-z_]\w*)+")
"""Expressions of jq that are a path only."""
_KEYS = ("name", "containerPort", "port", "mountPath", "key", "ip", "type")
"""What tells the items of a list apart, where each of them has it."""


def overlaid(before: Any, after: Any, onto: Any) -> Any:
    """`onto` with what changes from `before` to `after`.

    Args:
        before: as it is rendered now, or None.
        after: as it would be rendered.
        onto: the object as Argo CD predicts it now; what it lacks of `before` is ignored when comparing.
    """
    if isinstance(after, dict) and isinstance(onto, dict):
        return _mapping(before if isinstance(before, dict) else {}, after, onto)
    if isinstance(after, list) and isinstance(onto, list):
        name = _key(after, onto, before if isinstance(before, list) else [])
        if name:
            return _items(before if isinstance(before, list) else [], after, onto, name)
    return onto if before == after else after


def _mapping(before: dict[str, Any], after: dict[str, Any], onto: dict[str, Any]) -> dict[str, Any]:
    result = dict(onto)
    for name in before.keys() - after.keys():
        result.pop(name, None)
    for name, value in after.items():
        if name not in before:
            result[name] = overlaid(None, value, onto[name]) if name in onto else value
        elif name in onto:
            result[name] = overlaid(before[name], value, onto[name])
    return result


def _items(before: list[Any], after: list[Any], onto: list[Any], name: str) -> list[Any]:
    """Items by what tells them apart: those that stay where they are, then new ones."""
    was, will = {one[name]: one for one in before}, {one[name]: one for one in after}
    there = {one[name] for one in onto}
    kept = [
        overlaid(was.get(one[name]), will[one[name]], one) if one[name] in will else one
        for one in onto
        if one[name] in will or one[name] not in was
    ]
    return kept + [one for one in after if one[name] not in there and one[name] not in was]


def _key(*lists: list[Any]) -> str:
    """The name under which the items of all these lists have a value of their own; empty where there is none."""
    items = [one for each in lists for one in each]
    if not items or not all(isinstance(one, dict) for one in items):
        return ""
    for name in _KEYS:
        if all(len({str(one.get(name)) for one in each}) == len(each) for each in lists) and all(
            isinstance(one.get(name), str | int) for one in items
        ):
            return name
    return ""


def ignored(rules: Sequence[IgnoredDifference], at: Key) -> tuple[list[list[str]], bool]:
    """The places in a resource that are not compared, and whether there are others that only Argo CD can tell."""
    places: list[list[str]] = []
    others = False
    for rule in rules:
        fits = (
            fnmatchcase(at[0], rule.group)
            and fnmatchcase(at[1], rule.kind)
            and rule.namespace in ("", at[2])
            and rule.name in ("", at[3])
        )
        if not fits:
            continue
        places += [_steps(one) for one in rule.json_pointers or []]
        expressions = rule.jq_path_expressions or []
        places += [one[1:].split(".") for one in expressions if _SIMPLE.fullmatch(one)]
        others = others or bool(rule.managed_fields_managers) or any(not _SIMPLE.fullmatch(one) for one in expressions)
    return places, others


def _steps(pointer: str) -> list[str]:
    """RFC 6901."""
    return [one.replace("~1", "/").replace("~0", "~") for one in pointer.split("/")[1:]]


def restored(wanted: Any, live: Any, steps: Sequence[str]) -> Any:
    """`wanted` with what stands at this place in `live`: as Argo CD treats what it ignores."""
    if not steps or not isinstance(wanted, dict) or not isinstance(live, dict):
        return wanted
    name, rest = steps[0], steps[1:]
    if rest:
        return {**wanted, name: restored(wanted[name], live.get(name), rest)} if name in wanted else wanted
    if name in live:
        return {**wanted, name: live[name]}
    return {key: value for key, value in wanted.items() if key != name}
