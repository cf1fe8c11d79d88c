"""What a sync would change."""

import json
from typing import Any

import msgspec
import pytest

from argocd_gitops_mcp.argocd.resource_models import ManagedResource
from argocd_gitops_mcp.views import pending as views
from argocd_gitops_mcp.views.pending import Pending


def config(name: str, value: str = "1", **metadata: Any) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, **metadata},
        "data": {"a": value},
    }


def managed(target: dict[str, Any] | None, name: str = "x", **more: Any) -> ManagedResource:
    """One that is in the cluster; Argo CD writes absent states as `null`."""
    whole = {
        "kind": "ConfigMap",
        "namespace": "shop",
        "name": name,
        "targetState": json.dumps(target),
        "resourceVersion": "7",
        **more,
    }
    return msgspec.convert(whole, ManagedResource)


def sorted_out(
    rendered: list[dict[str, Any]], known: list[ManagedResource], chosen: list[dict[str, str]] | None = None
) -> Pending:
    return views.pending(rendered, known, chosen)


def test_what_is_as_it_was_compared_is_unchanged() -> None:
    assert sorted_out([config("x")], [managed(config("x"))]) == Pending(unchanged=1)


def test_a_new_commit_is_told_leaf_by_leaf() -> None:
    found = sorted_out([config("x", "2")], [managed(config("x"))])
    assert found == Pending(changed=["ConfigMap/x: data.a: 1 -> 2"])


def test_what_is_in_git_only_is_created_whether_compared_or_not() -> None:
    assert sorted_out([config("x")], []).created == ["ConfigMap/x"]
    assert sorted_out([config("x")], [managed(config("x"), resourceVersion="")]).created == ["ConfigMap/x"]


def test_what_is_in_the_cluster_only_is_left() -> None:
    found = sorted_out([config("x")], [managed(config("x")), managed(None, "gone"), managed(None, "job", hook=True)])
    assert found == Pending(left=["ConfigMap/gone"], unchanged=1)
    assert sorted_out([], [managed(config("x"), resourceVersion="")]) == Pending()


def test_what_drifted_is_to_be_compared_live() -> None:
    item = managed(config("x"), modified=True)
    assert sorted_out([config("x")], [item]).drifted == [item]
    both = sorted_out([config("x", "2")], [item])
    assert (both.drifted, both.changed) == ([], ["ConfigMap/x: data.a: 1 -> 2"])


@pytest.mark.parametrize("name", ["argocd.argoproj.io/hook", "helm.sh/hook"])
def test_hooks_run_and_are_not_compared(name: str) -> None:
    hook = config("migrate", annotations={name: "PreSync"})
    assert sorted_out([hook], []) == Pending(hooks=["ConfigMap/migrate (PreSync)"])
    assert sorted_out([hook], [], [{"kind": "ConfigMap", "name": "migrate"}]) == Pending()


def test_the_same_name_in_another_namespace_is_another_resource() -> None:
    here, there = managed(config("x")), managed(config("x", namespace="other"), namespace="other")
    found = sorted_out([config("x", namespace="other"), config("x", "2", namespace="shop")], [here, there])
    assert (found.changed, found.unchanged, found.created) == (["ConfigMap/x: data.a: 1 -> 2"], 1, [])


def test_a_manifest_without_a_namespace_takes_nothing_from_one_that_names_its_own() -> None:
    """What is rendered names a namespace only where Git does; the others go to the destination's."""
    there, here = managed(config("x", namespace="other"), namespace="other"), managed(config("x"))
    found = sorted_out([config("x"), config("x", namespace="other")], [there, here])
    assert found == Pending(unchanged=2)


def test_a_kind_of_another_group_is_another_resource() -> None:
    rendered = {**config("x"), "apiVersion": "example.com/v1"}
    found = sorted_out([rendered], [managed(config("x"))])
    assert (found.created, found.left) == (["ConfigMap/x"], ["ConfigMap/x"])


def test_only_what_was_chosen_counts() -> None:
    known = [managed(config("x")), managed(None, "gone"), managed(None, "also-gone")]
    chosen = [{"kind": "ConfigMap", "name": "x", "namespace": "shop"}, {"kind": "ConfigMap", "name": "gone"}]
    found = sorted_out([config("x", "2"), config("new")], known, chosen)
    assert found == Pending(changed=["ConfigMap/x: data.a: 1 -> 2"], left=["ConfigMap/gone"])


def test_what_is_chosen_in_one_namespace_is_not_chosen_in_another() -> None:
    known = [managed(None, "gone"), managed(None, "gone", namespace="other")]
    chosen = [{"kind": "ConfigMap", "name": "gone", "namespace": "other"}]
    assert len(sorted_out([], known, chosen).left) == 1


def test_bookkeeping_is_no_change() -> None:
    noted = config(
        "x",
        namespace="shop",
        uid="1",
        resourceVersion="2",
        annotations={"argocd.argoproj.io/tracking-id": "shop:/ConfigMap:shop/x"},
    )
    assert sorted_out([config("x")], [managed({**noted, "status": {"a": 1}})]) == Pending(unchanged=1)
    owned = config("x", annotations={"owner": "retail"})
    assert sorted_out([owned], [managed(config("x"))]).changed == [
        "ConfigMap/x: metadata.annotations: (unset) -> {'owner': 'retail'}"
    ]


def test_secret_values_are_in_no_difference() -> None:
    def secret(value: str) -> dict[str, Any]:
        return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": {"password": value}}

    item = msgspec.convert(
        {
            "kind": "Secret",
            "name": "s",
            "resourceVersion": "7",
            "targetState": json.dumps(secret("b2xk")),
            "normalizedLiveState": json.dumps(secret("b2xk")),
            "predictedLiveState": json.dumps(secret("bmV3")),
        },
        ManagedResource,
    )
    assert "bmV3" not in views.drift(item)
    assert "Secret values" in views.drift(item)


def test_a_drift_tells_what_is_set_back() -> None:
    item = managed(
        config("x"),
        normalizedLiveState=json.dumps(config("x", "by hand", generation=3)),
        predictedLiveState=json.dumps(config("x", "1")),
    )
    assert views.drift(item) == "ConfigMap/x (live): data.a: by hand -> 1"


def test_a_drift_of_what_is_not_there_fits_too() -> None:
    assert views.drift(managed(None, normalizedLiveState="null", predictedLiveState="")).startswith(
        "ConfigMap/x (live)"
    )
