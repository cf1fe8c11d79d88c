"""Which applications are meant, the worst first. Pure."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from heapq import nsmallest
from operator import attrgetter

from argocd_gitops_mcp.fleet import matching
from argocd_gitops_mcp.fleet.cursor import Place
from argocd_gitops_mcp.fleet.row import Row
from argocd_gitops_mcp.fleet.selector import Matches
from argocd_gitops_mcp.gitops.urls import normal
from argocd_gitops_mcp.names import nearest

IN_CLUSTER, IN_CLUSTER_URL = "in-cluster", "https://kubernetes.default.svc"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What must hold, all of it; what is empty or None does not matter.

    Args:
        query: words, all of which must be found somewhere.
        selector: of labels.
        cluster: name or server address.
        namespace: where it deploys to.
        app_namespace: where the Application itself is.
        repository: URL, or the end of its path.
        since: seconds since 1970 of the last change, at least.
    """

    query: str = ""
    project: str = ""
    selector: Matches | None = None
    cluster: str = ""
    namespace: str = ""
    app_namespace: str = ""
    repository: str = ""
    sync: frozenset[str] = frozenset()
    health: frozenset[str] = frozenset()
    phase: frozenset[str] = frozenset()
    since: float | None = None


@dataclass(frozen=True, slots=True)
class Ranked:
    """An application and its place in the order."""

    place: Place
    row: Row


@dataclass(frozen=True)
class Found:
    """What fits.

    Args:
        fitting: in no order, by how well they do.
        of: how many there are at all.
        is_near: none contains the words; these resemble them.
        hints: about filters that nothing fits, with the nearest that something does.
    """

    fitting: Mapping[int, Sequence[Row]]
    of: int
    is_near: bool = False
    hints: list[str] = field(default_factory=list)

    @cached_property
    def rows(self) -> list[Row]:
        """All of them, in no order."""
        return [row for rows in self.fitting.values() for row in rows]

    def page(self, limit: int, after: Place | None = None) -> list[Ranked]:
        """The worst that come after a place."""
        page: list[Ranked] = []
        for head, rows in self._alike(after):
            if len(page) == limit:
                break
            least = nsmallest(limit - len(page), rows, key=_NAMED)
            page += [Ranked((*head, row.name, row.namespace), row) for row in least]
        return page

    def left(self, after: Place | None) -> int:
        """How many come after a place."""
        return sum(len(rows) for _, rows in self._alike(after))

    def _alike(self, after: Place | None) -> Iterator[tuple[tuple[int, int, int], list[Row]]]:
        """Those that share fit and severity, the worst first: of many only few have to be sorted by name."""
        for fit in sorted(self.fitting):
            states: dict[tuple[str, str], list[Row]] = {}
            for row in self.fitting[fit]:
                states.setdefault((row.health, row.sync), []).append(row)
            alike: dict[tuple[int, int], list[Row]] = {}
            for rows in states.values():
                alike.setdefault(rows[0].severity, []).extend(rows)
            for severity in sorted(alike):
                head, rows = (fit, *severity), alike[severity]
                if after is None or head > after[:3]:
                    yield head, rows
                elif head == after[:3]:
                    yield head, [row for row in rows if (row.name, row.namespace) > after[3:]]


_NAMED = attrgetter("name", "namespace")
_STATES = attrgetter("health", "sync")


def search(rows: Collection[Row], wanted: Wanted, clusters: Mapping[str, str]) -> Found:
    """The applications that fit."""
    words = matching.words(wanted.query)
    fitting: list[Row] = list(matching.containing(rows, words)) if words else list(rows)
    others = _tests(wanted, clusters)
    for test in others:
        fitting = [row for row in fitting if test(row)]
    if fitting:
        return Found(matching.tiers(fitting, words) if words else {0: fitting}, len(rows))
    near: dict[int, list[Row]] = {}
    if words:
        fitting = list(rows)
        for test in others:
            fitting = [row for row in fitting if test(row)]
        for far, row in matching.resembling(fitting, words):
            near.setdefault(far, []).append(row)
    return Found(near, len(rows), is_near=bool(near), hints=[] if near else hints(rows, wanted, clusters))


