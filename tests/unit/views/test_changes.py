"""What a write did."""

import json
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from argocd_gitops_mcp.argocd.models import Application, OperationState, ResourceResult
from argocd_gitops_mcp.views import changes
from argocd_gitops_mcp.views.view import NORMAL

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda one: st.lists(one, max_size=3) | st.dictionaries(st.sampled_from("abc"), one, max_size=3),
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


def test_only_real_hooks_show_a_hook_phase() -> None:
    applied = ResourceResult(
        kind="Service", name="web", status="Synced", message="service/web created", hook_phase="Running"
    )
    assert changes.result_line(applied) == "Service/web Synced: service/web created"
    hook = ResourceResult(
        kind="Job", name="migrate", status="Synced", hook_type="PreSync", hook_phase="Failed", message="exit\n1"
    )
    assert changes.result_line(hook) == "Job/migrate PreSync hook Failed: exit 1"


def test_a_sync_is_told_by_its_own_operation() -> None:
    app = msgspec.convert(
        {"metadata": {"name": "shop"}, "status": {"sync": {"status": "Synced"}, "health": {"status": "Healthy"}}},
        Application,
    )
    state = msgspec.convert(
        {
            "phase": "Succeeded",
            "message": "done",
            "startedAt": "T0",
            "finishedAt": "T1",
            "syncResult": {"revision": "v2", "resources": [{"kind": "Service", "name": "web", "status": "Synced"}]},
        },
        OperationState,
    )
    found = json.loads(changes.synced(app, state, request_id="r1", result="synced", note="").render(NORMAL).text)
    assert found == {
        "result": "synced",
        "name": "shop",
        "requestId": "r1",
        "phase": "Succeeded",
        "message": "done",
        "revision": "v2",
        "startedAt": "T0",
        "finishedAt": "T1",
        "resources": ["Service/web Synced"],
        "sync": "Synced",
        "health": "Healthy",
    }


def test_what_comes_next_depends_on_the_policy() -> None:
    manual = msgspec.convert({"metadata": {"name": "shop"}}, Application)
    automated = msgspec.convert({"metadata": {"name": "shop"}, "spec": {"syncPolicy": {"automated": {}}}}, Application)
    assert "sync it" in changes.created(manual, "created").next
    assert "by itself" in changes.created(automated, "created").next
