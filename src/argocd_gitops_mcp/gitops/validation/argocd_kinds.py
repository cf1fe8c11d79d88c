"""Application, ApplicationSet and AppProject against the schemas of Argo CD's own CRDs. Pure."""

import json
from functools import cache
from importlib import resources

from argocd_gitops_mcp import names
from argocd_gitops_mcp.gitops.documents import Document
from argocd_gitops_mcp.gitops.findings import Finding
from argocd_gitops_mcp.gitops.validation.schemas import Schema

GROUP = "argoproj.io"
# Kinds of Argo's other projects in the same group; nothing is known here about their fields.
_OTHERS = frozenset({
    "AnalysisRun", "AnalysisTemplate", "ArgoCD", "ArgoCDExport", "ClusterAnalysisTemplate", "ClusterWorkflowTemplate",
    "CronWorkflow", "EventBus", "EventSource", "Experiment", "GitOpsService", "ImageUpdater", "NamespaceManagement",
    "NotificationsConfiguration", "Promotion", "Rollout", "RolloutManager", "Sensor", "Workflow",
    "WorkflowArtifactGCTask", "WorkflowEventBinding", "WorkflowTaskResult", "WorkflowTaskSet", "WorkflowTemplate",
})  # fmt: skip


@cache
def _schemas() -> dict[str, Schema]:
    """By `group/version/kind`; scripts/schemas.py writes them."""
    text = resources.files("argocd_gitops_mcp.gitops.validation").joinpath("data/argocd.json").read_text("utf-8")
    data = json.loads(text)
    return {name: Schema(root, data["$defs"]) for name, root in data["kinds"].items()}


def check(document: Document) -> list[Finding] | None:
    """What is wrong with one of Argo CD's objects; None if it is none of them."""
    if document.group != GROUP:
        return None
    schema = _schemas().get(f"{document.api_version}/{document.kind}")
    if schema is not None:
        return schema.check(document)
    known = {name.rpartition("/")[2]: name.rpartition("/")[0] for name in _schemas()}
    if document.kind in known:
        said = f"{document.kind} is of `{known[document.kind]}`, not of `{document.api_version}`"
        return [document.finding("unknown-kind", "error", said, "apiVersion")]
    near = names.nearest(document.kind, [*known, *_OTHERS], 1)
    if document.kind in _OTHERS or not near or near[0] not in known:
        return None
    said = f"Argo CD has no kind `{document.kind}`; did you mean `{near[0]}`?"
    return [document.finding("unknown-kind", "error", said, "kind")]
