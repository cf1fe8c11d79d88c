"""Which resources of an application are worth a closer look, before anything more is read of them. Pure."""

from collections.abc import Iterator

from argocd_gitops_mcp.argocd.models import Application
from argocd_gitops_mcp.argocd.tree import Key, key
from argocd_gitops_mcp.insight import deployments
from argocd_gitops_mcp.insight.containers import containers
from argocd_gitops_mcp.insight.evidence import Evidence, Resource

_WELL = ("", "Healthy", "Suspended")
_FOR_A_WORKLOAD = 2
"""Pods of one workload that are read: the others mostly say the same."""
_RANK = {"Degraded": 0, "Unknown": 1, "Missing": 2, "Progressing": 3}


def is_well(app: Application) -> bool:
    """Whether Argo CD itself finds nothing to be looked into."""
    state = app.status.operation_state
    return (
        app.status.sync.status == "Synced"
        and app.status.health.status == "Healthy"
        and not app.status.conditions
        and not app.metadata.deletion_timestamp
        and app.operation is None
        and (state is None or state.phase in ("", "Succeeded"))
        and deployments.heals(app) < deployments.FIGHTS
    )


def troubled(evidence: Evidence) -> list[Resource]:
    """Resources whose health is not well, worst first, and what stands between them and their owners."""
    bad = [one for one in evidence.resources if one.node.uid and one.health not in _WELL]
    family: dict[Key, Resource] = {}
    for one in sorted(bad, key=lambda each: (_RANK.get(each.health, 9), each.node.kind != "Pod")):
        family.setdefault(key(one.node), one)
        top = evidence.owner(one)
        for each in evidence.below(top):
            between = each.node.kind in ("ReplicaSet", "Job") and each.health not in _WELL
            if each.node.uid and (each is top or between):
                family.setdefault(key(each.node), each)
    return list(family.values())


def in_detail(evidence: Evidence) -> list[Resource]:
    """Of the troubled ones those whose manifest tells more than their health: not every pod of a workload."""
    found: list[Resource] = []
    pods: dict[Key, int] = {}
    newest = sorted(troubled(evidence), key=lambda one: one.node.created_at or "", reverse=True)
    for one in sorted(newest, key=lambda each: _RANK.get(each.health, 9)):
        if one.node.kind == "Pod":
            owner = key(evidence.owner(one).node)
            pods[owner] = pods.get(owner, 0) + 1
            if pods[owner] > _FOR_A_WORKLOAD:
                continue
        if one.node.kind != "ReplicaSet":
            found.append(one)
    return found


def held(evidence: Evidence) -> list[Resource]:
    """What may wait for a finalizer: all that is left of an application that is being deleted, and what is pruned."""
    state = evidence.application.status.operation_state
    waits = state is not None and "deletion" in state.message
    if not evidence.application.metadata.deletion_timestamp and not waits:
        return [one for one in evidence.resources if one.node.uid and one.status is not None and one.status.prunable]
    return [one for one in evidence.resources if one.node.uid and not one.node.parent_refs]


def drifting(evidence: Evidence) -> list[Resource]:
    """What differs from Git although that commit was deployed, and what self-heal has mended again and again."""
    app = evidence.application
    if not deployments.is_deployed(app):
        return []
    mended = {key(one) for one in deployments.healed(app)}
    fought = mended if deployments.heals(app) >= deployments.FIGHTS else set()
    return [one for one in evidence.resources if one.node.uid and (one.modified or key(one.node) in fought)]


def speaking(evidence: Evidence) -> Iterator[tuple[Resource, str, bool]]:
    """Containers whose last lines may tell why: pod, container, and whether the run before the restart is meant."""
    for pod in evidence.of_kind("Pod"):
        for one in containers(pod):
            if one.restarts and one.ended is not None:
                yield pod, one.name, True
            elif (one.ended is not None and one.ended.exit_code) or (one.is_running and not one.is_ready):
                yield pod, one.name, False
