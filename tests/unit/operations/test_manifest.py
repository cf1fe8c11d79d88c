"""Application manifests from flat arguments, from metadata and spec, or from both."""

import copy
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from argocd_gitops_mcp.errors import InvalidArgument
from argocd_gitops_mcp.operations import _manifest
from argocd_gitops_mcp.operations._manifest import ManifestArguments
from argocd_gitops_mcp.sandbox import jsonpatch
from argocd_gitops_mcp.sandbox.jsonpatch import PatchError

FLAT = {
    "name": "shop",
    "namespace": "teams",
    "project": "retail",
    "repo_url": "https://git.example.com/shop.git",
    "path": "k8s",
    "target_revision": "v1",
    "destination_server": "https://cluster.example.com",
    "destination_namespace": "shop",
    "sync_policy": "Automated",
}
STRUCTURED: dict[str, Any] = {
    "metadata": {"name": "shop", "namespace": "teams", "project": "retail"},
    "spec": {
        "source": {"repoURL": "https://git.example.com/shop.git", "path": "k8s", "targetRevision": "v1"},
        "destination": {"server": "https://cluster.example.com", "namespace": "shop"},
        "syncPolicy": {"automated": {}},
    },
}
BEFORE: dict[str, Any] = {
    "metadata": {"name": "shop", "labels": {"team": "shop"}, "finalizers": ["resources-finalizer.argocd.argoproj.io"]},
    "spec": {
        "project": "retail",
        "source": {
            "repoURL": "https://git.example.com/shop.git",
            "path": "k8s",
            "targetRevision": "v1",
            "helm": {"values": "a: 1"},
        },
        "destination": {"name": "production", "namespace": "shop"},
        "ignoreDifferences": [{"kind": "Deployment"}],
        "syncPolicy": {"automated": {"prune": True}, "syncOptions": ["CreateNamespace=true", "Replace=true"]},
    },
}


def asked(**arguments: Any) -> ManifestArguments:
    return ManifestArguments.model_validate(arguments)


def merged(before: Any, patch: Any) -> Any:
    """JSON merge patch (RFC 7386), as Argo CD applies it."""
    if not isinstance(patch, dict):
        return patch
    result = dict(before) if isinstance(before, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result


def updated(**arguments: Any) -> dict[str, Any]:
    whole: dict[str, Any] = merged(BEFORE, _manifest.patch(asked(name="shop", **arguments), BEFORE))
    return whole


def test_both_forms_mean_the_same() -> None:
    assert _manifest.new(asked(**FLAT)) == _manifest.new(asked(**STRUCTURED))


def test_a_new_application() -> None:
    assert _manifest.new(asked(**FLAT)) == {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": "shop", "namespace": "teams"},
        "spec": {**STRUCTURED["spec"], "project": "retail"},
    }


def test_defaults_of_a_new_application() -> None:
    found = _manifest.new(asked(name="shop", repo_url="https://git.example.com/shop.git", path="."))
    assert found["metadata"] == {"name": "shop"}
    assert found["spec"]["project"] == "default"
    assert found["spec"]["destination"] == {"server": "https://kubernetes.default.svc"}
    assert "syncPolicy" not in found["spec"]


def test_the_arguments_are_not_changed_by_building() -> None:
    spec = {"source": {"repoURL": "u", "path": "p"}, "syncPolicy": {"retry": {"limit": 1}}}
    one = asked(name="shop", spec=spec, sync_policy="Automated", sync_options=["A=true"], destination_namespace="shop")
    first, second = _manifest.new(one), _manifest.new(one)
    assert first == second
    assert spec == {"source": {"repoURL": "u", "path": "p"}, "syncPolicy": {"retry": {"limit": 1}}}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({}, "name is needed"),
        ({"name": "shop"}, "source is needed"),
        ({"name": "shop", "repo_url": "u"}, "repo_url and path"),
        ({"name": "shop", "path": "p"}, "repo_url and path"),
        ({"name": "shop", "metadata": {"name": "other"}}, "name was given twice"),
        ({"name": "shop", "namespace": "a", "app_namespace": "b"}, "namespace was given twice"),
        ({"name": "shop", "namespace": "a", "metadata": {"namespace": "b"}}, "namespace was given twice"),
        ({**FLAT, "spec": {"project": "other"}}, "project was given twice"),
        ({**FLAT, "metadata": {"project": "other"}}, "project was given twice"),
        ({**FLAT, "spec": {"source": {"repoURL": "other"}}}, "spec.source.repoURL was given twice"),
        ({**FLAT, "metadata": {"uid": "1"}}, "metadata has 'uid'"),
        ({"metadata": {"name": "../projects/p"}}, "DNS-1123"),
        ({"name": "shop", "metadata": {"namespace": "a/b"}}, "DNS-1123"),
    ],
)
def test_what_contradicts_itself_or_is_missing_is_refused(arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidArgument, match=said):
        _manifest.new(asked(**arguments))


