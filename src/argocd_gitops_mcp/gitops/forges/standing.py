"""How a pull request stands: reviews and checks, out of all that were ever given. Pure."""

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from argocd_gitops_mcp.gitops.repository import Check, Review

_DECIDED = frozenset({"approved", "changes requested"})
_WEAK = frozenset({"commented", "requested"})


def latest(reviews: Iterable[Review]) -> Sequence[Review]:
    """The last of each reviewer, of reviews from old to new; a comment or a new request takes no decision back."""
    found: dict[str, Review] = {}
    for one in reviews:
        before = found.get(one.reviewer)
        if before is None or one.state not in _WEAK or before.state not in _DECIDED:
            found[one.reviewer] = one
    return tuple(found.values())


def with_missing(checks: Iterable[Check], required: Iterable[str]) -> Sequence[Check]:
    """The checks, and as pending each required one that did not report at all: else nothing would look like green.

    Args:
        checks: those that reported.
        required: names, on Gitea also patterns with `*`.
    """
    found = list(checks)
    reported = {one.name for one in found}
    found += [
        Check(name, "pending")
        for name in required
        if name not in reported and not any(fnmatchcase(one, name) for one in reported)
    ]
    return tuple(found)
