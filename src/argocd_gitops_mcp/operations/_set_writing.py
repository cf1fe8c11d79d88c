"""An ApplicationSet that is to be written: what that takes and would do, refused where it does more than was asked."""

from dataclasses import dataclass
from typing import Any

import msgspec

from argocd_gitops_mcp.argocd import applicationsets as calls
from argocd_gitops_mcp.argocd import ownership
from argocd_gitops_mcp.argocd.call import Call
from argocd_gitops_mcp.argocd.models import ObjectMeta
from argocd_gitops_mcp.errors import AlreadyExists, FailedPrecondition, InvalidArgument, NotFound
from argocd_gitops_mcp.operations import _declared
from argocd_gitops_mcp.operations._declared import DeclaredArguments
from argocd_gitops_mcp.operations._ending import goes_on
from argocd_gitops_mcp.operations._generation import Foreseen, Settled, foreseen, settled
from argocd_gitops_mcp.operations._operation import Deps
from argocd_gitops_mcp.operations._sending import sent
from argocd_gitops_mcp.operations._sets import missing
from argocd_gitops_mcp.operations._standing import Right, may, object_of, refuse_without
from argocd_gitops_mcp.views import generation as views
from argocd_gitops_mcp.views import stored
from argocd_gitops_mcp.views.budget import listed
from argocd_gitops_mcp.views.generation import Policy
from argocd_gitops_mcp.views.plans import Preview
from argocd_gitops_mcp.views.view import View

LOOK = "read the applicationsets by this name"
_ADDED = ("labels", "annotations")
_NAMED = 20
SECONDS = 20
"""How long the applications are watched after a write."""


@dataclass(frozen=True, slots=True)
class Write:
    """A set that is to be written, and what it rests on."""

    call: Call[dict[str, Any]]
    manifest: dict[str, Any]
    before: dict[str, Any] | None
    seen: Foreseen
    rights: tuple[Right, ...]
    warnings: list[str]

    @property
    def name(self) -> str:
        return str(self.manifest["metadata"]["name"])

    def changes(self) -> list[str]:
        """Of the set itself."""
        if self.before is None:
            return [f"ApplicationSet {self.name!r}: created"]
        return stored.changed(_declared.told(self.before), _declared.told(self.manifest))

    def is_in(self, whole: dict[str, Any]) -> bool:
        """Whether a set holds what is sent, and no more what that takes away; Argo CD adds to it what it likes."""
        wanted, held = _declared.editable(self.manifest), _declared.editable(whole)
        taken = set(stored.missing(_declared.editable(self.before or {}), wanted, ""))
        return not stored.missing(wanted, held, "") and taken.isdisjoint(stored.missing(held, wanted, ""))


async def read(deps: Deps, name: str, namespace: str | None) -> dict[str, Any]:
    return await deps.argocd.send(calls.whole(name, namespace))


async def existing(deps: Deps, name: str, namespace: str | None) -> dict[str, Any]:
    """The set that is to be changed or deleted.

    Raises:
        NotFound: there is none, with where it is instead.
    """
    try:
        return await read(deps, name, namespace)
    except NotFound as error:
        raise await missing(deps, name, namespace, "metadata={'namespace': {}}") from error


async def new(deps: Deps, asked: DeclaredArguments) -> Write:
    name, namespace = _declared.identity(asked)
    try:
        other = await read(deps, name, namespace)
    except NotFound:
        other = None
    if other is not None:
        raise AlreadyExists(
            f"ApplicationSet {name!r} exists already, of project {project_of(other)!r}; nothing was sent.",
            hint="Change it with update_applicationset: what is not named stays.",
        )
    manifest = _declared.new(asked)
    rights = await _rights(deps, manifest, None, namespace, "create")
    return Write(calls.store(manifest), manifest, None, await foreseen(deps, manifest, None), rights, [])


