"""What was sent beside what Argo CD stored: Go leaves out what is empty, and what it does not know. Pure."""

from typing import Any

from argocd_gitops_mcp.views.changes import differences

NOTHING = "unchanged: Argo CD knows nothing of what was given"
_ABSENT: tuple[Any, ...] = (None, "", [], False, 0)


def plain(value: Any) -> Any:
    """Without what Go leaves out; an empty object can mean something, and stays."""
    if isinstance(value, dict):
        kept = {name: plain(one) for name, one in value.items() if not _is_absent(one)}
        return {name: one for name, one in kept.items() if name != "template" or one not in _UNFILLED}
    return [plain(one) for one in value] if isinstance(value, list) else value


# What Argo CD fills in beside every generator.
_UNFILLED: tuple[dict[str, Any], ...] = ({"metadata": {}, "spec": {"destination": {}}},)


def _is_absent(value: Any) -> bool:
    return not isinstance(value, dict) and value in _ABSENT


def changed(before: Any, after: Any, at: str = "") -> list[str]:
    """Where two stored states differ."""
    return differences(plain(before), plain(after), at)


def missing(sent: Any, stored: Any, at: str) -> list[str]:
    """Where the stored one does not hold what was sent: unknown to this Argo CD, or put another way by it."""
    sent, stored = plain(sent), plain(stored)
    if isinstance(sent, dict) and isinstance(stored, dict):
        return [
            found
            for name, one in sent.items()
            for found in missing(one, stored.get(name), f"{at}.{name}" if at else name)
        ]
    if isinstance(sent, list) and isinstance(stored, list) and len(sent) == len(stored):
        return [
            found
            for place, (one, other) in enumerate(zip(sent, stored, strict=True))
            for found in missing(one, other, f"{at}.{place}")
        ]
    if sent == {} and stored is None:
        return []
    return [] if sent == stored else [at]
