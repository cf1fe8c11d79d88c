"""Actions on resources: their parameters are checked before Argo CD is asked, which checks nothing."""

import json
from typing import Any

import pytest

from tests.contract.bench import App, Bench
from tests.stage import Answer, Tools, until

pytestmark = pytest.mark.anyio


async def run(app: App, action: str, **params: Any) -> Answer:
    given = {"action_params": params} if params else {}
    return await app.resource(
        "run_resource_action", resource_name=app.name, resource_kind="Deployment", action_name=action, **given
    )


def live(app: App) -> Any:
    query = {"resourceName": app.name, "kind": "Deployment", "version": "v1", "group": "apps", "namespace": "default"}
    manifest = app.stage.raw("GET", f"{app.path}/resource", query).json["manifest"]
    return json.loads(manifest)


async def test_actions_are_listed_sorted_with_their_parameters(tools: Tools) -> None:
    answer = await tools.resource("get_resource_actions", "guestbook", resource_name="web", resource_kind="Deployment")
    assert answer.ok.text.splitlines()[1:] == ["pause", "restart", "resume disabled at present", "scale(replicas)"]


async def test_a_resource_without_actions_says_so(tools: Tools) -> None:
    answer = await tools.resource("get_resource_actions", "guestbook", resource_name="settings")
    assert answer.ok.text.startswith("Argo CD offers no action")


@pytest.mark.parametrize("operation", ["get_resource_actions", "run_resource_action"])
async def test_what_is_not_in_the_cluster_has_no_actions(tools: Tools, operation: str) -> None:
    more = {"action_name": "restart"} if operation == "run_resource_action" else {}
    answer = await tools.resource(operation, "waiting", resource_name="web", **more)
    assert "Sync the application" in answer.refused("failed_precondition")
    assert tools.writes == []


async def test_restart_takes_force_and_says_that_it_means_nothing(bench: Bench) -> None:
    app = await bench.synced()
    answer = await run(app, "restart", force=True)
    assert answer.ok.structured["ignored"] == ["force: not a parameter of restart, not sent"]
    annotations = live(app)["spec"]["template"]["metadata"]["annotations"]
    assert "kubectl.kubernetes.io/restartedAt" in annotations


@pytest.mark.parametrize("replicas", [3, "3"])
async def test_scale(bench: Bench, replicas: int | str) -> None:
    app = await bench.synced()
    answer = await run(app, "scale", replicas=replicas)
    assert answer.ok.structured["parameters"] == {"replicas": "3"}
    assert live(app)["spec"]["replicas"] == 3


async def test_scale_without_replicas_is_refused(bench: Bench) -> None:
    app = await bench.synced()
    assert "replicas" in (await run(app, "scale")).refused("invalid_argument")
    assert app.tools.writes == []


@pytest.mark.parametrize("replicas", ["many", "-1"])
async def test_a_bad_value_is_refused_by_argo_cd_and_changes_nothing(bench: Bench, replicas: str) -> None:
    app = await bench.synced()
    answer = await run(app, "scale", replicas=replicas)
    assert answer.is_error
    assert "Upstream said" in answer.text
    assert live(app)["spec"]["replicas"] == 1


async def test_an_unknown_action_is_answered_with_those_there(bench: Bench) -> None:
    app = await bench.synced()
    told = (await run(app, "restrat")).refused("unknown_action")
    assert "there are: pause, restart, resume, scale" in told
    assert "Did you mean 'restart'?" in told
    assert app.tools.writes == []


async def test_a_disabled_action_is_refused_though_argo_cd_would_run_it(bench: Bench) -> None:
    app = await bench.synced()
    assert "disabled" in (await run(app, "resume")).refused("failed_precondition")
    assert app.tools.writes == []
    assert (await run(app, "pause")).ok
    assert live(app)["spec"]["paused"] is True
    assert "disabled" in (await run(app, "pause")).refused("failed_precondition")
    assert (await run(app, "resume")).ok


async def test_an_account_that_may_not_run_it(bench: Bench) -> None:
    app = await bench.synced()
    async with bench.stage.tools("reader") as tools:
        answer = await tools.resource(
            "run_resource_action", app.name, resource_name=app.name, resource_kind="Deployment", action_name="restart"
        )
    assert answer.is_error
    assert "permission denied" in answer.text


async def test_a_cron_job_makes_a_job(bench: Bench) -> None:
    cron = """\
apiVersion: batch/v1
kind: CronJob
metadata:
  name: {name}
spec:
  schedule: "0 3 * * *"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers:
            - name: main
              image: example.com/report:v1
"""
    app = await bench.synced({"cron.yaml": cron})
    answer = await app.resource("run_resource_action", resource_name=app.name, action_name="create-job")
    assert answer.ok.structured["resource"] == f"CronJob/{app.name}"
    tree = f"{app.path}/resource-tree"
    await until(
        lambda: app.stage.raw("GET", tree).json["nodes"], lambda nodes: any(one["kind"] == "Job" for one in nodes)
    )
