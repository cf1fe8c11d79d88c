"""What a kustomization builds, as far as images and replicas go. Pure.

Its order is kustomize's own: resources, components, patches, prefix and suffix, then the lists replicas and images.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from argocd_gitops_mcp.gitops import kustomizations
from argocd_gitops_mcp.gitops.edits.references import Reference, reference
from argocd_gitops_mcp.gitops.edits.workloads import Container, Place, Workload, workload, workloads
from argocd_gitops_mcp.gitops.kustomizations import objects, texts, within
from argocd_gitops_mcp.gitops.yaml.changes import value_at, values

_DEEPEST = 30


@dataclass(frozen=True, slots=True)
class Build:
    """What a kustomization makes.

    Args:
        file: the kustomization.
        content: what it says.
        incoming: its workloads before its own `replicas` and `images`.
        own: files that it names itself, in its folder.
        unseen: what it takes from elsewhere: remote bases, charts.
    """

    file: str
    content: Mapping[str, Any]
    incoming: tuple[Workload, ...]
    own: frozenset[str]
    unseen: tuple[str, ...]

    @property
    def outgoing(self) -> tuple[Workload, ...]:
        """Its workloads as they leave it."""
        return tuple(_after_lists(self.incoming, self.content, self.file))


@dataclass(slots=True)
class _Builder:
    tree: Collection[str]
    files: Mapping[str, str]
    unseen: list[str] = field(default_factory=list)

    def accumulated(self, folder: str, given: Sequence[Workload], depth: int = 0) -> list[Workload]:
        """What leaves a folder's kustomization; a component gets what is `given`."""
        file = kustomizations.file_of(folder, self.tree)
        if file is None or file not in self.files or depth > _DEEPEST:
            return list(given)
        content = kustomizations.content(file, self.files)
        return list(_after_lists(self.before_lists(folder, file, content, given, depth), content, file))

    def before_lists(
        self, folder: str, file: str, content: Mapping[str, Any], given: Sequence[Workload], depth: int = 0
    ) -> list[Workload]:
        found = list(given)
        for name in [*texts(content.get("resources")), *texts(content.get("bases"))]:
            path = "" if kustomizations.is_remote(name) else within(folder, name)
            if path in self.tree:
                found += workloads(self.files.get(path, ""), path)
            elif path and kustomizations.file_of(path, self.tree):
                found += self.accumulated(path, (), depth + 1)
            else:
                self.unseen.append(name)
        self.unseen += [str(one.get("name", "")) for one in objects(content.get("helmCharts"))]
        for name in texts(content.get("components")):
            if not kustomizations.is_remote(name):
                found = self.accumulated(within(folder, name), found, depth + 1)
        for patch in self._patches(folder, file, content):
            found = [each for one in found for each in patch.applied(one)]
        prefix, suffix = str(content.get("namePrefix") or ""), str(content.get("nameSuffix") or "")
        if prefix or suffix:
            found = [replace(one, names=(*one.names, f"{prefix}{one.name}{suffix}")) for one in found]
        return found

    def _patches(self, folder: str, file: str, content: Mapping[str, Any]) -> Iterator["_Patch"]:
        for index, name in enumerate(texts(content.get("patchesStrategicMerge"))):
            inline = Place(file, 0, ("patchesStrategicMerge", index))
            yield from self._read(folder, name if "\n" not in name else "", name, inline, None)
        for key in ("patches", "patchesJson6902"):
            for index, one in enumerate(objects(content.get(key))):
                inline, target = Place(file, 0, (key, index, "patch")), one.get("target")
                said = target if isinstance(target, dict) else None
                yield from self._read(folder, str(one.get("path") or ""), str(one.get("patch") or ""), inline, said)

    def _read(
        self, folder: str, name: str, text: str, inline: Place, target: Mapping[str, Any] | None
    ) -> Iterator["_Patch"]:
        path = within(folder, name) if name else inline.file
        for index, value in enumerate(values(self.files.get(path, "") if name else text, path)):
            place = Place(path, index, ()) if name else replace(inline, inner=(index, ()))
            if isinstance(value, dict | list):
                yield _Patch(value, place, target)


