"""No value of a Secret is ever in an answer."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argocd_gitops_mcp.views import manifests
from argocd_gitops_mcp.views.masking import MASK, by_name, masked

KEYS = st.from_regex(r"[a-z][a-z.-]{0,8}", fullmatch=True)
VALUES = st.dictionaries(KEYS, st.text(min_size=12).map(lambda text: f"plain-{text}") | st.integers(10**9))
APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def secret(data: dict[str, Any], string_data: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": data, "stringData": string_data}


@given(VALUES, VALUES, VALUES)
def test_no_value_leaks(data: dict[str, Any], string_data: dict[str, Any], applied: dict[str, Any]) -> None:
    whole = secret(data, string_data)
    whole["metadata"]["annotations"] = {APPLIED: json.dumps(secret(applied, applied)), "team": "shop"}
    shown = masked(whole)
    assert set(shown["data"].values()) | set(shown["stringData"].values()) <= {MASK}
    assert set(shown["data"]) == set(data)
    assert shown["metadata"]["annotations"]["team"] == "shop"
    kept = json.loads(shown["metadata"]["annotations"][APPLIED])
    assert set(kept["data"].values()) <= {MASK}
    assert "plain-" not in json.dumps(shown) + manifests.yaml(shown)


@pytest.mark.parametrize("annotation", ["not json: plain-text", "[]", '"plain-text"', "null"])
def test_an_annotation_that_cannot_be_read_is_hidden_whole(annotation: str) -> None:
    whole = secret({}, {})
    whole["metadata"]["annotations"] = {APPLIED: annotation}
    assert masked(whole)["metadata"]["annotations"][APPLIED] == MASK


def test_argo_cds_own_masks_stay_as_long_as_they_are() -> None:
    assert masked(secret({"a": "+" * 12, "b": "+" * 7}, {}))["data"] == {"a": "+" * 12, "b": MASK}


def test_other_kinds_are_left_alone() -> None:
    config = {"kind": "ConfigMap", "data": {"password": "shown, as Argo CD does"}}
    assert masked(config) == config


def test_the_original_is_not_changed() -> None:
    whole = secret({"a": "plain"}, {})
    masked(whole)
    assert whole["data"] == {"a": "plain"}


@pytest.mark.parametrize("data", [None, "text", ["plain-in-a-list"], 5])
def test_data_that_is_no_mapping_does_not_leak_either(data: Any) -> None:
    assert "plain-" not in json.dumps(masked(secret(data, {})))


def test_parsing_masks() -> None:
    assert manifests.parse(json.dumps(secret({"a": "plain"}, {})))["data"] == {"a": MASK}
    assert manifests.parse("null") == {}
    assert manifests.parse("") == {}


def test_helm_values_as_text_are_masked_by_name() -> None:
    spec = {"source": {"helm": {"values": "db:\n  password: hunter2\n  host: db.example\n"}}}
    assert by_name(spec) == {"source": {"helm": {"values": {"db": {"password": MASK, "host": "db.example"}}}}}


def test_helm_values_that_are_no_mapping_are_not_shown() -> None:
    assert by_name({"values": "hunter2"}) == {"values": MASK}


def test_what_stands_below_a_secret_name_is_masked() -> None:
    assert by_name({"password": {"value": "hunter2", "length": 7}}) == {"password": {"value": MASK, "length": 7}}
