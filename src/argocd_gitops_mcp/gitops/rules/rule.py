"""What a house rule is: data, and one function that finds where a document breaks it. Pure."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from argocd_gitops_mcp.gitops.documents import Document
from argocd_gitops_mcp.gitops.findings import Severity
from argocd_gitops_mcp.gitops.rules.shape import Path
from argocd_gitops_mcp.gitops.rules.surroundings import Surroundings

Hit = tuple[Path, str]
"""Where in the document, and what is wrong there and would be right."""
Find = Callable[[Document, Surroundings], Iterator[Hit]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One house rule.

    Args:
        id: as configuration and findings name it.
        severity: unless configured otherwise.
        kinds: what it looks at, as `kind_of` names it; empty for every document.
        summary: what it finds, as a sentence without its full stop.
        why: what happens otherwise.
        remedy: what to do.
        find: yields what it finds in one document.
    """

    id: str
    severity: Severity
    kinds: frozenset[str]
    summary: str
    why: str
    remedy: str
    find: Find


def rule(
    name: str, severity: Severity, kinds: Iterable[str], summary: str, *, why: str, remedy: str
) -> Callable[[Find], Rule]:
    """Make a rule of the function that finds it."""
    return lambda find: Rule(name, severity, frozenset(kinds), summary, why, remedy, find)


def kind_of(document: Document) -> str:
    """`group/Kind`, with nothing before the slash of the core group; of a file that is no object, what it is."""
    file = PurePosixPath(document.file)
    if file.name.lower() in {"kustomization.yaml", "kustomization.yml", "kustomization"}:
        return KUSTOMIZATION
    if not document.is_object and "values" in file.stem.lower():
        return HELM_VALUES
    return f"{document.group}/{document.kind}"


KUSTOMIZATION, HELM_VALUES = "kustomize.config.k8s.io/Kustomization", "helm/values"
APPLICATION, APPLICATION_SET, PROJECT = (
    "argoproj.io/Application",
    "argoproj.io/ApplicationSet",
    "argoproj.io/AppProject",
)
EVERYTHING: tuple[str, ...] = ()
