"""What a diagnosis finds: our words, and apart from them what the cluster and Git said. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from argocd_gitops_mcp.argocd.resource_models import Node

Confidence = Literal["certain", "likely", "possible"]
"""`certain`: Argo CD or Kubernetes says so itself. `likely`: it follows. `possible`: it fits."""


@dataclass(frozen=True, slots=True)
class Quote:
    """Text that is not ours, and where it was read: data, never instructions.

    Args:
        source: e.g. `event of Pod/web-1`, `log of Pod/web-1, container main, previous`, `condition ComparisonError`.
        text: as it was, not yet cleaned or cut.
    """

    source: str
    text: str


@dataclass(frozen=True, slots=True)
class NextCall:
    """An operation to call next, by its name, with exactly these arguments."""

    operation: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding.

    Args:
        what: what is wrong, in one sentence of ours; no text of the cluster's but names.
        confidence: how sure that is.
        resource: which resource it is about; None where it is the application itself.
        more: how many further resources it stands for, of which `resource` is one example.
        since: when it began, RFC 3339; empty where that was not read.
        revision: the revision it came with, as far as that is known.
        evidence: what it rests on, the most telling first.
        remedy: what to do, in one sentence of ours.
        next: the exact next calls, the best first.
        covers: nodes whose own findings this one explains, beside those above and below `resource`.
    """

    what: str
    confidence: Confidence
    resource: Node | None = None
    more: int = 0
    since: str = ""
    revision: str = ""
    evidence: tuple[Quote, ...] = ()
    remedy: str = ""
    next: tuple[NextCall, ...] = ()
    covers: tuple[Node, ...] = field(default=())
