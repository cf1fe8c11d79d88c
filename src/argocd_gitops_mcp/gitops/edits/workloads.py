"""What manifests run: their containers' images and their replicas, each with the place that decides it. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from argocd_gitops_mcp.errors import NotYAML
from argocd_gitops_mcp.gitops.edits.references import Reference, reference
from argocd_gitops_mcp.gitops.yaml.changes import Path, value_at, values

SCALED = frozenset({"Deployment", "StatefulSet", "ReplicaSet", "ReplicationController", "Rollout"})


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands.

    Args:
        inner: of YAML that is a string in YAML: the document and path in it.
    """

    file: str
    document: int
    path: Path
    inner: tuple[int, Path] | None = None

    def below(self, *steps: str | int) -> "Place":
        """A place in this one."""
        if self.inner is None:
            return Place(self.file, self.document, (*self.path, *steps))
        return Place(self.file, self.document, self.path, (self.inner[0], (*self.inner[1], *steps)))


@dataclass(frozen=True, slots=True)
class Container:
    """A container of a workload; `at` is its place in the workload, `set_by` where its image is decided."""

    name: str
    at: Path
    image: Reference
    set_by: Place


@dataclass(frozen=True, slots=True)
class Workload:
    """A workload.

    Args:
        names: every name it had on the way, the present one last.
        replicas: None where they are not given.
        scaled_by: where they are decided, or would be.
    """

    kind: str
    names: tuple[str, ...]
    containers: tuple[Container, ...]
    replicas: Any
    scaled_by: Place
    labels: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Its present name."""
        return self.names[-1]

    def is_called(self, name: str) -> bool:
        """Whether it has or had this name, or is this `Kind/name`."""
        kind, slash, rest = name.rpartition("/")
        return rest in self.names and (not slash or kind == self.kind)

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"


def workloads(text: str, file: str) -> list[Workload]:
    """The workloads of a file, those of its `List`s too.

    Raises:
        NotYAML: with the line.
    """
    found = []
    for index, value in enumerate(values(text, file)):
        for path, one in _objects(value):
            place = Place(file, index, path)
            found += [each for each in [workload(one, place)] if each is not None]
    return found


def _objects(value: Any) -> Iterator[tuple[Path, dict[str, Any]]]:
    if isinstance(value, dict):
        items = value.get("items")
        if isinstance(items, list) and str(value.get("kind", "")).endswith("List"):
            yield from (
                (("items", place, *path), one) for place, item in enumerate(items) for path, one in _objects(item)
            )
        else:
            yield (), value


def workload(value: Mapping[str, Any], place: Place) -> Workload | None:
    """An object as a workload; None of one that runs and scales nothing."""
    kind, metadata = value.get("kind"), value.get("metadata")
    if not isinstance(kind, str) or not isinstance(metadata, dict) or kind == "CustomResourceDefinition":
        return None
    containers = tuple(
        Container(str(one.get("name", "")), at, reference(one["image"]), place.below(*at, "image"))
        for at, one in _containers(value, ())
        if isinstance(one.get("image"), str)
    )
    if not containers and kind not in SCALED:
        return None
    spec = value.get("spec")
    replicas = spec.get("replicas") if isinstance(spec, dict) else None
    labels = metadata.get("labels")
    scaled_by = place.below("spec", "replicas")
    name = str(metadata.get("name", ""))
    return Workload(kind, (name,), containers, replicas, scaled_by, labels if isinstance(labels, dict) else {})


def _containers(value: Any, at: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Every list called containers or initContainers, as kustomize looks for them."""
    if isinstance(value, dict):
        for key, one in value.items():
            if key in {"containers", "initContainers"} and isinstance(one, list):
                for place, item in enumerate(one):
                    if isinstance(item, dict):
                        yield (*at, key, place), item
            else:
                yield from _containers(one, (*at, key))
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from _containers(item, (*at, place))


def autoscalers(one: Workload, files: Mapping[str, str]) -> list[str]:
    """A note for each autoscaler of a workload: it decides the replicas, whatever Git says."""
    found = []
    for file, text in files.items():
        if "HorizontalPodAutoscaler" in text and one.names[0] in text:
            found += [
                f"{file}: HorizontalPodAutoscaler {value_at(value, ('metadata', 'name'))} scales {one}: it decides."
                for value in _readable(text)
                if value_at(value, ("kind",)) == "HorizontalPodAutoscaler"
                and value_at(value, ("spec", "scaleTargetRef", "name")) in one.names
            ]
    return found


def _readable(text: str) -> list[Any]:
    try:
        return values(text)
    except NotYAML:
        return []  # a template, which is no YAML before it is rendered
