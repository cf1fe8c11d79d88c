"""The part of Helm that the seeds use: layered values, and templates that only substitute."""

import posixpath
import re
from typing import Any

from ruamel.yaml import YAML

from argocd_gitops_mcp.sandbox.errors import unknown

Values = dict[str, Any]
ORDER = ("Namespace", "Secret", "ConfigMap", "Service", "DaemonSet", "Deployment", "StatefulSet", "Job", "CronJob")
EXPRESSION = re.compile(r"\{\{-?\s*\.(Values|Release|Chart)\.([\w.]+)\s*(?:\|\s*(quote)\s*)?-?\}\}")


def values(files: dict[str, str], path: str, options: Values, references: dict[str, dict[str, str]]) -> Values:
    """values.yaml, then valueFiles, then values or valuesObject, then parameters."""
    merged = defaults(files, path, options, references)
    overlay(merged, _load(options.get("values", "")))
    overlay(merged, options.get("valuesObject") or {})
    for parameter in options.get("parameters") or ():
        value = parameter.get("value", "")
        _assign(merged, parameter["name"], value if parameter.get("forceString") else _scalar(value))
    return merged


def defaults(files: dict[str, str], path: str, options: Values, references: dict[str, dict[str, str]]) -> Values:
    """values.yaml overlaid by the value files that the source selects."""
    merged = _load(files.get(f"{path}/values.yaml", ""))
    for name in options.get("valueFiles") or ():
        pool, file = files, posixpath.normpath(posixpath.join(path, name))
        if name.startswith("$"):
            reference, _, file = name[1:].partition("/")
            pool = references.get(reference, {})
        if file in pool:
            overlay(merged, _load(pool[file]))
        elif not options.get("ignoreMissingValueFiles"):
            raise unknown(
                f"`helm template . <options>` failed exit status 1: Error: open {name}: no such file or directory"
            )
    return merged


def flatten(tree: Values, prefix: str = "") -> dict[str, str]:
    """Values as `a.b[0]: text`, the form of Helm parameters."""
    flat: dict[str, str] = {}
    for key, value in tree.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict):
            flat |= flatten(value, f"{name}.")
        elif isinstance(value, list):
            items = {f"{name}[{index}]": item for index, item in enumerate(value)}
            flat |= flatten(items)
        else:
            flat[name] = _text(value)
    return flat


def overlay(below: Values, above: Values) -> None:
    for key, value in above.items():
        if isinstance(value, dict) and isinstance(below.get(key), dict):
            overlay(below[key], value)
        else:
            below[key] = value


def substitute(template: str, tree: Values, name: str, namespace: str) -> str:
    release = {"Name": name, "Namespace": namespace, "Service": "Helm"}

    def replace(match: re.Match[str]) -> str:
        root, path, quote = match.groups()
        node: Any = {"Values": tree, "Release": release}.get(root, {})
        for part in path.split("."):
            node = node.get(part) if isinstance(node, dict) else None
        text = "" if node is None else _text(node)
        return f'"{text}"' if quote else text

    return EXPRESSION.sub(replace, template)


def _assign(tree: Values, path: str, value: Any) -> None:
    *parents, last = path.split(".")
    for part in parents:
        if not isinstance(tree.get(part), dict):
            tree[part] = {}
        tree = tree[part]
    tree[last] = value


def _scalar(text: str) -> Any:
    if text in {"true", "false"}:
        return text == "true"
    return int(text) if re.fullmatch(r"-?(0|[1-9]\d*)", text) else text


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _load(text: str) -> Values:
    return dict(YAML(typ="safe", pure=True).load(text) or {})
