"""ApplicationSets and projects as their caller gave them: whole for create, a merge patch for update. Pure."""

from typing import Annotated, Any

from pydantic import Field

from argocd_gitops_mcp.errors import InvalidArgument
from argocd_gitops_mcp.operations._arguments import Name, Object, agreed, identified
from argocd_gitops_mcp.operations._operation import Arguments
from argocd_gitops_mcp.views.changes import merged

EDITABLE = ("labels", "annotations", "finalizers")
"""What of its metadata a caller can change."""
_METADATA = ("name", "namespace", *EDITABLE)
_MAPS = ("labels", "annotations")
# Written by kubectl and by the controllers: no change of the caller's.
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


class AddressedArguments(Arguments):
    """One ApplicationSet or project."""

    name: Name | None = None
    metadata: Annotated[Object | None, Field(description="labels, annotations, namespace")] = None

    @property
    def target(self) -> str:
        """The object, wherever its name was given."""
        return str(self.name or (self.metadata or {}).get("name") or "")


class DeclaredArguments(AddressedArguments):
    """What it is to be; in an update, what is not named stays."""

    spec: Annotated[Object | None, Field(description="In Argo CD's own form")] = None


class PrunedArguments(DeclaredArguments):
    """The same, where more than the object itself may be lost."""

    prune: Annotated[bool, Field(description="Allow deleting or taking over applications, revoking tokens")] = False


def identity(asked: AddressedArguments) -> tuple[str, str | None]:
    """Name and namespace.

    Raises:
        InvalidArgument: no name, two names, or no Kubernetes name; metadata that nobody can set.
    """
    given = asked.metadata or {}
    unknown = sorted(set(given) - set(_METADATA))
    if unknown:
        raise InvalidArgument(f"metadata has {', '.join(map(repr, unknown))}; it may have {', '.join(_METADATA)}.")
    for part in _MAPS:
        values = given.get(part)
        if values is not None and not (
            isinstance(values, dict) and all(one is None or isinstance(one, str) for one in values.values())
        ):
            raise InvalidArgument(f"metadata.{part} must be an object of texts.")
    name = agreed("name", asked.name, given.get("name"))
    namespace = agreed("namespace", getattr(asked, "app_namespace", None), given.get("namespace"))
    return identified(name, namespace)


def new(asked: DeclaredArguments) -> dict[str, Any]:
    """A whole object for create.

    Raises:
        InvalidArgument: no spec.
    """
    name, namespace = identity(asked)
    if asked.spec is None:
        raise InvalidArgument("spec is needed.")
    return {"metadata": {**_metadata(asked), **_named(name, namespace)}, "spec": merged({}, asked.spec)}


def changed(asked: DeclaredArguments, before: dict[str, Any]) -> dict[str, Any]:
    """Metadata and spec as they are to be, from what they are; `metadata` holds what can be set, and nothing else.

    Raises:
        InvalidArgument: nothing was given.
    """
    given = _metadata(asked)
    if not given and asked.spec is None:
        raise InvalidArgument("Nothing to change was given: spec or metadata.")
    whole = editable(before)
    return {
        "metadata": merged(whole["metadata"], given),
        "spec": merged(whole["spec"], asked.spec) if asked.spec is not None else whole["spec"],
    }


def editable(whole: dict[str, Any]) -> dict[str, Any]:
    """What a caller can change of it."""
    metadata = whole.get("metadata") or {}
    kept = {name: metadata[name] for name in EDITABLE if metadata.get(name)}
    return {"metadata": kept, "spec": whole.get("spec") or {}}


def told(whole: dict[str, Any]) -> dict[str, Any]:
    """The same, to be compared in front of somebody: without what kubectl notes for itself."""
    kept = editable(whole)
    annotations = {
        name: value for name, value in (kept["metadata"].get("annotations") or {}).items() if name != _LAST_APPLIED
    }
    rest = {name: value for name, value in kept["metadata"].items() if name != "annotations"}
    return {"metadata": {**rest, **({"annotations": annotations} if annotations else {})}, "spec": kept["spec"]}


def _metadata(asked: DeclaredArguments) -> dict[str, Any]:
    given = asked.metadata or {}
    return {name: given[name] for name in EDITABLE if name in given}


def _named(name: str, namespace: str | None) -> dict[str, str]:
    return {"name": name, **({"namespace": namespace} if namespace else {})}
