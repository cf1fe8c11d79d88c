"""What an ApplicationSet makes, beside what it made already. Pure."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from msgspec import field as column

from argocd_gitops_mcp.argocd.applicationsets import Generated
from argocd_gitops_mcp.views.budget import listed
from argocd_gitops_mcp.views.changes import differences
from argocd_gitops_mcp.views.text import line
from argocd_gitops_mcp.views.view import Record

# The controller leaves these annotations where it finds them, among others (3.6).
_KEPT = ("notified.notifications.argoproj.io", "argocd.argoproj.io/refresh", "argocd.argoproj.io/hydrate")
_NAMED = 5
_LISTED = 40
_ROWS = 12
_ROOM = 4_000
"""Bytes of names in one row."""
KEEPS_DELETED = ("create-only", "create-update")
"""Values of applicationsSync with which no application is deleted."""
_KEEPS_CHANGED = ("create-only", "create-delete")


@dataclass(frozen=True, slots=True)
class Policy:
    """What of a set's spec decides about its applications.

    Args:
        sync: its applicationsSync; "" where it says nothing, and Argo CD's controller decides.
        preserves: the resources of a deleted application stay.
        labels: that are left as they are found.
        annotations: the same.
        ignores: whether it ignores differences, so that some changes may not arrive.
        rolls: whether it rolls changes out in steps, if Argo CD is set to do that.
    """

    sync: str = ""
    preserves: bool = False
    labels: frozenset[str] = frozenset()
    annotations: frozenset[str] = frozenset()
    ignores: bool = False
    rolls: bool = False

    @property
    def deletes(self) -> bool:
        """Whether what it does not make any more is deleted."""
        return self.sync not in KEEPS_DELETED

    @property
    def updates(self) -> bool:
        """Whether what differs is changed."""
        return self.sync not in _KEEPS_CHANGED


def policy(spec: Mapping[str, Any]) -> Policy:
    """Read from a set's spec, as Argo CD holds it or as somebody wants it."""
    sync = _object(spec.get("syncPolicy"))
    kept = _object(spec.get("preservedFields"))
    finalizers = _object(_object(spec.get("template")).get("metadata")).get("finalizers")
    own = isinstance(finalizers, list) and bool(finalizers)
    strategy = _object(spec.get("strategy"))
    return Policy(
        sync=str(sync.get("applicationsSync") or ""),
        preserves=not any(str(one).startswith("resources-finalizer") for one in finalizers or [])
        if own
        else bool(sync.get("preserveResourcesOnDeletion")),
        labels=frozenset(map(str, kept.get("labels") or [])),
        annotations=frozenset(map(str, kept.get("annotations") or [])),
        ignores=bool(spec.get("ignoreApplicationDifferences")),
        rolls=strategy.get("type") == "RollingSync" and bool(_object(strategy.get("rollingSync")).get("steps")),
    )


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


@dataclass(frozen=True, slots=True)
class Comparison:
    """By names: of what a set makes, what is new, what differs and how; and what it made and makes no more.

    Args:
        made: everything it makes.
        there: those that exist and are not its own, as far as is known.
        doubled: made more than once, so that Argo CD makes none of them.
        unseen: its own that the token does not see, so that nobody compared them.
    """

    made: Mapping[str, Generated]
    new: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    changed: Mapping[str, Sequence[str]] = field(default_factory=dict)
    there: tuple[str, ...] = ()
    doubled: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    same: int = 0

    def counts(self) -> str:
        """`3 applications: 1 new, 1 changed, 1 same; 2 made before are gone`."""
        parts = {
            "new": len(self.new),
            "changed": len(self.changed),
            "same": self.same,
            "there already": len(self.there),
            "made twice": len(self.doubled),
            "not to be seen": len(self.unseen),
        }
        told = ", ".join(f"{count} {what}" for what, count in parts.items() if count)
        noun = "application" if len(self.made) == 1 else "applications"
        gone = f"; {len(self.gone)} of those made before are not made any more" if self.gone else ""
        return f"{len(self.made)} {noun}{f': {told}' if told else ''}{gone}"


def compared(
    generated: Sequence[Generated], existing: Mapping[str, Generated], own: Collection[str], rules: Policy
) -> Comparison:
    """What was generated beside the applications of these names, of which some are the set's own."""
    numbers = Counter(one.metadata.name for one in generated)
    made = {one.metadata.name: one for one in generated}
    doubled = [name for name, number in numbers.items() if number > 1]
    single = [name for name in made if numbers[name] == 1]
    mine = [name for name in single if name in own]
    seen = {name: differing(made[name], existing[name], rules) for name in mine if name in existing}
    return Comparison(
        made,
        new=tuple(sorted(name for name in single if name not in own and name not in existing)),
        gone=tuple(sorted(name for name in own if name not in made)),
        changed={name: found for name, found in sorted(seen.items()) if found},
        there=tuple(sorted(name for name in single if name not in own and name in existing)),
        doubled=tuple(sorted(doubled)),
        unseen=tuple(sorted(name for name in mine if name not in existing)),
        same=sum(not found for found in seen.values()),
    )


def differing(made: Generated, existing: Generated, rules: Policy) -> list[str]:
    """What the controller changes of an application; it leaves some labels and annotations alone."""
    return differences(_content(existing, existing, rules), _content(made, existing, rules))


