"""Applications whose manifests cannot be made or compared: Git, its tools, repositories and clusters."""

import dataclasses
import json
from pathlib import Path
from typing import Any

from testbed import repositories

from tests.contract.bench import BROKEN_YAML
from tests.e2e.stories.manifests import config_map, text
from tests.e2e.stories.story import Scene, Story, compared, refresh

_WELL = {"settings.yaml": text(config_map())}
_TAGGED = {"source": {"targetRevision": "v1.0.0"}}
_CLOSED = "http://127.0.0.1:9/deploy/shop.git"
_CHART = "apiVersion: v2\nname: shop\nversion: 0.1.0\n"
_TEMPLATE = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
data:
  MODE: {{ required "mode is needed" .Values.mode }}
"""
_INDENTED = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n  {{ .Values.nothing.here }}\n"
# A cluster that was registered, and has gone.
_CLUSTER = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {
        "name": "cluster-{name}",
        "namespace": "argocd",
        "labels": {"argocd.argoproj.io/secret-type": "cluster"},
    },
    "stringData": {
        "name": "{name}",
        "server": "https://127.0.0.1:9",
        "config": json.dumps({"tlsClientConfig": {"insecure": True}}),
    },
}


def _unmade(name: str, files: dict[str, str], rule: str, **more: Any) -> Story:
    return Story(name, files, compared("Error"), rule, play=refresh, **more)


def _chart(template: str) -> dict[str, str]:
    return {"Chart.yaml": _CHART, "values.yaml": "title: shop\n", "templates/settings.yaml": template}


async def _repository_vanishes(scene: Scene) -> None:
    """It was deployed from it; then somebody deletes or renames it."""
    await scene.synced()
    place = Path(scene.stage.repositories.removeprefix("file://")) / f"{scene.name}.git"
    moved = place.rename(place.with_suffix(".moved"))
    scene.at_end(lambda: moved.rename(place))
    scene.app.refresh()


async def _tag_vanishes(scene: Scene) -> None:
    """It was deployed from a tag; then somebody deletes it."""
    bare = Path(scene.stage.repositories.removeprefix("file://")) / f"{scene.name}.git"
    repositories.tag(bare, "v1.0.0")
    await scene.synced()
    (bare / "refs" / "tags" / "v1.0.0").unlink()
    scene.app.refresh()


COMPARISON_STORIES = (
    _unmade("path-missing", _WELL, "path-missing", spec={"source": {"path": "elsewhere"}}),
    _unmade("revision-missing", _WELL, "revision-missing", spec={"source": {"targetRevision": "v9.9.9"}}),
    dataclasses.replace(
        _unmade("tag-deleted", _WELL, "revision-missing", spec=_TAGGED),
        play=_tag_vanishes,
    ),
    _unmade("kustomize-broken", {"kustomization.yaml": "resources:\n  - nothere.yaml\n"}, "kustomize"),
    _unmade(
        "kustomize-patch-without-target",
        {
            "kustomization.yaml": "resources: [settings.yaml]\npatches:\n  - path: patch.yaml\n",
            "settings.yaml": text(config_map()),
            "patch.yaml": text(config_map("nobody")),
        },
        "kustomize",
    ),
    _unmade("helm-value-missing", _chart(_TEMPLATE), "helm"),
    _unmade("helm-nil-pointer", _chart(_INDENTED), "helm"),
    _unmade(
        "helm-values-file-missing", _chart(_TEMPLATE), "helm", spec={"source": {"helm": {"valueFiles": ["prod.yaml"]}}}
    ),
    _unmade(
        "helm-dependency",
        {
            **_chart(_TEMPLATE),
            "Chart.yaml": f"{_CHART}dependencies:\n- {{name: x, version: 1.0.0, repository: '{_CLOSED}'}}\n",
        },
        "helm",
    ),
    _unmade("yaml-broken", {"settings.yaml": BROKEN_YAML, "b.yaml": text(config_map("other"))}, "yaml"),
    _unmade("repository-unreachable", _WELL, "repository-unreachable", spec={"source": {"repoURL": _CLOSED}}),
    _unmade("repository-denied", _WELL, "repository-unreachable", spec={"source": {"repoURL": "{private}/other.git"}}),
    dataclasses.replace(_unmade("repository-gone", _WELL, "repository-unreachable"), play=_repository_vanishes),
    _unmade("plugin-missing", _WELL, "plugin-missing", spec={"source": {"plugin": {"name": "cue"}}}),
    _unmade(
        "destination-unknown",
        _WELL,
        "destination-unknown",
        spec={"destination": {"server": "https://prod.example.com:6443", "namespace": "default"}},
    ),
    _unmade(
        "destination-name-unknown",
        _WELL,
        "destination-unknown",
        spec={"destination": {"name": "prod", "namespace": "default"}},
    ),
    _unmade(
        "cluster-unreachable",
        _WELL,
        "cluster-unreachable",
        around=(_CLUSTER,),
        spec={"destination": {"server": "https://127.0.0.1:9", "namespace": "default"}},
    ),
    Story(
        "duplicate-resource",
        {**_WELL, "again.yaml": text(config_map(MODE="fast"))},
        compared("RepeatedResourceWarning"),
        "repeated-resource",
        play=refresh,
    ),
)
