"""Helm values of an application, set in the layer that decides them and is its own. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from argocd_gitops_mcp.errors import FailedPrecondition, InvalidArgument
from argocd_gitops_mcp.gitops.edits import declarations
from argocd_gitops_mcp.gitops.edits.drafts import Draft
from argocd_gitops_mcp.gitops.edits.intents import SetHelmValue, SetImage, SetReplicas
from argocd_gitops_mcp.gitops.edits.layers import Layer, Parameter, effective, layers, parameters
from argocd_gitops_mcp.gitops.edits.references import wanted
from argocd_gitops_mcp.gitops.edits.value_images import ValueImage, images, is_about
from argocd_gitops_mcp.gitops.edits.workloads import Place
from argocd_gitops_mcp.gitops.sources import Source, Target, unseen_value_files
from argocd_gitops_mcp.gitops.yaml.changes import Path, is_same, path_of, value_at, written

_MISSING = object()
_REPLICAS = frozenset({"replicaCount", "replicas"})


@dataclass(frozen=True, slots=True)
class Helm:
    """One Helm source of an application.

    Args:
        index: of the source.
        source: with the overrides of its folder.
    """

    target: Target
    index: int
    source: Source
    tree: Collection[str]
    files: Mapping[str, str]

    @property
    def _layers(self) -> list[Layer]:
        return layers(self.target, self.source, self.tree, self.files)

    @property
    def _parameters(self) -> list[Parameter]:
        return parameters(self.source)

    @property
    def _effective(self) -> dict[str, Any]:
        return effective(self._layers, self._parameters)

    def _setting(self, *path: str | int) -> Place:
        return declarations.setting(self.target, self.index, ("helm", *path), self.tree, self.files)

    def set_value(self, asked: SetHelmValue, draft: Draft) -> str:
        """Set it; answers what it was."""
        path = path_of(asked.path)
        now = value_at(self._effective, path, _MISSING)
        self._put(path, asked.value, draft)
        return "not set" if now is _MISSING else str(now)

    def _put(self, path: Path, value: Any, draft: Draft) -> None:
        """Set a value where it is decided."""
        if self._by_parameter(path, value, draft):
            return
        layer = self._deciding(path)
        if layer is not None and layer.has(path) and is_same(value_at(layer.data, path, _MISSING), value):
            return
        unseen = unseen_value_files(self.target, self.source)
        if unseen and (layer is None or layer.kind == "chart"):
            raise FailedPrecondition(
                f"{written(path)} is decided by values files that are not in this repository: {', '.join(unseen)}.",
                hint="Change it there: give that repository.",
            )
        if layer is not None and layer.kind == "chart":
            draft.notes.append(
                f"{layer.file} is the chart's own: whoever uses the chart and sets nothing else gets this."
            )
        effect = (value_at(self._effective, path), value)
        self._note_what_stays(path, value, layer, draft)
        at, held = self._whole_list(path, value, layer)
        draft.put(self._place(layer, at), held, written(path), effect)

    def _by_parameter(self, path: Path, value: Any, draft: Draft) -> bool:
        """Set it in the application's own parameters, if they have it; they stand over all else."""
        for one in reversed(self._parameters):
            if one.path == path:
                if isinstance(value, dict | list):
                    raise InvalidArgument(f"{written(path)} is a parameter of the application: a single value only.")
                text = value if isinstance(value, str) else _as_parameter(value)
                if text != one.value:
                    draft.put(self._setting("parameters", one.index, "value"), text, f"parameter {written(path)}")
                return True
            if one.path[: len(path)] == path or path[: len(one.path)] == one.path:
                raise InvalidArgument(
                    f"{written(one.path)} is a parameter of the application and stands over {written(path)}."
                )
        return False

    def _deciding(self, path: Path) -> Layer | None:
        """The layer that decides a value, or else should; None where a new one in the application is needed."""
        found = self._layers
        for one in reversed(found):
            if one.kind != "chart" and one.has(path):
                return one
        for kind in ("file", "inline", "chart"):
            last = next((one for one in reversed(found) if one.kind == kind), None)
            if last is not None and not self._is_hidden(last, path):
                return last
        return None

    def _is_hidden(self, layer: Layer, path: Path) -> bool:
        """Whether a layer above has something that is no mapping on the way, so that this one would not be seen."""
        found = self._layers
        above = found[found.index(layer) + 1 :]
        heads = [path[:size] for size in range(1, len(path))]
        return any(one.has(head) and not isinstance(value_at(one.data, head), dict) for one in above for head in heads)

    def _note_what_stays(self, path: Path, value: Any, layer: Layer | None, draft: Draft) -> None:
        below = value_at(effective([one for one in self._layers if one != layer]), path)
        left = [key for key in below if key not in value] if isinstance(value, dict) and isinstance(below, dict) else []
        if left:
            draft.notes.append(
                f"Helm merges mappings: what other layers hold in {written(path)} stays: {', '.join(left)}."
            )

    def _whole_list(self, path: Path, value: Any, layer: Layer | None) -> tuple[Path, Any]:
        """A list is replaced whole by every layer: to change an item, the layer has to hold all of them."""
        size = next((place for place, step in enumerate(path) if isinstance(step, int)), None)
        if size is None or (layer is not None and layer.has(path[:size])):
            return path, value
        items = value_at(effective(self._layers), path[:size])
        if not isinstance(items, list) or int(path[size]) > len(items):
            raise InvalidArgument(f"{written(path[:size])} is no list of so many items.")
        return path[:size], _with_item(items, path[size:], value)

    def _place(self, layer: Layer | None, path: Path) -> Place:
        if layer is None:
            return self._setting().below("valuesObject", *path)
        if layer.kind != "inline":
            return Place(layer.file, 0, path)
        place = self._setting(layer.field)
        return (
            place.below(*path)
            if layer.field == "valuesObject"
            else Place(place.file, place.document, place.path, (0, path))
        )

    def set_image(self, asked: SetImage, draft: Draft) -> str:
        """Set it in the values that hold it; answers what it was."""
        found, to = self._image(asked), wanted(asked.to)
        now = found.reference
        new = now.with_version(to)
        if to.name and to.name != now.name:
            for path, value in found.renamed(to.name):
                self._put(path, value, draft)
        if found.is_text:
            self._put(found.path, str(new), draft)
        elif new.digest and not found.digest:
            if not new.tag:
                raise FailedPrecondition(
                    f"{written(found.path)} has no value for a digest.", hint="Give a tag, or tag@digest."
                )
            self._put(found.tag, f"{new.tag}@{new.digest}", draft)
        else:
            if new.tag:
                self._put(found.tag, new.tag, draft)
            if found.digest and new.digest != now.digest:
                self._put(found.digest, new.digest, draft)
        return str(now)

    def _image(self, asked: SetImage) -> ValueImage:
        every = images(self._effective)
        if not every:
            raise FailedPrecondition(
                "No image is seen in the application's Helm values.",
                hint="Give the value's path (intent helm_value), as the chart's documentation names it.",
            )
        found = [one for one in every if _is_meant(asked, one)]
        name = wanted(asked.to).name
        if len(found) > 1 and name and not asked.image:
            found = [one for one in found if one.reference.name == name] or found
        said = "; ".join(f"{written(one.path)} ({one.reference})" for one in found or every)
        if len(found) > 1:
            raise InvalidArgument(
                f"Which image? {said}.", hint="Name it with image, or with workload: a part of the path."
            )
        if not found:
            raise InvalidArgument(f"No image of that name in the Helm values; there are: {said}.")
        return found[0]

    def set_replicas(self, asked: SetReplicas, draft: Draft) -> str:
        """Set them in the value that holds them; answers what they were."""
        whole = self._effective
        every = [path for path in _counts(whole, ()) if not isinstance(value_at(whole, path), bool)]
        found = [path for path in every if not asked.workload or is_about(path, asked.workload)]
        said = ", ".join(f"{written(path)} ({value_at(whole, path)})" for path in found or every)
        if not every:
            raise FailedPrecondition(
                "No replicas are seen in the application's Helm values.",
                hint="Give the value's path (intent helm_value), as the chart's documentation names it.",
            )
        if len(found) > 1:
            raise InvalidArgument(f"Whose replicas? {said}.", hint="Name it with workload: a part of the path.")
        if not found:
            raise InvalidArgument(f"No replicas of {asked.workload} in the Helm values; there are: {said}.")
        self._put(found[0], asked.count, draft)
        scaling = value_at(whole, (*found[0][:-1], "autoscaling", "enabled"))
        if scaling is True:
            draft.notes.append(
                f"{written((*found[0][:-1], 'autoscaling', 'enabled'))} is true: it decides the replicas."
            )
        return str(value_at(whole, found[0]))


def _is_meant(asked: SetImage, one: ValueImage) -> bool:
    return (
        (not asked.image or one.reference.is_called(asked.image) or is_about(one.path, asked.image))
        and (not asked.workload or is_about(one.path, asked.workload))
        and (not asked.container or is_about(one.path, asked.container))
    )


def _counts(value: Any, at: Path) -> list[Path]:
    found = []
    for key, one in value.items() if isinstance(value, dict) else ():
        if key in _REPLICAS and isinstance(one, int | str) and str(one).isdigit():
            found.append((*at, key))
        else:
            found += _counts(one, (*at, key))
    return found


def _as_parameter(value: Any) -> str:
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _with_item(held: Any, path: Path, value: Any) -> Any:
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(step, int):
        items = list(held) if isinstance(held, list) else []
        return [*items[:step], _with_item(items[step] if step < len(items) else None, rest, value), *items[step + 1 :]]
    found = held if isinstance(held, dict) else {}
    return {**found, step: _with_item(found.get(step), rest, value)}
