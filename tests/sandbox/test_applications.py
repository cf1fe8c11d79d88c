"""Applications: list and its fields, create, upsert, patch, put, delete."""

from typing import Any

import pytest

from argocd_gitops_mcp.sandbox.server import Sandbox
from tests.sandbox.conftest import Client, application, config, done, eventually

APPS = "/api/v1/applications"


def names(answer: Any) -> list[str]:
    return [item["metadata"]["name"] for item in answer["items"] or []]


def test_list_filters(client: Client, sandbox: Sandbox) -> None:
    assert "guestbook" in names(client.get(APPS))
    assert names(client.get(f"{APPS}?name=guestbook")) == ["guestbook"]
    assert client.get(f"{APPS}?name=nope")["items"] is None
    assert names(client.get(f"{APPS}?projects=elsewhere")) == ["elsewhere"]
    assert client.get(f"{APPS}?projects=default,elsewhere")["items"] is None
    assert names(client.get(f"{APPS}?selector=tier%3Dfrontend,team+in+(web,api)")) == ["guestbook"]
    assert names(client.get(f"{APPS}?repo={sandbox.repositories}/nope.git")) == []
    assert len(names(client.get(f"{APPS}?limit=1&search=guest"))) > 10
    assert client("GET", f"{APPS}?selector=a%20b")[0] == 500


def test_list_has_no_resource_health(client: Client) -> None:
    listed = client.get(f"{APPS}?name=guestbook")["items"][0]
    assert all("health" not in row for row in listed["status"]["resources"])
    assert any("health" in row for row in client.app("guestbook")["status"]["resources"])


def test_list_fields_are_a_fixed_list(client: Client) -> None:
    fields = (
        "items.metadata.name,items.metadata.labels,items.status.sync.status,items.status.conditions,items.status.sync"
    )
    item = client.get(f"{APPS}?name=waiting&fields={fields}")["items"][0]
    assert item == {"metadata": {"name": "waiting", "labels": None}, "status": {"sync": {"status": "OutOfSync"}}}
    multi = client.get(f"{APPS}?name=multi&fields=items.spec.source,items.status.sync.revision")["items"][0]
    assert multi == {"spec": {"source": None}, "status": {"sync": {"revision": ""}}}
    without = client.get(f"{APPS}?name=waiting&fields=-items.spec,items.status.resources")["items"][0]
    assert "resources" not in without["status"]
    assert "source" in without["spec"]
    assert "managedFields" not in without["metadata"]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"destination": {}}, "Destination server missing from app spec"),
        ({"project": "nope"}, 'app is not allowed in project "nope", or the project does not exist'),
        ({"source": {"path": "nowhere"}}, "nowhere: app path does not exist"),
        ({"source": {"targetRevision": "norev"}}, "unable to resolve 'norev' to a commit SHA: revision not found"),
        ({"source": {"repoURL": "file:///nowhere.git"}}, "failed to list refs: repository not found"),
        ({"source": {"path": "unrenderable"}}, "did not find expected ',' or ']'"),
    ],
)
def test_create_validates(client: Client, sandbox: Sandbox, change: dict[str, Any], text: str) -> None:
    source = {"repoURL": f"{sandbox.repositories}/apps.git", "path": "guestbook", "targetRevision": "main"}
    source |= change.pop("source", {})
    status, answer = client("POST", APPS, application("invalid", source, **change))
    assert (status, answer["code"]) == (400, 3)
    assert text in answer["error"]


def test_create_without_a_name(client: Client) -> None:
    status, answer = client("POST", APPS, {"application": {"metadata": {"name": "wrapped"}}})
    assert (status, answer["error"][-30:]) == (500, "resource name may not be empty")


