"""From an intent to the files that change. Pure."""

from collections.abc import Collection, Mapping
from typing import assert_never

from argocd_gitops_mcp.errors import FailedPrecondition, GitOpsError, InvalidArgument
from argocd_gitops_mcp.gitops import sources
from argocd_gitops_mcp.gitops.edits import charts, declarations, directory
from argocd_gitops_mcp.gitops.edits.drafts import Draft, Edit
from argocd_gitops_mcp.gitops.edits.helm import Helm
from argocd_gitops_mcp.gitops.edits.intents import (
    Intent,
    SetChartVersion,
    SetHelmValue,
    SetImage,
    SetReplicas,
    SetTargetRevision,
)
from argocd_gitops_mcp.gitops.edits.kustomize import Kustomize
from argocd_gitops_mcp.gitops.git import paths
from argocd_gitops_mcp.gitops.sources import Target


def edit(intent: Intent, target: Target, tree: Collection[str], files: Mapping[str, str]) -> Edit:
    """What has to change in a repository.

    Args:
        intent: what is wanted.
        target: the application it is wanted of.
        tree: every plain file of the commit, by path.
        files: the contents that `sources.wanted` asked for, and those among which the application's own manifest is
            looked for.

    Raises:
        InvalidArgument: more than one thing could be meant; the message names them.
        FailedPrecondition: Git does not hold it: it is set on the Application object, or in another repository.
        NothingToChange: it is so already.
        NotYAML: with file and line.
        InvalidPath: a source leads out of the repository.
    """
    draft = Draft(files)
    known = frozenset(tree)
    match intent:
        case SetImage() | SetReplicas() | SetHelmValue():
            present = _in_sources(intent, target, known, files, draft)
        case SetChartVersion():
            present = charts.set_version(target, intent, known, files, draft)
        case SetTargetRevision():
            present = _set_revision(intent, target, files, draft)
        case _:
            assert_never(intent)
    return draft.edit(f"it is {present} already")


def whole(given: Mapping[str, str | None], files: Mapping[str, str]) -> Edit:
    """Files given as they shall be; None removes one.

    Raises:
        InvalidPath: outside of the repository.
        NothingToChange: they are so already.
    """
    draft = Draft(files)
    safe = {paths.safe(path): text for path, text in given.items()}
    changed = {path: text for path, text in safe.items() if text != files.get(path)}
    if not changed:
        return draft.edit("the files are so already")
    said = {True: "removed", False: "changed"}
    return Edit(
        changed,
        tuple(
            f"{path}: {said[text is None] if path in files or text is None else 'new'}"
            for path, text in sorted(changed.items())
        ),
    )


def _in_sources(
    intent: SetImage | SetReplicas | SetHelmValue,
    target: Target,
    tree: frozenset[str],
    files: Mapping[str, str],
    draft: Draft,
) -> str:
    """Try each source that could hold it; the one that does is meant."""
    refused: list[GitOpsError] = []
    found: list[tuple[Draft, str]] = []
    for index in range(len(target.sources)):
        one = Draft(files)
        try:
            present = _in_source(intent, target, index, tree, files, one)
        except (FailedPrecondition, InvalidArgument) as error:
            refused.append(error)
            continue
        if present is not None:
            found.append((one, present))
    if len(found) > 1:
        held = "; ".join(text for one, _ in found for text in one.summary)
        raise InvalidArgument(f"Several sources of {target.name} hold it: {held}.", hint="Name it more exactly.")
    if not found:
        raise _worst(refused, target)
    ((one, present),) = found
    draft.after, draft.summary, draft.notes = one.after, one.summary, one.notes
    return present


def _worst(refused: list[GitOpsError], target: Target) -> GitOpsError:
    """What asks for a decision is told before what was merely not found."""
    asked = [error for error in refused if isinstance(error, InvalidArgument)]
    if asked or refused:
        return (asked or refused)[0]
    return FailedPrecondition(
        f"No source of {target.name} is in this repository in a form that can be changed like this.",
        hint="Give the repository of the application's source, or whole files.",
    )


def _in_source(
    intent: SetImage | SetReplicas | SetHelmValue,
    target: Target,
    index: int,
    tree: frozenset[str],
    files: Mapping[str, str],
    draft: Draft,
) -> str | None:
    """Set it in one source; None where that is of another kind."""
    source = sources.merged(target, target.sources[index], tree, files)
    kind, folder = sources.kind_of(source, tree), sources.folder_of(source)
    if folder is None and not source.get("chart"):
        return None
    if kind == "helm":
        return _in_helm(intent, Helm(target, index, source, tree, files), draft)
    if isinstance(intent, SetHelmValue) or not target.is_here(source):
        return None
    if kind == "kustomize":
        return _in_kustomize(intent, Kustomize(target, index, source, tree, files), draft)
    if kind == "plugin":
        raise FailedPrecondition(f"A plugin renders {target.name}; give the files whole.")
    if isinstance(intent, SetImage):
        return directory.set_image(source, intent, draft)
    return directory.set_replicas(source, intent, draft)


def _in_kustomize(intent: SetImage | SetReplicas, kustomize: Kustomize, draft: Draft) -> str:
    if isinstance(intent, SetImage):
        return kustomize.set_image(intent, draft)
    return kustomize.set_replicas(intent, draft)


def _in_helm(intent: SetImage | SetReplicas | SetHelmValue, helm: Helm, draft: Draft) -> str:
    match intent:
        case SetHelmValue():
            return helm.set_value(intent, draft)
        case SetImage():
            return helm.set_image(intent, draft)
        case SetReplicas():
            return helm.set_replicas(intent, draft)


def _set_revision(intent: SetTargetRevision, target: Target, files: Mapping[str, str], draft: Draft) -> str:
    named = [
        (index, one)
        for index, one in enumerate(target.sources)
        if intent.source in {"", str(one.get("ref", "")), str(one.get("path", "")), str(one.get("repoURL", ""))}
        or intent.source == one.get("chart")
    ]
    if len(named) != 1:
        every = [one for _, one in named] or target.sources
        said = "; ".join(
            str(one.get("ref") or one.get("path") or one.get("chart") or one.get("repoURL")) for one in every
        )
        raise InvalidArgument(f"Which source of {target.name}? {said}.", hint="Name it with source.")
    index, source = named[0]
    was = str(source.get("targetRevision", ""))
    if was != intent.revision:
        place = declarations.setting(target, index, ("targetRevision",), (), files)
        draft.put(place, intent.revision, "targetRevision")
    return was or "HEAD"
