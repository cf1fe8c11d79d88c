"""An ApplicationSet that is not where it was looked for."""

from argocd_gitops_mcp.argocd import applicationsets as calls
from argocd_gitops_mcp.errors import GitOpsError, NotFound
from argocd_gitops_mcp.operations._instance import absent
from argocd_gitops_mcp.operations._operation import Deps


async def missing(deps: Deps, name: str, namespace: str | None, give: str) -> GitOpsError:
    """Other than of applications, what is missing is not forbidden here; it may be in another namespace.

    Args:
        deps: to ask with.
        name: of the set.
        namespace: where it was looked for, if not in Argo CD's own.
        give: how a namespace is given, with `{}` in its place.
    """
    visible = (await deps.argocd.send(calls.listed())).items or []
    elsewhere = sorted(one.metadata.namespace for one in visible if one.metadata.name == name)
    if elsewhere:
        return NotFound(
            f"ApplicationSet {name!r} is not there, but in namespace {', '.join(elsewhere)}.",
            hint=f"Give {give.replace('{}', repr(elsewhere[0]))}.",
        )
    where = f" in namespace {namespace}" if namespace else " in Argo CD's own namespace"
    return await absent(deps, "ApplicationSet", name, [one.metadata.name for one in visible], None, where=where)
