"""Preview, create, update and delete ApplicationSets: what becomes of their applications is told before and after."""

from typing import TYPE_CHECKING, Any

from argocd_gitops_mcp.argocd import applicationsets as calls
from argocd_gitops_mcp.argocd.call import Call
from argocd_gitops_mcp.argocd.models import Empty
from argocd_gitops_mcp.effects import Effect
from argocd_gitops_mcp.errors import NotFound
from argocd_gitops_mcp.later import Later
from argocd_gitops_mcp.operations import _declared
from argocd_gitops_mcp.operations._arguments import AppNamespace
from argocd_gitops_mcp.operations._declared import AddressedArguments, DeclaredArguments, PrunedArguments
from argocd_gitops_mcp.operations._ending import goes_on
from argocd_gitops_mcp.operations._operation import INSTANCE, INSTANCE_READING, Deps, operation
from argocd_gitops_mcp.operations._sending import sent
from argocd_gitops_mcp.operations._standing import Right, may, object_of, refuse_without
from argocd_gitops_mcp.views.plans import Preview
from argocd_gitops_mcp.views.view import View

if TYPE_CHECKING:
    from argocd_gitops_mcp.operations import _generation, _set_writing
    from argocd_gitops_mcp.views import generation as views
    from argocd_gitops_mcp.views import stored
else:
    _generation = Later("argocd_gitops_mcp.operations._generation")
    _set_writing = Later("argocd_gitops_mcp.operations._set_writing")
    views = Later("argocd_gitops_mcp.views.generation")
    stored = Later("argocd_gitops_mcp.views.stored")


_PAUSE = 0.5
_WHOLE = {"generators", "template"}


class PreviewArguments(DeclaredArguments):
    app_namespace: AppNamespace = None


@operation("Preview an ApplicationSet", Effect.READ, tool=INSTANCE_READING)
async def preview_applicationset(deps: Deps, asked: PreviewArguments) -> View:
    """Applications a set would make, with spec, metadata changed."""
    name, namespace = _declared.identity(asked)
    before: dict[str, Any] | None = None
    try:
        before = await _set_writing.read(deps, name, namespace)
    except NotFound as error:
        if not set(asked.spec or {}) >= _WHOLE:
            error.hint = f"To preview one that is not there yet, give a whole spec: {' and '.join(sorted(_WHOLE))}."
            raise
    if before is None:
        manifest = _declared.new(asked)
    else:
        has_changes = asked.spec is not None or asked.metadata
        kept = _declared.changed(asked, before) if has_changes else _declared.editable(before)
        manifest = {**kept, "metadata": {**kept["metadata"], **_set_writing.address(before)}}
    _set_writing.refuse_templated(manifest)
    seen = await _generation.foreseen(deps, manifest, before)
    changes = stored.changed(_declared.told(before), _declared.told(manifest)) if before is not None else []
    return views.Generation(
        result=f"nothing was changed; it makes {seen.found.counts()}",
        name=name,
        deleted=seen.removed,
        left=[] if seen.removed else list(seen.found.gone),
        changed=views.changed(seen.found, seen.rules),
        created=list(seen.found.new),
        set_changes=views.few(changes),
        warnings=[*seen.warnings(), *([_set_writing.resources(seen.old)] if seen.removed else [])],
        note="" if before is not None else "There is no such set yet.",
    )


async def _preview_create(deps: Deps, asked: PrunedArguments) -> Preview:
    return _set_writing.preview(await _set_writing.new(deps, asked), prune=asked.prune)


@operation(
    "Create an ApplicationSet",
    Effect.WRITE,
    tool=INSTANCE,
    destructive_when=("prune",),
    preview=_preview_create,
)
async def create_applicationset(deps: Deps, asked: PrunedArguments) -> View:
    """Create from spec.

    Never overwrites a set; an application of a name it makes is taken over only with prune.
    """
    write = await _set_writing.new(deps, asked)
    _set_writing.refuse_unsaid(write, prune=asked.prune)
    return await _set_writing.written(deps, write)


async def _preview_update(deps: Deps, asked: PrunedArguments) -> Preview:
    return _set_writing.preview(await _set_writing.changed(deps, asked), prune=asked.prune)


