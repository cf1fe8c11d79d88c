"""Operations: phases, hooks and waves, pruning, failures, retries, automatic syncs."""

from typing import Any

from argocd_gitops_mcp.sandbox.server import Sandbox
from tests.sandbox.conftest import Client, application, config, deployment, done, eventually

APPS = "/api/v1/applications"
HOOK = (
    "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: check\n  annotations: {argocd.argoproj.io/hook: PreSync}\n"
    "spec:\n  template:\n    spec: {restartPolicy: Never, containers: [{name: main, image: 'example.com/check:TAG'}]}\n"
)


def results(app: Any) -> dict[str, Any]:
    return {row["kind"]: row for row in app["status"]["operationState"]["syncResult"].get("resources", [])}


def test_sync(client: Client, sandbox: Sandbox, new_app: str) -> None:
    infos = [{"name": "request-id", "value": "7"}]
    status, started = client("POST", f"{APPS}/{new_app}/sync", {"infos": infos})
    assert status == 200
    assert started["operation"]["info"] == infos
    assert started["operation"]["sync"]["revision"] == sandbox.world.git.resolve(
        sandbox.world.git.root / f"{new_app}.git", "main"
    )
    assert "operationState" not in started["status"]
    status, answer = client("POST", f"{APPS}/{new_app}/sync", {})
    assert (status, answer["code"], answer["error"]) == (400, 9, "another operation is already in progress")
    app = done(client, new_app)
    state = app["status"]["operationState"]
    assert (state["phase"], state["message"]) == ("Succeeded", "successfully synced (all tasks run)")
    assert state["operation"]["info"] == infos
    assert results(app)["Namespace"]["syncPhase"] == "PreSync"
    assert results(app)["Deployment"]["message"] == "deployment.apps/web created"
    assert app["status"]["sync"]["status"] == "Synced"
    assert app["status"]["history"][0]["initiatedBy"] == {"username": "ci"}
    eventually(lambda: client.app(new_app)["status"]["health"]["status"] == "Healthy")


def test_bad_requests(client: Client) -> None:
    path = f"{APPS}/waiting/sync"
    status, answer = client("POST", path, {"revision": "norev"})
    assert (status, answer["code"]) == (400, 9)
    assert "revision not found" in answer["error"]
    status, answer = client("POST", path, {"syncOptions": ["CreateNamespace=true"]})
    assert (status, answer["code"]) == (400, 3)
    status, answer = client("POST", f"{APPS}/guestbook/sync", {"revision": "v1.0.0"})
    assert answer["error"] == "Cannot sync to v1.0.0: auto-sync currently set to main"
    status, answer = client("DELETE", f"{APPS}/waiting/operation")
    assert answer["error"] == "Unable to terminate operation. No operation is in progress"


def test_partial_sync_that_matches_nothing(client: Client, new_app: str) -> None:
    client("POST", f"{APPS}/{new_app}/sync", {"resources": [{"kind": "Deployment", "name": "web"}]})
    app = done(client, new_app)
    state = app["status"]["operationState"]
    assert (state["phase"], state["message"]) == ("Succeeded", "successfully synced (no more tasks)")
    assert list(results(app)) == ["Namespace"]
    assert "history" not in app["status"]


def test_dry_run_changes_nothing(client: Client, new_app: str) -> None:
    client("POST", f"{APPS}/{new_app}/sync", {"dryRun": True})
    app = done(client, new_app)
    assert results(app)["ConfigMap"]["message"] == "configmap/settings created (dry run)"
    assert app["status"]["sync"]["status"] == "OutOfSync"


def test_missing_namespace_fails(client: Client, new_app: str) -> None:
    client("POST", f"{APPS}/{new_app}/sync", {"syncOptions": {}})
    state = done(client, new_app)["status"]["operationState"]
    assert (state["phase"], state["message"]) == (
        "Failed",
        f'one or more objects failed to apply, reason: namespaces "{new_app}" not found',
    )


def test_prune(client: Client, sandbox: Sandbox, new_app: str) -> None:
    client("POST", f"{APPS}/{new_app}/sync", {})
    done(client, new_app)
    sandbox.commit(new_app, {"app/settings.yaml": None})
    client("POST", f"{APPS}/{new_app}/sync", {})
    app = done(client, new_app)
    assert results(app)["ConfigMap"]["status"] == "PruneSkipped"
    assert app["status"]["sync"]["status"] == "OutOfSync"
    row = next(row for row in app["status"]["resources"] if row["kind"] == "ConfigMap")
    assert row["requiresPruning"] is True
    managed = client.get(f"{APPS}/{new_app}/managed-resources?kind=ConfigMap")["items"][0]
    assert (managed["targetState"], managed["predictedLiveState"], "modified" in managed) == ("null", "null", False)
    client("POST", f"{APPS}/{new_app}/sync", {"prune": True})
    app = done(client, new_app)
    assert (results(app)["ConfigMap"]["status"], app["status"]["sync"]["status"]) == ("Pruned", "Synced")