@pytest.mark.parametrize(
    "wrong",
    [
        {"spec": {"source": "text"}},
        {"spec": {"destination": "text", "source": {"repoURL": "u", "path": "p"}}},
        {"spec": {"syncPolicy": [], "source": {"repoURL": "u", "path": "p"}}, "sync_policy": "Automated"},
        {
            "spec": {"syncPolicy": {"automated": {}, "syncOptions": "text"}, "source": {"repoURL": "u", "path": "p"}},
            "sync_options": ["A=true"],
        },
        {"spec": {"syncPolicy": None, "source": {"repoURL": "u", "path": "p"}}, "sync_policy": "Automated"},
        {"spec": {"destination": None, "source": {"repoURL": "u", "path": "p"}}},
    ],
)
def test_a_spec_of_the_wrong_shape_is_an_argument_error_or_left_to_argo_cd(wrong: dict[str, Any]) -> None:
    for build in (_manifest.new, lambda one: _manifest.patch(one, BEFORE)):
        with suppress(InvalidArgument):  # any other exception would reach the caller as a mistake of ours
            build(asked(name="shop", **wrong))


def test_an_update_changes_what_was_named_and_nothing_else() -> None:
    after = updated(target_revision="v2")
    assert after["spec"]["source"].pop("targetRevision") == "v2"
    expected = merged(BEFORE, {"spec": {"source": {"targetRevision": None}}})
    assert after == expected


def test_manual_removes_automation_and_keeps_the_options() -> None:
    policy = updated(sync_policy="Manual")["spec"]["syncPolicy"]
    assert policy == {"syncOptions": ["CreateNamespace=true", "Replace=true"]}


def test_automated_keeps_the_switches_and_turns_on_what_was_off() -> None:
    assert updated(sync_policy="Automated")["spec"]["syncPolicy"]["automated"] == {"prune": True}
    off = merged(BEFORE, {"spec": {"syncPolicy": {"automated": {"enabled": False}}}})
    patch = _manifest.patch(asked(name="shop", sync_policy="Automated"), off)
    assert merged(off, patch)["spec"]["syncPolicy"]["automated"] == {"prune": True}


def test_sync_options_are_added_and_replace_their_namesakes() -> None:
    options = updated(sync_options=["Replace=false", "ServerSideApply=true"])["spec"]["syncPolicy"]["syncOptions"]
    assert options == ["CreateNamespace=true", "Replace=false", "ServerSideApply=true"]


def test_a_server_replaces_a_cluster_name() -> None:
    assert updated(destination_server="https://other.example.com")["spec"]["destination"] == {
        "server": "https://other.example.com",
        "namespace": "shop",
    }


def test_null_removes() -> None:
    assert "ignoreDifferences" not in updated(spec={"ignoreDifferences": None})["spec"]
    assert updated(metadata={"labels": {"team": None, "tier": "web"}})["metadata"]["labels"] == {"tier": "web"}


def test_an_update_cannot_rename_or_move() -> None:
    patch = _manifest.patch(asked(name="shop", namespace="teams", metadata={"name": "shop"}, path="p"), BEFORE)
    assert "metadata" not in patch


def test_an_update_without_a_change_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="Nothing to change"):
        _manifest.patch(asked(name="shop"), BEFORE)


@pytest.mark.parametrize("kind", ["sources", "sourceHydrator"])
def test_flat_source_arguments_do_not_fit_several_sources(kind: str) -> None:
    before = {
        "metadata": {"name": "shop"},
        "spec": {kind: [{"repoURL": "u"}] if kind == "sources" else {"drySource": {}}},
    }
    with pytest.raises(InvalidArgument, match=rf"spec\.{kind}"):
        _manifest.patch(asked(name="shop", path="p"), before)


