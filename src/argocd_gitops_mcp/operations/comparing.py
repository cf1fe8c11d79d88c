"""What differs between Git and the cluster, as Argo CD itself compares them, or with another revision in Git."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from operator import itemgetter
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from argocd_gitops_mcp.argocd import applications as application_calls
from argocd_gitops_mcp.argocd import resources as calls
from argocd_gitops_mcp.argocd.models import Application, ResourceStatus
from argocd_gitops_mcp.argocd.resource_models import ManagedResource, Node
from argocd_gitops_mcp.argocd.resources import Owner
from argocd_gitops_mcp.argocd.tree import Key, key
from argocd_gitops_mcp.concurrency import Together, in_thread
from argocd_gitops_mcp.effects import Effect
from argocd_gitops_mcp.errors import FailedPrecondition, InvalidArgument
from argocd_gitops_mcp.later import Later
from argocd_gitops_mcp.operations._arguments import NamedArguments, Resources, Revision
from argocd_gitops_mcp.operations._operation import APPLICATION, Deps, operation
from argocd_gitops_mcp.operations._overlay import ignored, overlaid, restored
from argocd_gitops_mcp.operations._rendered import placed
from argocd_gitops_mcp.operations._selection import selected
from argocd_gitops_mcp.views import manifests
from argocd_gitops_mcp.views.view import FULL, View

if TYPE_CHECKING:
    from argocd_gitops_mcp.views import differences as views
else:
    views = Later("argocd_gitops_mcp.views.differences")

_MOST = 40
"""Resources whose states are read; the others are only named."""
_LARGEST = 1_000_000
"""Characters of all states that are shown: writing so many as YAML takes seconds."""
_AT_ONCE = 6
_CANNOT = ("ComparisonError", "InvalidSpecError", "UnknownError")


class DiffArguments(NamedArguments):
    revision: Revision = None
    resources: Resources = None
    summary: Annotated[bool, Field(description="Only count changed lines")] = False


@operation("Diff an application", Effect.READ, tool=APPLICATION, verb="diff", limit=FULL)
async def diff_application(deps: Deps, asked: DiffArguments) -> View:
    """Show what a sync would change, as a unified diff; with revision, what deploying that would."""
    app = await deps.argocd.send(application_calls.of(asked.owner))
    owner = Owner(app.metadata.name, app.spec.project, asked.owner.app_namespace)
    _refuse_uncompared(app)
    notes: dict[str, None] = {}
    if asked.revision is None:
        managed = await deps.argocd.send(calls.managed(owner))
        found = _against_git(app, managed.items or [])
        against = "Git"
    else:
        found = await _against_revision(deps, owner, app, asked.revision, notes)
        against = f"revision {asked.revision}"
        if any(at[1] == "Secret" for at in found):
            notes["values of Secrets are masked in both revisions: a change of one cannot be seen"] = None
    if asked.resources:
        every = [ResourceStatus(group=one[0], kind=one[1], namespace=one[2], name=one[3]) for one in found]
        chosen = {
            (one.get("group", ""), one["kind"], one.get("namespace", ""), one["name"])
            for one in selected(asked.resources, every, app.metadata.name)
        }
        found = {at: change for at, change in found.items() if at in chosen}
    differing = {at: one for at, one in sorted(found.items(), key=itemgetter(0)) if one is not None}
    states = await _states(deps, owner, dict(islice(differing.items(), _MOST)))
    unread = [at for at in differing if at not in states]
    count = f"{len(found)} chosen" if asked.resources else str(len(found))
    most = None if asked.resources else deps.usual
    return await in_thread(
        lambda _: views.differences(app, against, count, states, unread, list(notes), summary=asked.summary, most=most)
    )


@dataclass(frozen=True, slots=True)
class _Change:
    """A resource that differs. Of another revision: as it is rendered now, and as it would be."""

    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    is_other_revision: bool = False
    ignored: tuple[list[str], ...] = ()


Found = dict[Key, _Change | None]
"""Every compared resource; None where it does not differ."""


def _refuse_uncompared(app: Application) -> None:
    """No difference is only said where there was a comparison.

    Raises:
        FailedPrecondition: Argo CD could not compare it, or has not yet.
    """
    said = [one for one in app.status.conditions or [] if one.type in _CANNOT]
    if app.status.sync.status == "Unknown" or said:
        raise FailedPrecondition(
            f"Argo CD cannot compare application {app.metadata.name!r}, so its differences are not known.",
            hint="diagnose it: until its cause is mended, there is nothing to compare with.",
            upstream="\n".join(f"{one.type}: {one.message}" for one in said),
        )
    if not app.status.sync.status:
        raise FailedPrecondition(
            f"Application {app.metadata.name!r} was not compared yet.", hint="Try again in a moment, or refresh it."
        )


def _against_git(app: Application, items: Sequence[ManagedResource]) -> Found:
    """What Argo CD's own comparison found to differ."""
    prunable = {key(one) for one in app.status.resources or [] if one.prunable}
    differs = {key(one): one.modified or key(one) in prunable for one in items}
    return {at: _Change() if changed else None for at, changed in differs.items()}


