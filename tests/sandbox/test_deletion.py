"""Deleting Applications: foreign finalizers, running operations, owners."""

from typing import Any

import pytest

from argocd_gitops_mcp.sandbox.server import Sandbox
from tests.sandbox.conftest import Client, application, config, deployment, done, eventually

APPS = "/api/v1/applications"
HOLD = "example.com/hold"
OURS = "resources-finalizer.argocd.argoproj.io"


def set_finalizers(client: Client, name: str, shown: str) -> tuple[int, Any]:
    return client(
        "PATCH", f"{APPS}/{name}", {"patch": f'{{"metadata": {{"finalizers": {shown}}}}}', "patchType": "merge"}
    )


def is_gone(client: Client, name: str) -> bool:
    return client("GET", f"{APPS}/{name}?project=default")[0] == 404


@pytest.fixture
def stuck(client: Client, sandbox: Sandbox, new_app: str) -> str:
    """An application whose operation waits for a Deployment that never gets healthy."""
    late = config("late").replace("{name: settings}", "{name: late, annotations: {argocd.argoproj.io/sync-wave: '1'}}")
    sandbox.commit(new_app, {"app/web.yaml": deployment("broken"), "app/late.yaml": late})
    client("POST", f"{APPS}/{new_app}/sync", {})
    waiting = "waiting for healthy state of apps/Deployment/web"
    eventually(lambda: client.app(new_app)["status"].get("operationState", {}).get("message") == waiting)
    return new_app


def test_a_foreign_finalizer_holds_it(client: Client, sandbox: Sandbox) -> None:
    source = {"repoURL": sandbox.new_repository("held", {"app/settings.yaml": config("blue")}), "path": "app"}
    body = application("held", source)
    body["metadata"]["finalizers"] = [HOLD]
    assert client("POST", APPS, body)[1]["metadata"]["finalizers"] == [HOLD]
    client("POST", f"{APPS}/held/sync", {})
    done(client, "held")
    assert client("DELETE", f"{APPS}/held") == (200, {})
    eventually(lambda: client.app("held")["metadata"]["finalizers"] == [HOLD])
    held = client.app("held", "?refresh=normal")
    assert held["metadata"]["deletionTimestamp"]
    assert (held["status"]["sync"]["status"], held["status"]["health"]["status"]) == ("OutOfSync", "Missing")
    for query in ("", "?cascade=false"):
        assert client("DELETE", f"{APPS}/held{query}") == (200, {})
        assert client.app("held")["metadata"]["finalizers"] == [HOLD]
    assert client("POST", f"{APPS}/held/sync", {})[1]["message"] == "application is deleting"
    status, answer = set_finalizers(client, "held", f'["{HOLD}", "example.com/more"]')
    assert (status, answer["code"], answer["message"]) == (
        400,
        3,
        (
            'error updating application: Application.argoproj.io "held" is invalid: metadata.finalizers: Forbidden: '
            "no new finalizers can be added if the object is being deleted, "
            'found new finalizers []string{"example.com/more"}'
        ),
    )
    assert set_finalizers(client, "held", "null")[0] == 200
    eventually(lambda: is_gone(client, "held"))


def test_a_running_operation_holds_it_until_terminated(client: Client, stuck: str) -> None:
    started = client.app(stuck)["status"]["operationState"]["startedAt"]
    assert client("DELETE", f"{APPS}/{stuck}") == (200, {})
    app = client.app(stuck, "?refresh=normal")
    assert (app["metadata"]["finalizers"], app["status"]["operationState"]["phase"]) == ([OURS], "Running")
    assert app["status"]["operationState"]["startedAt"] == started
    assert client("DELETE", f"{APPS}/{stuck}/operation") == (200, {})
    eventually(lambda: is_gone(client, stuck))
    assert not [key for key in client.sandbox.world.objects if key.namespace == stuck]


def test_nothing_holds_it_without_cascade(client: Client, stuck: str) -> None:
    assert client("DELETE", f"{APPS}/{stuck}?cascade=false") == (200, {})
    assert is_gone(client, stuck)
    assert [key.kind for key in client.sandbox.world.objects if key.namespace == stuck]


def test_a_deletion_that_is_held_ends_at_once_without_cascade(client: Client, stuck: str) -> None:
    client("DELETE", f"{APPS}/{stuck}")
    status, answer = client("DELETE", f"{APPS}/{stuck}?cascade=false")
    text = f'error deleting application: applications.argoproj.io "{stuck}" not found'
    assert (status, answer["code"], answer["message"]) == (404, 5, text)
    assert is_gone(client, stuck)


def test_owners_are_set_by_creating_only(client: Client, sandbox: Sandbox, new_app: str) -> None:
    owner = {"apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "name": "fleet", "uid": "1-2"}
    source = {"repoURL": sandbox.new_repository("owned", {"app/settings.yaml": config("blue")}), "path": "app"}
    body = application("owned", source)
    body["metadata"]["ownerReferences"] = [owner]
    assert client("POST", APPS, body)[1]["metadata"]["ownerReferences"] == [owner]
    assert client.get(f"{APPS}?name=owned")["items"][0]["metadata"]["ownerReferences"] == [owner]
    client("DELETE", f"{APPS}/owned")
    other = {"metadata": {"name": new_app, "ownerReferences": [owner]}, "spec": client.app(new_app)["spec"]}
    assert "ownerReferences" not in client("POST", f"{APPS}?upsert=true", other)[1]["metadata"]
    operation = '[{"op": "add", "path": "/metadata/ownerReferences", "value": [{"name": "fleet"}]}]'
    assert client("PATCH", f"{APPS}/{new_app}", {"patch": operation, "patchType": "json"})[0] == 200
    assert "ownerReferences" not in client.app(new_app)["metadata"]
    body["metadata"] = {"name": "owned-again", "resourceVersion": "7"}
    status, answer = client("POST", APPS, body)
    text = "error creating application: resourceVersion should not be set on objects to be created"
    assert (status, answer["code"], answer["message"]) == (500, 13, text)
