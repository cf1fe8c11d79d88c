"""Causes held as tables: what Argo CD or Kubernetes says, and what that means in our words. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from argocd_gitops_mcp.insight.telling import plain


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause.

    Args:
        id: of the rule that tells it; several causes may share one.
        says: what the message looks like.
        what: our words for it; `{name}` stands for a group of the pattern, or nothing where that is no plain name.
        remedy: what to do.
    """

    id: str
    says: re.Pattern[str]
    what: str
    remedy: str


def cause(name: str, *says: str, what: str, remedy: str) -> Cause:
    """A row of a table; any of the patterns may fit."""
    return Cause(name, re.compile("|".join(says), re.DOTALL), what, remedy)


def classified(causes: Sequence[Cause], message: str) -> tuple[Cause, str]:
    """The first cause that fits, and its sentence; the last of the table fits always."""
    for one in causes:
        if found := one.says.search(message):
            return one, filled(one.what, found)
    raise AssertionError(message)


def filled(what: str, found: re.Match[str]) -> str:
    """A sentence with the names that the message bears; of alternatives `file` and `file_2` the one that fits."""
    names: dict[str, str] = {}
    for group, text in found.groupdict().items():
        name, shown = re.sub(r"_\d$", "", group), plain(text or "")
        names[name] = f" {shown}" if shown else names.get(name, "")
    return what.format_map(names)
