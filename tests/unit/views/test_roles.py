"""Tokens of a project's roles: found where they would be lost, and never part of a difference."""

from typing import Any

import pytest

from argocd_gitops_mcp.views import roles

BEFORE = {
    "spec": {
        "roles": [
            {"name": "ci", "policies": [], "jwtTokens": [{"iat": 1, "id": "one"}, {"iat": 2, "id": "two"}]},
            {"name": "people", "policies": []},
        ]
    }
}


def test_only_roles_that_go_lose_tokens() -> None:
    assert roles.lost(BEFORE, {"spec": {"roles": [{"name": "ci"}]}}) == []
    assert roles.lost(BEFORE, {"spec": {"roles": [{"name": "people"}]}}) == [
        "role ci: token one",
        "role ci: token two",
    ]
    assert roles.lost(BEFORE, {"spec": {}}) == roles.lost(BEFORE, {"spec": {"roles": []}})


def test_tokens_are_left_out_and_nothing_else() -> None:
    assert roles.without_tokens({"metadata": {"a": 1}, **BEFORE}) == {
        "metadata": {"a": 1},
        "spec": {"roles": [{"name": "ci", "policies": []}, {"name": "people", "policies": []}]},
    }


@pytest.mark.parametrize("spec", [None, {}, {"roles": None}, {"roles": "rubbish"}, {"roles": ["rubbish"]}])
def test_what_is_no_role_is_left_to_argo_cd(spec: Any) -> None:
    assert not roles.has_tokens(spec)
    assert roles.lost({"spec": spec}, {"spec": spec}) == []
