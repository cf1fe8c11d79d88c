"""Resources: tree, managed resources, masking, actions, events, manifests, repositories."""

import json
from typing import Any
from urllib.parse import quote

import pytest

from argocd_gitops_mcp.sandbox.server import Sandbox
from tests.sandbox.conftest import Client, config, done, eventually

APPS = "/api/v1/applications"


def nodes(client: Client, name: str, kind: str) -> list[Any]:
    found = client.get(f"{APPS}/{name}/resource-tree").get("nodes", [])
    return [node for node in found if node["kind"] == kind]


def target(app: str, kind: str, name: str) -> dict[str, str]:
    group = {"Deployment": "apps", "StatefulSet": "apps", "CronJob": "batch"}.get(kind, "")
    return {"group": group, "version": "v1", "kind": kind, "namespace": app, "resourceName": name}


def act(client: Client, app: str, kind: str, name: str, action: str, **parameters: str) -> tuple[int, Any]:
    rows = [{"name": key, "value": value} for key, value in parameters.items()]
    body = {**target(app, kind, name), "action": action, "resourceActionParameters": rows}
    return client("POST", f"{APPS}/{app}/resource/actions/v2", body)


def test_tree(client: Client) -> None:
    pod = nodes(client, "guestbook", "Pod")[0]
    assert pod["parentRefs"][0]["kind"] == "ReplicaSet"
    assert {"name": "Containers", "value": "1/1"} in pod["info"]
    assert nodes(client, "guestbook", "Deployment")[0]["health"] == {"status": "Healthy"}
    assert "health" not in nodes(client, "guestbook", "ConfigMap")[0]
    missing = nodes(client, "waiting", "Deployment")[0]
    assert missing["health"] == {"status": "Missing"}
    assert "uid" not in missing


def test_crash_loop_is_progressing_with_degraded_pods(client: Client) -> None:
    health = client.app("crashing")["status"]["health"]
    assert (health["status"], health["message"].split(":")[0]) == ("Progressing", "Caused by apps/Deployment")
    pod = eventually(
        lambda: next((p for p in nodes(client, "crashing", "Pod") if p["health"]["status"] == "Degraded"), None)
    )
    assert pod["info"][0] == {"name": "Status Reason", "value": "CrashLoopBackOff"}


def test_progress_deadline(client: Client, sandbox: Sandbox) -> None:
    clock = sandbox.world.clock
    try:
        later = clock().replace(year=clock().year + 1)
        sandbox.world.clock = lambda: later
        eventually(lambda: client.app("unpullable")["status"]["health"]["status"] == "Degraded")
    finally:
        sandbox.world.clock = clock


def test_managed_resources(client: Client) -> None:
    items = client.get(f"{APPS}/waiting/managed-resources")["items"]
    assert all(item["liveState"] == item["normalizedLiveState"] == "null" and item["modified"] for item in items)
    synced = client.get(f"{APPS}/guestbook/managed-resources?kind=Deployment")["items"]
    assert [item.get("modified") for item in synced] == [None]
    assert json.loads(synced[0]["liveState"])["status"]["readyReplicas"] >= 1
    fields = client.get(f"{APPS}/guestbook/managed-resources?fields=items.kind,items.name")["items"]
    assert all(set(item) == {"kind", "name"} for item in fields)
    assert client.get(f"{APPS}/guestbook/managed-resources?kind=deployment") == {}


def test_drift(client: Client, sandbox: Sandbox, new_app: str) -> None:
    client("POST", f"{APPS}/{new_app}/sync", {})
    done(client, new_app)
    sandbox.commit(new_app, {"app/settings.yaml": config("red")})
    client.app(new_app, "?refresh=hard")
    item = client.get(f"{APPS}/{new_app}/managed-resources?kind=ConfigMap")["items"][0]
    assert item["modified"] is True
    assert json.loads(item["normalizedLiveState"])["data"] == {"color": "blue"}
    assert json.loads(item["predictedLiveState"])["data"] == {"color": "red"}


def test_secrets_are_masked(client: Client) -> None:
    item = client.get(f"{APPS}/secretive/managed-resources?kind=Secret")["items"][0]
    live = json.loads(item["liveState"])
    assert set(live["data"].values()) == {"++++++++"}
    assert set(
        json.loads(live["metadata"]["annotations"]["kubectl.kubernetes.io/last-applied-configuration"])["data"].values()
    ) == {"++++++++"}
    rendered = map(json.loads, client.get(f"{APPS}/secretive/manifests")["manifests"])
    assert next(set(m["data"].values()) for m in rendered if m["kind"] == "Secret") == {"++++++++"}


