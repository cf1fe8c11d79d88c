"""What was sent beside what Go stored of it."""

from typing import Any

import pytest

from argocd_gitops_mcp.views import stored

UNFILLED = {"metadata": {}, "spec": {"destination": {}, "project": ""}}


def test_what_argo_cd_fills_in_is_no_change() -> None:
    sent = {"generators": [{"list": {"elements": [{"name": "a"}]}}], "goTemplate": False}
    held = {"generators": [{"list": {"elements": [{"name": "a"}], "template": UNFILLED}}]}
    assert stored.changed(sent, held) == []
    assert stored.changed(held, sent) == []
    assert stored.missing(sent, held, "spec") == []


def test_an_empty_object_can_mean_something() -> None:
    assert stored.changed({"syncPolicy": {}}, {"syncPolicy": {"automated": {}}}) == [
        "syncPolicy.automated: (unset) -> {}"
    ]


@pytest.mark.parametrize(
    ("sent", "held", "found"),
    [
        ({"a": 1, "b": {"c": 2}}, {"a": 1, "b": {"c": 2, "d": 3}}, []),
        ({"a": 1, "unknown": {"c": 2}}, {"a": 1}, ["spec.unknown"]),
        ({"rows": [{"a": 1, "x": 1}]}, {"rows": [{"a": 1}]}, ["spec.rows.0.x"]),
        ({"rows": [1, 2]}, {"rows": [1]}, ["spec.rows"]),
        ({"text": "a"}, {"text": "b"}, ["spec.text"]),
        ({"empty": {}, "no": None, "off": False}, {}, []),
    ],
)
def test_what_was_not_taken_is_found_by_its_place(sent: Any, held: Any, found: list[str]) -> None:
    assert stored.missing(sent, held, "spec") == found
