"""Which pods belong to the version of a workload that is to stay: the others go, whatever their state. Pure."""

import re

from argocd_gitops_mcp.argocd.tree import key
from argocd_gitops_mcp.insight.evidence import Evidence, Resource

# controller/cache/info.go: `Rev:2`, of the annotation deployment.kubernetes.io/revision.
_NUMBER = re.compile(r"Rev:(\d+)")


def set_of(evidence: Evidence, pod: Resource) -> Resource | None:
    """The ReplicaSet that made a pod."""
    for ref in pod.node.parent_refs or []:
        if ref.kind == "ReplicaSet":
            return evidence.by_key.get(key(ref))
    return None


def is_outdated(evidence: Evidence, one: Resource) -> bool:
    """Whether a newer ReplicaSet of the same Deployment has pods already: this pod or ReplicaSet is on its way out."""
    mine = one if one.node.kind == "ReplicaSet" else set_of(evidence, one)
    if mine is None or not _number(mine):
        return False
    siblings = (
        each
        for ref in mine.node.parent_refs or []
        if (above := evidence.by_key.get(key(ref))) is not None
        for each in evidence.below(above)
        if each.node.kind == "ReplicaSet" and _number(each) > _number(mine)
    )
    return any(pod.node.kind == "Pod" for each in siblings for pod in evidence.below(each))


def _number(one: Resource) -> int:
    for info in one.node.info or []:
        found = _NUMBER.fullmatch(info.value) if info.name == "Revision" else None
        if found:
            return int(found[1])
    return 0
