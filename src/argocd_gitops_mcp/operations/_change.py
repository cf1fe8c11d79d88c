"""A change of a repository: from what is asked for to the files as they are and as they shall be."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from argocd_gitops_mcp.argocd import applications as calls
from argocd_gitops_mcp.errors import (
    FailedPrecondition,
    InvalidArgument,
    InvalidPath,
    NothingToChange,
    UnknownRevision,
)
from argocd_gitops_mcp.gitops import sources
from argocd_gitops_mcp.gitops.edits import planning
from argocd_gitops_mcp.gitops.edits.drafts import Edit
from argocd_gitops_mcp.gitops.edits.intents import (
    Intent,
    SetChartVersion,
    SetHelmValue,
    SetImage,
    SetReplicas,
    SetTargetRevision,
)
from argocd_gitops_mcp.gitops.git import paths
from argocd_gitops_mcp.gitops.repository import Repository
from argocd_gitops_mcp.gitops.sources import Target
from argocd_gitops_mcp.gitops.templates import catalogue as templates
from argocd_gitops_mcp.gitops.templates import layering
from argocd_gitops_mcp.operations import _files
from argocd_gitops_mcp.operations._files import Files
from argocd_gitops_mcp.operations._operation import Deps
from argocd_gitops_mcp.operations._repository import ChangeArguments
from argocd_gitops_mcp.views.text import line

_MOST_TEXT = 256 * 1024


@dataclass(frozen=True, slots=True)
class Change:
    """Files as they are and as they shall be.

    Args:
        repository: of the files.
        base: the branch that is changed.
        files: of the base's commit.
        before: the files that change; None of one that is new.
        after: the same; None of one that is removed.
        summary: each change in a line.
        title: all of it in a few words.
        notes: what else there is to know.
    """

    repository: Repository
    base: str
    files: Files
    before: Mapping[str, str | None]
    after: Mapping[str, str | None]
    summary: Sequence[str]
    title: str
    notes: Sequence[str] = ()


async def change(deps: Deps, asked: ChangeArguments) -> Change:
    """Make the change in memory; nothing is written.

    Raises:
        InvalidArgument, InvalidPath, NotYAML, InvalidValue, UnknownTemplate: what was asked for cannot be.
        NothingToChange: it is so already.
    """
    wanted = intents(asked)
    _check(asked, wanted)
    sources_ = await _sources(deps, asked.application_name) if asked.application_name else []
    repository = await deps.repositories.open(asked.repository or _own_repository(asked, sources_))
    base, files = await base_of(repository, asked.base)
    target = Target(asked.application_name or "", sources_, repository.url)
    after: dict[str, str | None] = {}
    summary: list[str] = []
    notes: list[str] = []
    if wanted:
        editable = await _editable(files, target, asked)
        # Large files take seconds, in which others are to be served.
        edit = await asyncio.to_thread(_edited, wanted, target, files.paths, editable)
        after |= edit.files
        summary += edit.summary
        notes += edit.notes
    if asked.template is not None:
        rendered = templates.render(asked.template, asked.values or {})
        laid = layering.laid(rendered, await files.texts(rendered))
        after |= laid.files
        summary += [f"{path}: from template {asked.template}" for path in laid.files]
    for path, text in _given(asked).items():
        after[path] = text
        summary.append(f"{path}: {'removed' if text is None else 'as given'}")
    return await between(repository, base, files, after, summary, _title(asked), notes)


def _edited(intents: Sequence[Intent], target: Target, tree: Collection[str], files: Mapping[str, str]) -> Edit:
    """One edit after the other; what is so already is left out, unless all of it is.

    Raises:
        NothingToChange: all of it.
    """
    found: list[Edit] = []
    last: NothingToChange | None = None
    for intent in intents:
        try:
            found.append(planning.edit(intent, target, tree, files))
        except NothingToChange as error:
            last = error
        else:
            files = {**files, **{path: text for path, text in found[-1].files.items() if text is not None}}
    if last is not None and not found:
        raise last
    return Edit(
        {path: text for one in found for path, text in one.files.items()},
        tuple(line for one in found for line in one.summary),
        tuple(dict.fromkeys(line for one in found for line in one.notes)),
    )


async def between(
    repository: Repository,
    base: str,
    files: Files,
    after: Mapping[str, str | None],
    summary: Sequence[str],
    title: str,
    notes: Sequence[str] = (),
) -> Change:
    """A change to these files, without those that are so already.

    Raises:
        InvalidPath: one is outside the repository, or behind a link.
        NothingToChange: all are so already.
    """
    for path in after:
        paths.not_through_link(paths.safe(path), files.tree)
    present = await files.texts(after)
    unreadable = [path for path in after if path in files.paths and path not in present]
    if unreadable:
        raise InvalidArgument(f"{unreadable[0]} is no text.")
    changed = {path: text for path, text in after.items() if present.get(path) != text}
    if not changed:
        raise NothingToChange(f"{repository.name} is so already at {files.commit[:8]} ({base}); nothing to change.")
    before = {path: present.get(path) for path in changed}
    return Change(repository, base, files, before, changed, summary, title, notes)


def _title(asked: ChangeArguments) -> str:
    said = {
        "image": asked.image,
        "replicas": asked.replicas,
        "chart version": asked.chart_version,
        **(asked.helm_values or {}),
        "target revision": asked.target_revision,
        "template": asked.template,
    }
    parts = [f"{name} {value}" for name, value in said.items() if value is not None]
    if asked.files:
        first, more = next(iter(asked.files)), len(asked.files) - 1
        parts.append(first + (f" and {more} more files" if more else ""))
    return line(f"{asked.application_name or 'Change'}: {', '.join(parts)}", 100)


async def base_of(repository: Repository, wanted: str | None) -> tuple[str, Files]:
    """The branch to change, and its files.

    Raises:
        FailedPrecondition: the repository is empty.
        UnknownRevision: it has no such branch.
    """
    base = wanted or await repository.commits.default_branch()
    if base is None:
        raise FailedPrecondition(f"{repository.name} is empty.", hint="scaffold_repository makes its first commit.")
    commit = await repository.commits.resolve(base)
    if commit is None:
        raise UnknownRevision(f"{repository.name} has no branch {base!r}.")
    return base, await _files.files(repository, commit)


def intents(asked: ChangeArguments) -> list[Intent]:
    """What is to be edited in the application's sources."""
    workload = asked.workload or ""
    found: list[Intent] = []
    if asked.image is not None:
        found.append(SetImage(asked.image, workload=workload))
    if asked.replicas is not None:
        found.append(SetReplicas(asked.replicas, workload=workload))
    if asked.chart_version is not None:
        found.append(SetChartVersion(asked.chart_version))
    found += [SetHelmValue(path, value) for path, value in (asked.helm_values or {}).items()]
    if asked.target_revision is not None:
        found.append(SetTargetRevision(asked.target_revision))
    return found


