"""What a real Argo CD told of the stories, to be changed a little, and what one rule finds in it."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from argocd_gitops_mcp.insight.evidence import Evidence, Resource
from argocd_gitops_mcp.insight.finding import Finding
from argocd_gitops_mcp.insight.rules.catalogue import RULES

_SEEN = Path(__file__).with_name("seen")


def recorded(story: str, *changes: tuple[str, str]) -> Evidence:
    """As it was seen, with other texts in place of some."""
    text = (_SEEN / f"{story}.json").read_text()
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return msgspec.json.decode(text, type=Evidence)


def found(evidence: Evidence, name: str) -> list[Finding]:
    """What the rule of that name finds."""
    return [one for rule in RULES if rule.id == name for one in rule.find(evidence)]


def what(evidence: Evidence, name: str) -> str:
    """The one thing that it finds, in its words."""
    (one,) = found(evidence, name)
    return one.what


def only(evidence: Evidence, kind: str) -> Resource:
    """Its one resource of a kind."""
    (one,) = evidence.of_kind(kind)
    return one


def status(pod: Resource) -> dict[str, Any]:
    """Of its first container, to be changed."""
    assert pod.live is not None
    live: dict[str, Any] = pod.live["status"]["containerStatuses"][0]
    return live


def later(evidence: Evidence, seconds: float) -> Evidence:
    """Looked at so much later, with nothing else changed."""
    now = datetime.fromisoformat(evidence.now) + timedelta(seconds=seconds)
    evidence.now = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    return evidence
