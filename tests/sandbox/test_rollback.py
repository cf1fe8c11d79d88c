"""Rollback: what it refuses, what it deploys, what it leaves behind."""

from collections.abc import Callable
from typing import Any

import pytest

from argocd_gitops_mcp.sandbox.server import Sandbox
from tests.sandbox.conftest import Client, application, config, deployment, done, eventually

APPS = "/api/v1/applications"


def rollback(client: Client, name: str, **body: Any) -> tuple[int, Any]:
    return client("POST", f"{APPS}/{name}/rollback", body)


def said(answer: tuple[int, Any]) -> tuple[int, int, str]:
    status, body = answer
    return status, body["code"], body["message"]


@pytest.fixture
def deployed(client: Client, sandbox: Sandbox, new_app: str) -> str:
    """An application with two entries in its history; the second one has another color and one file more."""
    client("POST", f"{APPS}/{new_app}/sync", {})
    done(client, new_app)
    more = config("late").replace("settings", "more")
    sandbox.commit(new_app, {"app/settings.yaml": config("red"), "app/more.yaml": more})
    client("POST", f"{APPS}/{new_app}/sync", {})
    done(client, new_app)
    return new_app


def test_refusals(client: Client, deployed: str, as_account: Callable[[str], Client]) -> None:
    required = 'grpc: error while marshaling: proto: required field "id" not set'
    assert said(rollback(client, deployed)) == said(rollback(client, "nobody")) == (500, 13, required)
    assert said(rollback(client, deployed, id="0"))[2] == (
        "json: cannot unmarshal string into Go struct field ApplicationRollbackRequest.id of type int64"
    )
    unknown = f"application argocd/{deployed} does not have deployment with id 77"
    assert said(rollback(client, deployed, id=77)) == (400, 3, unknown)
    assert said(rollback(client, "nobody", id=0)) == (403, 7, "permission denied")
    assert said(rollback(client, "nobody", id=0, project="default"))[:2] == (404, 5)
    assert said(rollback(as_account("reader"), deployed, id=0, project="default")) == (403, 7, "permission denied")
    automated = (400, 9, "rollback cannot be initiated when auto-sync is enabled")
    assert said(rollback(client, "guestbook", id=0, dryRun=True)) == automated


def test_it_deploys_the_entry_as_a_new_one(client: Client, deployed: str) -> None:
    history = client.app(deployed)["status"]["history"]
    status, started = rollback(client, deployed, id=0)
    assert status == 200
    assert started["operation"] == {
        "sync": {
            "source": history[0]["source"],
            "revision": history[0]["revision"],
            "syncOptions": ["CreateNamespace=true"],
            "syncStrategy": {"apply": {}},
        },
        "initiatedBy": {"username": "ci"},
        "retry": {},
    }
    assert "operationState" not in started["status"]
    busy = (400, 9, "another operation is already in progress")
    assert said(rollback(client, deployed, id=0, dryRun=True)) == busy
    app = done(client, deployed)
    rows = app["status"]["operationState"]["syncResult"]["resources"]
    assert [(row["name"], row["message"]) for row in rows] == [
        ("more", "ignored (requires pruning)"),
        ("settings", "configmap/settings configured"),
        ("web", "deployment.apps/web unchanged"),
    ]
    assert app["status"]["sync"]["status"] == "OutOfSync"
    assert [entry["id"] for entry in app["status"]["history"]] == [0, 1, 2]
    assert app["status"]["history"][2]["revision"] == history[0]["revision"]
    messages = [event["message"] for event in client.get(f"{APPS}/{deployed}/events")["items"]]
    assert "ci initiated rollback to 0" in messages


def test_dry_run_and_prune(client: Client, deployed: str) -> None:
    rollback(client, deployed, id=0, dryRun=True, prune=True)
    app = done(client, deployed)
    rows = app["status"]["operationState"]["syncResult"]["resources"]
    assert [row["message"] for row in rows] == [
        "pruned (dry run)",
        "configmap/settings configured (dry run)",
        "deployment.apps/web unchanged (dry run)",
    ]
    assert (len(app["status"]["history"]), app["status"]["sync"]["status"]) == (2, "Synced")
    rollback(client, deployed, id=0, prune=True)
    found = {row["name"] for row in done(client, deployed)["status"]["resources"]}
    assert "more" in found  # Git still has it
    assert not [key for key in client.sandbox.world.objects if key.name == "more"]


def test_several_sources(client: Client, sandbox: Sandbox) -> None:
    url = sandbox.new_repository("rolled", {"one/web.yaml": deployment("v1"), "two/settings.yaml": config("blue")})
    sources = [{"repoURL": url, "path": path, "targetRevision": "main"} for path in ("one", "two")]
    body = application("rolled", {})
    body["spec"] |= {"sources": sources, "source": None}
    assert client("POST", APPS, body)[0] == 200
    for color in ("blue", "red"):
        if color == "red":
            sandbox.commit("rolled", {"two/settings.yaml": config(color)})
        client("POST", f"{APPS}/rolled/sync", {})
        done(client, "rolled")
    entry = client.app("rolled")["status"]["history"][0]
    assert (entry["source"], entry["sources"]) == ({"repoURL": ""}, sources)
    sync = rollback(client, "rolled", id=0)[1]["operation"]["sync"]
    assert {name: sync[name] for name in ("source", "sources", "revisions")} == {
        name: entry[name] for name in ("source", "sources", "revisions")
    }
    result = done(client, "rolled")["status"]["operationState"]["syncResult"]
    assert (result["revision"], result["revisions"]) == ("", entry["revisions"])
    client("DELETE", f"{APPS}/rolled")


def test_it_goes_back_to_the_sources_of_then(client: Client, sandbox: Sandbox, new_app: str) -> None:
    client("POST", f"{APPS}/{new_app}/sync", {})
    done(client, new_app)
    sandbox.commit(new_app, {"other/settings.yaml": config("green")})
    patch = {"patch": '{"spec": {"source": {"path": "other"}}}', "patchType": "merge"}
    assert client("PATCH", f"{APPS}/{new_app}", patch)[0] == 200
    eventually(lambda: client.app(new_app, "?refresh=normal")["status"]["sync"]["status"] == "OutOfSync")
    rollback(client, new_app, id=0)
    app = done(client, new_app)
    assert app["status"]["operationState"]["syncResult"]["source"]["path"] == "app"
    assert {row["name"] for row in app["status"]["resources"] if row["status"] == "OutOfSync"} == {"settings", "web"}


def test_not_while_it_is_deleted(client: Client, deployed: str) -> None:
    finalizer = {"patch": '{"metadata": {"finalizers": ["example.com/hold"]}}', "patchType": "merge"}
    client("PATCH", f"{APPS}/{deployed}", finalizer)
    client("DELETE", f"{APPS}/{deployed}?cascade=false")
    assert said(rollback(client, deployed, id=77)) == (400, 9, "application is deleting")
    client("PATCH", f"{APPS}/{deployed}", {"patch": '{"metadata": {"finalizers": null}}', "patchType": "merge"})
    eventually(lambda: client("GET", f"{APPS}/{deployed}")[0] == 403)
