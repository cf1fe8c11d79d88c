"""An application's sources: which files of a repository they use, and as what. Pure."""

import fnmatch
import posixpath
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from argocd_gitops_mcp.errors import TooLarge
from argocd_gitops_mcp.gitops import kustomizations, urls
from argocd_gitops_mcp.gitops.kustomizations import texts, within
from argocd_gitops_mcp.gitops.yaml.changes import values

MOST_FILES = 1000
"""More files of one application are not read."""

Kind = Literal["kustomize", "helm", "directory", "plugin"]
Source = Mapping[str, Any]

_MANIFEST = re.compile(
    r".*\.(yaml|yml|json)\Z"
)  # getPotentiallyValidManifestFile of Argo CD; Jsonnet is no text of ours
_WHOLE = "Change its files whole, with files, and let its sources be smaller folders."
_SKIP = "+argocd:skip-file-rendering"
_GLOB = frozenset("*?[{")


@dataclass(frozen=True, slots=True)
class Target:
    """An application and the repository that is to be changed.

    Args:
        name: of the application.
        sources: its sources as Argo CD holds them.
        repo_url: of the repository whose files are given, in any spelling.
    """

    name: str
    sources: Sequence[Source]
    repo_url: str

    def is_here(self, source: Source) -> bool:
        """Whether a source is of the repository that is to be changed."""
        return urls.normal(str(source.get("repoURL", ""))) == urls.normal(self.repo_url)


def sources_of(spec: Mapping[str, Any]) -> list[Source]:
    """The sources of an Application's spec; `sources` beside `source` wins, as in Argo CD."""
    dry = (spec.get("sourceHydrator") or {}).get("drySource")
    return list(spec.get("sources") or [one for one in (spec.get("source") or dry,) if one])


def folder_of(source: Source) -> str | None:
    """The source's folder from the root; None of one that has none (a chart of a Helm repository, a mere `ref`).

    Raises:
        InvalidPath: it leads out of the repository.
    """
    path = source.get("path")
    return within("", path) if isinstance(path, str) and path and not source.get("chart") else None


def kind_of(source: Source, tree: Collection[str]) -> Kind:
    """What Argo CD takes a source for: what it says itself, else by the files in its folder."""
    said: tuple[Kind, ...] = ("kustomize", "helm", "directory", "plugin")
    for kind in said:
        if source.get(kind) is not None:
            return kind
    if source.get("chart"):
        return "helm"
    folder = folder_of(source) or ""
    if posixpath.join(folder, "Chart.yaml") in tree:
        return "helm"
    return "kustomize" if kustomizations.file_of(folder, tree) else "directory"


def overrides(target: Target, folder: str, tree: Collection[str]) -> list[str]:
    """The files in a source's folder that change it, in the order they are laid over it."""
    names = (".argocd-source.yaml", f".argocd-source-{target.name}.yaml")
    return [one for name in names if (one := posixpath.join(folder, name)) in tree]


def merged(target: Target, source: Source, tree: Collection[str], files: Mapping[str, str]) -> Source:
    """A source as Argo CD renders it: its folder's overrides laid over it; lists are replaced, not joined."""
    folder = folder_of(source) if target.is_here(source) else None
    found = dict(source)
    for file in overrides(target, folder, tree) if folder is not None else ():
        patch = next(iter(values(files.get(file, ""), file)), None)
        found = _laid_over(found, patch if isinstance(patch, dict) else {})
    return {**found, **{key: source[key] for key in ("repoURL", "path", "chart", "targetRevision") if key in source}}


