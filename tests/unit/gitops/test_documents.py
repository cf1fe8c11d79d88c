"""Files are read as Kubernetes reads them; every value knows its place, and nothing makes reading fail."""

import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from argocd_gitops_mcp.gitops.documents import Document, read

DEPLOYMENT = """\
# the shop
apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop
  namespace: prod
spec:
  template:
    spec:
      containers:
        - name: web
          image: "nginx:1.27"
        - {name: log, image: busybox}
---
apiVersion: v1
kind: Service
metadata: {name: shop}
"""
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def only(text: str, file: str = "a.yaml") -> Document:
    documents, findings = read(file, text)
    assert findings == []
    (document,) = documents
    return document


def said(text: str, file: str = "a.yaml") -> tuple[int, int, str, str]:
    _, (finding,) = read(file, text)
    assert finding.severity == "error"
    return finding.line, finding.column, finding.rule, finding.message


def test_documents_know_who_they_are() -> None:
    (first, second), findings = read("shop.yaml", DEPLOYMENT)
    assert findings == []
    assert (first.subject, first.group, first.api_version) == ("Deployment/shop", "apps", "apps/v1")
    assert (first.name, first.namespace, first.index, first.line) == ("shop", "prod", 0, 2)
    assert (second.subject, second.group, second.namespace, second.index, second.line) == (
        "Service/shop",
        "",
        "",
        1,
        15,
    )
    assert first.is_object


@pytest.mark.parametrize(
    ("path", "named", "value"),
    [
        ((), (2, 1), (2, 1)),
        (("metadata",), (4, 1), (5, 3)),
        (("metadata", "namespace"), (6, 3), (6, 14)),
        (("spec", "template", "spec", "containers", 0), (11, 11), (11, 11)),
        (("spec", "template", "spec", "containers", 0, "image"), (12, 11), (12, 18)),
        (("spec", "template", "spec", "containers", 1, "image"), (13, 23), (13, 30)),
        (("spec", "template", "spec", "containers", 7, "image"), (10, 7), (11, 9)),
        (("spec", "nothing", "deeper"), (7, 1), (8, 3)),
        (("kind", "deeper"), (3, 1), (3, 7)),
    ],
)
def test_a_path_has_its_place(path: tuple[str | int, ...], named: tuple[int, int], value: tuple[int, int]) -> None:
    document = read("shop.yaml", DEPLOYMENT)[0][0]
    assert document.position(*path) == named
    assert document.value_position(*path) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", True), ("On", True), ("y", True), ("NO", False), ("off", False), ("n", False), ("~", None), ("", None),
        ("0777", 511), ("0o17", 15), ("0xb", 11), ("-0x1F", -31), ("0b11", 3), ("1_000", 1000), ("0", 0), ("+7", 7),
        ("08", 8.0), ("1e3", 1000.0), ("12e99999", "12e99999"), (".5", 0.5), ("1:30", "1:30"), ("-", "-"), (".", "."),
        ("2024-01-01", "2024-01-01"), ("1.2.3", "1.2.3"), ("'1'", "1"), ('"yes"', "yes"), ("!!str 5", "5"),
        ("!!int '7'", 7), ("!Ref x", "x"), ("!!binary aGk=", "aGk="), ("yess", "yess"), ("<<", "<<"), ("_1", "_1"),
        (".inf", float("inf")), ("1" * 5000, "1" * 5000),
    ],
)  # fmt: skip
def test_scalars_are_those_of_go_yaml_2(text: str, value: object) -> None:
    """Seen in its resolve.go; Python's own readers differ in half of them."""
    found = only(f"a: {text}\n" if text != "-" else "a: -x\n").value["a"]
    assert (found, type(found)) == (value if text != "-" else "-x", type(value))


def test_keys_are_strings() -> None:
    assert only("on: 1\n1: 2\n'x': 3\n").value == {"true": 1, "1": 2, "x": 3}


def test_merged_keys_are_there_and_have_their_place() -> None:
    document = only("a: &a {b: 1, c: 2}\nz: &z {d: 4}\nx:\n  <<: [*a, *z]\n  c: 3\n")
    assert document.value["x"] == {"b": 1, "c": 3, "d": 4}
    assert document.position("x", "d") == (2, 8)
    assert document.position("x", "c") == (5, 3)


