"""Who puts an application, or a resource of one, back the way it was. Pure."""

from dataclasses import dataclass
from typing import Literal

from argocd_gitops_mcp.argocd.models import Application, ObjectMeta, ResourceStatus
from argocd_gitops_mcp.argocd.resource_models import Node
from argocd_gitops_mcp.argocd.tree import key

_TRACKING_ID = "argocd.argoproj.io/tracking-id"
_GROUP = "argoproj.io"


@dataclass(frozen=True, slots=True)
class Owned:
    """The ApplicationSet or application that makes this application."""

    kind: Literal["ApplicationSet", "Application"]
    name: str
    namespace: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.name!r}"


def owner(app: Application) -> Owned | None:
    """Whose template or Git repository an application comes from, as its metadata tells."""
    for reference in app.metadata.owner_references or []:
        if reference.get("kind") == "ApplicationSet":
            return Owned("ApplicationSet", str(reference.get("name", "")), app.metadata.namespace)
    return deployer(app.metadata, "Application")


def deployer(metadata: ObjectMeta, kind: str) -> Owned | None:
    """The application that deploys an object of this kind of Argo CD's from Git, as its metadata tells."""
    # `parent:argoproj.io/Application:namespace/name`, the parent as `namespace_name` outside Argo CD's own namespace.
    parent, _, rest = (metadata.annotations or {}).get(_TRACKING_ID, "").partition(":")
    if not rest.startswith(f"{_GROUP}/{kind}:"):
        return None
    namespace, _, name = parent.rpartition("_")
    return Owned("Application", name, namespace)


def warning(app: Application, parent: Application | None = None) -> str:
    """What to know before changing an application itself; `parent` is the application it belongs to, if to be seen."""
    owned = owner(app)
    if owned is None:
        return ""
    if owned.kind == "ApplicationSet":
        return f"{owned} makes this application and puts it back within seconds: change its template or generator."
    heals = parent is not None and parent.spec.automated is not None and parent.spec.automated.self_heal
    when = "within seconds, since its self-heal is on" if heals else "at its next sync"
    return f"{owned} deploys this application from Git and puts it back {when}: change it there."


def live_warning(app: Application, node: Node) -> str:
    """What to know before changing a live resource."""
    if not any(_same(one, node) for one in app.status.resources or []):
        return ""
    automated = app.spec.automated
    if automated is not None and automated.self_heal:
        return "Git declares this resource and self-heal is on: Argo CD undoes the change within seconds."
    return "Git declares this resource: where it differs, the change lasts until the next sync; make it in Git, too."


def _same(one: ResourceStatus, node: Node) -> bool:
    return key(one) == key(node)