PARTS = st.fixed_dictionaries(
    {},
    optional={
        "path": st.sampled_from(["a", "b"]),
        "target_revision": st.sampled_from(["v1", "v2"]),
        "destination_namespace": st.sampled_from(["x", "y"]),
        "project": st.sampled_from(["retail", "other"]),
        "sync_policy": st.sampled_from(["Automated", "Manual"]),
        "sync_options": st.lists(st.sampled_from(["A=true", "A=false", "B=true"]), min_size=1, max_size=2),
        "metadata": st.fixed_dictionaries(
            {}, optional={"labels": st.dictionaries(st.sampled_from("ab"), st.sampled_from("xy"))}
        ),
    },
)


@given(PARTS)
def test_an_update_twice_is_an_update_once(parts: dict[str, Any]) -> None:
    parts = {"path": "c", **parts}
    once = merged(BEFORE, _manifest.patch(asked(name="shop", **parts), BEFORE))
    assert merged(once, _manifest.patch(asked(name="shop", **parts), once)) == once


@given(PARTS)
def test_what_was_not_named_stays(parts: dict[str, Any]) -> None:
    try:
        after = merged(BEFORE, _manifest.patch(asked(name="shop", **parts), BEFORE))
    except InvalidArgument:
        return
    assert after["spec"]["ignoreDifferences"] == BEFORE["spec"]["ignoreDifferences"]
    assert after["spec"]["source"]["helm"] == BEFORE["spec"]["source"]["helm"]
    assert after["metadata"]["finalizers"] == BEFORE["metadata"]["finalizers"]
    assert after["metadata"]["labels"]["team"] == "shop"


def test_what_can_be_edited_leaves_out_marks_of_a_refresh() -> None:
    whole = merged(
        BEFORE, {"metadata": {"annotations": {"argocd.argoproj.io/refresh": "normal", "team": "shop"}}, "status": {}}
    )
    assert _manifest.editable(whole)["metadata"]["annotations"] == {"team": "shop"}
    assert "status" not in _manifest.editable(whole)


def test_objects_and_lists_may_come_as_json_text() -> None:
    said = {"metadata": '{"name": "shop"}', "spec": '{"source": {}}', "sync_options": '["PruneLast=true"]'}
    asked = ManifestArguments.model_validate(said)
    assert (asked.metadata, asked.spec, asked.sync_options) == ({"name": "shop"}, {"source": {}}, ["PruneLast=true"])
    with pytest.raises(ValidationError):
        ManifestArguments.model_validate({"metadata": "not JSON"})


# The same as a JSON patch. It is applied in the dialect of Argo CD's library, as the sandbox learned it.


def stepped(before: dict[str, Any], merge: dict[str, Any]) -> Any:
    return jsonpatch.apply(before, _manifest.steps(before, merge))


def guarded(before: dict[str, Any], merge: dict[str, Any]) -> list[str]:
    return [one["path"] for one in _manifest.steps(before, merge) if one["op"] == "test"]


def test_only_what_changes_is_tested() -> None:
    before = merged(BEFORE, {"metadata": {"annotations": {"owner": "shop", "note": "x"}}})
    assert guarded(before, {"spec": {"project": "other"}}) == ["/spec"]
    assert guarded(before, {"metadata": {"labels": {"tier": "web", "team": None}}}) == [
        "/metadata/labels/tier",
        "/metadata/labels/team",
    ]
    assert guarded(before, {"metadata": {"annotations": {"owner": "retail"}}}) == ["/metadata/annotations/owner"]
    assert guarded(before, {"metadata": {"finalizers": []}}) == ["/metadata/finalizers"]


def test_each_test_stands_before_the_step_it_guards() -> None:
    steps = _manifest.steps(BEFORE, {"spec": {"project": "other"}, "metadata": {"labels": {"team": "retail"}}})
    assert [(one["op"], one["path"]) for one in steps] == [
        ("test", "/spec"),
        ("add", "/spec"),
        ("test", "/metadata/labels/team"),
        ("add", "/metadata/labels/team"),
    ]