def test_hooks_and_waves_of_the_seed(client: Client) -> None:
    app = client.app("waves")
    rows = app["status"]["operationState"]["syncResult"]["resources"]
    assert [row["name"] for row in rows] == ["waves", "migrate", "settings", "api", "smoke"]
    assert [row.get("hookType") for row in rows] == [None, "PreSync", None, None, "PostSync"]
    hooks = [row for row in app["status"]["resources"] if row.get("hook")]
    assert len(hooks) == 2
    assert all("status" not in row for row in hooks)


def test_failing_hook_retries_then_fails(client: Client, sandbox: Sandbox, new_app: str) -> None:
    sandbox.commit(new_app, {"app/check.yaml": HOOK.replace("TAG", "broken")})
    retry = {"limit": 1, "backoff": {"duration": "600ms", "factor": 1}}
    client("POST", f"{APPS}/{new_app}/sync", {"retryStrategy": retry})

    def between() -> Any:
        state = client.app(new_app)["status"].get("operationState", {})
        return "retryCount" in state and "finishedAt" in state and state

    waiting = eventually(between)
    assert (waiting["phase"], waiting["retryCount"]) == ("Running", 1)
    assert "Retrying attempt #1 at" in waiting["message"]
    state = done(client, new_app)["status"]["operationState"]
    assert state["phase"] == "Failed"
    assert state["message"].endswith("(retried 1 times).")


def test_terminate(client: Client, sandbox: Sandbox, new_app: str) -> None:
    slow = deployment("missing").replace("name: web}\n", "name: web}\n", 1)
    later = config("late").replace("{name: settings}", "{name: late, annotations: {argocd.argoproj.io/sync-wave: '1'}}")
    sandbox.commit(new_app, {"app/web.yaml": slow, "app/late.yaml": later})
    client("POST", f"{APPS}/{new_app}/sync", {})
    eventually(
        lambda: (
            "waiting for healthy state of apps/Deployment/web"
            in client.app(new_app)["status"].get("operationState", {}).get("message", "")
        )
    )
    assert client("DELETE", f"{APPS}/{new_app}/operation") == (200, {})
    state = done(client, new_app)["status"]["operationState"]
    assert (state["phase"], state["message"]) == ("Failed", "Operation terminated")


def test_unrenderable(client: Client) -> None:
    app = client.app("unrenderable")
    assert (app["status"]["sync"]["status"], app["status"]["health"]["status"]) == ("Unknown", "Healthy")
    assert app["status"]["conditions"][0]["type"] == "ComparisonError"
    assert client.get(f"{APPS}/unrenderable/resource-tree") == {}
    assert client.get(f"{APPS}/unrenderable/managed-resources") == {}
    client("POST", f"{APPS}/unrenderable/sync", {})
    state = done(client, "unrenderable")["status"]["operationState"]
    assert state["phase"] == "Error"
    assert state["message"].startswith("ComparisonError: Failed to load target state:")


def test_multi_source_ignores_the_revision(client: Client) -> None:
    status, started = client("POST", f"{APPS}/multi/sync", {"revision": "norev", "dryRun": True})
    assert status == 200
    assert len(started["operation"]["sync"]["revisions"]) == 2
    app = done(client, "multi")
    assert len(app["status"]["sync"]["revisions"]) == 2
    assert app["status"]["sync"]["comparedTo"]["source"] == {"repoURL": ""}


def test_self_heal(client: Client) -> None:
    action: dict[str, Any] = {
        "group": "apps",
        "version": "v1",
        "kind": "Deployment",
        "namespace": "guestbook",
        "resourceName": "web",
    }
    action |= {"action": "scale", "resourceActionParameters": [{"name": "replicas", "value": "3"}]}
    before = client.app("guestbook")["status"]["operationState"]["startedAt"]
    assert client("POST", f"{APPS}/guestbook/resource/actions/v2", action) == (200, {})
    healed = eventually(
        lambda: (
            "autoHealAttemptsCount"
            in client.app("guestbook")["status"].get("operationState", {}).get("operation", {}).get("sync", {})
            and done(client, "guestbook")
        )
    )
    assert healed["status"]["sync"]["status"] == "Synced"
    assert healed["status"]["operationState"]["startedAt"] >= before
    assert healed["status"]["operationState"]["operation"]["initiatedBy"] == {"automated": True}


def test_auto_sync_of_a_new_application(client: Client, sandbox: Sandbox) -> None:
    url = sandbox.new_repository("automatic", {"app/web.yaml": deployment("v1")})
    policy = {"automated": {}, "syncOptions": ["CreateNamespace=true"]}
    source = {"repoURL": url, "path": "app", "targetRevision": "main"}
    client("POST", APPS, application("automatic", source, syncPolicy=policy))
    done(client, "automatic")
    eventually(lambda: client.app("automatic")["status"]["health"]["status"] == "Healthy")
    sandbox.commit("automatic", {"app/web.yaml": deployment("broken")})
    client.app("automatic", "?refresh=normal")
    eventually(lambda: client.app("automatic")["status"]["health"]["status"] == "Progressing")
    assert client.app("automatic")["status"]["health"]["message"] == "Caused by apps/Deployment:automatic/web"
