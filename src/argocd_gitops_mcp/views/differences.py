"""What differs between the cluster and what a sync would make of it, as a unified diff. Pure."""

import difflib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from argocd_gitops_mcp.argocd.models import Application
from argocd_gitops_mcp.argocd.tree import Key
from argocd_gitops_mcp.views.manifests import yaml
from argocd_gitops_mcp.views.masking import together
from argocd_gitops_mcp.views.text import line, revision, size, within
from argocd_gitops_mcp.views.view import Rendered, headed

_WHOLE = 4_000_000
"""Characters: cut texts could be equal where their ends differ."""
_NAMED = 10
_NAME = 200
"""Bytes of a resource's name."""
_SENSIBLE = 40
"""Bytes of a line that are worth showing."""
_LEAST = 240
"""Bytes that a resource takes at least whose difference is begun, beside its name."""
_NOTE = 200
"""Bytes that a note of what was cut may take."""


class States(NamedTuple):
    """A resource as it is in the cluster, and as it would be; `{}` where it is not there."""

    live: dict[str, Any]
    wanted: dict[str, Any]


class Drawn(NamedTuple):
    """One resource's difference; of each hunk its lines, the `@@` first."""

    heading: str
    what: str
    hunks: list[list[str]]

    @property
    def lines(self) -> list[str]:
        """All hunks' lines."""
        return [one for hunk in self.hunks for one in hunk]

    @property
    def added(self) -> int:
        """Lines that come."""
        return sum(one[0] == "+" for one in self.lines)

    @property
    def removed(self) -> int:
        """Lines that go."""
        return sum(one[0] == "-" for one in self.lines)


