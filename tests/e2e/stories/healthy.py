"""Applications nothing is wrong with, or not yet: nothing must be found."""

from tests.e2e.stories.manifests import config_map, deployment, job, of, service, stateful_set, text
from tests.e2e.stories.pods import web
from tests.e2e.stories.story import Scene, Story, is_at, release

_WELL = is_at("Synced", "Healthy")
_GOING_ON = is_at("Synced", "Progressing")
_CHART = {
    "Chart.yaml": "apiVersion: v2\nname: shop\nversion: 0.1.0\n",
    "values.yaml": "mode: normal\n",
    "templates/settings.yaml": text(config_map(MODE="{{ .Values.mode }}")),
}
_CRON = of(
    "batch/v1",
    "CronJob",
    "report",
    spec={"schedule": "0 3 * * *", "suspend": True, "jobTemplate": {"spec": job()["spec"]}},
)
_IGNORING = {"ignoreDifferences": [{"group": "apps", "kind": "Deployment", "jsonPointers": ["/spec/replicas"]}]}
_SOURCE = {"repoURL": "{url}", "targetRevision": "main"}


async def _scaled_by_somebody(scene: Scene) -> None:
    await scene.synced()
    one = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": scene.name}}
    scene.kubernetes.merge(one, {"spec": {"replicas": 3}})
    await scene.app.healthy()


async def _not_yet_deployed(scene: Scene) -> None:
    await scene.synced()
    await scene.app.healthy()
    scene.commit({"settings.yaml": text(config_map(MODE="fast"))}, "Be fast")
    scene.app.refresh()


HEALTHY_STORIES = (
    Story("healthy", {**web(replicas=2), "service.yaml": text(service())}, _WELL),
    Story(
        "healthy-with-hooks",
        {**web(), "before.yaml": text(job(hook="PreSync")), "after.yaml": text(job(name="smoke", hook="PostSync"))},
        _WELL,
    ),
    Story("healthy-helm", _CHART, _WELL),
    Story(
        "healthy-kustomize",
        {"kustomization.yaml": "resources: [web.yaml]\nnamePrefix: shop-\n", "web.yaml": text(deployment())},
        _WELL,
    ),
    Story("healthy-many", {f"{n}.yaml": text(config_map(f"part-{n}")) for n in range(60)}, _WELL),
    Story(
        "healthy-two-sources",
        {"one/settings.yaml": text(config_map()), "two/web.yaml": text(deployment())},
        _WELL,
        spec={"sources": [{**_SOURCE, "path": "app/one"}, {**_SOURCE, "path": "app/two"}]},
    ),
    Story("healthy-init-container", web(init={"name": "prepare", "image": "example.com/prepare:v1"}), _WELL),
    Story("ignored-difference", web(), _WELL, spec=_IGNORING, play=_scaled_by_somebody),
    Story("not-yet-deployed", web(), is_at("OutOfSync", "Healthy"), play=_not_yet_deployed),
    Story("suspended-cron-job", {"report.yaml": text(_CRON)}, _WELL),
    Story("paused-deployment", web(paused=True), is_at("Synced", "Suspended")),
    Story("rollout-begun", web("slow"), _GOING_ON),
    Story("second-release-begun", web(), _GOING_ON, play=release(web("slow"), "Release 2")),
    Story("job-running", {"job.yaml": text(job("slow"))}, _GOING_ON),
    Story(
        "hook-running",
        {"job.yaml": text(job("slow", hook="PreSync")), **web()},
        lambda look: "Running" in str(look.state),
    ),
    Story("load-balancer-new", {"web.yaml": text(service(kind="LoadBalancer"))}, _GOING_ON),
    Story(
        "stateful-set-rolling",
        {"db.yaml": text(stateful_set(replicas=2))},
        _GOING_ON,
        play=release({"db.yaml": text(stateful_set("slow", replicas=2))}, "Release 2"),
    ),
)
