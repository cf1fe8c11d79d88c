"""What is to be changed, in the words of people: not where it stands. Pure."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class SetImage:
    """Another image for containers.

    Args:
        to: a tag, a digest (`sha256:…`), or a reference with one of them, `name:tag@digest` too.
        image: which image, by its name or the last part of it, where there are several.
        workload: whose, by name; of a Helm chart the part of the values.
        container: which one, by name.
    """

    to: str
    image: str = ""
    workload: str = ""
    container: str = ""


@dataclass(frozen=True, slots=True)
class SetReplicas:
    """Another count of replicas; `workload` tells whose where there are several."""

    count: int
    workload: str = ""


@dataclass(frozen=True, slots=True)
class SetChartVersion:
    """Another version of a chart: of a Helm repository's, of a dependency, or one that kustomize inflates."""

    version: str
    chart: str = ""


@dataclass(frozen=True, slots=True)
class SetHelmValue:
    r"""A Helm value.

    Args:
        path: `image.tag`, `hosts[0].name`; a dot in a key is `\.`.
        value: of any type that JSON has.
    """

    path: str
    value: Any


@dataclass(frozen=True, slots=True)
class SetTargetRevision:
    """Another branch, tag or commit to follow; `source` names which by its ref, path or repository."""

    revision: str
    source: str = ""


Intent = SetImage | SetReplicas | SetChartVersion | SetHelmValue | SetTargetRevision
