"""Whatever is written is read again as itself, by readers of YAML 1.1 and 1.2."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from ruamel.yaml import YAML

from argocd_gitops_mcp.gitops.yaml_style import after_colon, after_dash, dumped, in_flow

TEXT = some.text(
    some.one_of(some.characters(exclude_categories=["Cs"]), some.sampled_from(" \n:#-'\"{}[],&*!|>%@`yn0123.e\t\r~"))
)
DATA = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)


def read(text: str, version: str = "1.2") -> object:
    yaml = YAML(typ="safe", pure=True)
    yaml.version = version
    return yaml.load(text)


@settings(max_examples=30)
@given(data=DATA, indent=some.integers(0, 5))
def test_data_is_itself_wherever_it_is_written(data: object, indent: int) -> None:
    assert read(dumped({"a": data})) == {"a": data}
    assert read(f"a:\n {' ' * indent}k:{after_colon(data, indent + 1)}\nend:\n") == {"a": {"k": data}, "end": None}
    assert read(f"{' ' * indent}-{after_dash(data, indent)}\n") == [data]
    assert read(f"[{in_flow(data)}, end]\n") == [data, "end"]


@settings(max_examples=60)
@given(text=TEXT)
def test_a_string_is_a_string_in_yaml_1_1_too(text: str) -> None:
    assert read(dumped({"a": text}), "1.1") == {"a": text}


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("web", "web"),
        ("https://git.example.com/shop/deploy.git", "https://git.example.com/shop/deploy.git"),
        ("v1.2.3", "v1.2.3"),
        ("yes", '"yes"'),
        ("N", '"N"'),
        ("1.0", '"1.0"'),
        ("1234e567", '"1234e567"'),
        ("0o17", '"0o17"'),
        ("2026-01-02", '"2026-01-02"'),
        ("1:30", '"1:30"'),
        ("~", '"~"'),
        ("", '""'),
        ("a: b", "'a: b'"),
        ("a #b", "'a #b'"),
        ("one\ntwo\n", "|\n  one\n  two"),
        ("one\n  two", "|-\n  one\n    two"),
        ("one \ntwo", '"one \\ntwo"'),
        (" one\ntwo", '" one\\ntwo"'),
    ],
)
def test_a_string_is_written_as_a_person_would(text: str, written: str) -> None:
    assert dumped({"a": text}) == f"a: {written}\n"


def test_blocks_have_two_spaces_and_their_keys_in_order() -> None:
    assert dumped({"b": [{"z": 1, "a": ["x"]}], "a": {}}) == "b:\n  - z: 1\n    a:\n      - x\na: {}\n"
