"""Create, update and delete projects; tokens of their roles, and applications of them, are not lost unasked."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from argocd_gitops_mcp.argocd import applications, applicationsets, ownership
from argocd_gitops_mcp.argocd import projects as calls
from argocd_gitops_mcp.argocd.call import Call
from argocd_gitops_mcp.argocd.models import Empty, ObjectMeta
from argocd_gitops_mcp.concurrency import Together
from argocd_gitops_mcp.effects import Effect
from argocd_gitops_mcp.errors import AlreadyExists, FailedPrecondition, InvalidArgument, NotFound, Rejected
from argocd_gitops_mcp.later import Later
from argocd_gitops_mcp.operations import _declared
from argocd_gitops_mcp.operations._declared import AddressedArguments, DeclaredArguments, PrunedArguments
from argocd_gitops_mcp.operations._instance import absent
from argocd_gitops_mcp.operations._operation import INSTANCE, Deps, operation
from argocd_gitops_mcp.operations._sending import sent
from argocd_gitops_mcp.operations._standing import Right, may, refuse_without
from argocd_gitops_mcp.views import changes
from argocd_gitops_mcp.views.budget import listed
from argocd_gitops_mcp.views.plans import Preview
from argocd_gitops_mcp.views.view import View

if TYPE_CHECKING:
    from argocd_gitops_mcp.views import roles, stored
else:
    roles = Later("argocd_gitops_mcp.views.roles")
    stored = Later("argocd_gitops_mcp.views.stored")

_LOOK = "read the projects by this name"
_DEFAULT = "default"
_NAMED = 20
_HIDDEN = (
    "This token does not see all applications of this project, and Argo CD does not look for those outside its own "
    "namespace: they would be left without a project."
)


@dataclass(frozen=True, slots=True)
class Update:
    """A project that is to be changed; `manifest` is all of it, as it is to be."""

    call: Call[dict[str, Any]]
    before: dict[str, Any]
    manifest: dict[str, Any]
    rights: tuple[Right, ...]

    @property
    def name(self) -> str:
        return str(self.before["metadata"]["name"])

    def changes(self) -> list[str]:
        """In lines; tokens belong to Argo CD, and are none of it."""
        return _differences(self.before, self.manifest)

    def revoked(self) -> list[str]:
        """The tokens that would be worth nothing any more."""
        return roles.lost(self.before, self.manifest)

    def warnings(self) -> list[str]:
        """Who else writes it."""
        return _deployer(self.before)


def _differences(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    return stored.changed(roles.without_tokens(_declared.told(before)), roles.without_tokens(_declared.told(after)))


def _deployer(whole: dict[str, Any]) -> list[str]:
    owned = ownership.deployer(msgspec.convert(whole["metadata"], ObjectMeta), "AppProject")
    said = f"{owned} deploys this project from Git and puts it back at its next sync: change it there."
    return [said] if owned else []


async def _rights(deps: Deps, action: str, name: str) -> tuple[Right, ...]:
    rights = (await may(deps, action, name, "projects"),)
    refuse_without(rights)
    return rights


def _refuse_tokens(spec: Any) -> None:
    if roles.has_tokens(spec):
        raise InvalidArgument("spec.roles: jwtTokens are made and revoked by Argo CD alone; leave them out.")


async def _new(deps: Deps, asked: DeclaredArguments) -> tuple[Call[dict[str, Any]], dict[str, Any], tuple[Right, ...]]:
    name, _ = _declared.identity(asked)
    manifest = _declared.new(asked)
    _refuse_tokens(asked.spec)
    rights = await _rights(deps, "create", name)
    try:
        await deps.argocd.send(calls.named(name))
    except NotFound:
        return calls.create(manifest), manifest, rights
    raise AlreadyExists(
        f"project {name!r} exists already; nothing was sent.",
        hint="Change it with update_project: what is not named stays.",
    )


async def _preview_create(deps: Deps, asked: DeclaredArguments) -> Preview:
    call, manifest, rights = await _new(deps, asked)
    name = manifest["metadata"]["name"]
    return Preview(
        call,
        f"Create project {name!r}",
        {"existing": None},
        changes=[f"project {name!r}: created", *_differences({}, manifest)],
        rights=[f"{one}: {one.answer}" for one in rights],
    )


@operation("Create a project", Effect.WRITE, tool=INSTANCE, preview=_preview_create)
async def create_project(deps: Deps, asked: DeclaredArguments) -> View:
    """Create from spec.

    Never overwrites a project.
    """
    call, manifest, _ = await _new(deps, asked)
    name = str(manifest["metadata"]["name"])

    async def look() -> dict[str, Any] | None:
        try:
            whole = await deps.argocd.send(calls.whole(name))
        except NotFound:
            return None
        return whole if not _ignored(manifest, whole) else None

    after = await sent(deps, call, look, _LOOK)
    return roles.ProjectStored(
        result="created", name=name, changed=_differences({}, after), ignored=_ignored(manifest, after)
    )


def _ignored(manifest: dict[str, Any], after: dict[str, Any]) -> list[str]:
    sent_, held = _declared.editable(manifest), _declared.editable(after)
    return stored.missing(roles.without_tokens(sent_), roles.without_tokens(held), "")


async def _existing(deps: Deps, name: str) -> dict[str, Any]:
    try:
        return await deps.argocd.send(calls.whole(name))
    except NotFound as error:
        visible = (await deps.argocd.send(calls.listed())).items or []
        raise await absent(deps, "Project", name, [one.metadata.name for one in visible], None) from error


async def _changed(deps: Deps, asked: PrunedArguments) -> Update:
    name, _ = _declared.identity(asked)
    before = await _existing(deps, name)
    wanted = _declared.changed(asked, before)
    _refuse_tokens(asked.spec)
    rights = await _rights(deps, "update", name)
    replaced = ("managedFields", *_declared.EDITABLE)
    kept = {part: value for part, value in before["metadata"].items() if part not in replaced}
    # The status goes along: Argo CD gives each role the tokens that stand there.
    manifest = {**before, "metadata": {**kept, **wanted["metadata"]}, "spec": wanted["spec"]}
    return Update(calls.replace(manifest), before, manifest, rights)


async def _preview_update(deps: Deps, asked: PrunedArguments) -> Preview:
    found = await _changed(deps, asked)
    revoked = found.revoked()
    refused = [] if asked.prune or not revoked else ["It is refused without prune=true."]
    return Preview(
        found.call,
        f"Update project {found.name!r}",
        {"project": found.before["metadata"]["uid"], "spec and metadata": _declared.editable(found.before)},
        changes=found.changes(),
        removes=revoked,
        warnings=[*found.warnings(), *refused],
        rights=[f"{one}: {one.answer}" for one in found.rights],
        resource_version=str(found.before["metadata"]["resourceVersion"]),
    )


@operation(
    "Update a project",
    Effect.WRITE,
    tool=INSTANCE,
    destructive_when=("prune",),
    preview=_preview_update,
)
async def update_project(deps: Deps, asked: PrunedArguments) -> View:
    """Change what is given; roles keep their tokens.

    Null removes, a list replaces the list; roles that have tokens go only with prune.
    """
    found = await _changed(deps, asked)
    revoked = found.revoked()
    if revoked and not asked.prune:
        raise FailedPrecondition(
            f"Project {found.name!r} would lose roles that have tokens, which then are worth nothing: "
            f"{listed(revoked, _NAMED)}; nothing was sent.",
            hint="If that is wanted, call it again with prune=true: it asks for confirmation.",
        )
    if not found.changes():
        return roles.ProjectStored(result="unchanged: it was so already; nothing was sent", name=found.name)
    old = found.before["metadata"]["resourceVersion"]

    async def look() -> dict[str, Any] | None:
        whole = await deps.argocd.send(calls.whole(found.name))
        moved = whole["metadata"]["resourceVersion"] != old
        return whole if moved and not _differences(found.manifest, whole) else None

    try:
        after = await sent(deps, found.call, look, _LOOK)
    except Rejected as error:
        raise await _explained(deps, found.name, error) from error
    changed = _differences(found.before, after)
    return roles.ProjectStored(
        result="updated" if changed else stored.NOTHING,
        name=found.name,
        changed=changed,
        revoked=roles.lost(found.before, after),
        ignored=_ignored(found.manifest, after),
        warnings=found.warnings(),
    )


async def _explained(deps: Deps, name: str, refused: Rejected) -> Rejected:
    """Argo CD counts the applications that it would shut out, and names none."""
    if "became invalid" not in refused.upstream:
        return refused
    users = await _users(deps, name)
    return Rejected(
        f"Argo CD refused the update of project {name!r}: its applications could not be deployed any more.",
        hint=f"Its applications are {listed(users, _NAMED)}: see what they deploy from and where to.",
        upstream=refused.upstream,
    )


async def _users(deps: Deps, name: str) -> list[str]:
    found = (await deps.argocd.send(applications.listed(projects=[name]))).items or []
    return [f"{one.metadata.namespace}/{one.metadata.name}" for one in found]


async def _doomed(
    deps: Deps, asked: AddressedArguments
) -> tuple[Call[Empty], dict[str, Any], tuple[Right, ...], list[str]]:
    """The call, the project, the rights it takes, and warnings.

    Raises:
        FailedPrecondition: applications are of it; Argo CD itself counts those of its own namespace only.
    """
    name, _ = _declared.identity(asked)
    if name == _DEFAULT:
        raise InvalidArgument("Argo CD keeps the project 'default': it cannot be deleted.")
    whole = await _existing(deps, name)
    rights = await _rights(deps, "delete", name)
    async with Together() as group:
        listing = group.start(_users(deps, name))
        reading = group.start(deps.argocd.send(applicationsets.listed()))
    users = listing.result()
    if users:
        raise FailedPrecondition(
            f"project {name!r} is that of {len(users)} applications: {listed(users, _NAMED)}; nothing was sent.",
            hint="Delete them, or give them another project with update (project=...).",
        )
    sets = [one.metadata.name for one in reading.result().items or [] if _is_of(one.spec, name)]
    warnings = [
        *_deployer(whole),
        *([f"ApplicationSets that make applications of it: {listed(sets, _NAMED)}."] if sets else []),
    ]
    if whole["spec"].get("sourceNamespaces") and (await may(deps, "get", f"{name}/*")).answer == "no":
        warnings.append(_HIDDEN)
    return calls.delete(name), whole, rights, warnings


def _is_of(spec: dict[str, Any], name: str) -> bool:
    return bool((((spec.get("template") or {}).get("spec")) or {}).get("project") == name)


async def _preview_delete(deps: Deps, asked: AddressedArguments) -> Preview:
    call, whole, rights, warnings = await _doomed(deps, asked)
    return Preview(
        call,
        f"Delete project {asked.target!r}",
        {"project": whole["metadata"]["uid"], "spec": whole["spec"]},
        changes=[f"project {asked.target!r}: deleted"],
        removes=roles.lost(whole, {"spec": {}}),
        warnings=warnings,
        rights=[f"{one}: {one.answer}" for one in rights],
        resource_version=str(whole["metadata"]["resourceVersion"]),
    )


@operation("Delete a project", Effect.DESTRUCTIVE, tool=INSTANCE, preview=_preview_delete)
async def delete_project(deps: Deps, asked: AddressedArguments) -> View:
    """Delete a project without applications."""
    call, whole, _, warnings = await _doomed(deps, asked)

    async def look() -> Empty | None:
        return Empty() if await _is_gone(deps, whole) else None

    await sent(deps, call, look, _LOOK)
    gone = await _is_gone(deps, whole)
    return changes.Deleted(
        result="deleted" if gone else "deletion requested, not finished",
        name=asked.target,
        resources=roles.lost(whole, {"spec": {}}),
        finalizers=[] if gone else [str(one) for one in whole["metadata"].get("finalizers") or []],
        warnings=warnings,
    )


async def _is_gone(deps: Deps, before: dict[str, Any]) -> bool:
    try:
        now = await deps.argocd.send(calls.whole(before["metadata"]["name"]))
    except NotFound:
        return True
    return bool(now["metadata"]["uid"] != before["metadata"]["uid"])
