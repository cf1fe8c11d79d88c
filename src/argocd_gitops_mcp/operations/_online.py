"""Placeholder until the real one lands."""

from collections.abc import Sequence

from argocd_gitops_mcp.gitops.documents import Document
from argocd_gitops_mcp.gitops.findings import Finding
from argocd_gitops_mcp.operations._operation import Deps


async def online(deps: Deps, documents: Sequence[Document]) -> tuple[list[Finding], list[str]]:
    return [], []
