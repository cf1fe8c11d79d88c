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


def mentioned(value: Mapping[str, Any]) -> Iterator[str]:
    """Every path or URL that kustomize reads or fetches for a kustomization, as it is written.

    In any spelling of the fields: Go's JSON, which kustomize reads with, does not tell `Resources` from `resources`.
    """
    for name in ("resources", "bases", "components", "crds", "configurations"):
        yield from texts(_items(value, name))
    # An inline patch is no URL, and a file is read only from the kustomization's own folder.
    yield from (one for one in texts(_items(value, "patchesStrategicMerge")) if "\n" not in one and one[:1] != "{")
    for name in _PATCHES:
        yield from (path for one in objects(_items(value, name)) for path in texts(fields(one, "path")))
    yield from (path for one in objects(fields(value, "openapi")) for path in texts(fields(one, "path")))
    for name in ("configMapGenerator", "secretGenerator"):
        for one in objects(_items(value, name)):
            yield from (text.rpartition("=")[2] for text in texts(_items(one, "files")))  # `key=path`, or the path
            yield from texts([*_items(one, "envs"), *fields(one, "env")])


def fields(value: Mapping[str, Any], name: str) -> list[Any]:
    """What a field holds, in any spelling of its name."""
    return [held for key, held in value.items() if key.casefold() == name.casefold()]


def _items(value: Mapping[str, Any], name: str) -> list[Any]:
    return [one for held in fields(value, name) if isinstance(held, list) for one in held]


def related(known: Mapping[str, Mapping[str, Any]], changed: Collection[str]) -> set[str]:
    """The files and folders of every kustomization that a change reaches, with all that those build on.

    Args:
        known: what the kustomizations say, by file, with the change in them.
        changed: files.
    """
    names = {posixpath.dirname(file): {*_inside(posixpath.dirname(file), said)} for file, said in known.items()}
    reached = {*changed, *(posixpath.dirname(file) for file in changed if posixpath.basename(file) in NAMES)}
    while more := {folder for folder, named_ in names.items() if folder not in reached and named_ & reached}:
        reached |= more
    found = set(reached) - set(changed)
    waiting = [folder for folder in found if folder in names]
    while waiting:
        new = names.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return found


def _inside(folder: str, said: Mapping[str, Any]) -> Iterator[str]:
    for name in mentioned(said):
        path = posixpath.normpath(posixpath.join(folder, name))
        yield "" if path == "." else path


def _local(content_: Mapping[str, Any]) -> Iterator[str]:
    for field in _LISTS:
        yield from texts(content_.get(field))
    yield from texts(content_.get("patchesStrategicMerge"))
    for field in _PATCHES:
        yield from (one["path"] for one in objects(content_.get(field)) if isinstance(one.get("path"), str))
    for chart in objects(content_.get("helmCharts")):
        yield from texts([chart.get("valuesFile")])
        yield from texts(chart.get("additionalValuesFiles"))
