"""One live resource: patched, deleted, and what its application becomes."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest

from argocd_gitops_mcp.sandbox.server import Sandbox
from tests.sandbox.conftest import Client, done, eventually

APPS = "/api/v1/applications"
KINDS = {
    "merge": "application/merge-patch+json",
    "json": "application/json-patch+json",
    "strategic": "application/strategic-merge-patch+json",
}
DEPLOYMENT = {"group": "apps", "version": "v1", "kind": "Deployment", "resourceName": "web"}
CONFIG_MAP = {"version": "v1", "kind": "ConfigMap", "resourceName": "settings"}
SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: key}\nstringData: {value: one}\n"


@pytest.fixture
def app(client: Client, sandbox: Sandbox, new_app: str) -> str:
    """A deployed one, with a Secret."""
    sandbox.commit(new_app, {"app/secret.yaml": SECRET})
    client("POST", f"{APPS}/{new_app}/sync", {})
    done(client, new_app)
    return new_app


def path(app: str, target: dict[str, str], **query: str) -> str:
    return f"{APPS}/{app}/resource?{urlencode({'namespace': app, **target, **query})}"


def patch(client: Client, app: str, change: Any, kind: str = "merge", target: dict[str, str] = DEPLOYMENT) -> Any:
    """The patched object."""
    status, answer = client("POST", path(app, target, patchType=KINDS[kind]), json.dumps(change))
    assert status == 200, answer
    return json.loads(answer["manifest"])


def refused(client: Client, app: str, text: Any, kind: str, target: dict[str, str] = DEPLOYMENT) -> Any:
    status, answer = client("POST", path(app, target, patchType=KINDS.get(kind, kind)), text)
    return status, answer["code"], answer["message"]


def statuses(client: Client, app: str) -> dict[str, tuple[str, str]]:
    rows = client.app(app)["status"]["resources"]
    return {row["kind"]: (row["status"], row.get("health", {}).get("status", "")) for row in rows}


def test_three_kinds_of_patch(client: Client, app: str) -> None:
    assert patch(client, app, {"spec": {"replicas": 2}})["spec"]["replicas"] == 2
    container = {"name": "main", "env": [{"name": "A", "value": "1"}]}
    template = {"spec": {"containers": [container, {"name": "side", "image": "example.com/side:v1"}]}}
    made = patch(client, app, {"spec": {"template": template}}, "strategic")
    assert [(c["name"], c["image"]) for c in made["spec"]["template"]["spec"]["containers"]] == [
        ("side", "example.com/side:v1"),
        ("main", "example.com/web:v1"),
    ]
    gone = {"spec": {"containers": [{"name": "side", "$patch": "delete"}]}}
    made = patch(client, app, {"spec": {"template": gone}}, "strategic")
    assert [c["env"][0]["name"] for c in made["spec"]["template"]["spec"]["containers"]] == ["A"]
    operations = [
        {"op": "test", "path": "/spec/replicas", "value": 2},
        {"op": "add", "path": "/metadata/labels", "value": {"x": "y"}},
        {"op": "replace", "path": "/spec/nothing", "value": 1},
    ]
    made = patch(client, app, operations, "json")
    assert (made["metadata"]["labels"], "nothing" in made["spec"]) == ({"x": "y"}, False)
    generation = made["metadata"]["generation"]
    assert patch(client, app, {})["metadata"]["generation"] == generation
    eventually(lambda: statuses(client, app)["Deployment"][0] == "OutOfSync")
    messages = [event["message"] for event in client.get(f"{APPS}/{app}/events")["items"]]
    assert "ci patched resource apps/Deployment 'web'" in messages


def test_a_patched_secret_is_masked_and_its_errors_tell_nothing(client: Client, app: str) -> None:
    secret = {"version": "v1", "kind": "Secret", "resourceName": "key"}
    assert patch(client, app, {"stringData": {"value": "two"}}, target=secret)["data"] == {"value": "++++++++"}
    for text in ('{"data": {"value": "***"}}', "not json"):
        assert refused(client, app, text, "merge", secret) == (500, 2, f"failed to patch Secret {app}/key")


@pytest.mark.parametrize(
    ("kind", "body", "code", "text"),
    [
        ("merge", "not json", 9, "error patching resource: invalid JSON patch"),
        ("merge", "", 9, "error patching resource: invalid JSON patch"),
        (
            "merge",
            '{"spec": {"replicas": -1}}',
            3,
            "spec.replicas: Invalid value: -1: must be greater than or equal to 0",
        ),
        ("merge", '{"spec": {"replicas": "x"}}', 3, "into Go struct field DeploymentSpec.spec.replicas of type int32"),
        (
            "merge",
            '{"metadata": {"name": "x"}}',
            9,
            "the name of the object (x) does not match the name on the URL (web)",
        ),
        (
            "merge",
            "[]",
            9,
            "error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}",
        ),
        ("strategic", "[]", 9, "resource: json: cannot unmarshal array into Go value of type map[string]interface {}"),
        ("json", "{}", 9, "json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp"),
        (
            "json",
            '[{"op": "test", "path": "/spec/replicas", "value": 9}]',
            3,
            "the server rejected our request due to an error in our request",
        ),
        (
            "json",
            '[{"op": "remove", "path": "/spec/nothing"}]',
            3,
            "the server rejected our request due to an error in our request",
        ),
        ("merge", {"spec": {}}, 3, "json: cannot unmarshal object into Go value of type string"),
        ("application/apply-patch+yaml", "{}", 3, "fieldManager: Required value: is required for apply patch"),
    ],
)
def test_patches_that_are_refused(client: Client, kind: str, body: Any, code: int, text: str) -> None:
    status, found, message = refused(client, "guestbook", body, kind)
    assert (status, found) == (400, code)
    assert message.endswith(text)


def test_other_refusals(client: Client, app: str, as_account: Callable[[str], Client]) -> None:
    assert refused(client, app, "{}", "merge", {**DEPLOYMENT, "resourceName": "nope"}) == (
        400,
        3,
        f"Deployment apps nope not found as part of application {app}",
    )
    for kind in ("merge-patch+json", "application/merge-patch json", "a"):
        unsupported = (500, 2, "error patching resource: 415: Unsupported Media Type")
        assert refused(client, app, "{}", kind) == unsupported
    stale = json.dumps({"metadata": {"resourceVersion": "1"}})
    conflict = refused(client, app, stale, "merge")
    assert conflict[:2] == (409, 10)
    assert conflict[2].startswith('error patching resource: Operation cannot be fulfilled on deployments.apps "web"')
    missing = "grpc: error while marshaling: proto: required field"
    assert client("POST", path(app, DEPLOYMENT), "{}")[1]["message"] == f'{missing} "patchType" not set'
    assert client("POST", path(app, DEPLOYMENT, patchType="a"))[1]["message"] == f'{missing} "patch" not set'
    assert client("DELETE", f"{APPS}/{app}/resource?resourceName=web&kind=x")[1]["message"] == (
        f'{missing} "version" not set'
    )
    for account in ("reader", "nologs"):
        bare = (403, 7, "permission denied")
        assert refused(as_account(account), app, "{}", "merge", {**DEPLOYMENT, "resourceName": "nope"}) == bare
        assert as_account(account)("DELETE", path(app, DEPLOYMENT))[1]["message"] == "permission denied"
    assert client("POST", path(app, {**DEPLOYMENT, "version": "v9"}, patchType=KINDS["merge"]), "{}")[0] == 200


def test_deleting_leaves_it_missing(client: Client, app: str) -> None:
    assert client("DELETE", path(app, DEPLOYMENT)) == (200, {})
    eventually(lambda: statuses(client, app)["Deployment"] == ("OutOfSync", "Missing"))
    status = client.app(app)["status"]
    assert (status["sync"]["status"], status["health"]["status"]) == ("OutOfSync", "Healthy")
    kinds = {node["kind"]: "uid" in node for node in client.get(f"{APPS}/{app}/resource-tree")["nodes"]}
    assert kinds == {"ConfigMap": True, "Secret": True, "Deployment": False}
    code, text = 3, f"Deployment apps web not found as part of application {app}"
    assert client("DELETE", path(app, DEPLOYMENT))[1] == {"error": text, "code": code, "message": text}
    messages = [event["message"] for event in client.get(f"{APPS}/{app}/events")["items"]]
    assert "ci deleted resource apps/Deployment 'web'" in messages


def test_orphans_are_adopted_again(client: Client, sandbox: Sandbox, app: str) -> None:
    def pods() -> set[str]:
        found = [obj for key, obj in sandbox.world.objects.items() if (key.kind, key.namespace) == ("Pod", app)]
        return {str(pod["metadata"]["uid"]) for pod in found}

    eventually(pods)
    before = pods()
    client("DELETE", path(app, DEPLOYMENT, orphan="true"))
    eventually(lambda: statuses(client, app)["Deployment"] == ("OutOfSync", "Missing"))
    assert pods() == before
    client("POST", f"{APPS}/{app}/sync", {})
    done(client, app)
    eventually(lambda: statuses(client, app)["Deployment"] == ("Synced", "Healthy"))
    assert pods() == before


def test_self_healing_brings_it_back(client: Client, app: str) -> None:
    policy = {"patch": '{"spec": {"syncPolicy": {"automated": {"selfHeal": true}}}}', "patchType": "merge"}
    client("PATCH", f"{APPS}/{app}", policy)
    assert client("DELETE", path(app, CONFIG_MAP)) == (200, {})
    healed = eventually(
        lambda: (
            client.app(app)["status"].get("operationState", {}).get("operation", {}).get("initiatedBy")
            == {"automated": True}
            and done(client, app)
        )
    )
    sync = healed["status"]["operationState"]["operation"]["sync"]
    assert (sync["resources"], sync["autoHealAttemptsCount"]) == ([{"kind": "ConfigMap", "name": "settings"}], 1)
    assert statuses(client, app)["ConfigMap"][0] == "Synced"
