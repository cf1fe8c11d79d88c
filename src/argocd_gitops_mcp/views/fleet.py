"""Many applications as small answers: a page of rows, counts by group, what is new. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec import Struct

from argocd_gitops_mcp.ages import short
from argocd_gitops_mcp.fleet.cursor import Place
from argocd_gitops_mcp.fleet.grouping import Group, together
from argocd_gitops_mcp.fleet.row import HEALTH, SYNC, Row
from argocd_gitops_mcp.fleet.search import Found, Ranked, cluster_of, counts
from argocd_gitops_mcp.fleet.table import Changed
from argocd_gitops_mcp.views.budget import fitting
from argocd_gitops_mcp.views.text import line, revision, size, within
from argocd_gitops_mcp.views.view import Lines, Rendered, table

_USUAL_NAMESPACE = "argocd"
_FEW = 5
"""So many rows tell their revision and repository, too."""
_NOTE = 260
"""Bytes kept free for saying what was cut; a name has up to 253, which a cursor carries."""
_FILTERS = 400
_NOWHERE = "(none)"


class Page(Struct):
    """Applications, the worst first, as many as fit; the cursor of what comes after is made when that is known.

    Args:
        found: all that fit.
        shown: those that are asked for.
        filters: ` with health=Degraded`, or nothing.
        age: how fresh it is.
        known: the filters whose value every row repeats.
        clusters: names by server address.
        now: seconds since 1970.
        cursor: of what comes after a place.
        rest: how many come after a cursor that was given, if one was.
    """

    found: Found
    shown: Sequence[Ranked]
    filters: str
    age: str
    known: frozenset[str]
    clusters: Mapping[str, str]
    now: float
    cursor: Callable[[Place], str]
    rest: int | None = None

    def render(self, limit: int) -> Rendered:
        """As text of at most `limit` bytes."""
        head = [self._head()]
        if not self.shown:
            return Lines(head=head, lines=self.found.hints, unit="hints").render(limit)
        columns, *rows = self._table([one.row for one in self.shown])
        room = limit - sum(size(one) + 1 for one in (*head, columns)) - _NOTE - size(self.shown[-1].row.name) * 2
        kept = fitting(rows, room)
        if not kept:  # a cursor has to come further, however small the answer
            kept, rows = 1, [within(rows[0], max(room, size(self.shown[0].row.name)))]
        left = len(self.found.rows) if self.rest is None else self.rest
        if kept < left:
            which = f"the {kept} worst shown" if self.rest is None else f"the next {kept} of {left} shown"
            head.append(
                f"[{which}; narrow by a filter, or go on with cursor={self.cursor(self.shown[kept - 1].place)}]"
            )
        return Rendered("\n".join([*head, columns, *rows[:kept]]))

    def _head(self) -> str:
        found = self.found
        rows = found.rows
        what = f"{len(rows)} applications{self.filters}"
        if not rows:
            return f"{what} that this token may see{self.age}"
        if found.is_near:
            what = f"no match; {len(rows)} that resemble it{self.filters}"
        return f"{what}: {tallied(*counts(rows))}{self.age}"

    def _table(self, rows: Sequence[Row]) -> list[str]:
        where = {cluster_of(row, self.clusters) for row in rows}
        common = where.pop() if len(where) == 1 and len(rows) > _FEW else None
        destination = "DESTINATION" if common is None else f"DESTINATION({line(common, 100)})"
        columns: tuple[str, ...] = (
            "NAME",
            "NAMESPACE",
            "PROJECT",
            "SYNC",
            "HEALTH",
            "OPERATION",
            "CHANGED",
            destination,
        )
        columns += ("REVISION", "REPOSITORY") if len(rows) <= _FEW else ()
        return table(columns, [self._cells(row, common, whole=len(rows) <= _FEW) for row in rows])

    def _cells(self, row: Row, common: str | None, *, whole: bool) -> tuple[str, ...]:
        cluster = line(cluster_of(row, self.clusters), 100)
        parts = (cluster, row.target_namespace) if common is None else (row.target_namespace,)
        cells: tuple[str, ...] = (
            row.name,
            row.namespace if row.namespace != _USUAL_NAMESPACE and "app_namespace" not in self.known else "",
            line(row.project, 100) if "project" not in self.known else "",
            row.sync or "Unknown",
            row.health or "Unknown",
            "deleting" if row.deleting else row.phase if row.phase != "Succeeded" else "",
            short(max(self.now - row.last_change, 0)) if row.last_change else "",
            line("/".join(filter(None, parts)), 200),
        )
        return (*cells, line(revision(row.revision), 100), line(",".join(row.repositories), 300)) if whole else cells


def tallied(health: Counter[str], sync: Counter[str]) -> str:
    """`2 Degraded, 98 Healthy; 1 OutOfSync, 99 Synced`: the worst first."""
    return "; ".join(
        ", ".join(f"{count} {line(status, 40)}" for status, count in sorted(states.items(), key=_order(order)))
        for states, order in ((health, HEALTH), (sync, SYNC))
        if states
    )


def _order(known: Sequence[str]) -> Callable[[tuple[str, int]], int]:
    return lambda one: known.index(one[0]) if one[0] in known else -1


class Summary(Struct):
    """Groups of applications, the worst first, as many as fit; the others as one.

    Args:
        by: what the applications of a group share.
        groups: all of them.
        whole: every application once: one of several repositories is in several groups.
        filters: ` with health=Degraded`, or nothing.
        age: how fresh it is.
        more: how the groups that do not fit can be seen.
    """

    by: str
    groups: Sequence[Group]
    whole: Group
    filters: str
    age: str
    more: str

    def render(self, limit: int) -> Rendered:
        """As text of at most `limit` bytes."""
        head = f"{self.whole.total} applications{self.filters}"
        if not self.whole.total:
            return Rendered(f"{head} that this token may see{self.age}")
        head += f": {tallied(self.whole.health, self.whole.sync)}; {self.whole.well} well{self.age}"
        columns, *rows = self._table()
        kept = fitting(rows, limit - size(head) - size(columns) - _NOTE)
        text = [head, columns, *rows[:kept]]
        if kept < len(rows):
            rest = together(self.groups[kept:])
            text.append(f"[{len(rows) - kept} more: {rest.total} applications, {rest.well} well; {self.more}]")
        return Rendered("\n".join(text))

    def _table(self) -> list[str]:
        health = [one for one in HEALTH if self.whole.health[one] and self.by != "health"]
        sync = [one for one in SYNC if self.whole.sync[one] and self.by != "sync"]
        # `Unknown` is a word of both.
        columns = (
            self.by.upper(),
            "TOTAL",
            *(one.upper() for one in health),
            *(one.upper() if one != "Unknown" else "SYNC_UNKNOWN" for one in sync),
        )
        rows = [
            (
                line(group.name, 120) or _NOWHERE,
                str(group.total),
                *(str(group.health[one] or "") for one in health),
                *(str(group.sync[one] or "") for one in sync),
            )
            for group in self.groups
        ]
        return table(columns, rows)


class News(Struct):
    """Which applications are otherwise than they were, the worst first.

    Args:
        changed: each then and now.
        filters: ` with project=shop`, or nothing.
        age: how fresh it is.
    """

    changed: Sequence[Changed]
    filters: str
    age: str

    def render(self, limit: int) -> Rendered:
        """As text of at most `limit` bytes."""
        if not self.changed:
            return Rendered(
                f"nothing is new{self.filters}: no application came, went or changed its health or sync{self.age}"
            )
        kinds = Counter(map(_kind, self.changed))
        told = ", ".join(f"{kinds[kind]} {kind}" for kind in _KINDS if kinds[kind])
        head = f"new{self.filters}: {told}{self.age}"
        rows = [_news(one) for one in sorted(self.changed, key=_news_order)]
        kept = fitting(rows, limit - size(head) - _NOTE)
        note = [f"[the {kept} worst of {len(rows)} shown; narrow by a filter]"] if kept < len(rows) else []
        return Rendered("\n".join([head, *note, *rows[:kept]]))


_KINDS = ("worse", "appeared", "went", "changed", "better")


def _kind(one: Changed) -> str:
    if one.before is None:
        return "appeared"
    if one.after is None:
        return "went"
    before, after = one.before.severity, one.after.severity
    return "changed" if before == after else "worse" if after < before else "better"


def _news_order(one: Changed) -> tuple[int, tuple[int, int], str]:
    row = one.after or one.before
    return (_KINDS.index(_kind(one)), row.severity if row is not None else (0, 0), row.name if row is not None else "")


def _news(one: Changed) -> str:
    row = one.after or one.before
    if row is None:
        return ""
    states = [
        f"{_state(one.before, name)} -> {_state(one.after, name)}"
        for name in ("health", "sync")
        if _state(one.before, name) != _state(one.after, name)
    ]
    return f"{_kind(one)} {row.name} ({line(row.project, 100)}) {', '.join(states)}"


def _state(row: Row | None, name: str) -> str:
    return "-" if row is None else str(getattr(row, name)) or "Unknown"


def aged(age: float | None, total: int, shown: int) -> str:
    """How many there are besides, and when they were known to be so."""
    parts = [f"{total} in all"] if total != shown else []
    parts += [f"as of {round(age)} s ago"] if age is not None else []
    return f" [{', '.join(parts)}]" if parts else ""


def filtered(given: Iterable[tuple[str, str]]) -> str:
    """` with project=shop, health=Degraded`."""
    said = ", ".join(f"{name}={line(value, 200)}" for name, value in given)
    return f" with {line(said, _FILTERS)}" if said else ""