def test_different_secret_values_get_more_plusses(client: Client, sandbox: Sandbox, new_app: str) -> None:
    secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: key}\nstringData: {value: %s}\n"
    sandbox.commit(new_app, {"app/secret.yaml": secret % "one"})
    client("POST", f"{APPS}/{new_app}/sync", {})
    done(client, new_app)
    sandbox.commit(new_app, {"app/secret.yaml": secret % "two"})
    client.app(new_app, "?refresh=normal")
    item = client.get(f"{APPS}/{new_app}/managed-resources?kind=Secret")["items"][0]
    assert json.loads(item["targetState"])["data"] == {"value": "++++++++"}
    assert json.loads(item["liveState"])["data"] == {"value": "++++++++++++"}


def test_resource_get(client: Client) -> None:
    path = f"{APPS}/guestbook/resource"
    query = "kind=Deployment&group=apps&namespace=guestbook&resourceName=web"
    assert json.loads(client.get(f"{path}?{query}&version=v1")["manifest"])["kind"] == "Deployment"
    assert client("GET", f"{path}?{query}")[1]["code"] == 13
    assert client("GET", f"{path}?{query}&version=v9")[0] == 404
    status, answer = client("GET", f"{path}?{query}x&version=v1")
    assert (status, answer["error"]) == (400, "Deployment apps webx not found as part of application guestbook")


def uid(client: Client, pod: str) -> str:
    return next((node["uid"] for node in nodes(client, "sidecar", "Pod") if node["name"] == pod), "")


def test_actions(client: Client) -> None:
    query = "&".join(f"{name}={value}" for name, value in target("sidecar", "Deployment", "proxy").items())
    listed = {row["name"]: row for row in client.get(f"{APPS}/sidecar/resource/actions?{query}")["actions"]}
    assert sorted(listed) == ["pause", "restart", "resume", "scale"]
    assert listed["resume"]["disabled"] is True
    assert listed["scale"]["params"] == [{"name": "replicas"}]
    before = uid(client, "db-0")
    assert act(client, "sidecar", "StatefulSet", "db", "restart", force="true") == (200, {})
    eventually(lambda: uid(client, "db-0") not in {before, ""})
    assert act(client, "sidecar", "CronJob", "report", "create-job") == (200, {})
    eventually(lambda: any(job["health"]["status"] == "Healthy" for job in nodes(client, "sidecar", "Job")))
    assert act(client, "sidecar", "CronJob", "report", "suspend") == (200, {})


@pytest.mark.parametrize(
    ("action", "parameters", "status", "text"),
    [
        ("explode", {}, 500, "built-in script does not exist"),
        ("scale", {}, 500, "cannot perform concat operation between string and nil"),
        ("scale", {"replicas": "abc"}, 500, "invalid number: abc"),
        ("scale", {"replicas": "-1"}, 400, "must be greater than or equal to 0"),
    ],
)
def test_bad_actions(client: Client, action: str, parameters: dict[str, str], status: int, text: str) -> None:
    found, answer = act(client, "sidecar", "Deployment", "proxy", action, **parameters)
    assert found == status
    assert text in answer["error"]


def test_restart_replaces_the_pods(client: Client, new_app: str) -> None:
    client("POST", f"{APPS}/{new_app}/sync", {})
    done(client, new_app)
    eventually(lambda: client.app(new_app)["status"]["health"]["status"] == "Healthy")
    before = {pod["uid"] for pod in nodes(client, new_app, "Pod")}
    act(client, new_app, "Deployment", "web", "restart")
    eventually(lambda: (pods := {pod["uid"] for pod in nodes(client, new_app, "Pod")}) and not pods & before)
    assert client.app(new_app)["status"]["sync"]["status"] == "Synced"
    assert act(client, new_app, "Deployment", "web", "scale", replicas="3") == (200, {})
    eventually(lambda: len(nodes(client, new_app, "Pod")) == 3)
    assert client.app(new_app, "?refresh=normal")["status"]["sync"]["status"] == "OutOfSync"


