"""From the files of a commit to Kubernetes objects: plain YAML, kustomize and Helm, as far as the seeds need them."""

import json
import posixpath
import re
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from argocd_gitops_mcp.sandbox import helm
from argocd_gitops_mcp.sandbox.errors import precondition, unknown
from argocd_gitops_mcp.sandbox.world import Object

KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")
WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "Job", "ReplicaSet")

Files = dict[str, str]


@dataclass(frozen=True)
class Release:
    """What rendering has to know about the application."""

    name: str
    namespace: str
    references: dict[str, Files]


def source_type(files: Files, source: Object) -> str:
    path = source.get("path", "").strip("/.")
    if posixpath.join(path, "Chart.yaml") in files:
        return "Helm"
    if any(posixpath.join(path, name) in files for name in KUSTOMIZATIONS):
        return "Kustomize"
    return "Directory"


def render(files: Files, source: Object, release: Release) -> list[Object]:
    """The objects that one source of an application stands for, as Argo CD's repo-server answers them."""
    path = source.get("path", "").strip("/.")
    if not any(name.startswith(f"{path}/" if path else "") for name in files):
        raise unknown(f"{source.get('path', '')}: app path does not exist")
    match source_type(files, source):
        case "Helm":
            objects = _chart(files, path, source, release)
        case "Kustomize":
            objects = _kustomization(files, path)
            _override(objects, source.get("kustomize") or {})
        case _:
            objects = _directory(files, path, recurse=(source.get("directory") or {}).get("recurse", False))
    return objects


def load(text: str) -> list[Any]:
    """The documents of a YAML text."""
    return [document for document in YAML(typ="safe", pure=True).load_all(text) if document is not None]


def _directory(files: Files, path: str, *, recurse: bool) -> list[Object]:
    prefix = f"{path}/" if path else ""
    objects: list[Object] = []
    for name in sorted(files):
        inside = name.removeprefix(prefix)
        if (
            not name.startswith(prefix)
            or ("/" in inside and not recurse)
            or not name.endswith((".yaml", ".yml", ".json"))
        ):
            continue
        objects += _manifests(inside, files[name])
    return objects


def _manifests(name: str, text: str) -> list[Object]:
    try:
        documents = load(text)
    except MarkedYAMLError as error:
        # Argo CD skips files that cannot be read unless they look like manifests.
        if not all(key in text for key in ("apiVersion:", "kind:", "metadata:")) and not name.endswith(".json"):
            return []
        # go-yaml counts lines from 0 here, and words the problem its own way.
        line = error.problem_mark.line if error.problem_mark else 0
        problem = re.sub(r"^expected (.*?), but (?:got|found) .*", r"did not find expected \1", str(error.problem))
        raise precondition(
            f'Failed to unmarshal "{posixpath.basename(name)}": failed to unmarshal manifest: '
            f"error converting YAML to JSON: yaml: line {line}: {problem}"
        ) from error
    return [document for document in documents if isinstance(document, dict) and document.get("kind")]


def _chart(files: Files, path: str, source: Object, release: Release) -> list[Object]:
    options = source.get("helm") or {}
    values = helm.values(files, path, options, release.references)
    name = options.get("releaseName") or release.name
    objects: list[Object] = []
    for file in sorted(files):
        if file.startswith(f"{path}/templates/") and file.endswith((".yaml", ".yml")):
            text = helm.substitute(files[file], values, name, options.get("namespace") or release.namespace)
            objects += _objects(text)
    # Helm installs, and so lists, some kinds before others.
    return sorted(objects, key=lambda obj: (*helm.ORDER, obj["kind"]).index(obj["kind"]))


def _objects(text: str) -> list[Object]:
    """The objects of a text, each with a kind, as SplitYAML of Argo CD wants it; kustomize's words: not yet seen."""
    found = [document for document in load(text) if isinstance(document, dict)]
    for document in found:
        if not document.get("kind"):
            raise unknown(
                "failed to unmarshal manifest: error unmarshaling JSON: while decoding JSON: "
                f"Object 'Kind' is missing in '{dump(document)}'"
            )
    return found


def _kustomization(files: Files, path: str) -> list[Object]:
    name = next(filter(files.__contains__, (posixpath.join(path, name) for name in KUSTOMIZATIONS)), None)
    if name is None:
        return _directory(files, path, recurse=False)
    settings = load(files[name])[0]
    objects: list[Object] = []
    for resource in settings.get("resources", ()):
        target = posixpath.normpath(posixpath.join(path, resource))
        if target in files:
            objects += _objects(files[target])
        elif any(file.startswith(f"{target}/") for file in files):
            objects += _kustomization(files, target)
        else:
            raise unknown(
                f"`kustomize build <path to cached source>/{path}` failed exit status 1: Error: accumulating "
                f"resources: accumulation err='accumulating resources from '{resource}': no such file or directory'"
            )
    images = [
        f"{image['name']}={image.get('newName', image['name'])}:{image['newTag']}"
        for image in settings.get("images", ())
        if "newTag" in image
    ]
    _override(objects, {**settings, "images": images})
    return objects


def _override(objects: list[Object], options: Object) -> None:
    """Kustomize options, of a kustomization or of the application's source, laid over the objects."""
    for obj in objects:
        if namespace := options.get("namespace"):
            obj["metadata"]["namespace"] = namespace
        for count in options.get("replicas") or ():
            if obj["metadata"]["name"] == count["name"] and obj["kind"] in WORKLOADS:
                obj["spec"]["replicas"] = int(count["count"])
        if obj["kind"] in WORKLOADS:
            for container in obj["spec"]["template"]["spec"]["containers"]:
                container["image"] = _image(container["image"], options.get("images") or ())
    for label, value in (options.get("commonLabels") or {}).items():
        for obj in objects:
            obj["metadata"].setdefault("labels", {})[label] = value


def _image(image: str, overrides: list[str] | tuple[str, ...]) -> str:
    name = image.rpartition(":")[0] or image
    for override in overrides:
        old, _, new = override.rpartition("=")
        if (old or new.rpartition(":")[0]) == name:
            return new
    return image


def dump(obj: Object) -> str:
    return json.dumps(obj, separators=(",", ":"), sort_keys=True)
