"""Calls on sessions, accounts, rights and the version."""

from urllib.parse import quote

from msgspec import Struct

from argocd_gitops_mcp.argocd.call import Call, body, path
from argocd_gitops_mcp.argocd.models import Account, CanI, Empty, SessionToken, Settings, UserInfo, Version
from argocd_gitops_mcp.effects import Effect


class AccountList(Struct):
    """`{}` where the token may see none, as that of a project's role."""

    items: list[Account] | None = None


def login(username: str, password: str) -> Call[SessionToken]:
    """Sign in; never to be repeated on failure: five failures within 300 s lock the name out."""
    return Call("POST", path("session"), SessionToken, "the sign-in", body={"username": username, "password": password})


def whoami() -> Call[UserInfo]:
    """Who the token belongs to. A bad token is answered too: with `loggedIn` absent."""
    return Call("GET", path("session", "userinfo"), UserInfo, "the current user")


def account(name: str) -> Call[Account]:
    """One local account and its tokens' ids."""
    return Call("GET", path("account", name), Account, f"account {name!r}")


def accounts() -> Call[AccountList]:
    """Every local account the token may see, its own among them."""
    return Call("GET", path("account"), AccountList, "the list of accounts")


def mint(name: str, *, expires_in: int, token_id: str | None = None) -> Call[SessionToken]:
    """A new API token; `expires_in` in seconds."""
    return Call(
        "POST",
        path("account", name, "token"),
        SessionToken,
        f"account {name!r}",
        effect=Effect.WRITE,
        body=body(expiresIn=expires_in, id=token_id),
    )


def revoke(name: str, token_id: str) -> Call[Empty]:
    """Delete an API token; it is refused at once."""
    return Call(
        "DELETE",
        path("account", name, "token", token_id),
        Empty,
        f"token {token_id!r} of account {name!r}",
        effect=Effect.WRITE,
    )


def can_i(resource: str, action: str, subresource: str) -> Call[CanI]:
    """Whether the token may; `*/*` is the wildcard for applications.

    Slashes are encoded where two follow each other, or Argo CD redirects to where there is one.
    """
    parts = subresource.split("/")
    slash = "%2F" if {"", ".", ".."} & set(parts) else "/"
    where = slash.join(quote(part, safe="*") for part in parts)
    return Call("GET", f"{path('account', 'can-i', resource, action)}/{where}", CanI, "a right")


def version() -> Call[Version]:
    """Argo CD's version; answered without a token."""
    return Call("GET", "/api/version", Version, "the version")


def settings() -> Call[Settings]:
    """The public settings; `controllerNamespace` only with a valid token."""
    return Call("GET", path("settings"), Settings, "the settings")
