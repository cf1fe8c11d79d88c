"""ApplicationSets as far as we read them, and calls on them. Shapes: ApplicationSetService in Argo CD's swagger 3.6."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

from argocd_gitops_mcp.argocd.call import Call, path
from argocd_gitops_mcp.argocd.models import ObjectMeta


class Made(Struct):
    """An application of a set."""

    name: str = ""
    namespace: str = ""


class ApplicationSetStatus(Struct):
    resources: list[Made] | None = None


class ApplicationSet(Struct):
    metadata: ObjectMeta
    status: ApplicationSetStatus = field(default_factory=ApplicationSetStatus)


class ApplicationSetList(Struct):
    """Null where the token may see none, but never absent."""

    items: list[ApplicationSet] | None


class Generated(Struct):
    """An application that a set would make, its spec whole."""

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
    name = (manifest.get("metadata") or {}).get("name", "")
    return Call(
        "POST",
        path("applicationsets", "generate"),
        GeneratedList,
        f"ApplicationSet {name!r}",
        body={"applicationSet": manifest},
    )
