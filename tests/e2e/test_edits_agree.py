"""What the edits believe of kustomize and Helm is what these do, in drawn layouts, so that an edit has its effect."""

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML
from testbed.record import Testbed

from argocd_gitops_mcp.errors import FailedPrecondition, InvalidArgument, NothingToChange
from argocd_gitops_mcp.gitops.edits.builds import build
from argocd_gitops_mcp.gitops.edits.intents import SetHelmValue, SetImage, SetReplicas
from argocd_gitops_mcp.gitops.edits.layers import effective, layers
from argocd_gitops_mcp.gitops.edits.planning import edit
from argocd_gitops_mcp.gitops.edits.references import reference
from argocd_gitops_mcp.gitops.sources import Target
from argocd_gitops_mcp.gitops.yaml.changes import Path as ValuePath
from argocd_gitops_mcp.gitops.yaml.changes import written

pytestmark = pytest.mark.real

REPO = "https://git.example.com/acme/deploy.git"
DIGESTS = [f"sha256:{pair * 32}" for pair in ("ab", "cd", "ef")]
NAMES = st.sampled_from(["a", "reg.io/a", "reg.io:5000/x/b", "c"])
VERSIONS = st.sampled_from(["", ":v1", f"@{DIGESTS[0]}", f":v1@{DIGESTS[0]}"])
IMAGES = st.tuples(NAMES, VERSIONS).map("".join)
COUNTS = st.integers(1, 99)
CHANGES = st.sampled_from([{"newTag": "v2"}, {"digest": DIGESTS[1]}, {"newTag": "v3", "digest": DIGESTS[1]}, {}])
RENAMED = st.none() | NAMES
SUFFIXES = st.sampled_from(["", "", "-x"])
ENTRIES = st.lists(
    st.builds(
        lambda name, new, change, suffix: {
            "name": name,
            **({"newName": new} if new else {}),
            **change,
            **({"tagSuffix": suffix} if suffix else {}),
        },
        NAMES,
        RENAMED,
        CHANGES,
        SUFFIXES,
    ),
    max_size=2,
)

State = dict[str, tuple[Any, list[tuple[str, str]]]]
"""By workload: replicas, and each container with its image."""


@pytest.fixture(scope="module")
def programs(testbed: Testbed) -> Path:
    return Path(testbed.argocd_cli).parent


