"""Kustomization files: where they are, and which files and folders of the repository they name. Pure."""

import posixpath
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from argocd_gitops_mcp.errors import InvalidPath
from argocd_gitops_mcp.gitops.yaml.changes import values

NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")

_LISTS = ("resources", "bases", "components", "crds", "configurations", "transformers", "generators", "validators")
_PATCHES = ("patches", "patchesJson6902", "replacements")


def within(folder: str, path: str) -> str:
    """A path that is given in a folder, from the repository's root.

    Raises:
        InvalidPath: it leads out of the repository.
    """
    steps: list[str] = []
    for step in posixpath.join(folder, path).split("/"):
        if step == ".." and not steps:
            raise InvalidPath(f"{path!r} in {folder or 'the root'} leads out of the repository.")
        if step == "..":
            steps.pop()
        elif step not in {"", "."}:
            steps.append(step)
    if path.startswith("/"):
        raise InvalidPath(f"{path!r} in {folder or 'the root'} is absolute.")
    return "/".join(steps)


def file_of(folder: str, tree: Collection[str]) -> str | None:
    """The kustomization of a folder, if it has one."""
    return next((one for name in NAMES if (one := posixpath.join(folder, name)) in tree), None)


def is_remote(path: str) -> bool:
    """Whether a resource is somewhere else than in this repository."""
    return "://" in path or path.startswith(("git@", "github.com/", "git::")) or "?ref=" in path


def content(file: str, files: Mapping[str, str]) -> dict[str, Any]:
    """What a kustomization says; nothing where the file is not one.

    Raises:
        NotYAML: with the line.
    """
    found = next(iter(values(files[file], file)), None)
    return found if isinstance(found, dict) else {}


def texts(given: Any) -> list[str]:
    """The strings of what should be a list of strings."""
    return [one for one in given if isinstance(one, str)] if isinstance(given, list) else []


def objects(given: Any) -> list[dict[str, Any]]:
    """The mappings of what should be a list of mappings."""
    return [one for one in given if isinstance(one, dict)] if isinstance(given, list) else []


def named(content_: Mapping[str, Any], folder: str) -> Iterator[str]:
    """Every file and folder that a kustomization names, from the repository's root.

    Raises:
        InvalidPath: one leads out of the repository.
    """
    for name in _local(content_):
        if not is_remote(name) and "\n" not in name:
            yield within(folder, name)


def _local(content_: Mapping[str, Any]) -> Iterator[str]:
    for field in _LISTS:
        yield from texts(content_.get(field))
    yield from texts(content_.get("patchesStrategicMerge"))
    for field in _PATCHES:
        yield from (one["path"] for one in objects(content_.get(field)) if isinstance(one.get("path"), str))
    for chart in objects(content_.get("helmCharts")):
        yield from texts([chart.get("valuesFile")])
        yield from texts(chart.get("additionalValuesFiles"))
