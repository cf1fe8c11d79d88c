"""What a change does to the applications that deploy it: rendered here before it is pushed, by Argo CD after that."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from posixpath import basename, dirname, join
from threading import Event
from typing import Any

from argocd_gitops_mcp.argocd import resources
from argocd_gitops_mcp.concurrency import Together, in_thread
from argocd_gitops_mcp.errors import GitOpsError
from argocd_gitops_mcp.gitops import kustomizations, sources
from argocd_gitops_mcp.gitops.documents import read
from argocd_gitops_mcp.gitops.secrets import search as secrets
from argocd_gitops_mcp.gitops.validation import rendering
from argocd_gitops_mcp.gitops.validation.targets import Target
from argocd_gitops_mcp.operations._change import Change
from argocd_gitops_mcp.operations._deployers import Deployer
from argocd_gitops_mcp.operations._operation import Deps
from argocd_gitops_mcp.operations._pending import rendered
from argocd_gitops_mcp.views import pending
from argocd_gitops_mcp.views.changes import differences
from argocd_gitops_mcp.views.masking import masked
from argocd_gitops_mcp.views.redaction import masked_line
from argocd_gitops_mcp.views.text import line

_MOST = 20
"""Applications of which the effect is told."""

_LATER = "its effect is known once the branch is pushed"

Key = tuple[str, str, str, str]
"""Group, kind, namespace and name of an object."""
Objects = Mapping[Key, Mapping[str, Any]]


async def here(change: Change, deployers: Sequence[Deployer]) -> list[str]:
    """What changes in each application, as kustomize, Helm or plain files make it on this machine."""
    told = []
    for one in deployers[:_MOST]:
        try:
            found = await _here(change, one)
        except GitOpsError as error:
            found = [f"its effect is not known here ({error.code}): {error.message}"]
        told += [f"{one.name}: {secrets.hidden(row)}" for row in found or ["nothing changes"]]
    if len(deployers) > _MOST:
        told.append(f"{len(deployers) - _MOST} more applications deploy it, which are not told here.")
    return told


async def _here(change: Change, one: Deployer) -> list[str]:
    used = await change.files.contents(await _paths(change, one))
    before = {**used, **{path: (text or "").encode() for path, text in change.before.items() if text is not None}}
    after = {path: content for path, content in before.items() if path not in change.after}
    after |= {path: text.encode() for path, text in change.after.items() if text is not None}
    return await in_thread(lambda stop: _compared(one, before, after, stop))


async def _paths(change: Change, one: Deployer) -> list[str]:
    used = {*await change.files.of(one.target), *await change.files.of(one.target, change.after)}
    tree = {*change.files.paths, *change.after}
    # Kustomize and Helm read more than Argo CD names: patches, generators' files, templates.
    folders = {dirname(path) for path in used if basename(path) in (*kustomizations.NAMES, "Chart.yaml")}
    for source in one.target.sources:
        folder = sources.folder_of(source) if one.target.is_here(source) else None
        if folder is not None and sources.kind_of(source, tree) in ("kustomize", "helm"):
            folders.add(folder)
    starts = tuple(f"{folder}/" if folder else "" for folder in folders)
    return sorted(path for path in change.files.paths if path.startswith(starts) or path in used)


def _compared(
    one: Deployer, before: Mapping[str, bytes], after: Mapping[str, bytes], stop: Event | None = None
) -> list[str]:
    told: list[str] = []
    for source in one.target.sources:
        if not one.target.is_here(source) or sources.folder_of(source) is None:
            values = sources.value_files(one.target, source, {*before, *after})
            if any(before.get(path) != after.get(path) for path in values):
                told.append(f"takes these values for a chart that is elsewhere: {_LATER}")
            continue
        old, new = _objects(one, source, before, stop), _objects(one, source, after, stop)
        if isinstance(old, str) or isinstance(new, str):
            told.append(old if isinstance(old, str) else str(new))
            continue
        told += lines(old, new)
    return told


def lines(old: Objects, new: Objects) -> list[str]:
    """What is created, changed and no longer there."""
    bare = Counter((kind, name) for _, kind, _, name in {*old, *new})
    told = [f"{_title(key, bare)}: created" for key in new if key not in old]
    for key, manifest in new.items():
        if key in old and (found := _changed(old[key], manifest)):
            told.append(f"{_title(key, bare)}: {'; '.join(found)}")
    return told + [f"{_title(key, bare)}: no longer in Git" for key in old if key not in new]


def _changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """What differs; of a Secret's values only that they do."""
    before, after = pending.essence(masked(dict(old))), pending.essence(masked(dict(new)))
    told = differences(before, after)
    for field in ("data", "stringData"):
        one, other = ((side[field] if isinstance(side.get(field), dict) else {}) for side in (old, new))
        shown, now = ((side[field] if isinstance(side.get(field), dict) else {}) for side in (before, after))
        common = one.keys() & other.keys()
        told += [
            f"{field}.{name}: changed"
            for name in sorted(common)
            if one[name] != other[name] and shown[name] == now[name]
        ]
    return told


