"""Who a token belongs to, an account without its secrets, and the answer about a right. Pure."""

from collections.abc import Sequence

from msgspec import field

from argocd_gitops_mcp.ages import short
from argocd_gitops_mcp.argocd.models import Account, AccountToken, UserInfo
from argocd_gitops_mcp.argocd.token import Claims, stamp
from argocd_gitops_mcp.views.text import line
from argocd_gitops_mcp.views.view import Record

_TOKENS = 30
_GROUPS = 100


class AccountView(Record):
    """A local account; a token is told by its id, never by its value."""

    account: str
    enabled: bool
    capabilities: list[str]
    tokens: list[str] = field(default_factory=list)
    more_tokens: int = 0


def account(one: Account, now: float) -> AccountView:
    """The account, the tokens that expire next first."""
    ordered = sorted(one.tokens or [], key=lambda each: (each.expires_at <= 0, each.expires_at, each.id))
    return AccountView(
        account=line(one.name, 253),
        enabled=one.enabled,
        capabilities=[line(each, 40) for each in one.capabilities or []],
        tokens=_tokens(ordered, now),
        more_tokens=max(len(ordered) - _TOKENS, 0),
    )


def _tokens(tokens: Sequence[AccountToken], now: float) -> list[str]:
    return [f"{line(one.id, 100)}: {_expiry(one.expires_at, now)}" for one in tokens[:_TOKENS]]


def _expiry(at: float, now: float) -> str:
    if at <= 0:
        return "never expires"
    return f"expires in {short(at - now)}" if at > now else f"expired {short(now - at)} ago"


class Identity(Record):
    """Whom Argo CD takes the token for."""

    user: str
    kind: str
    issuer: str
    groups: list[str] = field(default_factory=list)
    token: str = ""
    capabilities: list[str] = field(default_factory=list)
    other_tokens: int = 0
    note: str = ""


def whoami(user: UserInfo, own: Account | None, claims: Claims | None, now: float) -> Identity:
    """The user.

    Args:
        user: as Argo CD knows him.
        own: his local account, if he has one.
        claims: what the token says of itself.
        now: seconds since 1970.
    """
    groups = user.groups or []
    exp = claims.exp if claims is not None else None
    known = _expiry(exp or 0, now) if claims is not None else "says nothing of itself"
    tokens = [one for one in (own.tokens if own is not None else None) or [] if claims is None or one.id != claims.jti]
    note = "" if user.iss != "argocd" or groups or own is None else "what it may do: can_i, or the Argo CD policy"
    return Identity(
        user=line(user.username, 253),
        kind=_kind(user, claims),
        issuer=line(user.iss, 253),
        groups=[line(name, 200) for name in groups[:_GROUPS]],
        token=known + (f", issued {stamp(claims.iat)}" if claims is not None and claims.iat else ""),
        capabilities=[line(each, 40) for each in (own.capabilities if own is not None else None) or []],
        other_tokens=len(tokens),
        note=f"{len(groups)} groups, {_GROUPS} shown" if len(groups) > _GROUPS else note,
    )


def _kind(user: UserInfo, claims: Claims | None) -> str:
    if user.username.startswith("proj:"):
        return "token of a project's role"
    if user.iss != "argocd":
        return "single sign-on"
    is_key = claims is not None and claims.sub.endswith(":apiKey")
    return "API token of a local account" if is_key else "login session of a local account"


class Right(Record):
    """Yes or no, and what it does not say."""

    may: str
    right: str
    note: str = ""


_NOTES = {
    ("applications", "update"): "does not cover its resources (Argo CD 3.0 and later): that takes update/*, which "
    "cannot be asked for",
    ("applications", "delete"): "does not cover its resources (Argo CD 3.0 and later): that takes delete/*, which "
    "cannot be asked for",
    ("applications", "rollback"): "answers as sync does, unless Argo CD is set to enforce rollback by itself (3.6)",
}


def right(resource: str, action: str, wanted: str, said: str, *, is_all: bool) -> Right:
    """Argo CD's answer; `no` about everything leaves open what may be done to some."""
    may = "yes" if said == "yes" else "no"
    notes = [_NOTES.get((resource, action), "")] if may == "yes" else []
    if may == "no" and is_all:
        notes.append("not to all; ask about one object, or project/*")
    if resource in ("clusters", "repositories") and may == "no" and not is_all:
        notes.append("of one that belongs to a project the object is project/URL")
    return Right(may=may, right=line(f"{resource}, {action}, {wanted}", 400), note="; ".join(filter(None, notes)))
