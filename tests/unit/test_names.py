"""Names that Kubernetes would not accept are refused before anything is sent."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argocd_gitops_mcp import names
from argocd_gitops_mcp.argocd.call import path

PART = r"[a-z0-9](?:[a-z0-9-]{0,20}[a-z0-9])?"
BAD = [
    "", ".", "..", "../projects/p", "a/b", "a\\b", "A", "a_b", "-a", "a-", ".a", "a.", "a..b", "a b", "a\n", "a\x00",
    "%2e%2e", "a?b", "a#b", "a%2Fb", "ü", "a" * 254, "a:b", "'; drop", "${x}",
]  # fmt: skip


@given(st.from_regex(rf"{PART}(?:\.{PART}){{0,4}}", fullmatch=True))
def test_every_dns_1123_name_is_accepted(name: str) -> None:
    assert names.subdomain(name) == name
    assert names.segment(name) == name
    assert path(name) == f"/api/v1/{name}"


@given(st.text(max_size=30))
def test_nothing_else_is_accepted(name: str) -> None:
    fits = re.fullmatch(rf"{PART}(?:\.{PART})*", name) is not None
    try:
        accepted = names.subdomain(name) == name
    except ValueError:
        accepted = False
    assert accepted is fits


@pytest.mark.parametrize("name", BAD)
def test_known_bad_names(name: str) -> None:
    with pytest.raises(ValueError, match="DNS-1123"):
        names.subdomain(name)
    with pytest.raises(ValueError, match="DNS-1123"):
        names.label(name)


@given(st.text(max_size=40))
def test_an_accepted_segment_stays_within_its_segment(name: str) -> None:
    try:
        names.segment(name)
    except ValueError:
        return
    assert name not in ("", ".", "..")
    assert not set(name) & set("/\\?#%\x00\n\r")


def test_names_of_roles_are_segments() -> None:
    for name in ("system:controller:node", "Admin", "a@b"):
        assert names.segment(name) == name


def test_a_label_is_shorter_and_has_no_dots() -> None:
    assert names.label("a" * 63) == "a" * 63
    for name in ("a" * 64, "a.b"):
        with pytest.raises(ValueError, match="63"):
            names.label(name)


def test_a_refusal_does_not_repeat_a_flood() -> None:
    with pytest.raises(ValueError, match="DNS-1123") as raised:
        names.subdomain("A" * 100_000)
    assert len(str(raised.value)) < 300


def test_nearest() -> None:
    known = ["get_resource_tree", "get_resource_events", "get_resource_actions"]
    assert names.nearest("get_ressource_tree", known)[0] == "get_resource_tree"
    assert names.nearest("GET_RESOURCE_TREE", known, 1) == ["get_resource_tree"]
    assert names.nearest("zzzz", known) == []
