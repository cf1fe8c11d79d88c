"""What is wrong with a change: secrets it would bring into Git, and what validation finds that was not there before."""

import asyncio
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from posixpath import basename, dirname
from types import MappingProxyType
from typing import Any

from argocd_gitops_mcp.concurrency import in_thread
from argocd_gitops_mcp.errors import GitOpsError, InvalidChange, NotYAML, SecretInChange
from argocd_gitops_mcp.gitops import kustomizations, rules
from argocd_gitops_mcp.gitops.documents import Document
from argocd_gitops_mcp.gitops.findings import Finding
from argocd_gitops_mcp.gitops.secrets import search as secrets
from argocd_gitops_mcp.gitops.tree import Tree, within
from argocd_gitops_mcp.gitops.validation import inspection, rendering
from argocd_gitops_mcp.gitops.validation.report import Contents, Options, configured, contents
from argocd_gitops_mcp.operations import _online
from argocd_gitops_mcp.operations._change import Change
from argocd_gitops_mcp.operations._files import Files
from argocd_gitops_mcp.operations._operation import Deps
from argocd_gitops_mcp.views.findings import told_of

_MOST_KUSTOMIZATIONS = 300
"""By a forge's API each is a request."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What validation says of a change.

    Args:
        findings: those that the change brings.
        unchecked: what could not be checked, and why.
    """

    findings: Sequence[Finding]
    unchecked: Sequence[str]


def refuse_secrets(change: Change) -> None:
    """Refuse what would bring a secret into Git.

    Raises:
        SecretInChange: where, and what it looks like; never the value.
    """
    refuse_secrets_in(change.after, {path: text for path, text in change.before.items() if text is not None})


def refuse_secrets_in(files: Mapping[str, str | None], before: Mapping[str, str] = MappingProxyType({})) -> None:
    """The same of files, and what stood in them before.

    Raises:
        SecretInChange: where, and what it looks like; never the value.
    """
    hits = secrets.found(files, before)
    if hits:
        named = "; ".join(f"{one.path}:{one.line} {one.what}" for one in hits[:10])
        raise SecretInChange(f"The change holds {len(hits)} secret{'s' if len(hits) > 1 else ''}: {named}.")


def refuse_secret_words(**words: str | None) -> None:
    """Refuse a secret in what goes out beside the files: titles, texts, names of branches.

    Raises:
        SecretInChange: where, and what it looks like; never the value.
    """
    hits = secrets.found(words, {})
    if hits:
        raise SecretInChange(f"The {hits[0].path} holds {hits[0].what}; nothing was sent.")


def refuse_findings(found: Checked) -> None:
    """Refuse a change that validation finds errors in.

    Raises:
        InvalidChange: names them.
    """
    errors = [one for one in found.findings if one.severity == "error"]
    if errors:
        raise InvalidChange(f"Validation finds {len(errors)} in the change: {'; '.join(map(told_of, errors[:10]))}.")


async def checked(deps: Deps, change: Change, around: Mapping[str, bytes]) -> Checked:
    """Validate a change among the files that belong to it; `around` are those as they are.

    Raises:
        NotYAML: a file of the change is none.
    """
    related, untold = await _related(change.files, change.after)
    before: dict[str, str | bytes] = {**around, **related}
    before |= {path: text for path, text in change.before.items() if text is not None}
    after = {path: content for path, content in before.items() if path not in change.after}
    after |= {path: text for path, text in change.after.items() if text is not None}
    options = Options(config=_rules(before, after), only=tuple(change.after))
    programs = rendering.found()
    old, new, read = await asyncio.gather(
        in_thread(lambda stop: inspection.inspected(before, options, programs, stop)),
        in_thread(lambda stop: inspection.inspected(after, options, programs, stop)),
        asyncio.to_thread(contents, after),
    )
    _refuse_broken(read, change)
    brought = _brought(old.findings, new.findings)
    declared = _declared(read.documents, change)
    if rules.FILE in change.after:
        untold.append(f"{rules.FILE} is changed: this change was validated by the rules that were there.")
    found = Checked(brought, [*new.unchecked, *untold])
    told = await with_argocd(deps, found, declared, {*change.files.paths, *after})
    return replace(told, findings=sorted(told.findings, key=_worst_first))


def _rules(before: Mapping[str, str | bytes], after: Mapping[str, str | bytes]) -> rules.Config:
    """The rules that are there: a change does not turn off what would find fault with it.

    Raises:
        NotYAML, InvalidArgument: those of the change are none.
    """
    new = configured(after)
    try:
        return configured(before)
    except GitOpsError:
        return new  # which may be what mends them