def _tests(wanted: Wanted, clusters: Mapping[str, str]) -> list[Callable[[Row], bool]]:
    """One for each filter that is given, those that cost least first."""
    equal = {
        "project": wanted.project,
        "target_namespace": wanted.namespace,
        "namespace": wanted.app_namespace,
    }
    among = {"sync": wanted.sync, "health": wanted.health, "phase": wanted.phase}
    tests: list[Callable[[Row], bool]] = [_equals(name, value) for name, value in equal.items() if value]
    tests += [_is_among(name, values) for name, values in among.items() if values]
    if wanted.cluster:
        tests.append(_on_cluster(wanted.cluster, clusters))
    since, selector = wanted.since, wanted.selector
    if since is not None:
        tests.append(lambda row: row.last_change >= since)
    if selector is not None:
        tests.append(lambda row: selector(row.labels))
    if wanted.repository:
        tests.append(_from_repository(wanted.repository))
    return tests


def _equals(name: str, value: str) -> Callable[[Row], bool]:
    return lambda row: bool(getattr(row, name) == value)


def _is_among(name: str, values: frozenset[str]) -> Callable[[Row], bool]:
    # What was not looked at yet has no status; Argo CD's own pages call that Unknown.
    taken = values | {""} if "Unknown" in values else values
    return lambda row: getattr(row, name) in taken


def _on_cluster(wanted: str, clusters: Mapping[str, str]) -> Callable[[Row], bool]:
    """By name or address, whichever of both the destinations use."""
    asked = wanted.rstrip("/")
    servers = {server for server, name in clusters.items() if asked in (name, server.rstrip("/"))} | {asked}
    names = {name for server, name in clusters.items() if asked in (name, server.rstrip("/"))} | {asked}
    if servers & {IN_CLUSTER, IN_CLUSTER_URL}:
        servers.add(IN_CLUSTER_URL)
        names.add(IN_CLUSTER)
    return lambda row: (row.server.rstrip("/") in servers) if row.server else (row.cluster in names)


def _from_repository(wanted: str) -> Callable[[Row], bool]:
    """The same repository however it is spelled; or the end of its path, as `team/shop`."""
    asked = normal(wanted).lower()
    end = "/" + wanted.lower().strip("/").removesuffix(".git")
    known: dict[str, bool] = {}

    def is_it(url: str) -> bool:
        if url not in known:
            whole = normal(url).lower()
            known[url] = whole == asked or whole.endswith(end)
        return known[url]

    return lambda row: any(map(is_it, row.repositories))


def cluster_of(row: Row, clusters: Mapping[str, str]) -> str:
    """Its name, or else its address."""
    return cluster_named(row.server, row.cluster, clusters)


def cluster_named(server: str, name: str, clusters: Mapping[str, str]) -> str:
    """The same of what a destination says."""
    return name or clusters.get(server) or (IN_CLUSTER if server == IN_CLUSTER_URL else server)


def hints(rows: Collection[Row], wanted: Wanted, clusters: Mapping[str, str]) -> list[str]:
    """Filters whose value no application has, so that nothing is found whatever else is asked."""
    values: dict[str, tuple[str, Callable[[], Iterable[str]]]] = {
        "project": (wanted.project, lambda: {row.project for row in rows}),
        "namespace": (wanted.namespace, lambda: {row.target_namespace for row in rows}),
        "app_namespace": (wanted.app_namespace, lambda: {row.namespace for row in rows}),
        "cluster": (wanted.cluster, lambda: {cluster_of(row, clusters) for row in rows}),
        "repository": (wanted.repository, lambda: {url for row in rows for url in row.repositories}),
    }
    tests = {
        "cluster": lambda: _on_cluster(wanted.cluster, clusters),
        "repository": lambda: _from_repository(wanted.repository),
    }
    said: list[str] = []
    for name, (value, of) in values.items():
        known = of() if value else ()
        if not value or value in known:
            continue
        if name in tests and any(map(tests[name](), rows)):
            continue
        close = nearest(value, known, 3)
        near = f"; nearest: {', '.join(close)}" if close else ""
        said.append(f"no application has {name}={value}{near}")
    if wanted.namespace and any(row.namespace == wanted.namespace for row in rows):
        said.append(f"applications that are themselves in {wanted.namespace}: app_namespace={wanted.namespace}")
    return said


def counts(rows: Iterable[Row]) -> tuple[Counter[str], Counter[str]]:
    """By health and by sync."""
    health: Counter[str] = Counter()
    sync: Counter[str] = Counter()
    for (rated, compared), count in Counter(map(_STATES, rows)).items():
        health[rated or "Unknown"] += count
        sync[compared or "Unknown"] += count
    return health, sync
