from typing import Any

from argocd_gitops_mcp.insight.fields import Writer, differing, writer


def _live(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"metadata": {"managedFields": list(entries)}}


def _entry(manager: str, at: str, **spec: Any) -> dict[str, Any]:
    return {"manager": manager, "time": at, "fieldsV1": {"f:spec": spec}}


def test_fields_that_differ_are_named_step_by_step() -> None:
    live = {"spec": {"replicas": 5, "containers": [{"name": "main", "image": "a"}, {"name": "side", "image": "x"}]}}
    wanted = {"spec": {"replicas": 2, "containers": [{"name": "main", "image": "b"}, {"name": "side", "image": "x"}]}}
    assert list(differing(live, wanted)) == [("spec", "containers", "main", "image"), ("spec", "replicas")]


def test_lists_without_names_differ_as_a_whole() -> None:
    assert list(differing({"args": ["a", "b"]}, {"args": ["a"]})) == [("args",)]


def test_bookkeeping_does_not_differ() -> None:
    live = {"metadata": {"resourceVersion": "2", "labels": {"a": "1"}}, "status": {"replicas": 1}}
    assert list(differing(live, {"metadata": {"labels": {"a": "1"}}})) == []


def test_the_last_to_write_a_field_is_its_writer() -> None:
    live = _live(
        _entry("kubectl-edit", "2026-11-26T10:00:00Z", **{"f:replicas": {}}),
        _entry("keda", "2026-11-26T11:00:00Z", **{"f:replicas": {}}),
        _entry("other", "2026-11-26T12:00:00Z", **{"f:paused": {}}),
    )
    assert writer(live, [["spec", "replicas"]]) == Writer("keda", "2026-11-26T11:00:00Z")


def test_argo_cd_itself_is_no_writer() -> None:
    live = _live(_entry("argocd-controller", "2026-11-26T10:00:00Z", **{"f:replicas": {}}))
    assert writer(live, [["spec", "replicas"]]) is None


def test_items_of_lists_are_found_by_their_keys() -> None:
    live = _live(_entry("kubectl-set", "", **{"f:containers": {'k:{"name":"main"}': {"f:image": {}}}}))
    assert writer(live, [["spec", "containers", "main", "image"]]) == Writer("kubectl-set", "")
    assert writer(live, [["spec", "containers", "side", "image"]]) is None
    assert writer(_live(_entry("x", "", **{"f:containers": {"k:[": {}}})), [["spec", "containers", "main"]]) is None
