"""`spec.ignoreDifferences`: places that are taken out of both sides before they are compared, by JSON pointers."""

from fnmatch import fnmatchcase
from typing import Any

from argocd_gitops_mcp.sandbox.merging import with_defaults
from argocd_gitops_mcp.sandbox.world import Application, Object, clone, key_of


def compared(application: Application, obj: Object) -> Object:
    """What is compared of an object; the cluster's defaults stand where something was taken out."""
    key = key_of(obj)
    pointers = [
        pointer
        for rule in application.spec.get("ignoreDifferences") or ()
        if fnmatchcase(key.group, rule.get("group", ""))
        and fnmatchcase(key.kind, rule["kind"])
        and rule.get("name", "") in ("", key.name)
        and rule.get("namespace", "") in ("", key.namespace)
        for pointer in rule.get("jsonPointers") or ()
    ]
    if not pointers:
        return obj
    kept = clone(obj)
    for pointer in pointers:
        _take_out(kept, pointer)
    return with_defaults(kept)


def _take_out(obj: Object, pointer: str) -> None:
    *way, last = (step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:])
    holder: Any = obj
    for step in way:
        holder = _inside(holder, step)
    if isinstance(holder, dict):
        holder.pop(last, None)
    elif isinstance(holder, list) and last.isdecimal() and int(last) < len(holder):
        del holder[int(last)]


def _inside(holder: Any, step: str) -> Any:
    if isinstance(holder, list):
        return holder[int(step)] if step.isdecimal() and int(step) < len(holder) else None
    return holder.get(step) if isinstance(holder, dict) else None
