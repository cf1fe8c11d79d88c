"""What does not go away."""

from tests.e2e.stories.manifests import config_map, text
from tests.e2e.stories.story import Scene, Story, shown

_WELL = {"settings.yaml": text(config_map())}
_HELD = config_map("held")
_HELD["metadata"]["finalizers"] = ["example.com/archive"]
_CASCADE = {"finalizers": ["resources-finalizer.argocd.argoproj.io"]}


def _free(scene: Scene) -> None:
    """So that it goes with the story, whatever comes of it."""
    one = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "held", "namespace": scene.name}}
    scene.at_end(lambda: scene.kubernetes.merge(one, {"metadata": {"finalizers": None}}))


async def _deleted(scene: Scene) -> None:
    await scene.synced()
    _free(scene)
    answer = scene.stage.raw("DELETE", scene.app.path, {"cascade": "true"})
    assert answer.status == 200, answer.text


async def _pruned(scene: Scene) -> None:
    await scene.synced()
    _free(scene)
    scene.commit({"held.yaml": None}, "Archive it")
    scene.app.refresh()
    scene.sync(prune=True)


DELETION_STORIES = (
    Story(
        "stuck-finalizer",
        {"held.yaml": text(_HELD), **_WELL},
        shown("Pending deletion"),
        "stuck-finalizer",
        "ConfigMap/held",
        metadata=_CASCADE,
        play=_deleted,
        lasting=31,
    ),
    Story(
        "prune-stuck",
        {"held.yaml": text(_HELD), **_WELL},
        shown("Pending deletion"),
        "stuck-finalizer",
        "ConfigMap/held",
        play=_pruned,
        lasting=31,
    ),
)
