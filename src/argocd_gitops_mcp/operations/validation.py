"""Validation of manifests, before anybody commits them."""

import asyncio
from collections.abc import Collection
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from argocd_gitops_mcp.concurrency import in_thread
from argocd_gitops_mcp.effects import Effect
from argocd_gitops_mcp.errors import GitOpsError, InvalidArgument, InvalidPath
from argocd_gitops_mcp.gitops.git import paths
from argocd_gitops_mcp.later import Later
from argocd_gitops_mcp.operations._arguments import Object, Text, Texts
from argocd_gitops_mcp.operations._operation import REPOSITORY, Arguments, Deps, operation
from argocd_gitops_mcp.views.view import View

if TYPE_CHECKING:
    from argocd_gitops_mcp.gitops import tree
    from argocd_gitops_mcp.gitops.repository import Repository
    from argocd_gitops_mcp.gitops.validation import inspection, rendering
    from argocd_gitops_mcp.gitops.validation import report as validation
    from argocd_gitops_mcp.operations import _change, _checks, _deployers, _effects
    from argocd_gitops_mcp.views import findings as views
else:
    inspection = Later("argocd_gitops_mcp.gitops.validation.inspection")
    rendering = Later("argocd_gitops_mcp.gitops.validation.rendering")
    tree = Later("argocd_gitops_mcp.gitops.tree")
    validation = Later("argocd_gitops_mcp.gitops.validation.report")
    _change = Later("argocd_gitops_mcp.operations._change")
    _checks = Later("argocd_gitops_mcp.operations._checks")
    _deployers = Later("argocd_gitops_mcp.operations._deployers")
    _effects = Later("argocd_gitops_mcp.operations._effects")
    views = Later("argocd_gitops_mcp.views.findings")


class ValidateArguments(Arguments):
    repository: Annotated[Text | None, Field(description="Clone in the workspace, or URL")] = None
    base: Annotated[Text | None, Field(description="Branch, tag or commit; else the default branch")] = None
    paths: Annotated[Texts | None, Field(description="Files and folders; else all")] = None
    files: Annotated[Object | None, Field(description="Files to validate: {path: text}, over the repository's")] = None
    kubernetes_version: Annotated[Text | None, Field(description="e.g. 1.33; else the newest known")] = None


@operation("Validate manifests", Effect.READ, tool=REPOSITORY)
async def validate_manifests(deps: Deps, asked: ValidateArguments) -> View:
    """Find mistakes in manifests: YAML, schemas, kustomize and Helm, house rules, and what Argo CD permits."""
    given = _given(asked)
    if asked.repository is None and not given:
        raise InvalidArgument("validate_manifests needs repository, files, or both.")
    files: dict[str, str | bytes] = {}
    effects: list[str] = []
    undone: list[str] = []
    names = set(given)
    only = tuple(paths.safe(one) for one in asked.paths or ()) or (tuple(given) if asked.files else ("",))
    if asked.repository is not None:
        repository = await deps.repositories.open(asked.repository)
        _, found = await _change.base_of(repository, asked.base)
        await deps.progress(f"reading {len(found.paths)} files of {repository.name}")
        read, left = await _checks.of_repository(found, only, given)
        files |= read
        undone += left
        names |= set(found.paths)
        if asked.base is not None and not given:
            effects, unknown = await _once_merged(deps, repository, found.commit)
            undone += unknown
    _refuse_inside(given, names)
    files |= given
    for one in only:
        if not any(tree.within(path, [one]) for path in names):
            raise InvalidArgument(f"There is no file at {one!r}: nothing would be validated.")
    options = validation.Options(asked.kubernetes_version, only=only)
    report = await in_thread(lambda stop: inspection.inspected(files, options, rendering.found(), stop))
    contents = await asyncio.to_thread(validation.contents, files)
    declared = [one for one in contents.documents if one.group == "argoproj.io" and tree.within(one.file, only)]
    told = await _checks.with_argocd(deps, _checks.Checked(report.findings, report.unchecked), declared, names)
    return views.report(report, told.findings, [*told.unchecked, *undone], effects)


async def _once_merged(deps: Deps, repository: "Repository", commit: str) -> tuple[list[str], list[str]]:
    """What a branch would change in the applications that deploy the default one, as Argo CD renders it."""
    default = await repository.commits.default_branch()
    if default is None or not deps.argocd.is_configured or await repository.commits.resolve(default) == commit:
        return [], []
    try:
        following = [one for one in await _deployers.deployers(deps, repository, default) if one.follows]
        return await _effects.by_argocd(deps, following, commit), []
    except GitOpsError as error:
        return [], [f"What it would change once merged is not known ({error.code}): {error.message}"]


def _given(asked: ValidateArguments) -> dict[str, str]:
    found = {}
    for path, text in (asked.files or {}).items():
        if not isinstance(text, str):
            raise InvalidArgument(f"files: {path[:200]!r} must be text.")
        found[paths.safe(path)] = text
    return found


def _refuse_inside(given: Collection[str], names: set[str]) -> None:
    """Refuse a file where another has a folder."""
    folders = tree.Tree(names).folders
    inside = [path for path in given if path in folders or not names.isdisjoint(tree.Tree([path]).folders)]
    if inside:
        raise InvalidPath(f"files: {inside[0]!r} is inside of what is a file itself, or a folder.")
