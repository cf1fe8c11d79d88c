"""What the files of a repository are to validation: manifests, kustomizations, charts and their parts. Pure."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property
from posixpath import basename, dirname, normpath

KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_READ = (".yaml", ".yml", ".json")
_REMOTE = re.compile(r"[a-z][a-z0-9+.-]*://|[\w.-]+@[\w.-]+:|[\w-]+(\.[\w-]+)*\.[a-z]{2,}/|gh:|git::")


@dataclass(frozen=True)
class Tree:
    """The files of a repository, by path with `/`."""

    files: Collection[str]

    @cached_property
    def folders(self) -> frozenset[str]:
        """Every folder that has a file in or below it; `` is the root."""
        found: set[str] = {""}
        for file in self.files:
            folder = dirname(file)
            while folder not in found:
                found.add(folder)
                folder = dirname(folder)
        return frozenset(found)

    @cached_property
    def kustomizations(self) -> dict[str, str]:
        """The kustomization file of each folder that has one."""
        return {dirname(file): file for file in sorted(self.files) if basename(file) in KUSTOMIZATIONS}

    @cached_property
    def charts(self) -> frozenset[str]:
        """Folders of Helm charts, without the charts inside them."""
        found = {dirname(file) for file in self.files if basename(file) == "Chart.yaml"}
        return frozenset(folder for folder in found if not any(_is_below(folder, other) for other in found))

    @cached_property
    def _templates(self) -> tuple[str, ...]:
        charts = {dirname(file) for file in self.files if basename(file) == "Chart.yaml"}
        return tuple(inside(chart, "templates") + "/" for chart in charts)

    def is_template(self, file: str) -> bool:
        """Whether it is a chart's template, which is YAML only when rendered."""
        return file.startswith(self._templates)

    def is_read(self, file: str) -> bool:
        """Whether it is to be read as YAML or JSON."""
        return (file.endswith(_READ) or basename(file) in KUSTOMIZATIONS) and not self.is_template(file)

    def is_object_file(self, file: str) -> bool:
        """Whether its documents may be Kubernetes objects: not a kustomization, nor a chart's own files."""
        name = basename(file)
        if name in KUSTOMIZATIONS or name in ("Chart.yaml", "Chart.lock"):
            return False
        return not ("values" in name.lower() and dirname(file) in self.charts)


def is_remote(reference: str) -> bool:
    """Whether a kustomization's reference leads out of the repository, to be fetched."""
    return _REMOTE.match(reference) is not None or "?ref=" in reference


def inside(folder: str, reference: str) -> str:
    """The path of what a file in this folder refers to; begins with `..` where it leads out of the tree."""
    found = normpath(f"{folder}/{reference}" if folder else reference)
    return "" if found == "." else found


def within(file: str, paths: Iterable[str]) -> bool:
    """Whether a file is one of these paths or below one; `` is everything."""
    return any(not path or file == path or file.startswith(f"{path}/") for path in paths)


def _is_below(folder: str, other: str) -> bool:
    return folder != other and (not other or folder.startswith(f"{other}/"))
