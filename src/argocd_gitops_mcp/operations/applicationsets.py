"""ApplicationSets: what they make applications from, and how these are."""

import time
from typing import TYPE_CHECKING

from argocd_gitops_mcp.argocd.token import stamp
from argocd_gitops_mcp.concurrency import Together
from argocd_gitops_mcp.effects import Effect
from argocd_gitops_mcp.errors import NotFound
from argocd_gitops_mcp.later import Later
from argocd_gitops_mcp.operations._arguments import AppNamespace
from argocd_gitops_mcp.operations._instance import KnownArguments, checked, nothing, unmatched
from argocd_gitops_mcp.operations._operation import INSTANCE_READING, Deps, operation
from argocd_gitops_mcp.operations._sets import missing
from argocd_gitops_mcp.views.view import Lines, View

if TYPE_CHECKING:
    from argocd_gitops_mcp.argocd import applicationset_details as calls
    from argocd_gitops_mcp.views import applicationsets as views
    from argocd_gitops_mcp.views import generators
    from argocd_gitops_mcp.views.applicationsets import SetView
else:
    calls = Later("argocd_gitops_mcp.argocd.applicationset_details")
    generators = Later("argocd_gitops_mcp.views.generators")
    views = Later("argocd_gitops_mcp.views.applicationsets")

_RIGHT = ("applicationsets", "*/*")


class SetArguments(KnownArguments):
    app_namespace: AppNamespace = None


@operation("List ApplicationSets", Effect.READ, tool=INSTANCE_READING, verb="applicationsets")
async def list_applicationsets(deps: Deps, asked: SetArguments) -> View:
    """ApplicationSets, failing first; of one generators, policy, its applications."""
    if asked.name is not None:
        return asked.narrowed(await _one(deps, checked(asked.name), asked.app_namespace))
    async with Together() as group:
        reading = group.start(deps.argocd.send(calls.listed(asked.app_namespace)))
        applications = group.start(deps.fleets.fresh(deps.argocd))
    found = reading.result().items or []
    if not found:
        where = f" in namespace {asked.app_namespace}, as far as Argo CD looks at it" if asked.app_namespace else ""
        return Lines(head=[await nothing(deps, "ApplicationSets", _RIGHT) + where])
    fitting = [one for one in found if asked.fits(*_texts(one))]
    if not fitting:
        return Lines(head=[unmatched("ApplicationSets", len(found), asked.query, [one.metadata.name for one in found])])
    return views.applicationsets(fitting, len(found), {row.key: row for row in applications.result().rows})


async def _one(deps: Deps, name: str, namespace: str | None) -> "SetView":
    async with Together() as group:
        reading = group.start(_found(deps, name, namespace))
        applications = group.start(deps.fleets.fresh(deps.argocd))
    rows = {row.key: row for row in applications.result().rows}
    return views.applicationset(reading.result(), rows, stamp(time.time()))


async def _found(deps: Deps, name: str, namespace: str | None) -> "calls.WholeSet":
    try:
        return await deps.argocd.send(calls.named(name, namespace))
    except NotFound as error:
        raise await missing(deps, name, namespace, "app_namespace={}") from error


def _texts(one: "calls.WholeSet") -> list[str]:
    spec = one.spec.template.spec
    labels = [f"{name}={value}" for name, value in (one.metadata.labels or {}).items()]
    state = "failing" if views.failures(one) else ""
    return [
        one.metadata.name,
        spec.project,
        state,
        *labels,
        *(generators.told(each) for each in one.spec.generators or []),
    ]