def _content(one: Generated, existing: Generated, rules: Policy) -> dict[str, Any]:
    labels = {name: value for name, value in (existing.metadata.labels or {}).items() if name in rules.labels}
    annotations = {
        name: value
        for name, value in (existing.metadata.annotations or {}).items()
        if name in rules.annotations or name.startswith(_KEPT)
    }
    labels, annotations = {**(one.metadata.labels or {}), **labels}, {**(one.metadata.annotations or {}), **annotations}
    spec = {**one.spec, "project": one.spec.get("project") or "default"}
    if rules.rolls and _is_stopped(existing.spec) and "automated" in _object(spec.get("syncPolicy")):
        sync = spec["syncPolicy"]
        spec["syncPolicy"] = {**sync, "automated": {**_object(sync["automated"]), "enabled": False}}
    return {"labels": labels, "annotations": annotations, "spec": spec}


def _is_stopped(spec: Mapping[str, Any]) -> bool:
    """applicationset/progressivesync (3.6): of a set that rolls out, the controller starts the syncs by itself."""
    return _object(_object(spec.get("syncPolicy")).get("automated")).get("enabled") is False


def changes(found: Comparison, rules: Policy) -> list[str]:
    """What becomes of the applications, in few lines."""
    return [
        *_row(gone(rules), found.gone),
        *changed(found, rules),
        *_row("created", found.new),
    ]


def gone(rules: Policy) -> str:
    """What becomes of those that are not made any more."""
    return "deleted" if rules.deletes else f"not made any more, and left (applicationsSync is {rules.sync})"


def changed(found: Comparison, rules: Policy) -> list[str]:
    """What becomes of those that differ; those of which the same is true share a line."""
    more = "" if rules.updates else f" (left: applicationsSync is {rules.sync})"
    return [row + more for row in _grouped(found.changed)]


def few(rows: Sequence[str]) -> list[str]:
    """The first changes of a set itself: of many elements its applications tell more."""
    return [*rows[:_ROWS], *([f"and {len(rows) - _ROWS} more changes"] if len(rows) > _ROWS else [])]


def _grouped(changed: Mapping[str, Sequence[str]]) -> Iterable[str]:
    groups: dict[tuple[str, ...], list[str]] = {}
    for name, found in changed.items():
        groups.setdefault(tuple(found), []).append(name)
    for what, names in groups.items():
        yield f"{_named(names)}: {'; '.join(what)}"


def _row(what: str, names: Sequence[str]) -> list[str]:
    return [f"{what}: {_named(names, _LISTED)}"] if names else []


def _named(names: Sequence[str], most: int = _NAMED) -> str:
    return listed([line(one, 260) for one in names], most, _ROOM)


def warnings(found: Comparison, rules: Policy, takers: Mapping[str, str]) -> list[str]:
    """What goes wrong, or may; `takers` are the owners of those that are there already, as far as asked for."""
    told = []
    free = [name for name in found.there if takers.get(name) == ""]
    if free:
        told.append(f"There already, and taken over with everything the template says: {_named(free)}.")
    told += [
        f"{name} is there already and belongs to {owner}: the set cannot have it, or they undo each other."
        for name, owner in takers.items()
        if owner
    ]
    if unasked := [name for name in found.there if name not in takers]:
        told.append(f"There already, and not looked at whose: {_named(unasked)}.")
    if found.doubled:
        told.append(f"Made more than once, so that Argo CD makes none of that name: {_named(found.doubled)}.")
    if found.unseen:
        told.append(f"This token does not see {_named(found.unseen)}: not compared.")
    if found.changed and rules.ignores:
        told.append("ignoreApplicationDifferences of the set may keep some of these changes away.")
    if not rules.deletes and found.gone:
        told.append("Unless Argo CD's controller runs with a policy of its own, which overrides applicationsSync.")
    return told


class Generation(Record):
    """What a set would make; nothing was changed."""

    MORE = "applicationsets with its name shows the set as it is"

    result: str
    name: str
    deleted: list[str] = column(default_factory=list)
    left: list[str] = column(default_factory=list)
    changed: list[str] = column(default_factory=list)
    created: list[str] = column(default_factory=list)
    set_changes: list[str] = column(default_factory=list)
    warnings: list[str] = column(default_factory=list)
    note: str = ""


class SetStored(Record):
    """A set that was written, and what became of its applications since."""

    MORE = "applicationsets with its name shows it as it is now"

    result: str
    name: str
    changed: list[str] = column(default_factory=list)
    applications: list[str] = column(default_factory=list)
    pending: list[str] = column(default_factory=list)
    problems: list[str] = column(default_factory=list)
    ignored: list[str] = column(default_factory=list)
    warnings: list[str] = column(default_factory=list)
    note: str = ""


class SetDeleted(Record):
    """`hidden` are applications that the token does not see: whether they are gone is not known."""

    MORE = "list shows the applications that are left"

    result: str
    name: str
    applications: list[str] = column(default_factory=list)
    pending: list[str] = column(default_factory=list)
    hidden: list[str] = column(default_factory=list)
    warnings: list[str] = column(default_factory=list)
    note: str = ""
