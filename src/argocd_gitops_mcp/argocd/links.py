"""Deep links that are configured in argocd-cm, filled in for an application or a resource."""

from msgspec import Struct

from argocd_gitops_mcp.argocd.call import Call, path, query
from argocd_gitops_mcp.argocd.resource_models import Node
from argocd_gitops_mcp.argocd.resources import Owner, describe


class Link(Struct):
    title: str = ""
    url: str = ""
    description: str = ""


class Links(Struct):
    """`{}` where none is configured, or none fits."""

    items: list[Link] | None = None


def of_application(owner: Owner) -> Call[Links]:
    """Those of the application; its namespace is called `namespace` here, and nowhere else."""
    return Call(
        "GET",
        path("applications", owner.name, "links"),
        Links,
        owner.about,
        query=query(namespace=owner.app_namespace, project=owner.project),
        hides_missing=True,
    )


def of_resource(owner: Owner, node: Node) -> Call[Links]:
    """Those of one resource."""
    return Call(
        "GET",
        path("applications", owner.name, "resource", "links"),
        Links,
        f"{describe(node)} of {owner.about}",
        query=owner.query(
            resourceName=node.name, kind=node.kind, version=node.version, group=node.group, namespace=node.namespace
        ),
        hides_missing=True,
    )