def test_create_again(client: Client, new_app: str) -> None:
    app = client.app(new_app)
    same = {"metadata": {"name": new_app}, "spec": app["spec"]}
    assert client("POST", APPS, same)[0] == 200
    other = {"metadata": {"name": new_app, "labels": {"a": "b"}}, "spec": app["spec"]}
    status, answer = client("POST", APPS, other)
    assert (status, answer["error"]) == (400, "existing application spec is different, use upsert flag to force update")
    finalizer = {"metadata": {"finalizers": ["resources-finalizer.argocd.argoproj.io"]}}
    patched = {"patch": str(finalizer).replace("'", '"'), "patchType": "merge"}
    assert client("PATCH", f"{APPS}/{new_app}", patched)[1]["metadata"]["finalizers"]
    updated = client("POST", f"{APPS}?upsert=true", other)[1]
    assert updated["metadata"]["labels"] == {"a": "b"}
    assert "finalizers" not in updated["metadata"]


def test_patch(client: Client, new_app: str) -> None:
    path = f"{APPS}/{new_app}"
    patch = '{"spec": {"syncPolicy": {"automated": {"prune": true}}}}'
    status, answer = client("PATCH", path, {"patch": patch, "patchType": "merge"})
    assert (status, answer["spec"]["syncPolicy"]["automated"]) == (200, {"prune": True})
    assert answer["spec"]["syncPolicy"]["syncOptions"] == ["CreateNamespace=true"]
    off = client("PATCH", path, {"patch": '{"spec":{"syncPolicy":{"automated":null}}}', "patchType": "merge"})[1]
    assert "automated" not in off["spec"]["syncPolicy"]
    status, answer = client("PATCH", path, {"patch": "{}"})
    assert (status, answer["code"]) == (500, 13)
    assert 'required field "patchType" not set' in answer["error"]
    assert client("PATCH", path, {"patch": {}, "patchType": "merge"})[0] == 400


def test_put_goes_to_the_name_in_the_body(client: Client, new_app: str) -> None:
    body = {"metadata": {"name": new_app, "labels": {"from": "put"}}, "spec": client.app(new_app)["spec"]}
    assert client("PUT", f"{APPS}/guestbook", body)[0] == 200
    assert client.app(new_app)["metadata"]["labels"] == {"from": "put"}
    assert client.app("guestbook")["metadata"]["labels"] != {"from": "put"}


def test_delete(client: Client, new_app: str) -> None:
    client("POST", f"{APPS}/{new_app}/sync", {})
    done(client, new_app)
    assert client("DELETE", f"{APPS}/{new_app}?propagationPolicy=orphan")[0] == 400
    assert client("DELETE", f"{APPS}/{new_app}?cascade=false&propagationPolicy=foreground")[0] == 400
    assert client("DELETE", f"{APPS}/{new_app}?cascade=maybe")[1]["error"].startswith("strconv.ParseBool")
    assert client("DELETE", f"{APPS}/{new_app}") == (200, {})
    eventually(lambda: client("GET", f"{APPS}/{new_app}?project=default")[0] == 404)
    assert not [key for key in client.sandbox.world.objects if key.namespace == new_app]


def test_delete_without_cascade_keeps_the_resources(client: Client, new_app: str) -> None:
    client("POST", f"{APPS}/{new_app}/sync", {})
    done(client, new_app)
    client("DELETE", f"{APPS}/{new_app}?cascade=false")
    eventually(lambda: client("GET", f"{APPS}/{new_app}")[0] == 403)
    assert [key for key in client.sandbox.world.objects if key.namespace == new_app and key.kind == "Deployment"]


def test_refresh_sees_the_push_and_leaves_annotations(client: Client, sandbox: Sandbox, new_app: str) -> None:
    client("POST", f"{APPS}/{new_app}/sync", {})
    done(client, new_app)
    sha = sandbox.commit(new_app, {"app/settings.yaml": config("red")}, "Red")
    assert client.app(new_app)["status"]["sync"]["status"] == "Synced"
    refreshed = client.app(new_app, "?refresh=")
    assert refreshed["status"]["sync"] | {"comparedTo": None} == {
        "status": "OutOfSync",
        "revision": sha,
        "comparedTo": None,
    }
    assert "argocd.argoproj.io/hydrate" in refreshed["metadata"]["annotations"]
    assert "argocd.argoproj.io/refresh" not in refreshed["metadata"]["annotations"]
