"""Kubernetes objects as YAML, as many as fit."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from argocd_gitops_mcp.views import manifests


def config(name: str, size: int = 10) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"key": "x" * size}}


def test_what_the_cluster_adds_is_left_out() -> None:
    noisy = config("web")
    noisy["metadata"] |= {"uid": "1", "resourceVersion": "2", "managedFields": [{}], "labels": {"team": "shop"}}
    text = manifests.yaml(noisy)
    assert YAML(typ="safe").load(text)["metadata"] == {"name": "web", "labels": {"team": "shop"}}


@given(
    st.dictionaries(
        st.from_regex(r"[a-z]{1,8}", fullmatch=True),
        st.text(st.characters(codec="ascii", min_codepoint=32, max_codepoint=126)) | st.booleans() | st.integers(),
        max_size=6,
    )
)
def test_what_is_shown_reads_back_as_it_was(data: dict[str, Any]) -> None:
    manifest = {"kind": "ConfigMap", "metadata": {"name": "web"}, "data": data}
    assert YAML(typ="safe").load(manifests.yaml(manifest)) == manifest


def test_the_order_of_the_fields_stays() -> None:
    assert [line.partition(":")[0] for line in manifests.yaml(config("web")).split("\n")][:3] == [
        "apiVersion",
        "kind",
        "metadata",
    ]


def test_what_does_not_fit_is_named() -> None:
    view = manifests.manifests("shop", "main", [config("small"), config("large", 5000), config("other")], 2000)
    text = view.render(2000).text
    assert "name: small" in text
    assert "name: other" in text
    assert "not shown for size: ConfigMap/large" in text
    assert len(text) <= 2000
    assert text.startswith("3 manifests of shop as rendered from main\n")


def test_a_single_one_is_shown_as_far_as_it_fits() -> None:
    text = manifests.manifests("shop", "main", [config("large", 5000)], 2000).render(2000).text
    assert "apiVersion: v1" in text
    assert "not shown" not in text
    assert len(text) <= 2000


def test_titles() -> None:
    assert manifests.title(config("web")) == "ConfigMap/web"
    assert manifests.title({}) == "?/?"
