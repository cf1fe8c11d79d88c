"""Versions of charts: a Helm repository's, a dependency in Chart.yaml, or one that kustomize inflates. Pure."""

import hashlib
import json
import posixpath
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from argocd_gitops_mcp.errors import FailedPrecondition, InvalidArgument
from argocd_gitops_mcp.gitops import kustomizations, sources
from argocd_gitops_mcp.gitops.edits import declarations
from argocd_gitops_mcp.gitops.edits.drafts import Draft
from argocd_gitops_mcp.gitops.edits.intents import SetChartVersion
from argocd_gitops_mcp.gitops.edits.workloads import Place
from argocd_gitops_mcp.gitops.kustomizations import objects
from argocd_gitops_mcp.gitops.sources import Source, Target
from argocd_gitops_mcp.gitops.yaml.changes import values

_EXACT = re.compile(r"v?\d+\.\d+\.\d+(-[\w.-]+)?(\+[\w.-]+)?\Z", re.ASCII)
# The order in which Helm's Dependency is written as JSON; all but name and repository are left out where empty.
_FIELDS = ("name", "version", "repository", "condition", "tags", "enabled", "import-values", "alias")


@dataclass(frozen=True, slots=True)
class Charted:
    """A chart with a version that can be set; `lock` is beside a dependency's Chart.yaml."""

    chart: str
    version: str
    place: Place
    lock: str = ""


def charts(target: Target, tree: Collection[str], files: Mapping[str, str]) -> list[tuple[int, Charted | None]]:
    """Every chart of an application, by the index of its source; None stands for the source's own `chart`."""
    found: list[tuple[int, Charted | None]] = []
    for index, source in enumerate(target.sources):
        if source.get("chart"):
            found.append((index, None))
        elif target.is_here(source):
            found += [(index, one) for one in _in_folder(source, tree, files)]
    return found


def _in_folder(source: Source, tree: Collection[str], files: Mapping[str, str]) -> list[Charted]:
    folder = sources.folder_of(source)
    if folder is None:
        return []
    chart, lock = posixpath.join(folder, "Chart.yaml"), posixpath.join(folder, "Chart.lock")
    kustomization = kustomizations.file_of(folder, tree)
    found = []
    if chart in files:
        for index, one in enumerate(objects(_content(chart, files).get("dependencies"))):
            place = Place(chart, 0, ("dependencies", index, "version"))
            found.append(Charted(str(one.get("name")), str(one.get("version")), place, lock if lock in files else ""))
    if kustomization is not None and kustomization in files:
        for index, one in enumerate(objects(_content(kustomization, files).get("helmCharts"))):
            place = Place(kustomization, 0, ("helmCharts", index, "version"))
            found.append(Charted(str(one.get("name")), str(one.get("version", "")), place))
    return found


def set_version(
    target: Target, asked: SetChartVersion, tree: Collection[str], files: Mapping[str, str], draft: Draft
) -> str:
    """Set it; answers what it was."""
    every = charts(target, tree, files)
    named = [(index, one, one.chart if one else str(target.sources[index]["chart"])) for index, one in every]
    meant = [each for each in named if asked.chart in {"", each[2], each[2].rpartition("/")[2]}]
    said = ", ".join(dict.fromkeys(name for _, _, name in meant or named))
    if not named:
        raise FailedPrecondition(
            f"{target.name} uses no chart of another version: none from a repository, no dependency."
        )
    if len(meant) > 1:
        raise InvalidArgument(f"Which chart? {said}.", hint="Name it with chart.")
    if not meant:
        raise InvalidArgument(f"{target.name} has no chart {asked.chart}; there are: {said}.")
    index, found, name = meant[0]
    if found is None:
        was = str(target.sources[index].get("targetRevision", ""))
        if was != asked.version:
            place = declarations.setting(target, index, ("targetRevision",), (), files)
            draft.put(place, asked.version, f"chart {name} targetRevision")
        return was
    if found.version != asked.version:
        draft.put(found.place, asked.version, f"chart {name} version")
        if found.lock:
            _lock(found, asked.version, draft)
    return found.version


def _lock(found: Charted, version: str, draft: Draft) -> None:
    """Keep Chart.lock in step: Helm refuses to build where its digest is not of Chart.yaml's dependencies."""
    if not _EXACT.match(version):
        raise FailedPrecondition(
            f"{found.lock} pins what a range like {version} comes to, which is known to the chart's repository only.",
            hint="Give an exact version, or run `helm dependency update` and give both files whole.",
        )
    locked = objects(_content(found.lock, draft.before).get("dependencies"))
    for index, one in enumerate(locked):
        if one.get("name") == found.chart:
            draft.put(Place(found.lock, 0, ("dependencies", index, "version")), version, f"chart {found.chart} version")
    wanted = objects(_content(found.place.file, {found.place.file: draft.text(found.place.file)}).get("dependencies"))
    pinned = objects(_content(found.lock, {found.lock: draft.text(found.lock)}).get("dependencies"))
    draft.put(Place(found.lock, 0, ("digest",)), digest(wanted, pinned), "digest")


def digest(wanted: list[dict[str, Any]], locked: list[dict[str, Any]]) -> str:
    """The digest that Chart.lock carries (HashReq of Helm)."""
    both = [[_ordered(one) for one in each] for each in (wanted, locked)]
    text = json.dumps(both, separators=(",", ":"), ensure_ascii=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")  # as Go writes JSON
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _ordered(one: Mapping[str, Any]) -> dict[str, Any]:
    filled = {"name": "", "repository": "", **one}
    return {key: filled[key] for key in _FIELDS if filled.get(key) or key in {"name", "repository"} if key in filled}


def _content(file: str, files: Mapping[str, str]) -> Mapping[str, Any]:
    found = next(iter(values(files[file], file)), None)
    return found if isinstance(found, dict) else {}