async def of_repository(
    files: Files, only: Sequence[str], given: Mapping[str, str]
) -> tuple[dict[str, bytes], list[str]]:
    """The files that tell about these paths: all, or where they are too many, what belongs to the paths.

    Args:
        files: of the repository.
        only: the paths.
        given: files over those of the repository.

    Returns:
        them, and what was left out.

    Raises:
        TooLarge: the paths hold too much themselves.
    """
    if files.fits(files.paths):
        return await files.contents(files.paths), []
    tree = Tree(files.paths)
    # Manifests, and whatever lies in the folders that kustomize and Helm read.
    parts = {*tree.charts, *tree.kustomizations}
    read = [path for path in files.paths if tree.is_read(path) or not parts.isdisjoint(Tree([path]).folders)]
    if files.fits(read):
        return await files.contents(read), []
    inside = [path for path in files.paths if within(path, only)]
    related, untold = await _related(files, {**dict.fromkeys(inside), **given})
    found = {**related, **await files.contents(around([*inside, *given], sorted(files.paths), ()))}
    left = len(files.paths) - len(found)
    return found, [f"{left} files outside of the paths were not read: what they say of these is not known.", *untold]


async def _related(files: Files, after: Mapping[str, str | None]) -> tuple[dict[str, bytes], list[str]]:
    """The files of the kustomizations that these files reach, whoever deploys them; and what was not looked at."""
    paths = {*files.paths, *(path for path, text in after.items() if text is not None)}
    wanted = sorted(path for path in paths if basename(path) in kustomizations.NAMES)
    if len(wanted) > _MOST_KUSTOMIZATIONS:
        return {}, [f"Which of {len(wanted)} kustomizations build on these files was not looked for."]
    given = {path: text for path, text in after.items() if text is not None}
    texts = {**await files.texts(wanted), **given}
    known = {path: _content(path, texts.get(path, "")) for path in wanted}
    reached = kustomizations.related(known, after)
    return await files.contents(sorted(path for path in paths if {path, dirname(path)} & reached)), []


def _content(path: str, text: str) -> Mapping[str, Any]:
    try:
        return kustomizations.content(path, {path: text})
    except NotYAML:
        return {}  # validation tells that, if it is the change's


def _brought(old: Sequence[Finding], new: Sequence[Finding]) -> list[Finding]:
    """Those of the new findings that are more than there were; lines move, so they do not tell."""
    known = Counter((one.file, one.rule, one.message, one.subject) for one in old)
    found = []
    for one in new:
        about = (one.file, one.rule, one.message, one.subject)
        if known[about]:
            known[about] -= 1
        else:
            found.append(one)
    return found


async def with_argocd(deps: Deps, found: Checked, documents: Sequence[Document], files: Collection[str]) -> Checked:
    """What was found together with what an Argo CD says of these documents; its failure is told, and hides nothing."""
    if not deps.argocd.is_configured:
        said = "No Argo CD is configured: projects, clusters and repositories were not looked at."
        return replace(found, unchecked=[*found.unchecked, said])
    try:
        live, undone = await _online.online(deps, documents, files=files)
    except GitOpsError as error:
        said = f"Projects, clusters and repositories were not looked at ({error.code}): {error.message}"
        return replace(found, unchecked=[*found.unchecked, said])
    kept = [one for one in found.findings if one.rule not in _online.SUPERSEDED]
    return Checked([*kept, *live], [*found.unchecked, *undone])


def _refuse_broken(read: Contents, change: Change) -> None:
    broken = [one for one in read.findings if one.rule == "yaml-syntax" and one.file in change.after]
    if broken:
        raise NotYAML(f"{told_of(broken[0])}; nothing was sent.")


def _declared(documents: Sequence[Document], change: Change) -> list[Document]:
    return [one for one in documents if one.group == "argoproj.io" and one.file in change.after]


def _worst_first(one: Finding) -> tuple[int, Finding]:
    return -["info", "warning", "error"].index(one.severity), one


def around(paths: Sequence[str], tree: Sequence[str], used: Sequence[str]) -> list[str]:
    """The files that tell about a change of `paths`: those beside them, those used with them, the configuration."""
    folders = {dirname(path) for path in paths}
    known = Tree(tree)
    charts = {folder for folder in known.charts for path in paths if path.startswith(f"{folder}/")}
    beside = [one for one in tree if dirname(one) in folders or any(one.startswith(f"{chart}/") for chart in charts)]
    return sorted({*beside, *used, *(one for one in (rules.FILE,) if one in tree)})
