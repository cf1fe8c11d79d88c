"""Arguments that several operations share: one wording, one check."""

import json
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from argocd_gitops_mcp import names
from argocd_gitops_mcp.argocd.resource_models import Node, ResourceTree
from argocd_gitops_mcp.argocd.resources import Owner, describe, tree
from argocd_gitops_mcp.argocd.tree import Wanted, find
from argocd_gitops_mcp.errors import FailedPrecondition, InvalidArgument
from argocd_gitops_mcp.operations._operation import Arguments, Deps

_MAX_TEXT = 1000


def _one_line(value: str) -> str:
    if not value or len(value) > _MAX_TEXT or not value.isprintable():
        raise ValueError(f"must be one printable line of 1 to {_MAX_TEXT} characters")
    return value


def _decoded(value: Any) -> Any:
    """Some clients send what is no text as JSON in a text."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _not_empty(value: list[str]) -> list[str]:
    if not value:
        raise ValueError("must name at least one; left out, it means all")
    return value


Object = Annotated[dict[str, Any], BeforeValidator(_decoded)]
Name = Annotated[str, AfterValidator(names.subdomain)]
Namespace = Annotated[str, AfterValidator(names.label)]
Text = Annotated[str, AfterValidator(_one_line)]
Texts = Annotated[list[Text], BeforeValidator(_decoded)]
Some = Annotated[Texts, AfterValidator(_not_empty)]

Project = Annotated[Name | None, Field(description="AppProject, if known")]
OwnNamespace = Annotated[Namespace | None, Field(description="Same as app_namespace")]
AppNamespace = Annotated[Namespace | None, Field(description="App's own namespace, if not Argo CD's")]
Selector = Annotated[Text | None, Field(description="Label selector, e.g. team=shop")]
Limit = Annotated[int, Field(ge=1, le=1000, description="Rows at most")]
Revision = Annotated[Text | None, Field(description="Commit, tag or branch")]
Resources = Annotated[Some | None, Field(description="Only Kind/name or group:Kind:name; * matches")]
Detail = Annotated[Literal["summary", "full"], Field(description="full: more, still bounded")]


TimeoutSeconds = Annotated[int, Field(ge=1, le=3600, description="How long to follow")]


def agreed(what: str, *said: str | None) -> str | None:
    """The one value of an argument that has several spellings.

    Raises:
        InvalidArgument: they differ.
    """
    different = sorted({str(value) for value in said if value})
    if len(different) > 1:
        raise InvalidArgument(f"{what} was given twice, differently: {' and '.join(map(repr, different))}.")
    return different[0] if different else None


def identified(name: str | None, namespace: str | None) -> tuple[str, str | None]:
    """Name and namespace of an object that may be given flat or in metadata.

    Raises:
        InvalidArgument: no name, or no Kubernetes name.
    """
    if name is None:
        raise InvalidArgument("name is needed (or metadata.name).")
    try:
        names.subdomain(name)
        if namespace is not None:
            names.label(namespace)
    except ValueError as error:
        raise InvalidArgument(f"metadata: {error}.") from error
    return name, namespace


class NamedArguments(Arguments):
    """One application that is acted on."""

    name: Annotated[Name, Field(description="Application name")]
    namespace: OwnNamespace = None
    project: Project = None
    app_namespace: AppNamespace = None

    @property
    def owner(self) -> Owner:
        """As the calls want it."""
        return Owner(self.name, self.project, agreed("namespace", self.namespace, self.app_namespace))


class OwnerArguments(Arguments):
    """An application whose resources are meant."""

    application_name: Annotated[Name, Field(description="Application name")]
    project: Project = None
    app_namespace: AppNamespace = None

    @property
    def owner(self) -> Owner:
        """As the calls want it."""
        return Owner(self.application_name, self.project, self.app_namespace)


class ResourceFilter(OwnerArguments):
    """Perhaps one resource of it; what is left out is looked up in the tree."""

    resource_name: Annotated[
        Annotated[str, AfterValidator(names.segment)] | None,
        Field(description="Name, as in the tree"),
    ] = None
    resource_kind: Annotated[Text | None, Field(description="Kind, e.g. Deployment; looked up if left out")] = None
    resource_namespace: Annotated[Namespace | None, Field(description="If ambiguous")] = None
    resource_group: Annotated[str | None, Field(description="If ambiguous")] = None
    resource_version: Annotated[Text | None, Field(description="If ambiguous")] = None
    resource_uid: Annotated[Text | None, Field(description="If ambiguous")] = None

    def wanted(self, name: str) -> Wanted:
        """What is known of the resource of this name."""
        return Wanted(
            name,
            self.resource_kind,
            self.resource_namespace,
            self.resource_group,
            self.resource_version,
            self.resource_uid,
        )


class ResourceArguments(ResourceFilter):
    """One resource."""

    resource_name: Annotated[str, AfterValidator(names.segment), Field(description="Name, as in the tree")]


async def resolved(deps: Deps, asked: ResourceArguments, *, with_pods: bool = False) -> tuple[Node, ResourceTree]:
    """The resource that is meant, with the tree it stands in."""
    found = await deps.argocd.send(tree(asked.owner))
    return find(found, asked.wanted(asked.resource_name), asked.application_name, with_pods=with_pods), found


def need_live(node: Node, what: str) -> None:
    """Argo CD only says that a resource it has yet to create is "not found as part of" the application.

    Raises:
        FailedPrecondition: it is not in the cluster.
    """
    if not node.uid:
        raise FailedPrecondition(
            f"{describe(node)} is not in the cluster, so it has no {what}.", hint="Sync the application to create it."
        )