def test_events(client: Client) -> None:
    messages = [event["message"] for event in client.get(f"{APPS}/guestbook/events")["items"]]
    assert any(message.startswith("Initiated automated sync to") for message in messages)
    pod = nodes(client, "crashing", "Pod")[0]
    query = f"resourceName={pod['name']}&resourceNamespace=crashing&resourceUID={pod['uid']}"
    reasons = {event["reason"] for event in client.get(f"{APPS}/crashing/events?{query}")["items"]}
    assert {"Scheduled", "BackOff"} <= reasons
    assert client("GET", f"{APPS}/crashing/events?{query}x")[0] == 400
    assert client.get(f"{APPS}/crashing/events?resourceNamespace=crashing")["items"]


def test_manifests_use_an_old_branch_head(client: Client, sandbox: Sandbox, new_app: str) -> None:
    def color(query: str = "") -> str:
        rendered = map(json.loads, client.get(f"{APPS}/{new_app}/manifests{query}")["manifests"])
        return str(next(m["data"]["color"] for m in rendered if m["kind"] == "ConfigMap"))

    first = sandbox.world.git.resolve(sandbox.world.git.root / f"{new_app}.git", "main")
    sandbox.commit(new_app, {"app/settings.yaml": config("red")})
    assert (color(), color("?noCache=true"), color()) == ("blue", "red", "red")
    assert color(f"?revision={first}") == "blue"
    assert client("GET", f"{APPS}/{new_app}/manifests?revision=norev")[1]["code"] == 2
    assert client("GET", f"{APPS}/unrenderable/manifests?noCache=true")[1]["code"] == 9


def test_revision_metadata(client: Client) -> None:
    sha = client.app("guestbook")["status"]["sync"]["revision"]
    found = client.get(f"{APPS}/guestbook/revisions/{sha[:8]}/metadata")
    assert (found["message"], found["tags"]) == ("Add the seeds", ["v1.0.0"])
    assert client("GET", f"{APPS}/guestbook/revisions/main/metadata")[1]["error"] == "revision main must be resolved"


def details(client: Client, app: str, **changes: Any) -> tuple[int, Any]:
    source = client.app(app)["spec"]["source"] | changes
    path = f"/api/v1/repositories/{quote(source['repoURL'], safe='')}/appdetails"
    return client("POST", path, {"source": source, "appName": app, "appProject": "default"})


def test_app_details(client: Client) -> None:
    status, answer = details(client, "charted")
    parameters = {row["name"]: row["value"] for row in answer["helm"]["parameters"]}
    assert (status, answer["type"]) == (200, "Helm")
    assert parameters["image.tag"] != "v3"
    assert details(client, "kustomized")[1]["kustomize"]["images"] == ["example.com/api:v2"]
    assert details(client, "guestbook")[1] == {"type": "Directory"}
    assert details(client, "guestbook", path="waves")[0] == 403


def test_projects_clusters_repositories(client: Client) -> None:
    names = [project["metadata"]["name"] for project in client.get("/api/v1/projects")["items"]]
    assert names == ["default", "elsewhere"]
    assert client("GET", "/api/v1/projects/nope")[0] == 404
    assert client.get("/api/v1/clusters")["items"][0]["name"] == "in-cluster"
    repository = client.get("/api/v1/repositories")["items"][0]
    assert repository["repo"].endswith("/private.git")
    assert "password" not in repository


def test_a_revision_is_of_the_source_that_is_named(client: Client) -> None:
    multi = client.app("multi")["status"]
    sha = multi["sync"]["revisions"][0]
    at = f"{APPS}/multi/revisions/{sha}"
    assert client.get(f"{at}/metadata?sourceIndex=1&versionId=0") == client.get(f"{at}/metadata?sourceIndex=0")
    text = "error getting app source by source index and version ID"
    for query, cause in (
        ("versionId=77", "error getting source by version ID: revision history not found for version ID 77"),
        ("sourceIndex=9", "source index 9 not found because there are only 2 sources"),
    ):
        status, answer = client("GET", f"{at}/metadata?{query}")
        assert (status, answer["code"], answer["message"]) == (500, 2, f"{text}: {cause}")
    one = client.app("guestbook")["status"]["sync"]["revision"]
    answer = client("GET", f"{APPS}/guestbook/revisions/{one}/metadata?sourceIndex=9")[1]
    assert answer["message"] == f"{text}: source index 9 not found because there is only 1 source"
    status, answer = client("GET", f"{at}/chartdetails")
    assert (status, answer["message"]) == (500, "no chart found for application: multi")