def run(files: Mapping[str, str], *command: str) -> str | None:
    """What a program prints in a folder with these files; None where it refuses them."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            place = Path(folder) / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(content)
        environment = {**os.environ, "HELM_CACHE_HOME": folder, "HELM_CONFIG_HOME": folder}
        done = subprocess.run(command, cwd=folder, env=environment, check=False, capture_output=True, text=True)  # noqa: S603
        return done.stdout if done.returncode == 0 else None


def workload(data: st.DataObject, name: str) -> dict[str, Any]:
    kind = data.draw(st.sampled_from(["Deployment", "StatefulSet"]))
    containers = [{"name": f"c{index}", "image": data.draw(IMAGES)} for index in range(data.draw(st.integers(1, 2)))]
    spec: dict[str, Any] = {"template": {"spec": {"containers": containers}}}
    if data.draw(st.booleans()):
        spec["template"]["spec"]["initContainers"] = [{"name": "i", "image": data.draw(IMAGES)}]
    if data.draw(st.booleans()):
        spec["replicas"] = data.draw(COUNTS)
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name, "labels": {"app": name}}, "spec": spec}


def patch(data: st.DataObject, one: dict[str, Any]) -> dict[str, Any]:
    head = {"apiVersion": "apps/v1", "kind": one["kind"], "metadata": {"name": one["metadata"]["name"]}}
    containers = one["spec"]["template"]["spec"]["containers"]
    index = data.draw(st.integers(0, len(containers) - 1))
    image = {"name": containers[index]["name"], "image": data.draw(IMAGES)}
    value: Any = data.draw(
        st.sampled_from(
            [
                {**head, "spec": {"template": {"spec": {"containers": [image]}}}},
                {**head, "spec": {"replicas": data.draw(COUNTS)}},
                [{"op": "add", "path": "/spec/replicas", "value": data.draw(COUNTS)}],
                [{"op": "replace", "path": f"/spec/template/spec/containers/{index}/image", "value": image["image"]}],
            ]
        )
    )
    target = {"labelSelector": f"app={one['metadata']['name']}"}
    return {"patch": json.dumps(value), **({"target": target} if isinstance(value, list) else {})}


def repository(data: st.DataObject) -> dict[str, str]:
    every = [workload(data, f"w{index}") for index in range(data.draw(st.integers(1, 2)))]

    def lists() -> dict[str, Any]:
        counts = [{"name": "w0", "count": data.draw(COUNTS)}] if data.draw(st.booleans()) else []
        return {"images": data.draw(ENTRIES), "replicas": counts}

    def patches() -> list[dict[str, Any]]:
        return [patch(data, data.draw(st.sampled_from(every))) for _ in range(data.draw(st.integers(0, 2)))]

    component = {"apiVersion": "kustomize.config.k8s.io/v1alpha1", "kind": "Component"}
    with_component = ["../component"] if data.draw(st.booleans()) else []
    kustomizations = {
        "base": {"resources": [f"w{index}.json" for index in range(len(every))], "namePrefix": "p-", **lists()},
        "component": {**component, **lists(), "patches": patches()},
        "overlay": {"resources": ["../base"], "components": with_component, **lists(), "patches": patches()},
    }
    return {
        **{f"base/w{index}.json": json.dumps(one) for index, one in enumerate(every)},
        **{f"{folder}/kustomization.yaml": json.dumps(one, indent=2) for folder, one in kustomizations.items()},
    }


def states(text: str) -> State:
    found: State = {}
    for one in YAML(typ="safe").load_all(text):
        pod = one["spec"]["template"]["spec"]
        containers = [*pod["containers"], *pod.get("initContainers", [])]
        images = sorted((each["name"], each["image"]) for each in containers)
        found[f"{one['kind']}/{one['metadata']['name']}"] = (one["spec"].get("replicas"), images)
    return found


def believed(files: Mapping[str, str]) -> State:
    built = build("overlay", files, files)
    assert built is not None
    return {
        str(one): (one.replicas, sorted((each.name, str(each.image)) for each in one.containers))
        for one in built.outgoing
    }


@given(st.data())
@settings(max_examples=60)
def test_kustomize_builds_what_is_believed_and_an_edit_has_its_effect(programs: Path, data: st.DataObject) -> None:
    files = repository(data)
    built = run(files, str(programs / "kustomize"), "build", "overlay")
    if built is None:
        return  # e.g. replicas of a name that is not there
    before = states(built)
    assert believed(files) == before
    name = data.draw(st.sampled_from(sorted(before)))
    image = data.draw(st.sampled_from([image for _, image in before[name][1]]))
    wanted = data.draw(st.sampled_from(["v9", "1.10", DIGESTS[2]]))
    intents: list[SetImage | SetReplicas] = [
        SetImage(wanted, image=reference(image).name),
        SetReplicas(100, workload=name),
    ]
    intent = data.draw(st.sampled_from(intents))
    target = Target("payments", [{"repoURL": REPO, "path": "overlay"}], REPO)
    try:
        found = edit(intent, target, files, files)
    except (InvalidArgument, NothingToChange, FailedPrecondition):
        return
    rebuilt = run({**files, **present(found.files)}, str(programs / "kustomize"), "build", "overlay")
    assert rebuilt is not None
    changed = list(differences(before, states(rebuilt)))
    if isinstance(intent, SetReplicas):
        assert changed == [(before[name][0], 100)]
    else:
        assert changed
        assert {reference(was).name for was, _ in changed} == {intent.image}
        assert {str(new) for _, new in changed} == {f"{intent.image}{'@' if ':' in wanted else ':'}{wanted}"}


def differences(before: State, after: State) -> Iterator[tuple[Any, Any]]:
    assert before.keys() == after.keys()
    for name, (replicas, images) in before.items():
        pairs = [(replicas, after[name][0]), *zip(images, after[name][1], strict=True)]
        yield from ((was[1], new[1]) if isinstance(was, tuple) else (was, new) for was, new in pairs if was != new)


def present(files: Mapping[str, str | None]) -> dict[str, str]:
    return {name: content for name, content in files.items() if content is not None}


KEYS = st.sampled_from(["a", "b", "image", "tag"])
LEAVES = st.sampled_from([1, "v1", "1.10", True, None, "x y", 1.5])
VALUES: st.SearchStrategy[Any] = st.recursive(
    LEAVES,
    lambda inner: st.dictionaries(KEYS, inner, min_size=1, max_size=2) | st.lists(inner, min_size=1, max_size=2),
    max_leaves=5,
)
WHOLE = st.dictionaries(KEYS, VALUES, min_size=1, max_size=3)
CHART = {
    "c/Chart.yaml": "apiVersion: v2\nname: c\nversion: 1.0.0\n",
    "c/templates/all.yaml": "data: {{ toJson .Values | quote }}\n",
}


def helm(programs: Path, files: Mapping[str, str], names: list[str]) -> Any:
    given_ = [f"--values=c/{name}" for name in names]
    text = run({**CHART, **files}, str(programs / "helm"), "template", "x", "c", *given_)
    assert text is not None
    return without_null(json.loads(YAML(typ="safe").load(text)["data"]))


def without_null(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {name: without_null(one) for name, one in value.items() if one is not None}


def paths(value: Any, at: ValuePath = ()) -> list[ValuePath]:
    items = list(value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else [])
    return [*([at] if at else []), *(path for name, one in items for path in paths(one, (*at, name)))]


def with_(value: Any, path: ValuePath, new: Any) -> Any:
    if not path:
        return new
    if isinstance(value, list):
        return [with_(one, path[1:], new) if place == path[0] else one for place, one in enumerate(value)]
    held = value if isinstance(value, dict) else {}
    return {**held, path[0]: with_(held.get(path[0]), path[1:], new)}


@given(st.data())
@settings(max_examples=60)
def test_helm_reads_what_is_believed_and_an_edit_has_its_effect(programs: Path, data: st.DataObject) -> None:
    names = [f"values-{index}.yaml" for index in range(data.draw(st.integers(0, 2)))]
    files = {f"c/{name}": json.dumps(data.draw(WHOLE)) for name in ["values.yaml", *names]}
    source = {"repoURL": REPO, "path": "c", "helm": {"valueFiles": names}}
    target, before = Target("payments", [source], REPO), helm(programs, files, names)
    assert effective(layers(target, source, files, files)) == before
    path = data.draw(st.sampled_from([*paths(before), ("new",), ("image", "fresh")]))
    value = data.draw(st.sampled_from([7, "1.10", "yes", False, [1, "x"]]))
    try:
        found = edit(SetHelmValue(written(path), value), target, {**CHART, **files}, {**CHART, **files})
    except (InvalidArgument, NothingToChange):
        return
    assert helm(programs, {**files, **present(found.files)}, names) == with_(before, path, value)
