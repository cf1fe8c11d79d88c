"""Which of several is meant; never a guess. Pure."""

from collections.abc import Iterable, Sequence
from typing import NoReturn

from argocd_gitops_mcp.errors import FailedPrecondition, InvalidArgument
from argocd_gitops_mcp.gitops.edits.intents import SetImage
from argocd_gitops_mcp.gitops.edits.references import wanted
from argocd_gitops_mcp.gitops.edits.workloads import SCALED, Container, Workload

Found = tuple[Workload, Container]


def containers(asked: SetImage, before: Iterable[Workload], after: Iterable[Workload]) -> list[tuple[Found, Found]]:
    """The containers that are meant, as they are before and after the lists of a kustomization.

    All have the same image before, for that is what a list changes.

    Raises:
        InvalidArgument: several images could be meant, or the one that is named is not there.
        FailedPrecondition: there are no containers.
    """
    every = [
        ((one, inner), (other, after_))
        for one, other in zip(before, after, strict=True)
        for inner, after_ in zip(one.containers, other.containers, strict=True)
    ]
    if not every:
        raise FailedPrecondition("No containers are seen in the application's files.", hint=_WHOLE)
    found = [pair for pair in every if _is_meant(asked, *pair)]
    name = wanted(asked.to).name
    if name and not asked.image and any(pair[1][1].image.name == name for pair in found):
        found = [pair for pair in found if pair[1][1].image.name == name]
    if not found or len({pair[0][1].image.name for pair in found}) > 1:
        _refuse(asked, [pair[1] for pair in found or every], is_there=bool(found))
    return found


_WHOLE = "Name the image, or give the file whole."


def _is_meant(asked: SetImage, before: Found, after: Found) -> bool:
    workload, container = after
    return (
        (not asked.workload or workload.is_called(asked.workload))
        and (not asked.container or container.name == asked.container)
        and (not asked.image or container.image.is_called(asked.image) or before[1].image.is_called(asked.image))
    )


def _refuse(asked: SetImage, found: Sequence[Found], *, is_there: bool) -> NoReturn:
    said = "; ".join(dict.fromkeys(f"{one.image} (container {one.name} of {workload})" for workload, one in found))
    if is_there:
        raise InvalidArgument(f"Which image? {said}.", hint="Name it with image, container or workload.")
    names = ", ".join(f"{key} {value!r}" for key, value in _named(asked))
    raise InvalidArgument(f"No container with {names}; there are: {said}.")


def _named(asked: SetImage) -> list[tuple[str, str]]:
    given = (("image", asked.image), ("container", asked.container), ("workload", asked.workload))
    return [(key, value) for key, value in given if value]


def scaled(name: str, found: Iterable[Workload]) -> Workload:
    """The workload whose replicas are meant.

    Raises:
        InvalidArgument: several could be meant, or the one that is named is not there.
        FailedPrecondition: nothing has replicas.
    """
    every = [one for one in found if one.kind in SCALED or one.replicas is not None]
    meant = [one for one in every if not name or one.is_called(name)]
    if len(meant) == 1:
        return meant[0]
    if not every:
        raise FailedPrecondition("Nothing with replicas is seen in the application's files.")
    said = ", ".join(map(str, meant or every))
    if meant:
        raise InvalidArgument(f"Whose replicas? {said}.", hint="Name it with workload.")
    raise InvalidArgument(f"There is no {name} with replicas; there are: {said}.")
