"""What an ApplicationSet would make, by Argo CD's own generators; and what became of it once the set was written."""

from collections.abc import Awaitable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from argocd_gitops_mcp.argocd import account, applications, ownership
from argocd_gitops_mcp.argocd import applicationsets as calls
from argocd_gitops_mcp.argocd.applicationsets import Generated
from argocd_gitops_mcp.concurrency import Together
from argocd_gitops_mcp.errors import GitOpsError
from argocd_gitops_mcp.operations._declared import editable
from argocd_gitops_mcp.operations._operation import Deps
from argocd_gitops_mcp.operations._standing import may
from argocd_gitops_mcp.views import generation as views
from argocd_gitops_mcp.views.generation import Comparison, Policy
from argocd_gitops_mcp.views.redaction import masked_line

Found = TypeVar("Found")

_ASKED_OWNERS = 20
_AT_ONCE = 6
_PAUSES = (0.3, 0.5, 1.0, 2.0)
_ENOUGH_LOOKS = 4
"""After so many a set that reports an error is not waited for any more."""
_MOST_FAILURES = 2
"""Looks in a row that may fail: the write was sent, and the next one may succeed."""


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What a set would make.

    Args:
        found: beside what there is.
        rules: of the set as it is to be.
        old: of the set as it is: these decide what a deleted application leaves behind.
        takers: by name, whose those are that are there already; "" of nobody's.
        namespace: of the set and its applications.
        is_assumed: whether Argo CD's controller has said nothing of the set yet, so that what it would make as it is
            counts as made.
        is_blind: whether one of the new may be there already, hidden from the token.
    """

    found: Comparison
    rules: Policy
    old: Policy
    takers: Mapping[str, str]
    namespace: str
    is_assumed: bool = False
    is_blind: bool = False

    @property
    def removed(self) -> list[str]:
        """The applications that would be deleted."""
        return list(self.found.gone) if self.rules.deletes else []

    @property
    def taken(self) -> list[str]:
        """The applications that would be taken over, and overwritten."""
        return [name for name in self.found.there if not self.takers.get(name)] if self.rules.updates else []

    def warnings(self) -> list[str]:
        """What goes wrong, or may."""
        told = views.warnings(self.found, self.rules, self.takers)
        if self.is_assumed:
            told.append("Argo CD's controller has said nothing of this set yet: all that it would make counts as made.")
        if self.is_blind and self.rules.updates:
            told.append("This token does not see all applications: a hidden one of a new name would be taken over.")
        return told


async def foreseen(deps: Deps, manifest: Mapping[str, Any], before: Mapping[str, Any] | None) -> Foreseen:
    """Have Argo CD generate the set as it is to be, and compare.

    Raises:
        Rejected: a generator or the template does not work.
        Forbidden: it takes the right to create the set.
    """
    name = str(manifest["metadata"]["name"])
    async with Together() as group:
        making = group.start(deps.argocd.send(calls.generated(manifest)))
        knowing = group.start(own(deps, before) if before is not None else _nothing())
        placing = group.start(_namespace(deps, manifest, before))
    made, mine, namespace = making.result().applications or [], set(knowing.result()), placing.result()
    existing = await _existing(deps, {*mine, *(one.metadata.name for one in made)}, namespace)
    foreign = [one.metadata.name for one in made if one.metadata.name in existing and one.metadata.name not in mine]
    takers = await _owners(deps, sorted(set(foreign))[:_ASKED_OWNERS], namespace)
    mine |= {one for one, owner in takers.items() if before is not None and owner == f"ApplicationSet {name!r}"}
    rules = views.policy(manifest["spec"])
    found = views.compared(made, existing, mine, rules)
    return Foreseen(
        found,
        rules,
        views.policy(before["spec"]) if before is not None else rules,
        {one: owner for one, owner in takers.items() if one not in mine},
        namespace,
        is_assumed=before is not None and not is_seen(before),
        is_blind=bool(found.new) and (await may(deps, "get", "*/*")).answer == "no",
    )


async def _nothing() -> list[str]:
    return []


async def _namespace(deps: Deps, manifest: Mapping[str, Any], before: Mapping[str, Any] | None) -> str:
    """Where the set is, or will be."""
    given = ((before or manifest)["metadata"]).get("namespace")
    return str(given or (await deps.argocd.send(account.settings())).controller_namespace)


async def own(deps: Deps, before: Mapping[str, Any]) -> list[str]:
    """The applications a set has made: as its status tells, or where that is silent or cut, what it would make."""
    status = before.get("status") or {}
    told = [str(one.get("name", "")) for one in status.get("resources") or []]
    if is_seen(before) and int(status.get("resourcesCount") or 0) <= len(told):
        return told
    manifest = {"metadata": _address(before), "spec": editable(dict(before))["spec"]}
    made = (await deps.argocd.send(calls.generated(manifest))).applications or []
    return sorted({*told, *(one.metadata.name for one in made)})


async def made(deps: Deps, before: Mapping[str, Any]) -> list[str]:
    """The same, of a set of which the controller has said nothing yet only what is there and its own."""
    names, namespace = await own(deps, before), str(before["metadata"]["namespace"])
    if is_seen(before):
        return sorted(names)
    there = await visible(deps, names, namespace)
    owners = await _owners(deps, there[:_ASKED_OWNERS], namespace)
    mine = f"ApplicationSet {before['metadata']['name']!r}"
    return [one for one in there if owners.get(one, mine) == mine]


def is_seen(whole: Mapping[str, Any]) -> bool:
    """Whether Argo CD's controller has said anything of a set; it looks at some namespaces only."""
    return bool((whole.get("status") or {}).get("conditions"))