@operation(
    "Update an ApplicationSet",
    Effect.WRITE,
    tool=INSTANCE,
    destructive_when=("prune",),
    preview=_preview_update,
)
async def update_applicationset(deps: Deps, asked: PrunedArguments) -> View:
    """Change what is given; null removes, lists are replaced.

    Applications it would not make any more are deleted only with prune.
    """
    write = await _set_writing.changed(deps, asked)
    _set_writing.refuse_unsaid(write, prune=asked.prune)
    if not write.changes():
        return views.SetStored(
            result="unchanged: it was so already; nothing was sent", name=write.name, warnings=write.warnings
        )
    return await _set_writing.written(deps, write)


async def _doomed(
    deps: Deps, asked: AddressedArguments
) -> tuple[Call[Empty], dict[str, Any], list[str], tuple[Right, ...]]:
    """The call, the set, the applications that go with it, and the rights it takes."""
    name, namespace = _declared.identity(asked)
    whole = await _set_writing.existing(deps, name, namespace)
    about = await object_of(deps, _set_writing.project_of(whole), name, namespace)
    rights = (await may(deps, "delete", about, "applicationsets"),)
    refuse_without(rights)
    made = [] if _frees(whole) else await _generation.made(deps, whole)
    return calls.delete(name, namespace), whole, made, rights


def _frees(whole: dict[str, Any]) -> bool:
    """Whether its controller lets go of the applications first: it needs a finalizer, whosever, to come to that."""
    return bool(whole["metadata"].get("finalizers")) and not views.policy(whole["spec"]).deletes


def _warned(whole: dict[str, Any], made: list[str]) -> list[str]:
    told = _set_writing.deployer(whole)
    if _frees(whole):
        sync = views.policy(whole["spec"]).sync
        told.append(
            f"Its applications stay, and belong to nobody: applicationsSync is {sync}, and a finalizer holds it."
        )
    return [*told, _set_writing.resources(views.policy(whole["spec"]))] if made else told


async def _preview_delete(deps: Deps, asked: AddressedArguments) -> Preview:
    call, whole, made, rights = await _doomed(deps, asked)
    return Preview(
        call,
        f"Delete ApplicationSet {asked.target!r} with {len(made)} applications",
        {"set": whole["metadata"]["uid"], "spec": whole["spec"], "applications": made},
        changes=[f"ApplicationSet {asked.target!r}: deleted"],
        removes=[f"Application/{name}" for name in made],
        warnings=_warned(whole, made),
        rights=[f"{one}: {one.answer}" for one in rights],
        resource_version=str(whole["metadata"]["resourceVersion"]),
    )


@operation("Delete an ApplicationSet", Effect.DESTRUCTIVE, tool=INSTANCE, preview=_preview_delete)
async def delete_applicationset(deps: Deps, asked: AddressedArguments) -> View:
    """Delete a set, its applications, their resources unless preserved."""
    call, whole, made, _ = await _doomed(deps, asked)
    name, namespace = str(whole["metadata"]["name"]), str(whole["metadata"]["namespace"])

    async def look() -> Empty | None:
        is_going = await _state(deps, name, namespace, whole) != "there"
        return Empty() if is_going else None

    shown = await _generation.visible(deps, made, namespace)
    await sent(deps, call, look, _set_writing.LOOK)
    with goes_on("", "deletion", _set_writing.LOOK):
        there = await _generation.left(deps, made, namespace, _set_writing.SECONDS)
        state = await _ended(deps, name, namespace, whole, 0 if there else _set_writing.SECONDS)
    result = {
        "gone": "deleted",
        "other": "deleted, then created again by somebody",
    }.get(state, "deletion requested, not finished")
    return views.SetDeleted(
        result=result + (f"; {len(there)} of its {len(made)} applications are still there" if there else ""),
        name=name,
        applications=[one for one in shown if one not in there],
        pending=there,
        hidden=[one for one in made if one not in shown],
        warnings=_warned(whole, made),
        note="" if made or _frees(whole) else "It had made no applications.",
    )


async def _ended(deps: Deps, name: str, namespace: str, before: dict[str, Any], seconds: float) -> str:
    """Its state once it is gone, or the time is over: a finalizer holds it until its controller was there."""
    deadline = deps.now() + seconds
    while (state := await _state(deps, name, namespace, before)) in ("there", "going") and deps.now() < deadline:
        await deps.sleep(_PAUSE)
    return state


async def _state(deps: Deps, name: str, namespace: str, before: dict[str, Any]) -> str:
    """Whether the set is there, going, gone, or another one of its name is there."""
    try:
        now = await _set_writing.read(deps, name, namespace)
    except NotFound:
        return "gone"
    if now["metadata"]["uid"] != before["metadata"]["uid"]:
        return "other"
    return "going" if now["metadata"].get("deletionTimestamp") else "there"
