"""Whether an object says what it is: apiVersion, kind, and a name that Kubernetes accepts. Pure."""

from argocd_gitops_mcp import names
from argocd_gitops_mcp.gitops.documents import Document
from argocd_gitops_mcp.gitops.findings import Finding

RULES = {
    "missing-name": "An object without metadata.name: Kubernetes does not take it.",
    "invalid-name": "A name that Kubernetes does not accept.",
}
"""What each rule of this room finds; `missing-field` too."""

_LABELS = frozenset({("v1", "Namespace"), ("v1", "Service")})
_FREE = "rbac.authorization.k8s.io"
_TEMPLATE = ("{{", "$", "<")


def incomplete(document: Document) -> list[Finding]:
    """What is half an object: it has metadata, and either apiVersion or kind."""
    value = document.value
    if not isinstance(value, dict) or not isinstance(value.get("metadata"), dict):
        return []
    lacking = [one for one in ("apiVersion", "kind") if not value.get(one)]
    if len(lacking) != 1:
        return []
    return [document.finding("missing-field", "error", f"`{lacking[0]}` is required and missing")]


def check(document: Document) -> list[Finding]:
    """What is wrong with the name of an object."""
    name = document.name
    if not name:
        metadata = document.value.get("metadata")
        if metadata is not None and not isinstance(metadata, dict):
            return []  # the schema's
        if metadata and (metadata.get("name") is not None or metadata.get("generateName")):
            return []
        return [document.finding("missing-name", "error", "`metadata.name` is required and missing", "metadata")]
    if document.group == _FREE or any(one in name for one in _TEMPLATE):
        return []
    accept = names.label if (document.api_version, document.kind) in _LABELS else names.subdomain
    try:
        accept(name)
    except ValueError as error:
        return [document.finding("invalid-name", "error", str(error), "metadata", "name")]
    return []
