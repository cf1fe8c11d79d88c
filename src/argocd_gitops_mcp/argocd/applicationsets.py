"""ApplicationSets as far as we read them, and calls on them. Shapes: ApplicationSetService in Argo CD's swagger 3.6."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct, field

from argocd_gitops_mcp.argocd.call import Call, path, query
from argocd_gitops_mcp.argocd.models import Empty, ObjectMeta
from argocd_gitops_mcp.effects import Effect

_CONTENT = ("metadata.name", "metadata.namespace", "metadata.labels", "metadata.annotations", "spec")
_MOST_NAMES = 100
"""In one query; beyond them all names are asked for."""


class Made(Struct):
    """An application of a set."""

    name: str = ""
    namespace: str = ""


class ApplicationSetStatus(Struct):
    resources: list[Made] | None = None


class ApplicationSet(Struct):
    metadata: ObjectMeta
    spec: dict[str, Any] = field(default_factory=dict)
    status: ApplicationSetStatus = field(default_factory=ApplicationSetStatus)


class ApplicationSetList(Struct):
    """Null where the token may see none, but never absent."""

    items: list[ApplicationSet] | None


class Generated(Struct):
    """An application that a set would make, or has made, its spec whole."""

    metadata: ObjectMeta
    spec: dict[str, Any] = field(default_factory=dict)


class GeneratedList(Struct):
    """`{}` where the generators give nothing."""

    applications: list[Generated] | None = None


def listed() -> Call[ApplicationSetList]:
    """Every ApplicationSet the token may see; `fields` is not read."""
    return Call("GET", path("applicationsets"), ApplicationSetList, "the list of ApplicationSets")


def generated(manifest: Mapping[str, Any]) -> Call[GeneratedList]:
    """The applications that a set would make now. A POST, but it only reads; it takes the right to create the set.

    Creating with `dryRun` answers their names only, and a server that does not know the parameter would create.
    """
    name = str((manifest.get("metadata") or {}).get("name", ""))
    return Call(
        "POST",
        path("applicationsets", "generate"),
        GeneratedList,
        _about(name),
        body={"applicationSet": manifest},
    )


class ContentList(Struct):
    """Null where the token may see none, but never absent."""

    items: list[Generated] | None


def applications(names: Sequence[str], namespace: str | None) -> Call[ContentList]:
    """The applications of these names, as far as the token may see them; before 3.6 all those of the namespace."""
    return Call(
        "GET",
        path("applications"),
        ContentList,
        "the list of applications",
        query=query(
            names=list(names) if len(names) <= _MOST_NAMES else None,
            appNamespace=namespace,
            fields=",".join(f"items.{name}" for name in _CONTENT),
        ),
    )


def whole(name: str, namespace: str | None = None) -> Call[dict[str, Any]]:
    """One set with every field: an update has to repeat its spec."""
    return Call("GET", path("applicationsets", name), dict[str, Any], _about(name), query=_in(namespace))


def store(manifest: Mapping[str, Any], *, upsert: bool = False) -> Call[dict[str, Any]]:
    """Create, or with `upsert` replace spec and finalizers; there is no PUT, and no version guards it.

    Labels and annotations are only added, never removed.
    """
    return Call(
        "POST",
        path("applicationsets"),
        dict[str, Any],
        _about(str(manifest["metadata"]["name"])),
        effect=Effect.WRITE,
        query=query(upsert=upsert or None),
        body=manifest,
    )


def delete(name: str, namespace: str | None = None) -> Call[Empty]:
    """Delete a set; Kubernetes deletes what it owns, the applications, after that."""
    return Call(
        "DELETE",
        path("applicationsets", name),
        Empty,
        _about(name),
        effect=Effect.DESTRUCTIVE,
        query=_in(namespace),
    )


def _in(namespace: str | None) -> tuple[tuple[str, str], ...]:
    return query(appsetNamespace=namespace)


def _about(name: str) -> str:
    return f"ApplicationSet {name!r}"
