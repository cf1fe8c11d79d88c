"""Foreign text made safe to show."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argocd_gitops_mcp.views import text

HOSTILE = st.text(
    alphabet=st.one_of(
        st.characters(categories=["L", "N", "P", "S"]),
        st.characters(categories=["Cc", "Cf", "Zl", "Zp", "Cs"]),
        st.sampled_from("\x1b[]mABC;0123\x07\\\n\t\r"),
    ),
    max_size=200,
)

# Signs before a number, and hieroglyphs' joiners: of the category of hiding marks, but they show.
VISIBLE = {*"\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"}
VISIBLE |= {chr(code) for code in range(0x13430, 0x13460)}


@given(HOSTILE)
def test_no_control_character_and_nothing_that_hides_or_reorders_is_left(given_: str) -> None:
    left = text.clean(given_, 10_000)
    hidden = {one for one in left if unicodedata.category(one) in ("Cc", "Cf", "Cs", "Zl", "Zp")}
    assert hidden <= {"\n", "\t", *VISIBLE}
    left.encode()


@given(HOSTILE, st.integers(1, 50))
def test_it_is_bounded_and_says_what_was_cut(given_: str, limit: int) -> None:
    whole = text.clean(given_, 10_000)
    left = text.clean(given_, limit)
    if len(whole.encode()) <= limit:
        assert left == whole
    else:
        kept, _, said = left.rpartition("… (")
        assert whole.startswith(kept)
        assert limit - 4 < len(kept.encode()) <= limit
        assert said == f"{len(whole) - len(kept)} more characters)"


@given(st.text(), st.integers(-5, 40))
def test_no_character_is_cut_in_two(given_: str, room: int) -> None:
    kept = text.within(given_, room)
    assert given_.startswith(kept)
    assert text.size(kept) <= max(room, 0)
    if kept != given_:
        assert text.size(given_[: len(kept) + 1]) > room


@given(HOSTILE)
def test_a_line_is_one_line(given_: str) -> None:
    assert len(text.line(given_).splitlines()) <= 1


@given(HOSTILE)
def test_cleaning_twice_changes_nothing(given_: str) -> None:
    once = text.clean(given_, 10_000)
    assert text.clean(once, 10_000) == once


@pytest.mark.parametrize(
    ("given_", "left"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07shown", "shown"),
        ("\x1b]8;;https://evil.example.com\x1b\\click\x1b]8;;\x1b\\", "click"),
        ("pass\x08\x08word", "password"),
        ("abc\u202edef", "abcdef"),
        ("in\u200bvisible\U000e0041", "invisible"),
        ("smuggled\U000e0100\U000e01ef\ufe00", "smuggled"),
        ("naïve 日本語 ❤️", "naïve 日本語 ❤️"),
        ("tab\tand\nline", "tab\tand\nline"),
    ],
)
def test_known_tricks(given_: str, left: str) -> None:
    assert text.clean(given_) == left


def test_a_commit_is_abbreviated_and_nothing_else() -> None:
    assert text.revision("0123456789abcdef0123456789abcdef01234567") == "01234567"
    for whole in ("v1.2.3", "main", "0123456789abcdef", ""):
        assert text.revision(whole) == whole
