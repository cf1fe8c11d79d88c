"""What a write did."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from argocd_gitops_mcp.argocd.models import Application
from argocd_gitops_mcp.views import changes

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda one: st.lists(one, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "name"]), one, max_size=3),
    max_leaves=10,
)


@given(JSON, JSON)
def test_there_are_differences_exactly_where_there_is_one(before: Any, after: Any) -> None:
    assert bool(changes.differences(before, after)) is (before != after)


def test_each_leaf_is_named_with_both_its_values() -> None:
    before = {"spec": {"source": {"targetRevision": "v1", "path": "k8s"}, "old": 1}}
    after = {"spec": {"source": {"targetRevision": "v2", "path": "k8s"}, "new": {"a": True}}}
    assert changes.differences(before, after) == [
        "spec.new: (unset) -> {'a': True}",
        "spec.old: 1 -> (unset)",
        "spec.source.targetRevision: v1 -> v2",
    ]


def test_a_long_value_is_cut() -> None:
    assert len(changes.differences({"values": "a" * 9000}, {"values": "b" * 9000})[0]) < 600


def test_items_of_lists_are_told_apart_by_name() -> None:
    before = {"containers": [{"name": "web", "image": "a:1"}, {"name": "log", "image": "l:1"}]}
    after = {"containers": [{"name": "web", "image": "a:2"}, {"name": "new", "image": "n:1"}]}
    assert changes.differences(before, after) == [
        "containers.log: {'name': 'log', 'image': 'l:1'} -> (unset)",
        "containers.new: (unset) -> {'name': 'new', 'image': 'n:1'}",
        "containers.web.image: a:1 -> a:2",
    ]


def test_items_without_names_are_told_apart_by_place() -> None:
    before = {"ports": [{"port": 80}, {"port": 443}]}
    assert changes.differences(before, {"ports": [{"port": 80}, {"port": 8443}]}) == ["ports.1.port: 443 -> 8443"]
    assert changes.differences(before, {"ports": [{"port": 80}]}) == [
        "ports: [{'port': 80}, {'port': 443}] -> [{'port': 80}]"
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([{"name": "a"}, {"name": "b"}], [{"name": "b"}, {"name": "a"}]),
        ([{"name": "a"}, {"name": "a"}], [{"name": "a"}]),
        ([{"name": "a"}, {"x": 1}], [{"x": 1}, {"name": "a"}]),
        ([{"name": 1}], [{"name": "1"}]),
        (["a", "b"], ["b", "a"]),
        ([], [{}]),
        ([{"name": "a"}], {"a": {"name": "a"}}),
    ],
)
def test_no_form_of_a_list_hides_a_difference(before: Any, after: Any) -> None:
    """The order of sources, and of init containers, means something."""
    assert changes.differences({"list": before}, {"list": after})
    assert changes.differences({"list": after}, {"list": before})


def test_secrets_by_name_are_masked_in_differences() -> None:
    before = {"helm": {"parameters": [{"name": "db.password", "value": "old-word"}], "values": "token: old-word"}}
    after = {"helm": {"parameters": [{"name": "db.password", "value": "new-word"}], "values": "token: new-word"}}
    told = changes.differences(before, after)
    assert told
    assert "word" not in " ".join(told).replace("password", "")


@pytest.mark.parametrize(
    "value",
    [
        {"repoURL": "https://bot:old-word@git.example.com/a.git"},
        {"sourceRepos": ["https://bot:old-word@git.example.com/a.git", "*"]},
        {"templatePatch": "spec:\n  helm:\n    parameters:\n    - name: db.password\n      value: old-word\n"},
        {"templatePatch": "{{if .x}}\nspec: {}\n  password: old-word\n{{end}}"},
        {"generators": [{"list": {"elementsYaml": "- name: a\n  password: old-word\n"}}]},
    ],
    ids=["URL", "list of URLs", "patch", "patch with templates", "elements as text"],
)
def test_secrets_by_their_form_are_masked_in_differences(value: dict[str, Any]) -> None:
    for told in (changes.differences(value, {}), changes.differences({}, value)):
        assert told
        assert "old-word" not in " ".join(told)
        assert "++++++++" in " ".join(told)


@pytest.mark.parametrize(
    ("target", "patch", "result"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "b"}, ["c"], ["c"]),
        ({"a": "foo"}, None, None),
        ({"a": "foo"}, "bar", "bar"),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_a_merge_patch_by_the_examples_of_rfc_7396(target: Any, patch: Any, result: Any) -> None:
    assert changes.merged(target, patch) == result


@given(JSON, JSON)
def test_a_merge_patch_twice_is_one_and_leaves_its_target_alone(target: Any, patch: Any) -> None:
    kept = json.dumps(target, sort_keys=True)
    once = changes.merged(target, patch)
    assert changes.merged(once, patch) == once
    assert json.dumps(target, sort_keys=True) == kept


def test_a_refresh_tells_what_moved() -> None:
    def compared(sync: str, revision: str, health: str) -> Application:
        status = {"sync": {"status": sync, "revision": revision}, "health": {"status": health}}
        return msgspec.convert({"metadata": {"name": "shop"}, "status": status}, Application)

    before, after = compared("Synced", "v1", "Healthy"), compared("OutOfSync", "v2", "Healthy")
    assert changes.refreshed(before, after, "").moved == ["sync: Synced -> OutOfSync", "revision: v1 -> v2"]
    assert changes.refreshed(before, before, "").moved == []
    new = msgspec.convert({"metadata": {"name": "shop"}}, Application)
    assert "revision: (none) -> v1" in changes.refreshed(new, before, "").moved
    assert changes.refreshed(before, after, "read afterwards").result == "compared, but not by this call"


def test_what_comes_next_depends_on_the_policy() -> None:
    manual = msgspec.convert({"metadata": {"name": "shop"}}, Application)
    automated = msgspec.convert({"metadata": {"name": "shop"}, "spec": {"syncPolicy": {"automated": {}}}}, Application)
    assert "sync it" in changes.created(manual, "created").next
    assert "by itself" in changes.created(automated, "created").next