def _objects(one: Deployer, given: Mapping[str, Any], files: Mapping[str, bytes], stop: Event | None) -> Objects | str:
    """What a source makes of these files, or why that cannot be told here."""
    folder, tree = sources.folder_of(given) or "", frozenset(files)
    overrides = {path: files[path].decode(errors="replace") for path in sources.overrides(one.target, folder, tree)}
    source = sources.merged(one.target, given, tree, overrides)
    kind = sources.kind_of(source, tree)
    if kind == "directory":
        return _keyed(files[path].decode(errors="replace") for path in sources.manifests(source, tree))
    if kind == "plugin" or (source.get("kustomize") and kind == "kustomize"):
        return f"is rendered by Argo CD alone ({kind} settings): {_LATER}"
    if kind == "kustomize":
        file = kustomizations.file_of(folder, tree) or join(folder, "kustomization.yaml")
        return _made(files, Target("kustomize", file, folders=("",)), stop)
    if set(source.get("helm") or {}) - {"valueFiles", "releaseName", "ignoreMissingValueFiles"}:
        return f"has Helm values of its own: {_LATER}"
    if sources.unseen_value_files(one.target, source):
        return f"has values files that are elsewhere: {_LATER}"
    values = tuple(sources.value_files(one.target, source, tree))
    release = str((source.get("helm") or {}).get("releaseName") or one.name)
    namespace = one.app.spec.destination.namespace
    return _made(files, Target("helm", join(folder, "Chart.yaml"), values, ("",), release, namespace), stop)


def _made(files: Mapping[str, bytes], target: Target, stop: Event | None) -> Objects | str:
    """What kustomize or Helm makes of a target, or why it is not told."""
    made = rendering.render(files, [target], rendering.found(), stop=stop)
    if not made:
        return f"was not rendered: there is no {target.tool} here; {_LATER}"
    if made[0].refusal:
        return f"is not rendered here: {made[0].refusal}; {_LATER}"
    return f"cannot be rendered: {made[0].failure}" if made[0].failure else _keyed([made[0].text])


def _keyed(texts: Iterable[str]) -> Objects:
    found: dict[Key, Mapping[str, Any]] = {}
    for text in texts:
        for document in read("", text)[0]:
            if document.is_object:
                found[document.group, document.kind, document.namespace, document.name] = document.value
    return found


def _title(key: Key, bare: Mapping[tuple[str, str], int]) -> str:
    _, kind, namespace, name = key
    where = f" in {namespace or 'no namespace'}" if bare[kind, name] > 1 else ""
    return line(f"{kind}/{name}{where}", 200)


async def by_argocd(deps: Deps, deployers: Sequence[Deployer], commit: str) -> list[str]:
    """What a sync to this commit would change, as Argo CD renders it; what it cannot tell is said."""
    async with Together(8) as group:
        asked = [group.start(_expected(deps, one, commit)) for one in deployers[:_MOST]]
    pairs = [(one.name, row) for one, found in zip(deployers, asked, strict=False) for row in found.result()]
    told = [f"{name}: {secrets.hidden(row)}" for name, row in pairs]
    if len(deployers) > _MOST:
        told.append(f"{len(deployers) - _MOST} more applications deploy it, which are not told here.")
    return told


async def _expected(deps: Deps, one: Deployer, commit: str) -> list[str]:
    app = one.app
    revision, revisions = commit, None
    if app.spec.sources:
        own = [source.target_revision or "HEAD" for source in app.sources()]
        revision, revisions = "", [commit if place in one.positions else given for place, given in enumerate(own)]
    try:
        objects = await rendered(deps, one.owner, revision or None, revisions)
        items = (await deps.argocd.send(resources.managed(one.owner, states=("targetState",)))).items or []
    except GitOpsError as error:
        return [masked_line(f"its effect is not known ({error.code}): {error.message} {error.upstream}".strip(), 400)]
    what = pending.pending(objects, items, None)
    told = [f"{title}: created" for title in what.created] + what.changed
    told += [f"{title}: no longer in Git" for title in what.left]
    told += [f"{drifted.kind}/{drifted.name}: differs live already" for drifted in what.drifted]
    return told or ["nothing changes"]
