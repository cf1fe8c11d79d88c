"""Argo CD's globs."""

import time

import pytest

from argocd_gitops_mcp.gitops.rules.globs import may_match


@pytest.mark.parametrize(
    ("glob", "text", "separator", "fits"),
    [
        ("shop-*", "shop-eu", "", True),
        ("shop-*", "shop", "", False),
        ("*", "a/b", "/", True),
        ("a/*", "a/b/c", "/", False),
        ("a/**", "a/b/c", "/", True),
        ("a/*", "a/b/c", "", True),
        ("a?c", "abc", "/", True),
        ("a?c", "a/c", "/", False),
        ("{a,b}-x", "b-x", "", True),
        ("{a,b}-x", "c-x", "", False),
        ("a[0-9]", "a7", "", True),
        ("a.c", "abc", "", False),
        (r"a\*", "a*", "", True),
        (r"a\*", "ab", "", False),
        ("{a", "a", "", True),
        ("a}", "a}", "", True),
        ("", "a", "", False),
    ],
)
def test_what_a_glob_matches(glob: str, text: str, separator: str, *, fits: bool) -> None:
    assert may_match(glob, text, separator) is fits


def test_no_glob_takes_long() -> None:
    began = time.process_time()
    assert may_match("*a*a*a*a*a*a*a*a*a*b", "a" * 400)
    assert not may_match("*a*a*b", "a" * 499)
    assert may_match("*a*a*b", "a" * 100_000)
    assert time.process_time() - began < 2
