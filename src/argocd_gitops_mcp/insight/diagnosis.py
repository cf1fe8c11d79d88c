"""Rules applied to evidence: what is found, causes before what comes of them. Pure."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from argocd_gitops_mcp.argocd.tree import Key, key
from argocd_gitops_mcp.insight.evidence import Evidence
from argocd_gitops_mcp.insight.finding import Confidence, Finding
from argocd_gitops_mcp.insight.rule import Rule

_SURE: dict[Confidence, int] = {"certain": 0, "likely": 1, "possible": 2}


class Found(NamedTuple):
    """A finding and the rule that made it."""

    rule: Rule
    finding: Finding


def diagnose(evidence: Evidence, rules: Sequence[Rule]) -> list[Found]:
    """Everything the rules find, the likeliest cause first.

    Args:
        evidence: what was read.
        rules: in the order of how much they explain: what an earlier one finds may be why a later one finds something.
    """
    found = [Found(rule, one) for rule in rules for one in rule.find(evidence)]
    order = {rule.id: index for index, rule in enumerate(rules)}
    found.sort(key=lambda one: (one.rule.symptom, order[one.rule.id], _SURE[one.finding.confidence]))
    kept: list[Found] = []
    for one in found:
        if one.rule.symptom and _is_explained(evidence, one.finding, (other.finding for other in kept)):
            continue
        if any(_covers(other.finding, one.finding) for other in kept):
            continue
        kept.append(one)
    return kept


def _covers(other: Finding, one: Finding) -> bool:
    """Whether the other finding says that it stands for this one, too."""
    return one.resource is not None and key(one.resource) in {key(node) for node in other.covers}


def _is_explained(evidence: Evidence, one: Finding, others: Iterable[Finding]) -> bool:
    """Whether another finding is about the same resource, or about one above or below it."""
    if one.resource is None:
        return any(True for _ in others)
    family = _family(evidence, one)
    return any(other.resource is not None and key(other.resource) in family for other in others)


def _family(evidence: Evidence, one: Finding) -> set[Key]:
    if one.resource is None:
        return set()
    known = evidence.by_key.get(key(one.resource))
    if known is None:
        return {key(one.resource)}
    top = evidence.owner(known)
    return {key(each.node) for each in evidence.below(top)}
