"""A write as a plan."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argocd_gitops_mcp.argocd import applications, resources, syncing
from argocd_gitops_mcp.argocd.call import Call
from argocd_gitops_mcp.argocd.resource_models import Node
from argocd_gitops_mcp.argocd.resources import Owner
from argocd_gitops_mcp.views import plans as views
from argocd_gitops_mcp.views.plans import Preview
from argocd_gitops_mcp.views.text import size
from argocd_gitops_mcp.views.view import FULL, NORMAL

OWNER = Owner("shop", project="retail")
DEPLOYMENT = Node(group="apps", version="v1", kind="Deployment", namespace="shop", name="web", uid="1")
CALL: Call[Any] = syncing.sync(OWNER, request_id="r1", prune=True)
WORD = "correct-horse"


def preview(**more: Any) -> Preview:
    return Preview(CALL, "Sync application 'shop' to main", {"spec": 1}, **more)


def planned(one: Preview, plan_id: str = "p1", limit: int = NORMAL) -> dict[str, Any]:
    view = views.plan(one, plan_id=plan_id, expires="T1", following="show it")
    found: dict[str, Any] = json.loads(view.render(limit).text)
    return found


def test_a_plan_says_that_nothing_was_sent_and_what_would_be() -> None:
    found = planned(preview(changes=["ConfigMap/x: created"], resource_version="7", owner="ApplicationSet 'shops'"))
    assert found["result"] == "planned; nothing was sent"
    assert found["changes"] == ["ConfigMap/x: created"]
    assert (found["planId"], found["expires"], found["next"]) == ("p1", "T1", "show it")
    assert (found["resourceVersion"], found["owner"]) == ("7", "ApplicationSet 'shops'")
    assert found["request"].startswith("POST /api/v1/applications/shop/sync {")


def test_a_plan_without_a_change_says_so() -> None:
    assert planned(preview())["changes"] == ["none"]


def test_the_request_stands_as_it_goes_out() -> None:
    deletion = applications.delete("shop", cascade=False, app_namespace="teams")
    assert views.request(deletion) == "DELETE /api/v1/applications/shop?cascade=false&appNamespace=teams"
    sent = views.request(CALL).partition(" {")[2]
    assert json.loads("{" + sent) == CALL.body


def test_the_request_shows_no_password_of_a_url() -> None:
    sent = views.request(replace(CALL, body={"spec": {"repoURL": "https://bot:hidden-word@git.example.com/a.git"}}))
    assert "hidden-word" not in sent
    assert "https://bot:++++++++@git.example.com/a.git" in sent


@pytest.mark.parametrize("length", [10, 1999, 2001, 5000, NORMAL])
def test_a_plan_id_is_whole_however_long(length: int) -> None:
    """Half of an id is none, and no other part of the answer can take its place."""
    plan_id = "a" * length
    assert planned(preview(changes=["c" * 90] * 400), plan_id, FULL)["planId"] == plan_id


@given(st.integers(0, 300), st.integers(0, 300), st.integers(1, 1500), st.integers(2500, 8000))
def test_whatever_is_cut_of_a_plan_its_id_is_not(changes: int, removes: int, length: int, limit: int) -> None:
    one = preview(changes=["c" * 50] * changes, removes=["r" * 50] * removes, warnings=["w" * 3000])
    plan_id = "i" * length
    text = views.plan(one, plan_id=plan_id, expires="T1", following="next").render(limit).text
    assert len(text) <= limit
    assert json.loads(text)["planId"] == plan_id


SECRET_BODIES: list[Call[Any]] = [
    applications.create(
        {"metadata": {"name": "shop"}, "spec": {"source": {"helm": {"parameters": [{"name": "token", "value": WORD}]}}}}
    ),
    applications.create({"metadata": {"name": "shop"}, "spec": {"source": {"helm": {"values": f"password: {WORD}"}}}}),
    applications.patch("shop", [{"op": "add", "path": "/spec", "value": {"source": {"plugin": {"apiKey": WORD}}}}]),
    applications.patch("shop", [{"op": "test", "path": "/spec", "value": {"anything": WORD}}]),
    applications.patch("shop", [{"op": "add", "path": "/metadata/annotations/example.com~1token", "value": WORD}]),
    resources.patch(OWNER, DEPLOYMENT, json.dumps({"metadata": {"annotations": {"password": WORD}}}), "merge"),
    resources.patch(
        OWNER,
        DEPLOYMENT,
        json.dumps(
            {"spec": {"template": {"spec": {"containers": [{"env": [{"name": "DB_PASSWORD", "value": WORD}]}]}}}}
        ),
        "strategic-merge",
    ),
    resources.patch(
        OWNER, DEPLOYMENT, json.dumps([{"op": "add", "path": "/metadata/annotations/token", "value": WORD}]), "json"
    ),
]


@pytest.mark.parametrize("call", SECRET_BODIES, ids=lambda call: f"{call.method}-{str(call.body)[:60]}")
def test_a_secret_by_its_name_is_not_in_the_request_that_is_shown(call: Call[Any]) -> None:
    kept = str(call.body)
    assert WORD not in views.request(call)
    assert call.path in views.request(call)
    assert str(call.body) == kept


def test_a_patch_is_shown_without_what_it_only_tests() -> None:
    steps = [
        {"op": "test", "path": "/spec", "value": {"project": "retail"}},
        {"op": "add", "path": "/spec", "value": {"project": "other"}},
    ]
    shown = views.request(applications.patch("shop", steps))
    assert "other" in shown
    assert '"(as read)"' in shown
    assert "retail" not in shown


def test_an_endless_request_is_shortened() -> None:
    call = applications.create({"metadata": {"name": "shop", "labels": {"a": "x" * 9000}}})
    assert len(views.request(call)) < 1600


def test_a_question_tells_what_would_be_gone() -> None:
    asked = views.question(preview(removes=["Pod/web-0", "Pod/web-1"], warnings=["self-heal is on."]))
    assert asked == (
        "Sync application 'shop' to main. Removes 2: Pod/web-0, Pod/web-1. Note: self-heal is on. Go ahead?"
    )
    assert views.question(preview()) == "Sync application 'shop' to main. Go ahead?"


def test_a_question_about_very_much_says_how_much() -> None:
    asked = views.question(preview(removes=[f"Pod/web-{index}" for index in range(100)]))
    assert "Removes 100: Pod/web-0, " in asked
    assert "Pod/web-39 and 60 more." in asked
    assert "Pod/web-40" not in asked


def test_a_question_can_be_read_however_long_names_and_notes_are() -> None:
    asked = views.question(preview(removes=[f"Pod/{'w' * 240}-{one}" for one in range(9)], warnings=["ж" * 900] * 9))
    assert size(asked) <= 4_000
    assert "Removes 9: Pod/w" in asked
    assert " and 3 more." in asked
    assert "Note: and 6 more warnings Go ahead?" in asked


def test_a_question_stays_the_same_while_the_world_does() -> None:
    """It is asked before the call and compared in it: under another request id, and at a later resourceVersion."""
    before = preview(removes=["Pod/web-0"], resource_version="7", windows=["allow"], rights=["yes"])
    later = replace(before, call=syncing.sync(OWNER, request_id="r2", prune=True), resource_version="8")
    assert views.question(later) == views.question(before)
    assert views.question(replace(before, removes=["Pod/web-0", "Pod/web-1"])) != views.question(before)
    assert views.question(replace(before, effect="Sync it to v2")) != views.question(before)
    assert views.question(replace(before, warnings=["it is owned"])) != views.question(before)
