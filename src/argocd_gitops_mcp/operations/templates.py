"""Templates of manifests, and the layout of a whole repository."""

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from argocd_gitops_mcp.effects import Effect
from argocd_gitops_mcp.errors import NothingToChange
from argocd_gitops_mcp.gitops.repository import Repository
from argocd_gitops_mcp.later import Later
from argocd_gitops_mcp.operations._arguments import Object, Text
from argocd_gitops_mcp.operations._operation import REPOSITORY, Arguments, Deps, operation
from argocd_gitops_mcp.operations._repository import Branch, RepositoryArguments
from argocd_gitops_mcp.views.plans import Preview
from argocd_gitops_mcp.views.view import FULL, View

if TYPE_CHECKING:
    from argocd_gitops_mcp.gitops.templates import catalogue as templates
    from argocd_gitops_mcp.gitops.templates import layering, scaffolding
    from argocd_gitops_mcp.operations import _change, _checks, _proposing
    from argocd_gitops_mcp.views import proposals
    from argocd_gitops_mcp.views import templates as views
else:
    layering = Later("argocd_gitops_mcp.gitops.templates.layering")
    scaffolding = Later("argocd_gitops_mcp.gitops.templates.scaffolding")
    templates = Later("argocd_gitops_mcp.gitops.templates.catalogue")
    _change = Later("argocd_gitops_mcp.operations._change")
    _checks = Later("argocd_gitops_mcp.operations._checks")
    _proposing = Later("argocd_gitops_mcp.operations._proposing")
    proposals = Later("argocd_gitops_mcp.views.proposals")
    views = Later("argocd_gitops_mcp.views.templates")

_LAYOUT = "repository"
"""What describes the layout's values, beside the templates'."""
_TITLE = "Lay out the repository"


class ListTemplatesArguments(Arguments):
    template: Annotated[Text | None, Field(description="One, with its values; `repository` is the layout")] = None


@operation("List templates", Effect.READ, tool=REPOSITORY)
async def list_templates(deps: Deps, asked: ListTemplatesArguments) -> View:  # noqa: ARG001 - nothing is asked of anybody
    """List the templates of manifests; with template, the values it takes."""
    if asked.template is None:
        return views.listing(templates.templates())
    if asked.template == _LAYOUT:
        return views.described(_LAYOUT, "The layout that scaffold_repository makes.", scaffolding.VALUES)
    found = templates.find(asked.template)
    return views.described(found.name, found.summary, found.values)


class RenderArguments(Arguments):
    template: Annotated[Text, Field(description="Template, see list_templates")]
    values: Annotated[Object | None, Field(description="The template's values")] = None
    repository: Annotated[Text | None, Field(description="Where it is to be laid over the files there")] = None
    base: Annotated[Branch | None, Field(description="Branch; else the default branch")] = None


@operation("Render a template", Effect.READ, tool=REPOSITORY, limit=FULL)
async def render_template(deps: Deps, asked: RenderArguments) -> View:
    """Show the files a template makes; open_pull_request with the same template and values adds them."""
    made = templates.render(asked.template, asked.values or {})
    if asked.repository is None:
        return views.files(asked.template, made)
    repository = await deps.repositories.open(asked.repository)
    _, files = await _change.base_of(repository, asked.base)
    laid = layering.laid(made, await files.texts(made))
    return views.files(asked.template, laid.files, laid.unchanged)


class ScaffoldArguments(RepositoryArguments):
    values: Annotated[Object, Field(description="service, image, tag, owners, environments; see list_templates")]
    base: Annotated[Branch | None, Field(description="Branch; else the default branch, or main")] = None


async def _layout(deps: Deps, asked: ScaffoldArguments) -> tuple[Repository, str, "scaffolding.Layout", bool]:
    """The repository, its branch, what it lacks, and whether it is empty."""
    repository = await deps.repositories.open(asked.repository)
    default = await repository.commits.default_branch()
    branch = asked.base or default or "main"
    known = {"repo_url": repository.url, "branch": branch}
    existing = () if default is None else (await _change.base_of(repository, branch))[1].tree
    found = scaffolding.layout({**known, **asked.values}, repository.kind, tuple(existing))
    if not found.files:
        raise NothingToChange(f"{repository.name} has every file of the layout already.")
    _checks.refuse_secrets_in(found.files)
    return repository, branch, found, default is None


async def _preview_scaffold(deps: Deps, asked: ScaffoldArguments) -> Preview:
    repository, branch, found, is_empty = await _layout(deps, asked)
    how = f"as the first commit of {branch}" if is_empty else f"by a pull request into {branch}"
    return Preview(
        f"{'begin' if is_empty else 'propose'} {len(found.files)} files in {repository.name}",
        f"Add {len(found.files)} files to {repository.name} {how}",
        {"empty": is_empty, "files": dict(found.files)},
        changes=[f"{path}: created" for path in found.files],
        warnings=[f"Kept as they are: {', '.join(found.kept)}"] if found.kept else [],
    )


@operation("Scaffold a repository", Effect.WRITE, tool=REPOSITORY, preview=_preview_scaffold)
async def scaffold_repository(deps: Deps, asked: ScaffoldArguments) -> View:
    """Lay out a GitOps repository: an empty one by its first commit, another by a pull request that adds what lacks."""
    repository, branch, found, is_empty = await _layout(deps, asked)
    if not is_empty:
        base, files = await _change.base_of(repository, branch)
        summary = [f"{path}: created" for path in found.files]
        made = await _change.between(repository, base, files, found.files, summary, _TITLE)
        name = await _proposing.branch_for(made)
        answer = await _proposing.proposed(deps, await _proposing.examined(deps, made), _TITLE, name, "", draft=False)
        answer.kept = list(found.kept)
        return answer
    identity = await repository.identity() if deps.repositories.sign_off else ""
    message = proposals.message(_TITLE, [f"{len(found.files)} files"], identity)
    commit = await repository.commits.begin(
        branch, {path: text.encode() for path, text in found.files.items()}, message
    )
    return proposals.Opened(
        result="begun with its first commit",
        repository=repository.name,
        base=branch,
        commit=commit[:8],
        files=list(found.files),
        next="protect the branch at the forge, and apply the root Application: see README.md of the repository",
    )