@pytest.mark.parametrize(
    ("text", "where", "rule", "part"),
    [
        ("a: 1\nb:\n\tc: 1\n", (3, 1), "yaml-syntax", "tab"),
        ("a: b: c\n", (1, 5), "yaml-syntax", "mapping values"),
        ("a: 1\nb: [1,\n\n", (2, 6), "yaml-syntax", "flow"),
        ("a: 1\nb: 'x\n", (2, 4), "yaml-syntax", "quoted"),
        ("a:\n  b: 1\n c: 2\n", (3, 2), "yaml-syntax", "expected"),
        ("x: *no\n", (1, 4), "yaml-syntax", "undefined alias"),
        ("a: {{name}}-web\n", (1, 12), "yaml-syntax", "quote the whole value"),
        ("image:\n  {{ .Values.image }}\n", (2, 4), "yaml-syntax", "quote the whole value"),
        ("{{- if .x }}\na: 1\n", (1, 3), "yaml-syntax", "quote the whole value"),
        ("? [a]\n: 1\n", (1, 3), "yaml-syntax", "a key must be a string"),
        ("~: 1\n", (1, 1), "yaml-syntax", "not null"),
        ("a: &a [*a]\n", (1, 4), "yaml-syntax", "contains itself"),
        ("a:\n  <<: 3\n", (2, 7), "yaml-syntax", "takes a mapping"),
        ("é: \x00\n", (1, 4), "yaml-syntax", "may not stand in YAML"),
        ("a: 1\nb: \ud800", (2, 4), "yaml-syntax", "may not stand in YAML"),
        ("%FOO\n---\na: 1\n", (1, 5), "yaml-syntax", "directive"),
        ("[" * 250 + "]" * 250, (1, 202), "yaml-syntax", "nested deeper"),
        ("[" * 90_000, (1, 1), "yaml-syntax", "nest"),
        ("a: 1\nb: 2\na: 3\n", (3, 1), "duplicate-key", "`a` is given twice"),
        ("x:\n- q: 1\n  'q': 2\n", (3, 3), "duplicate-key", "`q` is given twice"),
    ],
)
def test_what_cannot_be_read_is_found_at_its_place(text: str, where: tuple[int, int], rule: str, part: str) -> None:
    row, column, found, message = said(text)
    assert (row, found) == (where[0], rule)
    assert where == (row, column) or "nest" in part
    assert part in message


def test_documents_before_a_mistake_are_read() -> None:
    documents, (finding,) = read("a.yaml", "a: 1\n---\n# none\n---\nb: [\n")
    assert [one.value for one in documents] == [{"a": 1}]
    assert finding.line == 5


def test_a_billion_laughs_are_not_expanded() -> None:
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 30)]
    assert said("\n".join(rows))[2] == "alias-expansion"
    assert only("- &a [1]\n- *a\n- [*a, *a]\n").value == [[1], [1], [[1], [1]]]


def test_a_list_is_read_as_its_items() -> None:
    documents, _ = read("a.yaml", "apiVersion: v1\nkind: List\nitems:\n- kind: A\n  x: 1\n- kind: B\n")
    assert [(one.value, one.line) for one in documents] == [({"kind": "A", "x": 1}, 4), ({"kind": "B"}, 6)]
    assert documents[0].position("x") == (5, 3)


def test_json_has_places_too() -> None:
    document = only('{\n\t"apiVersion": "v1", "kind": "ConfigMap",\n\t"data": {"a": "\\ud83d\\ude00\\/"}\n}', "a.json")
    assert document.value["data"] == {"a": "😀/"}
    assert document.position("data", "a")[0] == 3


def test_json_of_other_programs_is_none_of_ours() -> None:
    assert read("tsconfig.json", "{// comment\n}") == ([], [])
    assert read("package.json", '{"name": "web"}') == ([], [])
    assert said('{"kind": "A",\n "apiVersion": "v1",}', "a.json")[::2] == (2, "json-syntax")


@pytest.mark.parametrize("text", ["1", "- a\n- b\n", "kind: 3\nmetadata: [x]\n", "kind: A\nmetadata: {name: 1}\n"])
def test_odd_documents_have_no_name(text: str) -> None:
    document = only(text)
    assert (document.name, document.namespace, document.group) == ("", "", "")
    assert not document.is_object


@given(PLAIN)
def test_what_was_written_is_read(value: Any) -> None:
    text = json.dumps({"apiVersion": "v1", "kind": "X", "data": value})
    documents, findings = read("a.json", text)
    assert findings == []
    assert documents[0].value["data"] == value


@given(st.dictionaries(st.text(min_size=1, max_size=8), st.text(max_size=30), min_size=1, max_size=5))
def test_strings_that_a_yaml_writer_quoted_are_read(value: dict[str, str]) -> None:
    """Unquoted it leaves some that Kubernetes reads otherwise: `Y` is true, `1e3` a number."""
    assert only(yaml.safe_dump(value, default_style='"')).value == value


@given(st.text(st.sampled_from("ab:-[]{}&*!|>'\"%@`#?,\n\t 0\x00é\ud800<\r\x85\ufeff\u2028"), max_size=60))
def test_nothing_makes_reading_fail(text: str) -> None:
    for file in ("a.yaml", "a.json"):
        for document in read(file, text)[0]:
            assert document.position("a", 0, "b") >= (1, 1)
