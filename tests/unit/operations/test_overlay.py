"""Changes between two renderings, put on what is in the cluster."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argocd_gitops_mcp.argocd.models import IgnoredDifference
from argocd_gitops_mcp.operations._overlay import ignored, overlaid, restored

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=12,
)
AT = ("apps", "Deployment", "shop", "web")


@pytest.mark.parametrize(
    ("before", "after", "onto", "result"),
    [
        # What the cluster filled in stays.
        ({"a": 1}, {"a": 2}, {"a": 1, "filled": 9}, {"a": 2, "filled": 9}),
        # What goes, goes.
        ({"a": 1, "b": 2}, {"a": 1}, {"a": 1, "b": 2, "filled": 9}, {"a": 1, "filled": 9}),
        # What is ignored when comparing (it is gone from the prediction) stays ignored.
        ({"a": 1}, {"a": 2}, {}, {}),
        # Containers are known by their names.
        (
            [{"name": "x", "image": "1"}],
            [{"name": "x", "image": "2"}, {"name": "y", "image": "1"}],
            [{"name": "x", "image": "1", "pull": "Always"}],
            [{"name": "x", "image": "2", "pull": "Always"}, {"name": "y", "image": "1"}],
        ),
        ([{"name": "x"}, {"name": "y"}], [{"name": "y"}], [{"name": "x"}, {"name": "y"}], [{"name": "y"}]),
        # Injected ones stay.
        ([{"name": "x"}], [{"name": "x"}], [{"name": "x"}, {"name": "sidecar"}], [{"name": "x"}, {"name": "sidecar"}]),
        # Lists of values are one value.
        (["a"], ["a", "b"], ["a"], ["a", "b"]),
        # It is new in Git, but there in the cluster.
        (None, {"a": {"b": 1}}, {"a": {"b": 2, "c": 3}}, {"a": {"b": 1, "c": 3}}),
    ],
)
def test_a_change_is_put_on(before: Any, after: Any, onto: Any, result: Any) -> None:
    assert overlaid(before, after, onto) == result


@given(JSON, JSON)
def test_without_a_change_nothing_changes(rendered: Any, onto: Any) -> None:
    assert overlaid(rendered, rendered, onto) == onto


@given(JSON, JSON)
def test_on_the_rendering_itself_it_is_the_other_one(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert overlaid(before, after, before) == after


def test_ignored_places_keep_what_is_in_the_cluster() -> None:
    rules = [
        IgnoredDifference(group="apps", kind="Deployment", json_pointers=["/spec/replicas", "/metadata/labels/a~1b"]),
        IgnoredDifference(group="*", kind="*", name="web", jq_path_expressions=[".spec.paused", ".spec.x[0]"]),
        IgnoredDifference(group="apps", kind="StatefulSet", json_pointers=["/spec"]),
    ]
    places, others = ignored(rules, AT)
    assert places == [["spec", "replicas"], ["metadata", "labels", "a/b"], ["spec", "paused"]]
    assert others
    wanted: Any = {"spec": {"replicas": 1, "paused": True, "image": "2"}}
    for steps in places:
        wanted = restored(wanted, {"spec": {"replicas": 5, "image": "1"}}, steps)
    assert wanted == {"spec": {"replicas": 5, "image": "2"}}
    assert ignored(rules, ("", "ConfigMap", "shop", "other")) == ([], False)