class Differences(msgspec.Struct, kw_only=True):
    """A heading, and whole hunks as long as there is room, which every resource has its share of.

    Args:
        head: what is always shown.
        found: the resources that differ.
        most: bytes of the answer, where less is wanted than it may have; None for all it may have.
    """

    head: list[str]
    found: Sequence[Drawn] = ()
    most: int | None = None

    def render(self, limit: int) -> Rendered:
        """As text of at most `limit` bytes, with what was cut said at its place."""
        most = limit if self.most is None else min(limit, self.most)
        head = headed(self.head, most // 2)
        room = most - sum(size(one) + 1 for one in head) - _NOTE
        shown: list[str] = []
        hunks = cut = sum(len(one.hunks) for one in self.found)
        for one, share in _begun(self.found, room):
            kept, left = _fitting(one, share)
            shown += [f"=== {one.heading}", *kept]
            cut -= len(one.hunks) - left
        how = "an answer holds no more" if self.most is None else "choose with resources, e.g. [Deployment/web]"
        note = [f"[cut: {cut} of {hunks} hunks are not shown whole; {how}]"] if cut else []
        return Rendered("\n".join([*head, *note, *shown]))


def differences(
    app: Application,
    against: str,
    count: str,
    states: Mapping[Key, States],
    unread: Sequence[Key],
    notes: Sequence[str] = (),
    *,
    summary: bool = False,
    most: int | None = None,
) -> Differences:
    """The differences.

    Args:
        app: the application.
        against: what the cluster is compared with.
        count: how many resources were compared, in words.
        states: of those that differ.
        unread: further ones that differ, whose states were not read.
        notes: what to know of all that.
        summary: without the hunks.
        most: bytes of the answer; None for all it may have.
    """
    found = [shown for at, one in sorted(states.items()) if (shown := drawn(at, one)) is not None]
    hooks = sum(one.hook for one in app.status.resources or [])
    at = f" at {known}" if against == "Git" and (known := _revisions(app)) else ""
    compared = app.status.reconciled_at or "at an unknown time"
    differ = f"{len(found) + len(unread)} of {count} resources differ from {against}{at}"
    head = [f"{app.metadata.name}: {differ}{_kinds(found, unread)}; compared {compared}, refresh compares anew"]
    head += [f"[{line(note)}]" for note in notes]
    if hooks:
        head.append(f"[hooks are not compared: {hooks}]")
    head += [f"{one.heading} +{one.added} -{one.removed}" for one in found]
    if unread:
        named = ", ".join(line(f"{at[1]}/{at[3]}", _NAME) for at in unread[:_NAMED])
        head.append(f"[{len(unread)} more differ and were not read; name them in resources: {named}]")
    if summary or not found:
        return Differences(head=head, most=most)
    head.append("- in the cluster, + after a sync:")
    return Differences(head=head, found=found, most=most)


def _kinds(found: Sequence[Drawn], unread: Sequence[Key]) -> str:
    counts = Counter(one.what for one in found) + Counter({"not read": len(unread)})
    return f" ({', '.join(f'{number} {what}' for what, number in counts.items())})" if counts else ""


def _revisions(app: Application) -> str:
    known = app.status.sync.revisions or [app.status.sync.revision]
    return ", ".join(revision(one) for one in known if one)


def drawn(at: Key, one: States) -> Drawn | None:
    """The difference as hunks, secrets masked; None where only noise differs, such as who manages a field."""
    hunks: list[list[str]] = []
    live, wanted = together(one.live, one.wanted)
    for each in difflib.unified_diff(_text(live), _text(wanted), n=3, lineterm=""):
        if each.startswith("@@"):
            hunks.append([each])
        elif hunks:
            hunks[-1].append(each)
    if not hunks:
        return None
    what = "modified" if one.live and one.wanted else ("to be created" if one.wanted else "to be pruned")
    name = line(f"{at[1]}/{at[3]}{f' in {at[2]}' if at[2] else ''}", _NAME)
    heading = f"{name}{f' ({what})' if what != 'modified' else ''}"
    return Drawn(heading, what, hunks)


def _text(state: dict[str, Any]) -> list[str]:
    if not state:
        return []
    ordered = json.loads(json.dumps({name: value for name, value in state.items() if name != "status"}, sort_keys=True))
    return yaml(ordered, _WHOLE).split("\n")


def _size(one: Drawn) -> int:
    return size(one.heading) + 5 + sum(size(each) + 1 for each in one.lines)


def _begun(found: Sequence[Drawn], room: int) -> list[tuple[Drawn, int]]:
    """Those that are shown, with their room: the last ones are left out until each has enough to be of use."""
    kept = list(found)
    while True:
        shares = _shares([_size(one) for one in kept], room)
        poor = [at for at, one in enumerate(kept) if shares[at] < min(_size(one), _LEAST + size(one.heading))]
        if not poor or len(kept) == 1:
            return list(zip(kept, shares, strict=True))
        del kept[poor[-1]]


def _shares(sizes: Sequence[int], room: int) -> list[int]:
    """Room for each: what small ones leave goes to the larger ones."""
    shares = [0] * len(sizes)
    for place, index in enumerate(sorted(range(len(sizes)), key=sizes.__getitem__)):
        shares[index] = max(min(sizes[index], room // (len(sizes) - place)), 0)
        room -= shares[index]
    return shares


def _fitting(one: Drawn, room: int) -> tuple[list[str], int]:
    """The lines that fit, and how many hunks are not there whole."""
    if _size(one) <= room:
        return one.lines, 0
    room -= size(one.heading) + 5 + _NOTE // 2
    kept: list[str] = []
    whole = 0
    for hunk in one.hunks:
        needed = sum(size(each) + 1 for each in hunk)
        if needed > room:
            break
        kept += hunk
        room -= needed
        whole += 1
    # A hunk that is too large alone is begun: its first lines tell more than that there is one.
    begun = [] if whole else _beginning(one.hunks[0], room)
    left = len(one.hunks) - whole
    lines_left = len(one.lines) - len(kept) - len(begun)
    said = f"{lines_left} lines left out" if lines_left else "long lines cut"
    return [*kept, *begun, f"… {left} of {len(one.hunks)} hunks not shown whole, {said}"], left


def _beginning(lines: Sequence[str], room: int) -> list[str]:
    kept: list[str] = []
    for each in lines:
        if size(each) >= room:
            return [*kept, f"{within(each, room - 4)}…"] if room > _SENSIBLE else kept
        kept.append(each)
        room -= size(each) + 1
    return kept