def _check(asked: ChangeArguments, wanted: Sequence[Intent]) -> None:
    if wanted and not asked.application_name:
        raise InvalidArgument("application_name says which application's sources are to be edited.")
    if not (wanted or asked.template or asked.files):
        ways = "image, replicas, chart_version, helm_values, target_revision, files or template"
        raise InvalidArgument(f"What is to be changed was not given: {ways}.")
    if asked.values is not None and asked.template is None:
        raise InvalidArgument("values go with template; Helm values are helm_values.")


async def _sources(deps: Deps, name: str) -> list[dict[str, Any]]:
    whole = await deps.argocd.send(calls.get_whole(name))
    return [dict(one) for one in sources.sources_of(whole.get("spec") or {})]


def _own_repository(asked: ChangeArguments, found: Sequence[Mapping[str, Any]]) -> str:
    urls = sorted({str(one.get("repoURL", "")) for one in found if not one.get("chart")})
    if len(urls) != 1:
        what = "several repositories" if urls else "no Git repository"
        why = f"application {asked.application_name!r} has {what}" if found else "nothing names one"
        raise InvalidArgument(f"repository is needed: {why}.")
    return urls[0]


async def _editable(files: Files, target: Target, asked: ChangeArguments) -> dict[str, str]:
    """What the application uses, and where its own manifest may be."""
    loaded = await files.of(target)
    own = asked.target_revision is not None or asked.chart_version is not None or bool(asked.helm_values)
    if own or any(one.get("helm") or one.get("kustomize") for one in target.sources):
        likely = [path for path in files.paths if path.endswith((".yaml", ".yml", ".json")) and path not in loaded]
        loaded |= await files.mentioning(likely, "Application", target.name)
    return loaded


def _given(asked: ChangeArguments) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for path, text in (asked.files or {}).items():
        if text is not None and not isinstance(text, str):
            raise InvalidArgument(f"files: {path[:200]!r} must be text, or null to remove it.")
        if text is not None and len(text) > _MOST_TEXT:
            raise InvalidArgument(f"files: {path[:200]!r} has more than {_MOST_TEXT} characters.")
        found[paths.safe(path)] = text
    inside = [path for path in found for other in found if path.startswith(f"{other}/")]
    if inside:
        raise InvalidPath(f"files: {inside[0]!r} is inside of what is a file itself.")
    return found
