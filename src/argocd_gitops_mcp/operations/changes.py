"""Changing a repository: planned, then proposed as a pull request."""

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from argocd_gitops_mcp.effects import Effect
from argocd_gitops_mcp.later import Later
from argocd_gitops_mcp.operations._arguments import Text
from argocd_gitops_mcp.operations._operation import REPOSITORY, Deps, operation
from argocd_gitops_mcp.operations._repository import Body, Branch, ChangeArguments
from argocd_gitops_mcp.views.plans import Preview
from argocd_gitops_mcp.views.view import View

if TYPE_CHECKING:
    from argocd_gitops_mcp.operations import _change, _checks, _proposing
    from argocd_gitops_mcp.views import proposals
else:
    _change = Later("argocd_gitops_mcp.operations._change")
    _checks = Later("argocd_gitops_mcp.operations._checks")
    _proposing = Later("argocd_gitops_mcp.operations._proposing")
    proposals = Later("argocd_gitops_mcp.views.proposals")


@operation("Plan a change", Effect.READ, tool=REPOSITORY)
async def plan_change(deps: Deps, asked: ChangeArguments) -> View:
    """Show what a change does to files and applications, and what validation finds; nothing is written."""
    found = await _proposing.examined(deps, await _change.change(deps, asked))
    made = found.change
    return proposals.ChangeView(
        result="planned; nothing was written",
        repository=made.repository.name,
        base=f"{made.base} at {made.files.commit[:8]}",
        summary=list(made.summary),
        diff=proposals.diff(made.before, made.after),
        findings=found.findings,
        effects=list(found.effects),
        unchecked=list(found.checked.unchecked),
        notes=list(made.notes),
        next="open_pull_request with the same arguments, if the user agrees",
    )


class OpenArguments(ChangeArguments):
    title: Annotated[Text | None, Field(description="Title of commit and pull request")] = None
    body: Annotated[Body | None, Field(description="Why, Markdown; what changes is told anyway")] = None
    branch: Annotated[Branch | None, Field(description="Branch to make; else named by the change")] = None
    draft: Annotated[bool, Field(description="Open it as a draft")] = False
    allow_findings: Annotated[bool, Field(description="Open it in spite of validation errors")] = False


async def _ready(deps: Deps, asked: OpenArguments) -> tuple["_proposing.Examined", str, str]:
    """What is to be proposed, with its title and branch."""
    _checks.refuse_secret_words(title=asked.title, body=asked.body, branch=asked.branch)
    found = await _proposing.examined(deps, await _change.change(deps, asked))
    if not asked.allow_findings:
        _checks.refuse_findings(found.checked)
    title = asked.title or found.change.title
    return found, title, await _proposing.branch_for(found.change, asked.branch)


async def _preview_open(deps: Deps, asked: OpenArguments) -> Preview:
    found, title, branch = await _ready(deps, asked)
    made = found.change
    return Preview(
        f"push one commit to {branch} of {made.repository.name}, and open a pull request into {made.base}",
        f"Open a pull request in {made.repository.name} from {branch} into {made.base}: {title}",
        {"base": made.files.commit, "files": dict(made.after)},
        changes=[*made.summary, *found.effects],
        warnings=[*made.notes, *found.checked.unchecked],
        diff=proposals.diff(made.before, made.after),
        findings=found.findings,
    )


@operation("Open a pull request", Effect.WRITE, tool=REPOSITORY, preview=_preview_open)
async def open_pull_request(deps: Deps, asked: OpenArguments) -> View:
    """Push a change to a branch of its own and open a pull request that tells diff, validation and effect."""
    found, title, branch = await _ready(deps, asked)
    return await _proposing.proposed(deps, found, title, branch, asked.body or "", draft=asked.draft)
