"""What of a kustomization or chart may be rendered: kustomize and Helm fetch, and read the machine they run on. Pure.

Every field of kustomize's own type that names a path or a URL is looked at (sigs.k8s.io/kustomize/api v0.21,
types/kustomization.go), in the kustomization and in all that it builds on. What is built is what was read here,
written anew: a second reading of the same text, by other rules, would be a way around this one.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from posixpath import join
from typing import Any

import yaml

from argocd_gitops_mcp.gitops.kustomizations import NAMES, fields, mentioned
from argocd_gitops_mcp.gitops.nodes import Parser, Unreadable, bounded, value_of
from argocd_gitops_mcp.gitops.tree import Tree, inside, is_remote
from argocd_gitops_mcp.gitops.validation.charts import unchecked
from argocd_gitops_mcp.gitops.validation.targets import Target

Files = Mapping[str, str | bytes]

# They run programs, or fetch charts.
_PROGRAMS = ("generators", "transformers", "validators", "helmCharts", "helmChartInflationGenerator", "helmGlobals")
_SCHEME = re.compile(r"\s*[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_NOT_PRINTED = re.compile(r"[^\x20-\x7e]")


@dataclass(frozen=True, slots=True)
class Confined:
    """How a target stays inside the files that were given.

    Args:
        refusal: why it is not to be rendered; '' where nothing stands against it.
        files: kustomizations as they were understood, which take the place of those given.
        note: what is left out so that nothing is fetched; '' where nothing is.
    """

    refusal: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    note: str = ""


def confined(target: Target, files: Files) -> Confined:
    """How to render a target, or why not."""
    if target.tool == "helm":
        return Confined(note=unchecked(target.folder, files))
    understood: dict[str, str] = {}
    tree = Tree(files.keys())
    waiting = [inside("", target.folder or ".")]
    while waiting:
        folder = waiting.pop()
        for file in (join(folder, name) for name in NAMES):
            if file not in files or file in understood:
                continue
            try:
                value = _read(files[file])
            except (yaml.YAMLError, UnicodeError, Unreadable):
                return Confined(f"{file} cannot be read")
            named = list(mentioned(value)) if isinstance(value, dict) else []
            if refusal := _refusal(file, value, named, folder, tree):
                return Confined(refusal)
            understood[file] = _written(value)
            waiting += [inside(folder, name) for name in named]
    return Confined(files=understood)


def _read(content: str | bytes) -> Any:
    """The first document, which is all that kustomize reads."""
    parser = Parser(content if isinstance(content, str) else content.decode("utf-8-sig"))
    node = parser.get_node() if parser.check_node() else None
    if node is None:
        return {}
    bounded(node)
    return value_of(node, [])


def _written(value: Any) -> str:
    """As JSON that is YAML too, which knows no surrogates and breaks lines at more than line feeds."""
    return _NOT_PRINTED.sub(lambda one: f"\\U{ord(one[0]):08x}", json.dumps(value, ensure_ascii=False))


def _refusal(file: str, value: Any, named: list[str], folder: str, tree: Tree) -> str:
    for program in _PROGRAMS if isinstance(value, dict) else ():
        if any(fields(value, program)):
            return f"{file} uses {program}, which runs programs or fetches"
    for name in named:
        target = inside(folder, name)
        is_here = target in tree.files or target in tree.folders
        if _SCHEME.match(name) or (is_remote(name) and not is_here):
            return f"{file} takes in {name[:200]!r}, which is not fetched"
        if name.startswith("/") or target == ".." or target.startswith("../"):
            return f"{file} names {name[:200]!r}, which is outside of the repository"
    return ""