async def _against_revision(deps: Deps, owner: Owner, app: Application, revision: str, notes: dict[str, None]) -> Found:
    """What differs now, or would when the revision is deployed."""
    if app.spec.sources:
        raise InvalidArgument(
            f"application {owner.name!r} has several sources; Argo CD would ignore one revision.",
            hint="Leave revision out: what differs from each source's target revision is shown.",
        )
    rendering = application_calls.manifests(
        owner.name, revision=revision, project=owner.project, app_namespace=owner.app_namespace
    )
    async with Together() as group:
        managed = group.start(deps.argocd.send(calls.managed(owner, states=("targetState",))))
        rendered = group.start(deps.argocd.send(rendering))
    items = managed.result().items or []
    found = _against_git(app, items)
    targets = {key(one): manifests.parse(one.target_state) for one in items}
    texts = rendered.result().manifests or []
    wanted = placed([manifests.parse(text) for text in texts], targets, app.spec.destination.namespace)
    for at in targets.keys() | wanted.keys():
        before, after = targets.get(at) or None, wanted.get(at)
        if before != after or found.get(at) is not None:
            places, others = ignored(app.spec.ignore_differences or [], at)
            if others:
                notes[f"what jq or field managers ignore of {at[1]}/{at[3]} is shown: only Argo CD can tell it"] = None
            found[at] = _Change(before, after, is_other_revision=True, ignored=tuple(places))
    return found


async def _states(deps: Deps, owner: Owner, differing: dict[Key, _Change]) -> "dict[Key, views.States]":
    """Of each what is in the cluster, and what would be; of the first ones only, where they are large."""
    total = 0

    async def read(at: Key, change: _Change) -> "views.States | None":
        nonlocal total
        if total > _LARGEST:
            return None
        one = await _managed(deps, owner, at)
        is_first = total == 0
        total += len(one.normalized_live_state) + len(one.predicted_live_state)
        return _state(one, change) if is_first or total <= _LARGEST else None

    async with Together(_AT_ONCE) as group:
        asked = {at: group.start(read(at, change)) for at, change in differing.items()}
    return {at: states for at, task in asked.items() if (states := task.result()) is not None}


async def _managed(deps: Deps, owner: Owner, at: Key) -> ManagedResource:
    node = Node(group=at[0], kind=at[1], namespace=at[2], name=at[3])
    states = ("normalizedLiveState", "predictedLiveState")
    items = (await deps.argocd.send(calls.managed(owner, states=states, node=node))).items or []
    return next((each for each in items if key(each) == at), ManagedResource())


def _state(one: ManagedResource, change: _Change) -> "views.States":
    live = manifests.parse(one.normalized_live_state)
    predicted = manifests.parse(one.predicted_live_state)
    if not change.is_other_revision:
        return views.States(live, predicted)
    if change.after is None:
        return views.States(live, {})
    if not live:
        return views.States(live, change.after)
    wanted = overlaid(change.before, change.after, predicted or live)
    for steps in change.ignored:
        wanted = restored(wanted, live, steps)
    return views.States(live, wanted)
