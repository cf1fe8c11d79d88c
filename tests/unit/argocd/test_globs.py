"""Argo CD's globs; what is expected here gobwas/glob 1.0 answered, which Argo CD 3.6 uses."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argocd_gitops_mcp.argocd.globs import matches

MATCHING = [
    ("", ""),
    ("abc", "abc"),
    ("a*c", "ac"),
    ("a*c", "a/b/c"),
    ("*", ""),
    ("a?c", "a/c"),
    ("[a-c]x", "bx"),
    ("[!a-c]x", "dx"),
    ("[abc]", "c"),
    ("[!abc]", "/"),
    ("[-a]", "-"),
    ("[\\]]", "]"),
    ("{a,b*}c", "bxc"),
    ("{,a}b", "b"),
    ("{a,}b", "b"),
    ("{a{b,c},d}", "ac"),
    ("a,b}", "a,b}"),
    ("a]", "a]"),
    ("\\*", "*"),
    ("a\\,b", "a,b"),
    ("*.*", "a.b.c"),
]
DIFFERENT = [
    ("", "a"),
    ("abc", "ab"),
    ("a?c", "ac"),
    ("[a-c]x", "dx"),
    ("[!abc]", ""),
    ("{a,b}c", "c"),
    ("\\*", "a"),
    ("A", "a"),
    ("a\n", "a"),
]
UNREADABLE = ["[", "[]", "[]a]", "[a", "[b-a]", "[a-", "[a-bc]", "{a", "{a,b", "\\", "[!]", "a{b[}"]


@pytest.mark.parametrize(("pattern", "text"), MATCHING)
def test_what_a_pattern_matches(pattern: str, text: str) -> None:
    assert matches(pattern, text)


@pytest.mark.parametrize(("pattern", "text"), DIFFERENT)
def test_what_it_does_not(pattern: str, text: str) -> None:
    assert not matches(pattern, text)


@pytest.mark.parametrize("pattern", UNREADABLE)
def test_a_pattern_that_cannot_be_read_matches_nothing(pattern: str) -> None:
    assert not any(matches(pattern, text) for text in ("", "a", "b", pattern))


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("a/*", "a/b", True),
        ("a/*", "a/b/c", False),
        ("a/**", "a/b/c", True),
        ("a?b", "a/b", False),
        ("a[!x]b", "a/b", True),
        ("*/*", "a/b", True),
        ("***", "a/b", True),
        ("{*,a}/b", "/b", True),
    ],
)
def test_one_star_stays_within_the_separator(pattern: str, text: str, expected: bool) -> None:
    assert matches(pattern, text, "/") is expected


@given(st.text("ab*?[]{},!-\\/", max_size=12), st.text("ab/-,", max_size=8), st.sampled_from(["", "/"]))
def test_every_pattern_is_answered(pattern: str, text: str, separator: str) -> None:
    found = matches(pattern, text, separator)
    assert not (found and separator) or matches(pattern, text), "without a separator a pattern matches no less"


@given(st.text(max_size=8))
def test_text_matches_itself_once_it_is_escaped(text: str) -> None:
    assert matches("".join(f"\\{one}" for one in text), text)


def test_no_pattern_takes_long() -> None:
    before = time.monotonic()
    assert not matches("*a" * 60 + "{*,*a,{**,*}}" * 20 + "b", "a" * 400)
    assert time.monotonic() - before < 5
