"""Every rule, in the order of how much it explains: a comparison that fails leaves nothing else to be trusted. Pure."""

from collections.abc import Iterator, Sequence

from argocd_gitops_mcp.insight.evidence import Evidence
from argocd_gitops_mcp.insight.finding import Finding
from argocd_gitops_mcp.insight.rule import Find, Rule
from argocd_gitops_mcp.insight.rules import (
    comparing,
    crashes,
    creating,
    deleting,
    drifting,
    images,
    jobs,
    nodes,
    standing,
    starting,
    symptoms,
    syncing,
    waiting,
    workloads,
)


def _once(rules: Sequence[Rule]) -> tuple[Rule, ...]:
    """Rules of the same id, which find the same in several places, as one."""
    by_id: dict[str, list[Rule]] = {}
    for rule in rules:
        by_id.setdefault(rule.id, []).append(rule)
    return tuple(same[0] if len(same) == 1 else _joined(same) for same in by_id.values())


def _joined(same: Sequence[Rule]) -> Rule:
    first = same[0]
    told = "; ".join(dict.fromkeys(rule.told_by for rule in same))
    return Rule(first.id, "; ".join(dict.fromkeys(rule.summary for rule in same)), told, _each(same), first.symptom)


def _each(same: Sequence[Rule]) -> Find:
    def find(evidence: Evidence) -> Iterator[Finding]:
        for rule in same:
            yield from rule.find(evidence)

    return find


RULES: tuple[Rule, ...] = _once(
    (
        *comparing.RULES,
        *deleting.RULES,
        *syncing.RULES,
        *images.RULES,
        *starting.RULES,
        *creating.RULES,
        *nodes.RULES,
        *workloads.RULES,
        *crashes.RULES,
        *jobs.RULES,
        *waiting.RULES,
        *drifting.RULES,
        *standing.RULES,
        *symptoms.RULES,
        *standing.SYMPTOMS,
    )
)
