"""Whether a kustomization stays inside the files that were given: kustomize would fetch, and read the machine. Pure.

Every field of kustomize's own type that names a path or a URL is looked at (sigs.k8s.io/kustomize/api v0.21,
types/kustomization.go), in the kustomization and in all that it builds on.
"""

from collections.abc import Iterator, Mapping
from posixpath import join, normpath
from typing import Any

from argocd_gitops_mcp.gitops.documents import read
from argocd_gitops_mcp.gitops.kustomizations import file_of, is_remote

_LISTS = ("resources", "bases", "components", "crds", "configurations", "patchesStrategicMerge")
_WITH_PATH = ("patches", "patchesJson6902", "replacements")
_GENERATORS = ("configMapGenerator", "secretGenerator")
# They run programs, or fetch charts.
_PROGRAMS = ("generators", "transformers", "validators", "helmCharts", "helmChartInflationGenerator", "helmGlobals")


def refusal(folder: str, files: Mapping[str, str | bytes]) -> str:
    """Why the kustomization of a folder is not to be built; empty where nothing stands against it."""
    tree = frozenset(files)
    seen: set[str] = set()
    waiting = [_normal(folder)]
    while waiting:
        one = waiting.pop()
        file = file_of(one, tree)
        if one in seen or file is None:
            continue
        seen.add(one)
        content = files[file]
        for document in read(file, content if isinstance(content, str) else content.decode(errors="replace"))[0]:
            value = document.value if isinstance(document.value, dict) else {}
            running = [name for name in _PROGRAMS if value.get(name)]
            if running:
                return f"{file} uses {running[0]}, which runs programs or fetches"
            for name in named(value):
                target = _normal(join(one, name))
                if is_remote(name):
                    return f"{file} takes in {name[:200]!r}, which is not fetched"
                if name.startswith("/") or target.startswith(".."):
                    return f"{file} names {name[:200]!r}, which is outside of the repository"
                waiting.append(target)
    return ""


def named(value: Mapping[str, Any]) -> Iterator[str]:
    """Every path or URL that a kustomization names."""
    for field in _LISTS:
        yield from (one for one in _list(value.get(field)) if isinstance(one, str) and "\n" not in one)
    for field in _WITH_PATH:
        yield from _texts(one.get("path") for one in _list(value.get(field)) if isinstance(one, dict))
    openapi = value.get("openapi")
    yield from _texts([openapi.get("path")] if isinstance(openapi, dict) else [])
    for field in _GENERATORS:
        for one in _list(value.get(field)):
            if isinstance(one, dict):
                # `key=path`, or the path alone.
                yield from (text.rpartition("=")[2] for text in _texts(_list(one.get("files"))))
                yield from _texts([*_list(one.get("envs")), one.get("env")])


def _normal(path: str) -> str:
    found = normpath(path or ".")
    return "" if found == "." else found


def _list(given: Any) -> list[Any]:
    return given if isinstance(given, list) else []


def _texts(given: Any) -> Iterator[str]:
    return (one for one in given if isinstance(one, str))
