"""Images and replicas of an application that is a plain directory: they stand in its manifests. Pure."""

from argocd_gitops_mcp.gitops.edits import choosing
from argocd_gitops_mcp.gitops.edits.drafts import Draft
from argocd_gitops_mcp.gitops.edits.intents import SetImage, SetReplicas
from argocd_gitops_mcp.gitops.edits.references import wanted
from argocd_gitops_mcp.gitops.edits.workloads import Workload, autoscalers, workloads
from argocd_gitops_mcp.gitops.sources import Source, is_skipped, manifests


def _workloads(source: Source, draft: Draft) -> list[Workload]:
    texts = [(file, draft.text(file)) for file in manifests(source, draft.before)]
    return [one for file, text in texts if not is_skipped(text) for one in workloads(text, file)]


def set_image(source: Source, asked: SetImage, draft: Draft) -> str:
    """Set it in every container with this image; answers what it was."""
    found, to = _workloads(source, draft), wanted(asked.to)
    meant = choosing.containers(asked, found, found)
    for (workload, container), _ in meant:
        new = container.image.with_version(to)
        if new != container.image:
            draft.put(container.set_by, str(new), f"{workload} container {container.name} image")
    return ", ".join(dict.fromkeys(str(container.image) for (_, container), _ in meant))


def set_replicas(source: Source, asked: SetReplicas, draft: Draft) -> str:
    """Set them; answers what they were."""
    found = choosing.scaled(asked.workload, _workloads(source, draft))
    if found.replicas != asked.count:
        draft.put(found.scaled_by, asked.count, f"{found} replicas")
    draft.notes += autoscalers(found, draft.before)
    return str(found.replicas)
