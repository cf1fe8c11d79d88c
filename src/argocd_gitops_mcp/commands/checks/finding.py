"""What one check of `doctor` found."""

from dataclasses import dataclass
from typing import Literal

from argocd_gitops_mcp.errors import GitOpsError
from argocd_gitops_mcp.views.text import line

Level = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line; `next` is what to do about it."""

    level: Level
    step: str
    text: str
    next: str = ""


def failed(step: str, error: GitOpsError) -> Finding:
    """An error as a finding, with upstream's words quoted on the same line."""
    said = f' It said: "{line(error.upstream, 300)}"' if error.upstream else ""
    return Finding("fail", step, error.message + said, error.hint)
