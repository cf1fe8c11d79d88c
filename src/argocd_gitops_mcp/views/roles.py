"""A project that was written, and the tokens of its roles: Argo CD's own, and never shown. Pure."""

from collections.abc import Mapping
from typing import Any

from msgspec import field

from argocd_gitops_mcp.views.text import line
from argocd_gitops_mcp.views.view import Record

_TOKENS = "jwtTokens"


class ProjectStored(Record):
    """`revoked` are tokens that went with their roles; `ignored` is what Argo CD does not know."""

    MORE = "projects with its name shows it as it is now"

    result: str
    name: str
    changed: list[str] = field(default_factory=list)
    revoked: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def has_tokens(spec: Any) -> bool:
    """Whether a spec that was given names tokens."""
    return any(_TOKENS in one for one in _roles({"spec": spec}))


def without_tokens(whole: Mapping[str, Any]) -> dict[str, Any]:
    """Metadata and spec, the roles without their tokens."""
    spec = whole.get("spec") or {}
    if not isinstance(spec.get("roles"), list):
        return dict(whole)
    bare = [
        {name: value for name, value in one.items() if name != _TOKENS} if isinstance(one, dict) else one
        for one in spec["roles"]
    ]
    return {**whole, "spec": {**spec, "roles": bare}}


def lost(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Tokens of roles that are there no more, each in words."""
    kept = {one.get("name") for one in _roles(after)}
    return [
        f"role {line(str(one.get('name')), 100)}: token {line(str(token.get('id', '')), 100)}"
        for one in _roles(before)
        if one.get("name") not in kept
        for token in one.get(_TOKENS) or []
    ]


def _roles(whole: Mapping[str, Any]) -> list[dict[str, Any]]:
    spec = whole.get("spec")
    roles = spec.get("roles") if isinstance(spec, dict) else None
    return [one for one in roles if isinstance(one, dict)] if isinstance(roles, list) else []
