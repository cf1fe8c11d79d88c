"""What a rule of diagnosis is: data, and one function that finds it in the evidence. Pure."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from argocd_gitops_mcp.insight.evidence import Evidence
from argocd_gitops_mcp.insight.finding import Finding

Find = Callable[[Evidence], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Args:
        id: as answers and documentation name it.
        summary: what it finds, as a sentence without its full stop.
        told_by: where that is read.
        find: yields what it finds.
        symptom: only told where nothing else explains the same resource.
    """

    id: str
    summary: str
    told_by: str
    find: Find
    symptom: bool = False


def rule(name: str, summary: str, *, told_by: str, symptom: bool = False) -> Callable[[Find], Rule]:
    """Make a rule of the function that finds it."""
    return lambda find: Rule(name, summary, told_by, find, symptom)
