"""Single values set and removed in YAML and JSON text: whatever the layout, only their own lines change."""

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from argocd_gitops_mcp.errors import InvalidArgument, InvalidValue, NotYAML
from argocd_gitops_mcp.gitops.yaml.changes import Path, drop, is_same, path_of, put, value_at, values, written

VALUES = """\
# Of production.
image:   # which
  repository: ghcr.io/acme/payments   # ours
  tag: "v1.0"   # the release

replicaCount: 2
empty:
hosts:
- a.example.com
- name: b
  port: 80
flow: {a: 1, b: [1, 2]}
none: {}
shared: &shared
  cpu: 1
first: *shared
second:
  <<: *shared
  memory: 2
script: |
  one
  two

last: it # ends here
"""


def lines(before: str, after: str) -> tuple[list[str], list[str]]:
    """What went and what came."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    start = next(
        (place for place, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]), min(len(old), len(new))
    )
    old, new = old[start:], new[start:]
    while old and new and old[-1] == new[-1]:
        old.pop(), new.pop()
    return old, new


@pytest.mark.parametrize(
    ("path", "value", "went", "came"),
    [
        ("image.tag", "v2", ['  tag: "v1.0"   # the release\n'], ['  tag: "v2"   # the release\n']),
        ("image.tag", 1.5, ['  tag: "v1.0"   # the release\n'], ["  tag: 1.5   # the release\n"]),
        ("image.pullPolicy", "Always", [], ["  pullPolicy: Always\n"]),
        ("replicaCount", 3, ["replicaCount: 2\n"], ["replicaCount: 3\n"]),
        ("empty", "x", ["empty:\n"], ["empty: x\n"]),
        ("empty.a.b", [{"c": 1}], [], ["  a:\n", "    b:\n", "    - c: 1\n"]),
        ("hosts[0]", "c", ["- a.example.com\n"], ["- c\n"]),
        ("hosts[0]", {"name": "c", "ports": [1]}, ["- a.example.com\n"], ["- name: c\n", "  ports:\n", "  - 1\n"]),
        ("hosts[1].port", None, ["  port: 80\n"], ["  port: null\n"]),
        ("hosts[2].name", "c", [], ["- name: c\n"]),
        ("flow.b[2]", True, ["flow: {a: 1, b: [1, 2]}\n"], ["flow: {a: 1, b: [1, 2, true]}\n"]),
        ("flow.c", "x, y", ["flow: {a: 1, b: [1, 2]}\n"], ['flow: {a: 1, b: [1, 2], c: "x, y"}\n']),
        ("none.a", 1, ["none: {}\n"], ["none:\n", "  a: 1\n"]),
        ("first", {"cpu": 2}, ["first: *shared\n"], ["first:\n", "  cpu: 2\n"]),
        ("second.cpu", 3, [], ["  cpu: 3\n"]),
        ("script", "one\n2\ntwo\n", [], ["  2\n"]),
        ("script", "one", ["script: |\n", "  one\n", "  two\n"], ["script: one\n"]),
        ("last", "a\nb\n", ["last: it # ends here\n"], ["last: | # ends here\n", "  a\n", "  b\n"]),
        ("last", {"a": 1}, ["last: it # ends here\n"], ["last: # ends here\n", "  a: 1\n"]),
        ("new", {"a": []}, [], ["new:\n", "  a: []\n"]),
        (
            "image",
            {"repository": "ghcr.io/acme/payments", "tag": "v1.0", "digest": "sha256:1"},
            [],
            ["  digest: sha256:1\n"],
        ),
        ("hosts", ["a.example.com"], ["- name: b\n", "  port: 80\n"], []),
    ],
)
def test_only_the_lines_of_the_value_change(path: str, value: Any, went: list[str], came: list[str]) -> None:
    assert lines(VALUES, put(VALUES, path_of(path), value)) == (went, came)


@pytest.mark.parametrize(
    ("path", "went", "came"),
    [
        ("image.tag", ['  tag: "v1.0"   # the release\n'], []),
        ("hosts[1].name", ["- name: b\n", "  port: 80\n"], ["- port: 80\n"]),
        ("hosts[0]", ["- a.example.com\n"], []),
        ("flow.a", ["flow: {a: 1, b: [1, 2]}\n"], ["flow: {b: [1, 2]}\n"]),
        ("flow.b[1]", ["flow: {a: 1, b: [1, 2]}\n"], ["flow: {a: 1, b: [1]}\n"]),
        ("script", ["script: |\n", "  one\n", "  two\n"], []),
        ("last", ["last: it # ends here\n"], []),
    ],
)
def test_what_is_removed_takes_no_other_line_with_it(path: str, went: list[str], came: list[str]) -> None:
    assert lines(VALUES, drop(VALUES, path_of(path))) == (went, came)


def test_the_last_key_that_goes_leaves_an_empty_mapping() -> None:
    assert drop("a:\n  b: 1 # one\nc: 2\n", ("a", "b")) == "a: {}\nc: 2\n"


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("v1.2.3", "v1.2.3"),
        ("1.10", '"1.10"'),
        ("1e3", '"1e3"'),
        ("12e45", '"12e45"'),
        ("yes", '"yes"'),
        ("0123", '"0123"'),
        ("1_000", '"1_000"'),
        ("1:30", '"1:30"'),
        ("0x1f", '"0x1f"'),
        ("2024-01-01", '"2024-01-01"'),
        ("2024-01-01T10", '"2024-01-01T10"'),
        ("~", '"~"'),
        ("", '""'),
        ("1.2.3", "1.2.3"),
        ("100Mi", "100Mi"),
        ("sha256:ab", "sha256:ab"),
        ("a: b", '"a: b"'),
        ("é\u200b", '"é\\u200b"'),
        (1e16, "1.0e+16"),
    ],
)
def test_a_string_is_quoted_where_any_reader_takes_it_for_something_else(value: Any, told: str) -> None:
    assert put("a: b\n", ("a",), value) == f"a: {told}\n"


@pytest.mark.parametrize(
    ("text", "new"),
    [
        ("a: 'b'\n", "a: 'c'\n"),
        ('a: "b"\n', 'a: "c"\n'),
        ("a: !!str b\n", "a: c\n"),
        ("a: &x b\n", "a: &x c\n"),
        ("a:\n  b\n", "a:\n  c\n"),
        ("a: >-\n  b\n", "a: c\n"),
        ("{a: b}\n", "{a: c}\n"),
        ("- a\n", None),
        ("a:\r\n\r\nd: 1\r\n", "a: c\r\n\r\nd: 1\r\n"),
        ("a: b", "a: c"),
        ("# nothing\n", "# nothing\na: c\n"),
        ("", "a: c\n"),
        ("---\n", "---\na: c\n"),
        ("{}\n", "a: c\n"),
        ("\ufeffa: b\n", "\ufeffa: c\n"),
        ("? a\n: b\n", "? a\n: c\n"),
        ('{\n\t"a": "b"\n}\n', '{\n\t"a": "c"\n}\n'),
        ('{"a":"b"}', '{"a":"c"}'),
    ],
)
def test_the_style_that_was_there_stays(text: str, new: str | None) -> None:
    if new is None:
        with pytest.raises(InvalidArgument, match="first is"):
            put(text, ("a",), "c", file="values.yaml")
    else:
        assert put(text, ("a",), "c") == new


def test_json_stays_json() -> None:
    text = '{\n  "a": {\n    "b": 1\n  },\n  "c": []\n}\n'
    new = put(put(text, ("a", "d"), {"e": ["y", None]}), ("c", 0), "x")
    assert json.loads(new) == {"a": {"b": 1, "d": {"e": ["y", None]}}, "c": ["x"]}
    assert '    "b": 1,\n    "d": {"e": ["y", null]}\n' in new
    assert json.loads(put("{}", ("a",), "yes", file="x.json")) == {"a": "yes"}
    with pytest.raises(InvalidValue):
        put(text, ("a", "b"), float("inf"))


def test_of_several_documents_one_changes() -> None:
    text = "a: 1\n---\na: 1\n...\n---\n# none\n"
    assert put(text, ("a",), 2, document=1) == "a: 1\n---\na: 2\n...\n---\n# none\n"


@pytest.mark.parametrize(
    ("text", "path", "said"),
    [
        (VALUES, "shared.cpu", r"&shared in line 14 is used again in line 16, 18"),
        (VALUES, "first.cpu", r"in \*shared"),
        (VALUES, "second.limits.cpu", "merge"),
        (VALUES, "last.x", "last is a single value"),
        (VALUES, "hosts[9]", "2 items"),
        (VALUES, "hosts.x", "2 items"),
        ("a: 1\na: 2\n", "a", "twice"),
        ("? a\n", "a", "not changed in place"),
        ("a: 1\n", "b[2]", r"begins with \[0\]"),
    ],
)
def test_what_would_change_more_than_was_asked_is_refused(text: str, path: str, said: str) -> None:
    with pytest.raises(InvalidArgument, match=said):
        put(text, path_of(path), "new", file="values.yaml")


def test_there_is_nothing_to_remove() -> None:
    with pytest.raises(InvalidArgument, match=r"no image\.digest to remove"):
        drop(VALUES, ("image", "digest"), file="values.yaml")


@pytest.mark.parametrize("text", ["a: [1\nb: 2\n", "a: 1\n b: 2\n", "a: \x07\n", "a: *none\n", "[" * 1000])
def test_what_is_not_yaml_is_told_with_its_file(text: str) -> None:
    with pytest.raises(NotYAML, match=r"apps/values\.yaml"):
        put(text, ("a",), 1, file="apps/values.yaml")


def test_the_line_is_told() -> None:
    with pytest.raises(NotYAML, match=r"values\.yaml, line 2"):
        values("a: 1\n b: 2\n", "values.yaml")


def test_aliases_that_expand_without_measure_are_no_yaml() -> None:
    bomb = "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n"
    for step in range(1, 9):
        bomb += f"a{step}: &a{step} [{', '.join([f'*a{step - 1}'] * 10)}]\n"
    with pytest.raises(NotYAML, match="expand"):
        values(bomb)


def test_values_are_those_that_helm_reads() -> None:
    (found,) = values(
        "a: yes\nb: 0777\nc: 1.10\nd: 2024-01-01\ne: 'no'\nf: 0o17\ng: ~\nh: 1e3\ni: .inf\nj: 0x1F\n8080: x\n"
    )
    wanted = {"a": True, "b": 511, "c": 1.1, "d": "2024-01-01", "e": "no", "f": 15, "g": None, "h": 1000.0}
    assert is_same(found, {**wanted, "i": float("inf"), "j": 31, "8080": "x"})


KEYS = st.text(st.sampled_from("ab.[]\\-/:# é"), min_size=1, max_size=4)


@given(st.lists(KEYS | st.integers(0, 99), min_size=1, max_size=4))
def test_a_path_is_read_as_it_was_written(path: list[str | int]) -> None:
    if isinstance(path[0], str):
        assert path_of(written(tuple(path))) == tuple(path)


@pytest.mark.parametrize("text", ["", ".a", "a.", "a..b", "a[x]", "a[1", "a.[1]", "a]", "a\\"])
def test_what_is_no_path_is_refused(text: str) -> None:
    with pytest.raises(InvalidArgument, match="no path"):
        path_of(text)


# Any document, in any layout.

NAMES = st.sampled_from(["a", "b", "image", "tag", "name", "x-y", "on", "8080"])
TEXTS = st.sampled_from(
    ["v1", "1.10", "yes", "a: b", "a #b", "", "it's", '"', "- x", "é", " x ", "*a", "{", "a, b", "null"]
)
SCALARS = TEXTS | st.none() | st.booleans() | st.integers(-5, 99) | st.sampled_from([0.5, 1e20])
BLOCKS = st.sampled_from(["one\ntwo\n", "one\n\ntwo", "a: 1\nb: 2\n"])
TREES: st.SearchStrategy[Any] = st.recursive(
    SCALARS | BLOCKS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=10,
)
MAPPINGS = st.dictionaries(NAMES, TREES, min_size=1, max_size=4)
COMMENTS = st.sampled_from(["", "", " # said", "   #: - {"])


class Writer:
    """Writes a value in a layout that is drawn: indentation, quotes, braces, comments, blank lines."""

    def __init__(self, data: st.DataObject) -> None:
        self._draw = data.draw
        self._step = self._draw(st.sampled_from([1, 2, 4]), "step")
        self._offset = self._draw(st.sampled_from([0, 2]), "offset")
        self._dash = self._draw(st.sampled_from([2, 4]), "dash")

    def document(self, value: dict[str, Any]) -> list[str]:
        return [*self._between(0), *self._block(value, 0)]

    def _between(self, depth: int) -> list[str]:
        return self._draw(st.sampled_from([[], [], [""], [f"{' ' * depth}# about: it"]]))

    def _block(self, value: Any, depth: int) -> list[str]:
        found: list[str] = []
        for name, one in value.items() if isinstance(value, dict) else [("", each) for each in value]:
            lead = f"{self._text(name)}:" if isinstance(value, dict) else "-"
            if found:
                found += self._between(depth)
            found += self._item(lead, one, depth)
        return found

    def _item(self, lead: str, value: Any, depth: int) -> list[str]:
        comment, margin = self._draw(COMMENTS), " " * depth
        if isinstance(value, dict | list) and value and self._draw(st.integers(0, 3)):
            if lead == "-":
                inner = self._block(value, depth + self._dash)
                return [f"{margin}-{' ' * (self._dash - 1)}{inner[0].lstrip()}", *inner[1:]]
            below = self._block(value, depth + (self._step if isinstance(value, dict) else self._offset))
            return [f"{margin}{lead}{comment}", *below]
        if isinstance(value, str) and "\n" in value and self._draw(st.booleans()):
            width = " " * (depth + (self._dash if lead == "-" else self._step))
            body = [width + line if line else "" for line in value.removesuffix("\n").split("\n")]
            return [f"{margin}{lead} |{'' if value.endswith(chr(10)) else '-'}{comment}", *body]
        if value is None and self._draw(st.booleans()):
            return [f"{margin}{lead}{comment}"]
        return [f"{margin}{lead} {self._flow(value)}{comment}"]

    def _flow(self, value: Any) -> str:
        if isinstance(value, dict):
            return "{" + ", ".join(f"{self._text(name)}: {self._flow(one)}" for name, one in value.items()) + "}"
        if isinstance(value, list):
            return "[" + ", ".join(map(self._flow, value)) + "]"
        if isinstance(value, str):
            return self._text(value)
        return repr(value).replace("e+", ".0e+") if isinstance(value, float) else json.dumps(value)

    def _text(self, value: str) -> str:
        style = self._draw(st.sampled_from(["", "'", '"']))
        if style == "'" and "\n" not in value:
            return "'" + value.replace("'", "''") + "'"
        return value if not style and value.isalpha() and value not in {"yes", "on", "null"} else json.dumps(value)


def read(text: str) -> Any:
    """By the library's own constructor; keys as text."""

    def named(value: Any) -> Any:
        if isinstance(value, dict):
            return {str(name): named(one) for name, one in value.items()}
        return [named(one) for one in value] if isinstance(value, list) else value

    return named(YAML(typ="safe", pure=True).load(io.StringIO(text)))


