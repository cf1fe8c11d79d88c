"""Overrides and effective values; secrets by name are masked."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argocd_gitops_mcp.argocd.resource_models import HelmDetails, Parameter, SourceDetails
from argocd_gitops_mcp.views import parameters
from argocd_gitops_mcp.views import values as values_

DETAILS = SourceDetails(
    type="Helm",
    helm=HelmDetails(parameters=[Parameter("image.tag", "v1"), Parameter("replicas", "1"), Parameter("motd", "hello")]),
)


def test_the_spec_wins_over_the_repository_and_parameters_over_values() -> None:
    source = {
        "helm": {
            "valuesObject": {"image": {"tag": "v2"}, "replicas": 2},
            "parameters": [{"name": "image.tag", "value": "v3"}],
        }
    }
    assert parameters.effective(source, DETAILS, {}) == {"image.tag": "v3", "motd": "hello", "replicas": 2}


def test_values_object_wins_over_values() -> None:
    values = values_.parsed("motd: from text\n")
    assert parameters.effective({"helm": {}}, DETAILS, values)["motd"] == "from text"
    source = {"helm": {"valuesObject": {"replicas": 3}}}
    assert parameters.effective(source, DETAILS, values)["motd"] == "hello"


def test_what_is_no_helm_has_no_effective_values() -> None:
    assert parameters.effective({"kustomize": {}}, SourceDetails(type="Kustomize"), {}) == {}


@pytest.mark.parametrize("text", ["", "- a list", "just text", "a: [unclosed", "\t bad"])
def test_values_that_are_no_mapping_are_none(text: str) -> None:
    assert values_.parsed(text) == {}


@given(
    st.recursive(
        st.booleans() | st.integers() | st.text(max_size=4),
        lambda one: st.lists(one, max_size=3) | st.dictionaries(st.sampled_from("abc"), one, max_size=3),
        max_leaves=12,
    )
)
def test_flat_names_hold_every_leaf(values: Any) -> None:
    found = values_.flat({"root": values})
    assert all(name.startswith("root") for name in found)
    leaves = json.dumps(values)
    for value in found.values():
        assert json.dumps(value) in leaves


def test_flat_names_are_argo_cds() -> None:
    values = {"a": {"b": 1}, "c": [{"d": 2}, 3], "e": {}, "f": []}
    assert values_.flat(values) == {"a.b": 1, "c[0].d": 2, "c[1]": 3, "e": {}, "f": []}


SECRETS = [
    "password",
    "dbPassword",
    "auth.token",
    "redis.auth-token",
    "apiKey",
    "API_KEY",
    "client-secret",
    "aws.credentials",
]


@pytest.mark.parametrize("name", SECRETS)
def test_secrets_by_name_are_masked_in_every_form(name: str) -> None:
    plain = "plain-text"
    nested: Any = plain
    for part in reversed(name.split(".")):
        nested = {part: nested}
    source = {
        "helm": {
            "parameters": [{"name": name, "value": plain}],
            "valuesObject": nested,
            "values": json.dumps(nested),
        },
        "plugin": {"env": [{"name": name, "value": plain}]},
    }
    values = values_.parsed(json.dumps(nested))
    shown = json.dumps([parameters.overrides(source, values), parameters.effective(source, DETAILS, values)])
    assert plain not in shown
    assert "++++++++" in shown


def test_a_secret_list_is_masked() -> None:
    shown = parameters.overrides({"helm": {"valuesObject": {"tokens": ["plain-text"]}}}, {})
    assert "plain-text" not in json.dumps(shown)


def test_a_masked_name_with_an_index_is_still_a_secret() -> None:
    shown = parameters.effective({"helm": {"valuesObject": {"tokens": ["plain-text"]}}}, DETAILS, {})
    assert "plain-text" not in json.dumps(shown)


def test_values_that_cannot_be_read_are_not_shown() -> None:
    source = {"helm": {"values": "password: plain-text\n  broken: ["}}
    assert "plain-text" not in json.dumps(parameters.overrides(source, values_.parsed(source["helm"]["values"])))


def test_plain_values_are_shown() -> None:
    source = {"helm": {"valuesObject": {"motd": "hello", "tokenTTL": 5}}, "directory": {"recurse": True}}
    assert parameters.overrides(source, {}) == source