async def changed(deps: Deps, asked: DeclaredArguments) -> Write:
    name, namespace = _declared.identity(asked)
    before = await existing(deps, name, namespace)
    _refuse_deleting(before)
    wanted = _declared.changed(asked, before)
    _refuse_removing(before, wanted)
    # Its finalizers are among what is editable: the API replaces them, and labels and annotations it only adds.
    manifest = {"metadata": {**wanted["metadata"], **address(before)}, "spec": wanted["spec"]}
    rights = await _rights(deps, manifest, before, namespace, "create", "update")
    seen = await foreseen(deps, manifest, before)
    call = calls.store({**manifest, "metadata": _sent(manifest["metadata"], before["metadata"])}, upsert=True)
    return Write(call, manifest, before, seen, rights, deployer(before))


def _sent(metadata: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    """Without the labels and annotations that are there already: others write theirs meanwhile, and they are added."""
    news = {
        part: {name: value for name, value in metadata[part].items() if (before.get(part) or {}).get(name) != value}
        for part in _ADDED
        if part in metadata
    }
    kept = {part: value for part, value in metadata.items() if part not in _ADDED}
    return {**kept, **{part: found for part, found in news.items() if found}}


def address(whole: dict[str, Any]) -> dict[str, Any]:
    return {name: whole["metadata"][name] for name in ("name", "namespace")}


def project_of(whole: dict[str, Any]) -> str:
    template = whole["spec"].get("template")
    spec = template.get("spec") if isinstance(template, dict) else None
    return str(spec.get("project") or "") if isinstance(spec, dict) else ""


def refuse_templated(manifest: dict[str, Any]) -> str:
    """The project of its applications.

    Raises:
        InvalidArgument: none, or one that the template fills in: beyond Argo CD's API.
    """
    project = project_of(manifest)
    if not project or "{{" in project:
        raise InvalidArgument(
            "spec.template.spec.project must be one project's name: Argo CD's API takes no templated one."
        )
    return project


async def _rights(
    deps: Deps, manifest: dict[str, Any], before: dict[str, Any] | None, namespace: str | None, *actions: str
) -> tuple[Right, ...]:
    """Ask for them.

    Raises:
        InvalidArgument: no project, or a templated one.
        Forbidden: a right is missing; nothing was sent.
    """
    project = refuse_templated(manifest)
    wanted = {project: actions}
    if before is not None and "{{" not in project_of(before):
        # Of a set that was not made by the API the project can be templated: nobody can be asked for rights on it.
        wanted.setdefault(project_of(before), ("update",))
    name, found = manifest["metadata"]["name"], []
    for one, these in wanted.items():
        about = await object_of(deps, one, name, namespace)
        found += [await may(deps, action, about, "applicationsets") for action in these]
    rights = tuple(found)
    refuse_without(rights)
    return rights


def _refuse_deleting(whole: dict[str, Any]) -> None:
    since = whole["metadata"].get("deletionTimestamp")
    if since:
        raise FailedPrecondition(
            f"ApplicationSet {whole['metadata']['name']!r} is being deleted since {since}; nothing was sent."
        )


def _refuse_removing(before: dict[str, Any], wanted: dict[str, Any]) -> None:
    for part in _ADDED:
        lost = sorted(set(before["metadata"].get(part) or {}) - set(wanted["metadata"].get(part) or {}))
        if lost:
            raise InvalidArgument(
                f"metadata.{part}: Argo CD's API only adds to an ApplicationSet's, and cannot remove "
                f"{', '.join(map(repr, lost))}; nothing was sent.",
                hint="Set it to another value, or remove it where the set is declared.",
            )


def refuse_unsaid(write: Write, *, prune: bool) -> None:
    """What deletes or overwrites applications has to be asked for.

    Raises:
        FailedPrecondition: names them, and the argument.
    """
    removed, taken = write.seen.removed, write.seen.taken
    if removed and not prune:
        raise FailedPrecondition(
            f"ApplicationSet {write.name!r} would not make {len(removed)} of its applications any more, and Argo CD "
            f"would delete them: {listed(removed, _NAMED)}; nothing was sent. {resources(write.seen.old)}",
            hint="If that is wanted, call it again with prune=true: it asks for confirmation.",
        )
    if taken and not prune:
        raise FailedPrecondition(
            f"Applications of these names exist already, and ApplicationSet {write.name!r} would take them over and "
            f"overwrite them: {listed(taken, _NAMED)}; nothing was sent.",
            hint="Name the others differently, or call it again with prune=true: it asks for confirmation.",
        )


def resources(old: Policy) -> str:
    """What deleted applications leave behind; the finalizers they have are those of the set as it was."""
    if old.preserves:
        return "The resources of the deleted applications go on running, and nothing manages them any more."
    return "The deployed resources of the deleted applications are deleted with them."


def deployer(whole: dict[str, Any]) -> list[str]:
    owned = ownership.deployer(msgspec.convert(whole["metadata"], ObjectMeta), "ApplicationSet")
    return [f"{owned} deploys this set from Git and puts it back at its next sync: change it there."] if owned else []


def preview(write: Write, *, prune: bool) -> Preview:
    """What writing it would do."""
    seen, removed = write.seen, write.seen.removed
    warnings = [*write.warnings, *seen.warnings()]
    warnings += [resources(seen.old)] if removed else []
    if (removed or seen.taken) and not prune:
        warnings.append("It is refused without prune=true.")
    found = seen.found
    return Preview(
        write.call,
        f"{'Create' if write.before is None else 'Update'} ApplicationSet {write.name!r}: {seen.found.counts()}",
        {
            "set": (write.before or {}).get("metadata", {}).get("uid"),
            "spec and metadata": _declared.editable(write.before or {}),
            "applications": [found.gone, found.changed, found.new, found.there],
        },
        changes=[*views.few(write.changes()), *views.changes(found, seen.rules)],
        removes=[f"Application/{name}" for name in removed],
        warnings=warnings,
        rights=[f"{one}: {one.answer}" for one in write.rights],
        resource_version=str((write.before or {}).get("metadata", {}).get("resourceVersion", "")),
    )


async def written(deps: Deps, write: Write) -> View:
    """Send it once, and read what became of it."""
    namespace = write.manifest["metadata"].get("namespace")
    old = (write.before or {}).get("metadata", {}).get("resourceVersion")

    async def look() -> dict[str, Any] | None:
        try:
            whole = await read(deps, write.name, namespace)
        except NotFound:
            return None
        moved = whole["metadata"]["resourceVersion"] != old  # by the set's controller, too
        return whole if moved and write.is_in(whole) else None

    after = await sent(deps, write.call, look, LOOK)
    with goes_on("", "change", LOOK):
        state = await settled(deps, write.name, write.seen, SECONDS)
    return _answer(write, after, state)


def _answer(write: Write, after: dict[str, Any], state: Settled) -> View:
    before, seen = write.before, write.seen
    verb = "created" if before is None else "updated"
    notes = []
    if before is not None and after["metadata"]["uid"] != before["metadata"]["uid"]:
        verb = "created anew: somebody had deleted it meanwhile"
    elif before is not None and after["metadata"].get("generation", 0) > before["metadata"].get("generation", 0) + 1:
        notes.append("Somebody else changed its spec at the same time: Argo CD's API lets the last one win. Read it.")
    if state.hidden:
        notes.append(f"That {listed(state.hidden, _NAMED)} were made says the set; this token does not see them.")
    if not state.is_seen:
        ended = f"Argo CD's controller has not looked at it within {SECONDS:g} s"
    elif state.problems:
        ended = "it reports an error"
    elif state.pending:
        ended = f"not all applications are as foreseen after {SECONDS:g} s; it goes on"
    else:
        ended = "its applications are as foreseen"
    moved = stored.changed(_declared.told(before), _declared.told(after)) if before is not None else []
    return views.SetStored(
        result=stored.NOTHING if verb == "updated" and not moved else f"{verb}; {ended}",
        name=write.name,
        changed=views.few(moved),
        applications=[seen.found.counts(), *views.changes(seen.found, seen.rules)],
        pending=[f"{name}: {what}" for name, what in state.pending.items()],
        problems=state.problems,
        ignored=stored.missing(_declared.editable(write.manifest), _declared.editable(after), ""),
        warnings=[*write.warnings, *seen.warnings()],
        note=" ".join(notes),
    )
