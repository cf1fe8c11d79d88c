"""Cursors come back as they went; others are refused by name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argocd_gitops_mcp.errors import InvalidArgument
from argocd_gitops_mcp.fleet import cursor

PLACES = st.tuples(
    st.integers(0, 200), st.integers(0, 9), st.integers(0, 9), st.text(max_size=60), st.text(max_size=60)
)
ASKED = st.dictionaries(st.sampled_from(["query", "project", "health"]), st.text(max_size=20), max_size=3)


@given(PLACES, ASKED)
def test_a_place_comes_back(place: cursor.Place, asked: dict[str, str]) -> None:
    told = cursor.after(place, asked)
    assert told.isascii()
    assert told.isprintable()
    assert cursor.place(told, dict(reversed(asked.items()))) == place


@given(PLACES, ASKED, ASKED)
def test_with_other_filters_it_is_refused(place: cursor.Place, asked: dict[str, str], other: dict[str, str]) -> None:
    if asked != other:
        with pytest.raises(InvalidArgument, match="belongs to a list with other filters"):
            cursor.place(cursor.after(place, asked), other)


@given(st.text(max_size=80))
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(InvalidArgument, match="cursor "):
        cursor.place(text, {})


@given(st.integers(0, 2**40))
def test_a_moment_comes_back(serial: int) -> None:
    told = cursor.moment("0123abcd", serial)
    assert cursor.serial(told, "0123abcd", serial) == serial
    with pytest.raises(InvalidArgument, match="of an index that is no more"):
        cursor.serial(told, "ffffffff", serial)


@given(st.text(max_size=40))
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(InvalidArgument, match="since "):
        cursor.serial(text, "0123abcd", 10)
