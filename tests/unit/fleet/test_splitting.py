"""A list is the same however its bytes come."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argocd_gitops_mcp.argocd.fleet import Item
from argocd_gitops_mcp.errors import NotArgoCD, TooLarge
from argocd_gitops_mcp.fleet import splitting
from argocd_gitops_mcp.fleet.splitting import Splitter
from tests.unit.fleet.rows import told

# Text that looks like the marks which the splitter goes by.
NASTY = st.sampled_from(['},{"metadata":{', "]}", '"items":[', "\\", '"', "]", "é", "\u2028", "plain"])
TEXT = st.lists(NASTY, max_size=4).map("".join)
VALUES = st.recursive(TEXT, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3))


def written(items: list[Any], version: str = "7", *, lines: bool = True) -> bytes:
    """As 3.6 writes it, item by item; as 3.5 does, at once."""
    between = "\n," if lines else ","
    inner = between.join(json.dumps(one, separators=(",", ":"), ensure_ascii=False) for one in items)
    content = f"[{inner}]" if items else "null"
    return f'{{"metadata":{{"resourceVersion":"{version}"}}{between}"items":{content}}}\n'.encode()


def read(content: bytes, size: int) -> tuple[list[Item], str]:
    splitter = Splitter()
    found = [item for at in range(0, len(content), size) for item in splitter.feed(content[at : at + size])]
    last, frame = splitter.end()
    return found if last is None else [*found, last], frame.metadata.resource_version


@given(st.lists(VALUES, max_size=5), st.integers(1, 400), st.booleans())
def test_every_application_comes_out_however_the_bytes_are_cut(values: list[Any], size: int, lines: bool) -> None:
    items = [told(f"app-{index}", labels={"note": str(value)}) for index, value in enumerate(values)]
    for item, value in zip(items, values, strict=True):
        # What an older Argo CD sends in spite of `fields`: a list of objects that look like applications.
        nested = [{"a": 1}, {"metadata": {"name": "none"}}, value, {"metadata": {"name": "none"}}]
        item["spec"]["source"]["helm"] = {"valuesObject": {"objects": nested}}
    found, version = read(written(items, lines=lines), size)
    assert [one.metadata.name for one in found] == [f"app-{index}" for index in range(len(values))]
    assert [one.metadata.labels for one in found] == [{"note": str(value)} for value in values]
    assert version == "7"


def test_the_version_may_stand_behind() -> None:
    content = json.dumps({"items": [told("a"), told("b")], "metadata": {"resourceVersion": "9"}}, separators=(",", ":"))
    found, version = read(content.encode(), 50)
    assert ([one.metadata.name for one in found], version) == (["a", "b"], "9")


@pytest.mark.parametrize("size", [1, 30, 10_000])
def test_a_list_that_breaks_off_is_an_error(size: int) -> None:
    whole = written([told("a"), told("b")])
    for end in range(1, len(whole) - 3, 7):
        with pytest.raises(NotArgoCD):
            read(whole[:end], size)


@pytest.mark.parametrize(
    "content",
    [
        b"{}",
        b"",
        b"[]",
        b'{"items":3}',
        b'{"items":[{}]}',
        b'{"items":[{},{"metadata":{}}]}',
        b'{"items":[{"metadata":{"name":3}},{"metadata":{}}]}',
        b"<html></html>",
    ],
)
def test_what_is_no_list_is_an_error(content: bytes) -> None:
    with pytest.raises(NotArgoCD):
        read(content, 5)


@pytest.mark.parametrize("content", [b'{"items":null}', b'{"metadata":{},"items":[]}', b'{"items":[ \n]}'])
def test_nothing_found_is_none(content: bytes) -> None:
    assert read(content, 3) == ([], "")


def test_one_application_above_all_measure_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(splitting, "MAX_ITEM", 1000)
    with pytest.raises(TooLarge):
        read(written([told("a"), told("b", labels={"long": "x" * 2000})]), 100)
