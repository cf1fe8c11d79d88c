"""All applications: found, listed, counted, and what is new among them."""

import re
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, Field

from argocd_gitops_mcp.effects import Effect
from argocd_gitops_mcp.errors import InvalidArgument
from argocd_gitops_mcp.later import Later
from argocd_gitops_mcp.names import nearest
from argocd_gitops_mcp.operations._arguments import AppNamespace, Detail, Limit, Namespace, Project, Selector, Text
from argocd_gitops_mcp.operations._operation import APPLICATION, Arguments, Deps, operation
from argocd_gitops_mcp.views.view import View

if TYPE_CHECKING:
    from argocd_gitops_mcp.fleet import cursor, grouping, row, search, selector
    from argocd_gitops_mcp.fleet.table import Snapshot
    from argocd_gitops_mcp.views import fleet as views
else:
    cursor = Later("argocd_gitops_mcp.fleet.cursor")
    grouping = Later("argocd_gitops_mcp.fleet.grouping")
    row = Later("argocd_gitops_mcp.fleet.row")
    search = Later("argocd_gitops_mcp.fleet.search")
    selector = Later("argocd_gitops_mcp.fleet.selector")
    views = Later("argocd_gitops_mcp.views.fleet")

_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_WITHIN = re.compile(r"(\d{1,6})([smhdw])")
_SUMMARY = 500 * 4
"""Characters of a summary."""


def _within(value: str) -> str:
    if not _WITHIN.fullmatch(value):
        raise ValueError(f"{value[:40]!r} is no time such as 90s, 30m, 6h or 7d")
    return value


class FilterArguments(Arguments):
    """Which applications are meant: all that is given must hold."""

    query: Annotated[Text | None, Field(description="Words; forgives typos")] = None
    project: Project = None
    selector: Selector = None
    cluster: Annotated[Text | None, Field(description="Name or URL")] = None
    namespace: Annotated[Namespace | None, Field(description="list, summary: destination's; else as app_namespace")] = (
        None
    )
    app_namespace: AppNamespace = None
    repository: Annotated[Text | None, Field(description="URL")] = None
    sync: Annotated[Text | None, Field(description="e.g. Unknown,OutOfSync")] = None
    health: Text | None = None
    phase: Annotated[Text | None, Field(description="e.g. Failed")] = None
    changed_within: Annotated[Annotated[str, AfterValidator(_within)] | None, Field(description="30m, 6h, 7d")] = None

    @property
    def filters(self) -> list[tuple[str, str]]:
        """What is given, by name."""
        given = [(name, getattr(self, name)) for name in FilterArguments.model_fields]
        return [(name, str(value)) for name, value in given if value is not None]

    def wanted(self, now: float) -> "search.Wanted":
        """As the search wants it.

        Raises:
            InvalidArgument: there is no such status, or the selector is none; by name, with the nearest.
        """
        within = _WITHIN.fullmatch(self.changed_within or "")
        return search.Wanted(
            query=self.query or "",
            project=self.project or "",
            selector=selector.parsed(self.selector) if self.selector else None,
            cluster=self.cluster or "",
            namespace=self.namespace or "",
            app_namespace=self.app_namespace or "",
            repository=self.repository or "",
            sync=_known("sync", self.sync, row.SYNC),
            health=_known("health", self.health, row.HEALTH),
            phase=_known("phase", self.phase, row.PHASES),
            since=now - int(within[1]) * _UNITS[within[2]] if within else None,
        )


def _known(name: str, said: str | None, known: Sequence[str]) -> frozenset[str]:
    """Statuses, however they are capitalized."""
    spelled = {one.lower(): one for one in known}
    found: set[str] = set()
    for one in (said or "").split(","):
        status = spelled.get(one.strip().lower())
        if status is not None:
            found.add(status)
        elif said is not None:
            close = nearest(one.strip(), known, 1)
            raise InvalidArgument(
                f"{name}: there is no {one.strip()!r}." + (f" Did you mean {close[0]!r}?" if close else ""),
                hint=f"It is one or more of {', '.join(known)}.",
            )
    return frozenset(found)


class ListArguments(FilterArguments):
    limit: Limit = 100
    cursor: Text | None = None


@operation("List applications", Effect.READ, tool=APPLICATION, verb="list")
async def list_applications(deps: Deps, asked: ListArguments) -> View:
    """Search applications, worst first, with counts by health and sync."""
    now = time.time()
    wanted, filters = asked.wanted(now), dict(asked.filters)
    after = cursor.place(asked.cursor, filters) if asked.cursor else None
    seen = await _seen(deps, asked, named=asked.cluster is not None)
    found = search.search(seen.rows, wanted, seen.clusters)
    rest = None if after is None else found.left(after)
    return views.Page(
        found,
        found.page(asked.limit, after),
        views.filtered(asked.filters),
        views.aged(seen.age, found.of, len(found.rows)),
        frozenset(filters),
        seen.clusters,
        now,
        lambda place: cursor.after(place, filters),
        rest,
    )


class SummaryArguments(FilterArguments):
    by: Literal["project", "cluster", "namespace", "repository", "health", "sync"] | None = None
    since: Text | None = None
    detail: Detail = "summary"


@operation("Summarize applications", Effect.READ, tool=APPLICATION, verb="summary", limit=_SUMMARY)
async def summarize_applications(deps: Deps, asked: SummaryArguments) -> View:
    """Count applications by project, cluster, ..., worst first; news since a cursor."""
    wanted, by = asked.wanted(time.time()), asked.by or "project"
    seen = await _seen(deps, asked, named=by == "cluster" or asked.cluster is not None)
    filters = views.filtered(asked.filters)
    until = f"; cursor={seen.table.cursor}" if seen.table is not None else ""
    if asked.since is not None:
        if seen.table is None:
            raise InvalidArgument(
                "since needs the index, and this server keeps none.",
                hint="list with changed_within goes by Argo CD's own times.",
            )
        changed = seen.table.since(asked.since)
        fitting = search.search(
            [one for each in changed.values() if (one := each.after or each.before)], wanted, seen.clusters
        )
        told = [changed[one.key] for one in fitting.rows if not fitting.is_near]
        return views.News(told, filters, views.aged(seen.age, 0, 0) + until)
    found = search.search(seen.rows, wanted, seen.clusters)
    return views.Summary(
        by,
        grouping.groups(found.rows, by, seen.clusters),
        grouping.whole(found.rows),
        filters,
        views.aged(seen.age, found.of, len(found.rows)) + until,
        "narrow by a filter" if asked.detail == "full" else "narrow by a filter, or detail=full for more",
    )


async def _seen(deps: Deps, asked: FilterArguments, *, named: bool) -> "Snapshot":
    return await deps.fleets.fresh(deps.argocd, project=asked.project, app_namespace=asked.app_namespace, named=named)