@pytest.mark.parametrize(
    ("moved", "merge"),
    [
        ({"spec": {"project": "third"}}, {"spec": {"source": {"path": "p"}}}),
        ({"metadata": {"labels": {"team": "third"}}}, {"metadata": {"labels": {"team": "other"}}}),
        ({"metadata": {"labels": {"new": "third"}}}, {"metadata": {"labels": {"new": "other"}}}),
        ({"metadata": {"finalizers": None}}, {"metadata": {"finalizers": ["x"]}}),
        ({"metadata": {"annotations": {"a": "b"}}}, {"metadata": {"annotations": {"c": "d"}}}),
    ],
)
def test_what_somebody_else_changed_meanwhile_is_not_overwritten(moved: dict[str, Any], merge: dict[str, Any]) -> None:
    steps = _manifest.steps(BEFORE, merge)
    jsonpatch.apply(BEFORE, steps)
    with pytest.raises(PatchError, match="test failed"):
        jsonpatch.apply(merged(BEFORE, moved), steps)


def test_what_argo_cd_notes_meanwhile_stands_in_nobodys_way() -> None:
    before = merged(BEFORE, {"metadata": {"annotations": {"owner": "shop"}, "resourceVersion": "1"}, "status": {}})
    steps = _manifest.steps(before, {"metadata": {"annotations": {"owner": "retail"}}, "spec": {"project": "other"}})
    noted = {"metadata": {"annotations": {"argocd.argoproj.io/refresh": "normal"}, "resourceVersion": "2"}}
    found = jsonpatch.apply(merged(before, {**noted, "operation": {"sync": {}}, "status": {"x": 1}}), steps)
    assert found["metadata"]["annotations"] == {"owner": "retail", "argocd.argoproj.io/refresh": "normal"}
    assert found["operation"] == {"sync": {}}


@pytest.mark.parametrize("key", ["example.com/owner", "a~b", "~1", "a/b~0/c", "/"])
def test_names_with_slashes_and_tildes_stay_one_name(key: str) -> None:
    before = {"metadata": {"name": "shop", "annotations": {"other": "x"}}, "spec": {}}
    added = stepped(before, {"metadata": {"annotations": {key: "y"}}})
    assert added["metadata"]["annotations"] == {"other": "x", key: "y"}
    assert stepped(added, {"metadata": {"annotations": {key: None}}}) == before


@pytest.mark.parametrize("old", [{}, {"labels": {}}, {"labels": None}, {"labels": {"a": "b"}}])
def test_whatever_was_there_before_null_removes_and_a_value_sets(old: dict[str, Any]) -> None:
    before = {"metadata": {"name": "shop", **old}, "spec": {}}
    found = stepped(before, {"metadata": {"labels": {"a": "c"}}})
    assert found["metadata"]["labels"] == {"a": "c"}
    for nothing in ({"a": None}, {"gone": None, "a": None}, None):
        assert not stepped(before, {"metadata": {"labels": nothing}})["metadata"].get("labels")


VALUES = st.sampled_from(["x", "y", None])
LABELS = st.none() | st.dictionaries(st.sampled_from(["a", "b/c", "d~e"]), VALUES, max_size=3)
MERGES = st.fixed_dictionaries(
    {},
    optional={
        "spec": st.fixed_dictionaries(
            {},
            optional={
                "project": st.sampled_from(["retail", "other"]),
                "source": st.fixed_dictionaries({"path": VALUES}),
                "ignoreDifferences": st.none() | st.just([]),
            },
        ),
        "metadata": st.fixed_dictionaries(
            {},
            optional={
                "labels": LABELS,
                "annotations": LABELS,
                "finalizers": st.none() | st.lists(st.sampled_from("ab"), max_size=2),
            },
        ),
    },
)


def without_empty(metadata: dict[str, Any]) -> dict[str, Any]:
    """Kubernetes stores no empty maps and lists in metadata."""
    return {name: value for name, value in metadata.items() if value}


@given(MERGES, st.none() | st.dictionaries(st.sampled_from(["a", "b/c", "d~e"]), st.sampled_from("xy"), max_size=3))
def test_the_steps_do_what_the_merge_patch_means(merge: dict[str, Any], annotations: dict[str, str] | None) -> None:
    before = merged(BEFORE, {"metadata": {"annotations": annotations}})
    kept = copy.deepcopy(before)
    found, wanted = stepped(before, merge), merged(before, merge)
    assert found["spec"] == wanted["spec"]
    assert without_empty(found["metadata"]) == without_empty(wanted["metadata"])
    assert before == kept