@dataclass(frozen=True, slots=True)
class _Patch:
    value: Any
    place: Place
    target: Mapping[str, Any] | None

    def applied(self, one: Workload) -> list[Workload]:
        if not self._is_of(one):
            return [one]
        if isinstance(self.value, list):
            return [self._by_operations(one)]
        if self.value.get("$patch") == "delete":
            return []
        return [self._merged(one)]

    def _is_of(self, one: Workload) -> bool:
        if self.target is not None:
            return _is_selected(one, self.target)
        if isinstance(self.value, list):
            return False
        return self.value.get("kind") == one.kind and value_at(self.value, ("metadata", "name")) in one.names

    def _merged(self, one: Workload) -> Workload:
        patch = workload({"kind": one.kind, "metadata": {}, **self.value}, self.place)
        if patch is None:
            return one
        found = replace(one, containers=tuple(_merged(one.containers, patch.containers)))
        return found if patch.replicas is None else replace(found, replicas=patch.replicas, scaled_by=patch.scaled_by)

    def _by_operations(self, one: Workload) -> Workload:
        found = one
        for index, step in enumerate(self.value):
            if not isinstance(step, dict) or step.get("op") not in {"add", "replace"}:
                continue
            pointer = [each.replace("~1", "/").replace("~0", "~") for each in str(step.get("path", "")).split("/")[1:]]
            place = self.place.below(index, "value")
            if pointer == ["spec", "replicas"]:
                found = replace(found, replicas=step.get("value"), scaled_by=place)
            elif isinstance(step.get("value"), str):
                containers = (
                    replace(each, image=reference(step["value"]), set_by=place)
                    if pointer == [*map(str, each.at), "image"]
                    else each
                    for each in found.containers
                )
                found = replace(found, containers=tuple(containers))
        return found


def build(folder: str, tree: Collection[str], files: Mapping[str, str], components: Iterable[str] = ()) -> Build | None:
    """What a folder's kustomization builds; None where there is none.

    Args:
        folder: from the repository's root.
        tree: every file of the commit.
        files: those that are loaded.
        components: that the application adds.

    Raises:
        NotYAML, InvalidPath: of what it names.
    """
    file = kustomizations.file_of(folder, tree)
    if file is None or file not in files:
        return None
    content = kustomizations.content(file, files)
    added = [*texts(content.get("components")), *components]
    builder = _Builder(tree, files)
    incoming = builder.before_lists(folder, file, {**content, "components": added}, ())
    inner = f"{folder}/" if folder else ""
    own = frozenset(one for one in kustomizations.named(content, folder) if one.startswith(inner) and one in tree)
    return Build(file, content, tuple(incoming), own | {file}, tuple(builder.unseen))


def _merged(given: Sequence[Container], patches: Sequence[Container]) -> Iterator[Container]:
    """Containers merge by name, and those that a patch names come first: a later patch by index sees this order."""
    for place in dict.fromkeys(each.at[:-1] for each in (*given, *patches)):
        old = {each.name: each for each in given if each.at[:-1] == place}
        new = {each.name: each for each in patches if each.at[:-1] == place}
        for index, name in enumerate([*new, *(one for one in old if one not in new)]):
            yield replace(new.get(name) or old[name], at=(*place, index))


def _after_lists(given: Iterable[Workload], content: Mapping[str, Any], file: str) -> Iterator[Workload]:
    counts = {str(one.get("name")): (index, one) for index, one in enumerate(objects(content.get("replicas")))}
    images = objects(content.get("images"))
    for one in given:
        found = one
        for name in one.names:
            if name in counts:
                index, entry = counts[name]
                place = Place(file, 0, ("replicas", index, "count"))
                found = replace(found, replicas=entry.get("count"), scaled_by=place)
        yield replace(found, containers=tuple(_with_images(each, images, file) for each in found.containers))


def _with_images(container: Container, images: Sequence[Mapping[str, Any]], file: str) -> Container:
    for index in entries_for(container.image, images):
        place = Place(file, 0, ("images", index))
        container = replace(container, image=by_entry(container.image, images[index]), set_by=place)
    return container


def entries_for(image: Reference, images: Sequence[Mapping[str, Any]]) -> list[int]:
    """The entries of an `images` list that an image meets, one after the other: each sees what the last made."""
    found = []
    for index, entry in enumerate(images):
        if entry.get("name") == image.name:
            found.append(index)
            image = by_entry(image, entry)
    return found


def by_entry(image: Reference, entry: Mapping[str, Any]) -> Reference:
    """An image after one entry (imageTagUpdater of kustomize)."""
    name, tag, digest = (str(entry.get(key) or "") for key in ("newName", "newTag", "digest"))
    # kustomize runs two filters over a container, so that an image that keeps its name gets the suffix twice (5.8.1).
    suffix = str(entry.get("tagSuffix") or "") * (1 if name and name != image.name else 2)
    name = name or image.name
    if tag or digest:
        return Reference(name, tag, digest)
    return Reference(name, image.tag + suffix, "" if suffix else image.digest)


def _is_selected(one: Workload, target: Mapping[str, Any]) -> bool:
    kind, name = target.get("kind"), target.get("name")
    if kind and not re.fullmatch(str(kind), one.kind):
        return False
    if name and not any(re.fullmatch(str(name), each) for each in one.names):
        return False
    pairs = [pair.partition("=") for pair in str(target.get("labelSelector") or "").split(",") if pair.count("=") == 1]
    return all(one.labels.get(key.strip()) == value.strip() for key, _, value in pairs)
