"""Who a token belongs to, and what a right's answer leaves open."""

from typing import Any

import pytest

from argocd_gitops_mcp.argocd.models import Account, AccountToken, UserInfo
from argocd_gitops_mcp.argocd.token import Claims
from argocd_gitops_mcp.views import account as views
from argocd_gitops_mcp.views.text import size
from argocd_gitops_mcp.views.view import NORMAL

NOW = 1_800_000_000.0


def told(user: UserInfo, own: Account | None = None, claims: Claims | None = None) -> dict[str, Any]:
    return views.whoami(user, own, claims, NOW).render(NORMAL).structured or {}


def test_an_account_of_hundreds_of_tokens_shows_those_that_expire_next() -> None:
    tokens = [AccountToken(id=f"token-{number}", expires_at=int(NOW) + 60 * (number + 1)) for number in range(300)]
    every = [AccountToken(id="endless"), *reversed(tokens), AccountToken(id="past", expires_at=int(NOW) - 60)]
    rendered = views.account(Account("ci", True, ["apiKey"], every), NOW).render(NORMAL)
    assert size(rendered.text) <= NORMAL
    found = rendered.structured or {}
    assert found["tokens"][:2] == ["past: expired 1m ago", "token-0: expires in 1m"]
    assert found["moreTokens"] == 272


def test_of_single_sign_on_the_groups_are_told() -> None:
    groups = [f"group-{number}" for number in range(500)]
    user = UserInfo(True, "ada@example.com", "https://sso.example.com", groups)
    found = told(user, None, Claims(sub="xyz", exp=NOW + 3600, iat=NOW))
    assert (found["kind"], len(found["groups"])) == ("single sign-on", 100)
    assert found["token"] == "expires in 1h, issued 2027-01-15T08:00:00Z"
    assert found["note"] == "500 groups, 100 shown"


@pytest.mark.parametrize(
    ("username", "sub", "kind"),
    [
        ("proj:shop:ci", "proj:shop:ci", "token of a project's role"),
        ("ci", "ci:apiKey", "API token of a local account"),
        ("admin", "admin:login", "login session of a local account"),
    ],
)
def test_what_kind_of_token_it_is(username: str, sub: str, kind: str) -> None:
    own = Account(username, True, ["login"], [AccountToken(id="mine"), AccountToken(id="other")])
    found = told(UserInfo(True, username, "argocd"), own, Claims(sub=sub, jti="mine"))
    assert found["kind"] == kind
    assert found["otherTokens"] == 1
    assert "mine" not in str(found)


def test_a_token_that_is_no_jwt_says_nothing() -> None:
    assert told(UserInfo(True, "ci", "argocd"))["token"] == "says nothing of itself"


@pytest.mark.parametrize(
    ("asked", "said", "note"),
    [
        (("applications", "sync", "shop/web", False), "yes", ""),
        (("applications", "update", "shop/web", False), "yes", "does not cover its resources"),
        (("applications", "update", "shop/web", False), "no", ""),
        (("applications", "sync", "*/*", True), "no", "not to all"),
        (("clusters", "get", "https://x", False), "no", "project/URL"),
        (("applications", "rollback", "shop/web", False), "yes", "as sync does"),
    ],
)
def test_an_answer_says_what_it_leaves_open(asked: tuple[str, str, str, bool], said: str, note: str) -> None:
    resource, action, wanted, is_all = asked
    found = views.right(resource, action, wanted, said, is_all=is_all)
    assert found.may == said
    assert note in found.note
    assert bool(found.note) is bool(note)