def paths(value: Any, at: Path = ()) -> list[Path]:
    items = list(value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else [])
    return [*([at] if at else []), *(path for name, one in items for path in paths(one, (*at, name)))]


def with_(value: Any, path: Path, new: Any) -> Any:
    """The model: a copy with one value set; `...` takes it out."""
    if not path:
        return new
    if isinstance(value, list):
        found: Any = [*value, *([None] if path[0] == len(value) else [])]
        found[path[0]] = with_(found[path[0]], path[1:], new)
        return [one for one in found if one is not ...]
    found = {**(value or {})}
    found[path[0]] = with_(found.get(path[0]), path[1:], new)
    return {name: one for name, one in found.items() if one is not ...}


def drawn(data: st.DataObject) -> tuple[Any, str]:
    model = data.draw(MAPPINGS, "model")
    eol = data.draw(st.sampled_from(["\n", "\n", "\r\n"]), "line end")
    text = eol.join(Writer(data).document(model))
    assert is_same(read(text + eol), model), text
    # A literal block at the very end would lose its line end.
    ends = "\\n" not in repr(list(model.values())[-1]) and data.draw(st.booleans(), "ends without a line end")
    return model, text + ("" if ends else eol)


@given(st.data())
def test_any_value_is_set_in_any_layout(data: st.DataObject) -> None:
    model, text = drawn(data)
    path = data.draw(st.sampled_from(paths(model)), "path")
    held = value_at(model, path)
    if isinstance(held, dict | list) and data.draw(st.booleans(), "in it"):
        path = (*path, len(held) if isinstance(held, list) else "new")
    value = data.draw(TREES, "value")
    new = put(text, path, value)
    assert is_same(read(new), with_(model, path, value))
    went, came = lines(text, new)
    if not isinstance(value, dict | list) and "\\n" not in repr(value) and "\\n" not in repr(held):
        if path not in paths(model):
            assert len(went) - (not text.endswith("\n")) <= 1
        elif not isinstance(held, dict | list):
            assert len(went) == len(came) <= 1
    assert new.endswith("\n") == text.endswith("\n")
    assert ("\r\n" in text) == ("\r\n" in new) or "\n" not in text.strip()


@given(st.data())
def test_anything_is_removed_from_any_layout(data: st.DataObject) -> None:
    model, text = drawn(data)
    path = data.draw(st.sampled_from(paths(model)), "path")
    new = drop(text, path)
    assert is_same(read(new), with_(model, path, ...))
    if not isinstance(value_at(model, path), dict | list) and len(value_at(model, path[:-1])) > 1:
        assert new.count("# about: it") == text.count("# about: it")


@given(st.data())
def test_json_is_changed_as_json(data: st.DataObject) -> None:
    model = data.draw(MAPPINGS, "model")
    text = json.dumps(model, indent=data.draw(st.sampled_from([None, 2, "\t"]), "indent"), ensure_ascii=False)
    path, value = data.draw(st.sampled_from(paths(model)), "path"), data.draw(TREES, "value")
    assert is_same(json.loads(put(text, path, value, file="x.json")), with_(model, path, value))
