"""Applying a plan: the world is read once more, and must be as it was when the plan was made."""

from typing import Annotated

from pydantic import Field

from argocd_gitops_mcp import plans
from argocd_gitops_mcp.effects import Effect
from argocd_gitops_mcp.errors import InvalidPlan, PlanOutdated
from argocd_gitops_mcp.operations._operation import (
    APPLICATION,
    INSTANCE,
    REPOSITORY,
    RESOURCE,
    Arguments,
    Deps,
    operation,
)
from argocd_gitops_mcp.views.view import View


class PlanArguments(Arguments):
    plan_id: Annotated[str, Field(description="From an answer to plan=true")]


@operation("Apply a plan", Effect.DESTRUCTIVE, tool=(APPLICATION, RESOURCE, INSTANCE, REPOSITORY))
async def apply_plan(deps: Deps, asked: PlanArguments) -> View:  # noqa: ARG001 - the hallway has opened it
    """Carry out a planned write, unless what it rests on moved since."""
    planned = deps.planned
    if planned is None or planned.operation.preview is None:
        raise InvalidPlan("The plan names no write.")
    preview = await planned.operation.preview(deps, planned.arguments)
    moved = plans.moved(planned.world, preview.world)
    if moved:
        raise PlanOutdated(f"Since the plan was made, this moved: {', '.join(moved)}; nothing was sent.")
    return await planned.operation.run(deps, planned.arguments)
