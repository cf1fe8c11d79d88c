"""The same repository in its many spellings."""

import pytest

from argocd_gitops_mcp.gitops.urls import normal, public


@pytest.mark.parametrize(
    "url",
    [
        "https://git.example.com/team/deploy",
        "https://git.example.com/team/deploy.git",
        "https://git.example.com/team/deploy/",
        "https://user:password@git.example.com/team/deploy.git",
        "https://GIT.example.com:443/team/deploy",
        "git@git.example.com:team/deploy.git",
        "git.example.com:team/deploy",
        "ssh://git@git.example.com/team/deploy.git",
        "ssh://git@git.example.com:22/team/deploy",
    ],
)
def test_spellings_of_one_repository(url: str) -> None:
    assert normal(url) == "git.example.com/team/deploy"


@pytest.mark.parametrize(
    "url",
    [
        "https://git.example.com/team/Deploy",
        "https://git.example.com:8443/team/deploy",
        "https://git.example.com/deploy",
        "file:///git.example.com/team/deploy",
        "https://[git.example.com/team/deploy",
    ],
)
def test_others_stay_apart(url: str) -> None:
    assert normal(url) != "git.example.com/team/deploy"


def test_a_bare_repository_of_this_machine() -> None:
    assert normal("file:///srv/git/apps.git") == "/srv/git/apps"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://user:password@git.example.com:8443/team/deploy.git", "https://git.example.com:8443/team/deploy.git"),
        ("https://token@git.example.com/a", "https://git.example.com/a"),
        ("git@git.example.com:a/b.git", "git@git.example.com:a/b.git"),
        ("file:///srv/git/apps.git", "file:///srv/git/apps.git"),
        ("https://user:password@[broken/a", "https://[broken/a"),
        ("https://git.example.com/a?private_token=t#f", "https://git.example.com/a"),
        ("user:password@git.example.com/a", "git.example.com/a"),
        ("user:pass/word@git.example.com:a", "git.example.com:a"),
        ("https://git.example.com/@scope/a", "https://git.example.com/@scope/a"),
        ("team/deploy", "team/deploy"),
    ],
)
def test_credentials_are_not_shown(url: str, shown: str) -> None:
    assert public(url) == shown
