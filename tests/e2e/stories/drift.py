"""Two who write the same."""

import anyio

from tests.contract.bench import IN_CLUSTER, manifest
from tests.e2e.stories.manifests import config_map, deployment, text
from tests.e2e.stories.pods import web
from tests.e2e.stories.story import Scene, Story, compared

_HEALING = {"syncPolicy": {"automated": {"selfHeal": True}}}
_ROUNDS = 12


async def _fought(scene: Scene) -> None:
    """Somebody else scales it back, as often as Argo CD does what Git says."""
    scene.app.refresh()
    await scene.app.healthy()
    one = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": scene.name}}
    for number in range(_ROUNDS):
        scene.kubernetes.merge(one, {"spec": {"replicas": 2 + number % 2}})
        await anyio.sleep(1.5)


async def _shared(scene: Scene) -> None:
    """Another application deploys the same."""
    await scene.synced()
    other = f"{scene.name}-too"
    body = manifest(other, scene.app.url, destination={"server": IN_CLUSTER, "namespace": scene.name})
    answer = scene.stage.raw("POST", "/api/v1/applications", {"validate": "false"}, body=body)
    assert answer.status == 200, answer.text
    scene.at_end(lambda: scene.stage.raw("DELETE", f"/api/v1/applications/{other}", {"cascade": "false"}))
    scene.stage.raw("POST", f"/api/v1/applications/{other}/sync", body={})
    await anyio.sleep(3)
    scene.app.refresh()


async def _changed_by_hand(scene: Scene) -> None:
    await scene.synced()
    one = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": scene.name}}
    scene.kubernetes.merge(one, {"spec": {"replicas": 5}})
    scene.app.refresh()


DRIFT_STORIES = (
    Story(
        "self-heal-fought",
        web(),
        lambda look: "automated" in str(look.state),
        "drift",
        "Deployment/web",
        spec=_HEALING,
        play=_fought,
    ),
    Story(
        "shared-resource",
        {"settings.yaml": text(config_map()), "web.yaml": text(deployment())},
        compared("SharedResourceWarning"),
        "shared-resource",
        "Deployment/web",
        play=_shared,
    ),
    Story(
        "changed-by-hand",
        web(),
        lambda look: look.status["sync"]["status"] == "OutOfSync",
        "drift",
        "Deployment/web",
        play=_changed_by_hand,
        lasting=6,
    ),
)
