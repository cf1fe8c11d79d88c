"""Images and replicas of a kustomize application: set where they are decided, not in a base that others share. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from argocd_gitops_mcp.errors import FailedPrecondition, InvalidArgument
from argocd_gitops_mcp.gitops import sources
from argocd_gitops_mcp.gitops.edits import choosing, declarations
from argocd_gitops_mcp.gitops.edits.builds import Build, build, by_entry, entries_for
from argocd_gitops_mcp.gitops.edits.choosing import Found
from argocd_gitops_mcp.gitops.edits.drafts import Draft
from argocd_gitops_mcp.gitops.edits.intents import SetImage, SetReplicas
from argocd_gitops_mcp.gitops.edits.references import Reference, reference, wanted
from argocd_gitops_mcp.gitops.edits.workloads import Place, autoscalers
from argocd_gitops_mcp.gitops.kustomizations import objects, texts
from argocd_gitops_mcp.gitops.sources import Source, Target

# The kinds of kustomize's own configuration for replicas; another fails the build.
_COUNTED = frozenset({"Deployment", "ReplicationController", "ReplicaSet", "StatefulSet"})


@dataclass(frozen=True, slots=True)
class Kustomize:
    """One kustomize source of an application.

    Args:
        index: of the source.
        source: with the overrides of its folder.
    """

    target: Target
    index: int
    source: Source
    tree: Collection[str]
    files: Mapping[str, str]

    def _build(self) -> Build:
        folder = sources.folder_of(self.source) or ""
        found = build(folder, self.tree, self.files, texts(self._option("components")))
        if found is None:
            raise FailedPrecondition(f"There is no kustomization in {folder or 'the root'}.")
        return found

    def _option(self, name: str) -> Any:
        return (self.source.get("kustomize") or {}).get(name)

    def _setting(self, *path: str | int) -> Place:
        return declarations.setting(self.target, self.index, ("kustomize", *path), self.tree, self.files)

    def set_image(self, asked: SetImage, draft: Draft) -> str:
        """Set it; answers what the image was."""
        built, to = self._build(), wanted(asked.to)
        entries = objects(built.content.get("images"))
        unseen = self._unseen_entry(asked, built)
        if unseen is not None:
            return self._set_entry(built, unseen, reference(str(entries[unseen].get("name", ""))), to, draft)
        if built.unseen and not built.incoming:
            raise FailedPrecondition(
                f"What {', '.join(built.unseen)} holds is not in this repository.",
                hint=f"Add an images entry to {built.file} yourself: give the file whole.",
            )
        meant = choosing.containers(asked, built.incoming, built.outgoing)
        (_, before), (_, after) = meant[0]
        if self._set_on_object(before.image, to, draft):
            return str(after.image)
        met = entries_for(before.image, entries)
        if met:
            self._refuse_partly(asked, built, meant)
            return self._set_entry(built, met[-1], _before(before.image, entries, met[-1]), to, draft)
        if all(inner.set_by.file in built.own for (_, inner), _ in meant):
            for (_, inner), _ in meant:
                draft.put(inner.set_by, str(inner.image.with_version(to)), f"container {inner.name} image")
            _refuse_changed_again(before.image.with_version(to), entries, built)
            return str(after.image)
        self._refuse_partly(asked, built, meant)
        self._add_entry(built, before.image, to, draft)
        return str(after.image)

    def _unseen_entry(self, asked: SetImage, built: Build) -> int | None:
        """The entry that is meant where the containers are not in this repository."""
        if not built.unseen or asked.container or asked.workload:
            return None
        known = {one.image.name for each in built.incoming for one in each.containers}
        entries = [
            index
            for index, one in enumerate(objects(built.content.get("images")))
            if one.get("name") not in known
            and (not asked.image or reference(str(one.get("name", ""))).is_called(asked.image))
        ]
        return entries[0] if len(entries) == 1 and (asked.image or not known) else None

    def _set_on_object(self, image: Reference, to: Reference, draft: Draft) -> bool:
        """Set it in the application's own images, which have the last word; False where they have no such image."""
        for index, given in enumerate(texts(self._option("images"))):
            name, is_renamed, rest = given.rpartition("=")
            if (name if is_renamed else reference(rest).name) != image.name:
                continue
            new = reference(rest).with_version(to)
            draft.put(self._setting("images", index), f"{name}={new}" if is_renamed else str(new), "kustomize image")
            return True
        return False

    def _set_entry(self, built: Build, index: int, before: Reference, to: Reference, draft: Draft) -> str:
        place, entry = Place(built.file, 0, ("images", index)), objects(built.content.get("images"))[index]
        now, told = by_entry(before, entry), f"images {entry.get('name')}"
        new = now.with_version(to)
        if new == now:
            return str(now)
        if new.name != now.name:
            _refuse_changed_again(new, objects(built.content.get("images"))[index + 1 :], built)
            draft.put(place.below("newName"), new.name, f"{told} newName")
        for key, wanted_ in (("newTag", to.tag), ("digest", to.digest)):
            if wanted_ and entry.get(key) != wanted_:
                draft.put(place.below(key), wanted_, f"{told} {key}")
        for key, wanted_ in (("newTag", to.tag), ("digest", to.digest), ("tagSuffix", "")):
            if not wanted_:
                draft.drop(place.below(key), f"{told} {key}")
        return str(now)

    def _add_entry(self, built: Build, image: Reference, to: Reference, draft: Draft) -> None:
        if image.with_version(to) == image:
            return
        renamed = {"newName": to.name} if to.name and to.name != image.name else {}
        tag = {"newTag": to.tag} if to.tag else {}
        entry = {"name": image.name, **renamed, **tag, **({"digest": to.digest} if to.digest else {})}
        place = Place(built.file, 0, ("images", len(objects(built.content.get("images")))))
        draft.put(place, entry, "images", (str(image), str(image.with_version(to))))
        draft.notes.append(
            f"The base stays as it is, for others may use it: {built.file} got an images entry of its own."
        )

    def _refuse_partly(self, asked: SetImage, built: Build, meant: Sequence[tuple[Found, Found]]) -> None:
        """An entry changes every container with this image, not only those that were named."""
        name = meant[0][0][1].image.name
        every = [(one, each) for one in built.incoming for each in one.containers if each.image.name == name]
        if (asked.container or asked.workload) and len(every) > len(meant):
            said = ", ".join(dict.fromkeys(f"{each.name} of {one}" for one, each in every))
            raise InvalidArgument(
                f"{built.file} sets {name} for all of these at once: {said}.",
                hint="Leave container and workload out to change all, or give a patch as a whole file.",
            )

    def set_replicas(self, asked: SetReplicas, draft: Draft) -> str:
        """Set them; answers what they were."""
        built = self._build()
        now = choosing.scaled(asked.workload, built.outgoing)
        before = built.incoming[built.outgoing.index(now)]
        for index, given in enumerate(objects(self._option("replicas"))):
            if given.get("name") in now.names:
                draft.put(self._setting("replicas", index, "count"), asked.count, f"kustomize replicas {now.name}")
                return str(given.get("count"))
        if now.scaled_by.file == built.file or before.scaled_by.file in built.own:
            if now.replicas != asked.count:
                draft.put(now.scaled_by, asked.count, f"{now} replicas")
        elif now.replicas != asked.count:
            if now.kind not in _COUNTED:
                raise FailedPrecondition(
                    f"kustomize's replicas know no {now.kind}, and {now.scaled_by.file} is not this application's own.",
                    hint="Give a patch, and the kustomization that names it, as whole files.",
                )
            entries = objects(built.content.get("replicas"))
            place = Place(built.file, 0, ("replicas", len(entries)))
            alike = [one for one in built.incoming if before.names[0] in one.names and one.kind in _COUNTED]
            name = before.names[0] if len(alike) == 1 else before.name
            draft.put(place, {"name": name, "count": asked.count}, f"{now} replicas", (now.replicas, asked.count))
            draft.notes.append(
                f"The base stays as it is, for others may use it: {built.file} got a replicas entry of its own."
            )
        draft.notes += autoscalers(now, draft.before)
        return str(now.replicas)


def _refuse_changed_again(new: Reference, entries: Sequence[Mapping[str, Any]], built: Build) -> None:
    """An image may meet an entry under its new name."""
    if entries_for(new, entries):
        raise FailedPrecondition(
            f"{built.file} has an images entry for {new.name} that would change {new} again.",
            hint="Change or remove that entry: give the file whole.",
        )


def _before(image: Reference, entries: Sequence[Mapping[str, Any]], last: int) -> Reference:
    """An image as the entry `last` meets it."""
    for index in entries_for(image, entries):
        if index < last:
            image = by_entry(image, entries[index])
    return image