def _laid_over(under: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    found = dict(under)
    for key, value in over.items():
        below = found.get(key)
        if value is None:
            found.pop(key, None)
        elif isinstance(value, dict):
            found[key] = _laid_over(below if isinstance(below, dict) else {}, value)
        else:
            found[key] = value
    return found


def value_files(target: Target, source: Source, tree: Collection[str]) -> list[str]:
    """The values files of a Helm source that are in this repository, in the order they are laid over each other.

    Raises:
        InvalidPath: one leads out of the repository.
    """
    given = texts((source.get("helm") or {}).get("valueFiles"))
    plain = [one for one in (_value_file(target, source, name) for name in given) if one and not _GLOB & set(one)]
    found: list[str] = []
    for name in given:
        path = _value_file(target, source, name)
        if path is None:
            continue
        # A file that a pattern finds too stands where it is named itself.
        matches = [path] if not _GLOB & set(path) else [one for one in _matching(path, tree) if one not in plain]
        found += [one for one in matches if one in tree and one not in found]
    return found


def unseen_value_files(target: Target, source: Source) -> list[str]:
    """The values files of a Helm source that are in no file of this repository: at a URL, or in another one."""
    given = texts((source.get("helm") or {}).get("valueFiles"))
    return [name for name in given if _value_file(target, source, name) is None]


def _value_file(target: Target, source: Source, name: str) -> str | None:
    if "://" in name:
        return None
    if name.startswith("$"):
        ref, _, path = name[1:].partition("/")
        other = next((one for one in target.sources if one.get("ref") == ref), None)
        return within("", path) if other is not None and target.is_here(other) else None
    folder = folder_of(source) if target.is_here(source) else None
    if folder is None:
        return None
    return within("", name.lstrip("/")) if name.startswith("/") else within(folder, name)


def _matching(pattern: str, tree: Collection[str]) -> list[str]:
    expression = "".join(
        {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}.get(part, re.escape(part))
        for part in re.split(r"(\*\*/|\*\*|\*|\?)", pattern)
    )
    return sorted(one for one in tree if re.fullmatch(expression, one))


def manifests(source: Source, tree: Collection[str]) -> list[str]:
    """The files of a plain directory that Argo CD reads."""
    folder, options = folder_of(source) or "", source.get("directory") or {}
    prefix = f"{folder}/" if folder else ""
    inner = sorted(one.removeprefix(prefix) for one in tree if one.startswith(prefix))
    include, exclude = str(options.get("include") or ""), str(options.get("exclude") or "")
    return [
        prefix + one
        for one in inner
        if _MANIFEST.match(one)
        and (options.get("recurse") or "/" not in one)
        and (not include or _fits(one, include))
        and not (exclude and _fits(one, exclude))
    ]


def _fits(path: str, pattern: str) -> bool:
    """By Argo CD's glob, where `*` crosses folders and `{a,b}` is either."""
    choice = re.search(r"\{([^{}]*)\}", pattern)
    if choice is None:
        return fnmatch.fnmatchcase(path, pattern)
    return any(_fits(path, pattern[: choice.start()] + one + pattern[choice.end() :]) for one in choice[1].split(","))


def is_skipped(text: str) -> bool:
    """Whether a file of a plain directory says that Argo CD shall not read it."""
    return _SKIP in text


def wanted(target: Target, tree: Collection[str], files: Mapping[str, str]) -> set[str]:
    """The files that have to be loaded yet; call it again with them until it is empty.

    Args:
        target: the application.
        tree: every plain file of the commit.
        files: what is loaded.

    Raises:
        InvalidPath: a source, a values file or a kustomization leads out of the repository.
        NotYAML: a kustomization cannot be read.
        TooLarge: the application uses more than 1,000 files.
    """
    known = frozenset(tree)
    used = set(uses(target, known, files))
    if len(used) > MOST_FILES:
        raise TooLarge(f"{target.name} uses more than {MOST_FILES} files.", hint=_WHOLE)
    return used - set(files)


def uses(target: Target, tree: Collection[str], files: Mapping[str, str]) -> Iterator[str]:
    """The files that an application uses, as far as those that are loaded tell."""
    for given in target.sources:
        source = merged(target, given, tree, files)
        folder = folder_of(source) if target.is_here(source) else None
        kind = kind_of(source, tree)
        if kind == "helm":
            yield from value_files(target, source, tree)
        if folder is None:
            continue
        yield from overrides(target, folder, tree)
        if kind == "helm":
            names = ("Chart.yaml", "values.yaml", "Chart.lock")
            yield from (one for name in names if (one := posixpath.join(folder, name)) in tree)
        elif kind == "kustomize":
            components = texts((source.get("kustomize") or {}).get("components"))
            yield from _of_kustomization(folder, components, tree, files)
        elif kind == "directory":
            yield from manifests(source, tree)


def _of_kustomization(
    folder: str, components: Iterable[str], tree: Collection[str], files: Mapping[str, str]
) -> Iterator[str]:
    seen: set[str] = set()
    waiting = [folder, *(within(folder, one) for one in components)]
    while waiting:
        one = waiting.pop()
        if one in seen:
            continue
        seen.add(one)
        if len(seen) > MOST_FILES:
            raise TooLarge(f"{folder} names more than {MOST_FILES} files.", hint=_WHOLE)
        file = one if one in tree else kustomizations.file_of(one, tree)
        if file is None:
            continue
        yield file
        if file != one and file in files:
            waiting += kustomizations.named(kustomizations.content(file, files), one)
