"""ApplicationSets and projects from what their caller gave."""

from typing import Any

import pytest

from argocd_gitops_mcp.errors import InvalidArgument
from argocd_gitops_mcp.operations import _declared
from argocd_gitops_mcp.operations._declared import DeclaredArguments

BEFORE: dict[str, Any] = {
    "metadata": {
        "name": "shops",
        "uid": "1",
        "labels": {"a": "1", "b": "2"},
        "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}", "note": "x"},
        "finalizers": ["guard"],
    },
    "spec": {"description": "Shops", "rows": [1, 2], "deep": {"kept": 1, "gone": 2}},
    "status": {"anything": 1},
}


def asked(**given: Any) -> DeclaredArguments:
    return DeclaredArguments.model_validate(given)


def test_what_is_not_named_stays_null_removes_and_lists_are_replaced() -> None:
    given = asked(name="shops", metadata={"labels": {"a": None}}, spec={"rows": [3], "deep": {"gone": None}})
    assert _declared.changed(given, BEFORE) == {
        "metadata": {
            "labels": {"b": "2"},
            "annotations": BEFORE["metadata"]["annotations"],
            "finalizers": ["guard"],
        },
        "spec": {"description": "Shops", "rows": [3], "deep": {"kept": 1}},
    }


def test_a_new_one_has_no_nulls() -> None:
    given = asked(metadata={"name": "shops", "namespace": "argocd"}, spec={"a": None, "b": {"c": None, "d": 1}})
    assert _declared.new(given) == {
        "metadata": {"name": "shops", "namespace": "argocd"},
        "spec": {"b": {"d": 1}},
    }


def test_what_kubectl_notes_for_itself_is_not_told() -> None:
    told = _declared.told(BEFORE)
    assert told["metadata"]["annotations"] == {"note": "x"}
    assert "annotations" not in _declared.told({"metadata": {}, "spec": {}})["metadata"]


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"name": "a", "metadata": {"name": "b"}},
        {"metadata": {"name": "Not A Name"}},
        {"name": "a", "metadata": {"namespace": "Not A Name"}},
        {"name": "a", "metadata": {"uid": "1"}},
        {"name": "a", "metadata": {"labels": ["a"]}},
        {"name": "a", "metadata": {"annotations": {"a": 1}}},
    ],
)
def test_who_it_is_must_be_clear(given: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgument):
        _declared.identity(asked(**given))


def test_a_change_of_nothing_is_refused() -> None:
    with pytest.raises(InvalidArgument):
        _declared.changed(asked(name="shops", metadata={"name": "shops"}), BEFORE)
