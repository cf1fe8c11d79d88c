"""How repository URLs are compared; what is expected here NormalizeGitURL of Argo CD 3.6 answered."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argocd_gitops_mcp.argocd.git_urls import normal


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://GitHub.com/Team/Shop.git", "https://github.com/team/shop"),
        ("  https://h/x  ", "https://h/x"),
        ("git@github.com:team/shop.git", "git@github.com/team/shop"),
        ("ssh://git@github.com:22/team/shop.git", "git@github.com:22/team/shop"),
        ("git@ssh.dev.azure.com:v3/o/p/r", "git@ssh.dev.azure.com/v3/o/p/r"),
        ("https://u:p@h/x", "https://u:p@h/x"),
        ("https://h/x.git/", "https://h/x.git/"),
        ("https://h/a b", "https://h/a%20b"),
        ("https://h/é", "https://h/%C3%A9"),
        ("https://h/a%2Fb", "https://h/a%2fb"),
        ("https://h?x", "https://h?x"),
        ("https://h/a#b", "https://h/a#b"),
        ("https://[::1]:80/x", "https://[::1]:80/x"),
        ("file:///r/apps.git", "file:///r/apps"),
        ("oci://ghcr.io/a", "oci://ghcr.io/a"),
        ("registry-1.docker.io/bitnami", "registry-1.docker.io/bitnami"),
        ("host:5000/charts", "host:5000/charts"),
        ("", ""),
        # Patterns.
        ("*", "*"),
        ("**", "**"),
        ("https://*.example.com/**", "https://*.example.com/**"),
        ("git@github.com:team/*", "git@github.com/team/*"),
        ("https://h/[ab]?", "https://h/[ab]?"),
    ],
)
def test_the_form_that_is_compared(url: str, expected: str) -> None:
    assert normal(url) == expected


@pytest.mark.parametrize(
    "url", ["https://h:*/x", "https://h/%zz", "https://{a,b}.com/x", "1host:5/x", ":x", "https://h/a\x00b"]
)
def test_what_go_cannot_read_is_compared_as_nothing(url: str) -> None:
    assert normal(url) == ""


def test_braces_and_a_star_for_the_user_are_escaped_and_so_never_match() -> None:
    assert normal("https://h/{a,b}") == "https://h/%7Ba,b%7D"
    assert normal("*@github.com:team/x") == "%2A@github.com/team/x"


@given(st.text(st.characters(codec="ascii"), max_size=30))
def test_case_and_space_around_make_no_difference(url: str) -> None:
    assert normal(f" {url.upper()}\n") == normal(url)
