"""A change before it is merged: what it does to files and applications, and the body of its pull request. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from msgspec import field

from argocd_gitops_mcp.gitops import diffs
from argocd_gitops_mcp.gitops.git.paths import named
from argocd_gitops_mcp.gitops.secrets import search as secrets
from argocd_gitops_mcp.views.text import clean, line
from argocd_gitops_mcp.views.view import Record

_MOST_SHOWN = 60
_SLUG = re.compile(r"[^a-z0-9]+")


class ChangeView(Record):
    """What a change would do; `effects` are on the applications that deploy it."""

    MORE = "plan_change with fewer changes shows each whole"

    result: str
    repository: str
    base: str = ""
    branch: str = ""
    summary: list[str] = field(default_factory=list)
    diff: str = ""
    findings: list[str] = field(default_factory=list)
    effects: list[str] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    next: str = ""


class Opened(Record):
    """A pull request that was opened, or found open already."""

    MORE = "get_pull_request lists the files; url shows all of it"

    result: str
    repository: str
    pull_request: str = ""
    url: str = ""
    branch: str = ""
    base: str = ""
    commit: str = ""
    files: list[str] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    effects: list[str] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    note: str = ""
    next: str = ""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the body of a pull request tells."""

    summary: Sequence[str]
    before: Mapping[str, str | None]
    after: Mapping[str, str | None]
    findings: Sequence[str]
    effects: Sequence[str]
    unchecked: Sequence[str]


def stats(before: Mapping[str, str | None], after: Mapping[str, str | None]) -> list[str]:
    """Each file with the lines it gains and loses."""
    return [f"{named([one.file])} +{one.added} -{one.removed}" for one in diffs.stat(before, after)]


def diff(before: Mapping[str, str | None], after: Mapping[str, str | None]) -> str:
    """The change as git shows it, but for the values of secrets that Git has already."""
    old, new = ({path: text and secrets.hidden(text) for path, text in one.items()} for one in (before, after))
    return diffs.unified(old, new)


def slug(title: str, limit: int = 40) -> str:
    """A title as a part of a branch's name."""
    return _SLUG.sub("-", title.lower()).strip("-")[:limit].strip("-") or "change"


def body(proposal: Proposal, said: str = "") -> str:
    """The body of a pull request, Markdown; text from Git and the cluster stands in code blocks."""
    parts = [said.strip()] if said.strip() else []
    parts += ["## Change", _code([*proposal.summary, "", *stats(proposal.before, proposal.after)])]
    parts += ["## Validation", _code(proposal.findings) if proposal.findings else "Nothing was found."]
    parts += ["Not checked:", _code(proposal.unchecked)] if proposal.unchecked else []
    expected = _code(proposal.effects) if proposal.effects else "No application that deploys this branch is known."
    parts += ["## Expected effect on the cluster", expected]
    return "\n\n".join(parts) + "\n"


def _code(rows: Sequence[str]) -> str:
    shown = [line(one, 500).replace("```", "'''") for one in rows[:_MOST_SHOWN]]
    if len(rows) > _MOST_SHOWN:
        shown.append(f"… {len(rows) - _MOST_SHOWN} more")
    return "\n".join(["```text", *shown, "```"])


def message(title: str, summary: Sequence[str], identity: str) -> str:
    """A commit's message; `identity` signs it off."""
    rows = [clean(line(title, 200), 200), ""]
    rows += [f"- {line(one, 300)}" for one in summary[:_MOST_SHOWN]]
    rows += ["", f"Signed-off-by: {identity}"] if identity else []
    return "\n".join(rows).rstrip() + "\n"
