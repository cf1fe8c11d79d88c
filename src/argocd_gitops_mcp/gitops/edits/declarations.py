"""Where an application's own settings stand: its manifest in Git, or the overrides in its source's folder. Pure."""

from collections.abc import Collection, Mapping
from typing import Any

from argocd_gitops_mcp.errors import FailedPrecondition, InvalidArgument, NotYAML
from argocd_gitops_mcp.gitops import sources
from argocd_gitops_mcp.gitops.edits.workloads import Place
from argocd_gitops_mcp.gitops.sources import Target
from argocd_gitops_mcp.gitops.yaml.changes import Path, is_same, value_at, values, written

_MISSING = object()


def setting(target: Target, index: int, path: Path, tree: Collection[str], files: Mapping[str, str]) -> Place:
    """Where a field of a source is set: the override that has the last word, else the application's manifest.

    Args:
        target: the application.
        index: of the source.
        path: below the source, e.g. `("helm", "parameters")`.
        tree: every file of the commit.
        files: those that are loaded; the application's manifest is looked for in all of them.

    Raises:
        FailedPrecondition: Git does not hold it.
        InvalidArgument: several manifests could be this application's.
    """
    source = target.sources[index]
    folder = sources.folder_of(source) if target.is_here(source) else None
    for file in reversed(sources.overrides(target, folder, tree)) if folder is not None else ():
        value = next(iter(values(files.get(file, ""), file)), None)
        if value_at(value, path, _MISSING) is not _MISSING:
            return Place(file, 0, path)
    place = manifest(target, files, written(path))
    sources_ = value_at(_at(place, files), ("sources",))
    own = place.below("sources", index) if isinstance(sources_, list) else place.below("source")
    declared = own.below(*path)
    if not is_same(_at(declared, files), value_at(source, path)):
        raise FailedPrecondition(
            f"{written(path)} of application {target.name} is not what its manifest {place.file} says: "
            "it was set on the Application object itself.",
            hint=_hint(path),
        )
    return declared


def manifest(target: Target, files: Mapping[str, str], what: str = "It") -> Place:
    """Where the spec of the application's own manifest stands.

    Raises:
        FailedPrecondition: none of the files is its manifest.
        InvalidArgument: several could be.
    """
    found = [place for file, text in sorted(files.items()) for place in _manifests(target, file, text)]
    if len(found) > 1:
        alike = [one for one in found if _is_alike(target, _at(one, files))]
        found = alike or found
    if len(found) > 1:
        named = ", ".join(dict.fromkeys(one.file for one in found))
        raise InvalidArgument(
            f"Several manifests could be application {target.name}'s: {named}.",
            hint="Give the one that is meant, whole.",
        )
    if not found:
        raise FailedPrecondition(
            f"{what} is set on the Application object {target.name}; its manifest is not among the files read.",
            hint=_hint(()),
        )
    return found[0]


def _hint(path: Path) -> str:
    setting_ = {"targetRevision": " (target_revision)"}.get(str(path[0]) if path else "", "")
    return (
        f"Change the object with operation update{setting_}, or give the file that makes it (a template, a generator, "
        "the parent application's repository), whole."
    )


def _manifests(target: Target, file: str, text: str) -> list[Place]:
    if "Application" not in text or target.name not in text:
        return []
    try:
        documents = values(text, file)
    except NotYAML:
        return []  # a chart's template, which is no YAML before it is rendered
    return [
        Place(file, index, ("spec",))
        for index, one in enumerate(documents)
        if isinstance(one, dict)
        and one.get("kind") == "Application"
        and str(one.get("apiVersion", "")).startswith("argoproj.io/")
        and value_at(one, ("metadata", "name")) == target.name
        and isinstance(one.get("spec"), dict)
    ]


def _at(place: Place, files: Mapping[str, str]) -> Any:
    return value_at(values(files[place.file], place.file)[place.document], place.path)


def _is_alike(target: Target, spec: Any) -> bool:
    declared = sources.sources_of(spec)
    keys = ("repoURL", "path", "chart")
    return [[one.get(key) for key in keys] for one in declared] == [
        [one.get(key) for key in keys] for one in target.sources
    ]