def _told(status: Mapping[str, Any]) -> tuple[list[str], bool]:
    """The applications in a set's status, and whether there are more."""
    told = [str(one.get("name", "")) for one in status.get("resources") or []]
    return told, int(status.get("resourcesCount") or 0) > len(told)


def _address(whole: Mapping[str, Any]) -> dict[str, Any]:
    kept = ("name", "namespace", "labels", "annotations")
    return {name: whole["metadata"][name] for name in kept if whole["metadata"].get(name)}


async def _existing(deps: Deps, names: Collection[str], namespace: str) -> dict[str, Generated]:
    if not names:
        return {}
    found = await deps.argocd.send(calls.applications(sorted(names), namespace))
    return {one.metadata.name: one for one in found.items or [] if one.metadata.name in names}


async def _owners(deps: Deps, names: Sequence[str], namespace: str) -> dict[str, str]:
    async def owner(name: str) -> str:
        app = await deps.argocd.send(applications.get(name, app_namespace=namespace))
        return str(ownership.owner(app) or "")

    async with Together(_AT_ONCE) as group:
        asked = {name: group.start(owner(name)) for name in names}
    return {name: task.result() for name, task in asked.items()}


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a set that was written.

    Args:
        pending: by name, what is not as foreseen yet.
        problems: that the set reports.
        is_seen: whether Argo CD has looked at it at all.
        hidden: that the set says it has made, and the token does not see.
    """

    pending: Mapping[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    is_seen: bool = True
    hidden: list[str] = field(default_factory=list)


class _Patience:
    """A look that fails is told only after some in a row."""

    def __init__(self) -> None:
        self._failed = 0

    async def look(self, looking: Awaitable[Found]) -> Found | None:
        """What was found; None where the next look may tell.

        Raises:
            GitOpsError: the looks keep failing.
        """
        try:
            found = await looking
        except GitOpsError:
            self._failed += 1
            if self._failed > _MOST_FAILURES:
                raise
            return None
        self._failed = 0
        return found


async def settled(deps: Deps, name: str, seen: Foreseen, seconds: float) -> Settled:
    """Look until the applications are as foreseen, the set keeps reporting an error, or the time is over."""
    deadline, looks, again = deps.now() + seconds, 0, _Patience()
    await deps.progress(f"waiting until the applications of {name} are as they are to be; it goes on without us")
    waiting, hidden = _awaited(seen), list[str]()
    while True:
        state = await again.look(_looked(deps, name, seen, waiting))
        looks += 1
        if state is None:
            await deps.sleep(_PAUSES[0])
            continue
        # One that is only in the set's status yet is looked for again: the list may be a moment older.
        is_over = not state.pending and state.is_seen and not state.problems and state.hidden == hidden
        if is_over or (state.problems and looks >= _ENOUGH_LOOKS) or deps.now() >= deadline:
            return state
        waiting, hidden = [*state.pending, *state.hidden], state.hidden
        await deps.sleep(_PAUSES[min(looks, len(_PAUSES)) - 1])


def _awaited(seen: Foreseen) -> list[str]:
    """The applications that are to become something else."""
    changed = list(seen.found.changed) if seen.rules.updates else []
    return [*seen.found.new, *seen.removed, *changed, *seen.taken]


async def _looked(deps: Deps, name: str, seen: Foreseen, waiting: Collection[str]) -> Settled:
    async with Together() as group:
        reading = group.start(deps.argocd.send(calls.whole(name, seen.namespace)))
        listing = group.start(_existing(deps, waiting, seen.namespace))
    existing, whole = listing.result(), reading.result()
    status = whole.get("status") or {}
    told, is_cut = _told(status)
    states = {one: _state(one, existing.get(one), seen, is_told=None if is_cut else one in told) for one in waiting}
    pending = {one: state for one, state in states.items() if state}
    hidden = [one for one, state in states.items() if not state and one in seen.found.made and one not in existing]
    return Settled(pending, problems(status), is_seen(whole), hidden)


def _state(name: str, existing: Generated | None, seen: Foreseen, *, is_told: bool | None) -> str:
    """What an application still is; "" where it is as foreseen, and the set tells so, which the next write asks."""
    made = seen.found.made.get(name)
    if made is None:
        return "still there" if existing is not None or is_told else ""
    if is_told is False or (existing is None and is_told is None):
        return "not there yet"
    if existing is None:
        return ""  # as the set says; hidden from the token
    return "not changed yet" if views.differing(made, existing, seen.rules) else ""


def problems(status: Mapping[str, Any]) -> list[str]:
    """The errors that a set reports."""
    return [
        f"{one.get('reason', '')}: {masked_line(str(one.get('message', '')), 500)}"
        for one in status.get("conditions") or []
        if one.get("type") == "ErrorOccurred" and one.get("status") == "True"
    ]


async def visible(deps: Deps, names: Collection[str], namespace: str) -> list[str]:
    """Those of these applications that the token sees."""
    return sorted(await _existing(deps, names, namespace))


async def left(deps: Deps, names: Collection[str], namespace: str, seconds: float) -> list[str]:
    """Look until these applications are gone, or the time is over; gives those that are there."""
    deadline, looks, again = deps.now() + seconds, 0, _Patience()
    while True:
        there = await again.look(_existing(deps, names, namespace))
        looks += 1
        if there is not None and (not there or deps.now() >= deadline):
            return sorted(there)
        names = there or names
        await deps.sleep(_PAUSES[min(looks, len(_PAUSES)) - 1])
