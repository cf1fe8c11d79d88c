"""Reads what a diagnosis reasons about: first what tells whether and where something is wrong, then that in detail.

What cannot be read is said, never taken for absent; only the application itself must be readable.
"""

import asyncio
import re
import time
from collections import deque
from collections.abc import Awaitable, Sequence
from itertools import islice
from typing import Any, TypeVar

from msgspec import Struct

from argocd_gitops_mcp.argocd import clusters, repositories, resources, revisions, syncing
from argocd_gitops_mcp.argocd.call import Call
from argocd_gitops_mcp.argocd.git_urls import normal
from argocd_gitops_mcp.argocd.models import Application
from argocd_gitops_mcp.argocd.resource_models import Event, ManagedResource, ManagedResources, Node, ResourceTree
from argocd_gitops_mcp.argocd.resources import Owner, describe
from argocd_gitops_mcp.argocd.token import stamp
from argocd_gitops_mcp.argocd.tree import key, nodes
from argocd_gitops_mcp.concurrency import Together
from argocd_gitops_mcp.errors import Forbidden, GitOpsError, TimedOut
from argocd_gitops_mcp.insight import fields, suspects
from argocd_gitops_mcp.insight.evidence import Evidence, Log, Resource
from argocd_gitops_mcp.operations import _absent
from argocd_gitops_mcp.operations._operation import Deps
from argocd_gitops_mcp.views import manifests
from argocd_gitops_mcp.views.redaction import without_private_keys

T = TypeVar("T")
A = TypeVar("A", bound=Struct)

_AT_ONCE = 8
_SECONDS = 10.0
_EVENTS = 16
_MANIFESTS = 12
_LOGS = 4
_DIFFERENCES = 4
_FIELDS = 20
_STATES = ("normalizedLiveState", "predictedLiveState")
_LINES = 40
_MISSING = re.compile(r"permission denied: (\w+, \w+, [^,]+)")
_SHA = re.compile(r"[0-9a-f]{40}")


class Gatherer:
    """Reads one application's evidence.

    Args:
        deps: of the operation.
        owner: the application.
    """

    def __init__(self, deps: Deps, owner: Owner) -> None:
        self._deps, self._owner = deps, owner
        self._unseen: dict[str, None] = {}

    async def gather(self) -> Evidence:
        """Everything, in at most three rounds of requests.

        Raises:
            GitOpsError: the application cannot be read.
        """
        app = await _absent.application(self._deps, self._owner)
        self._owner = Owner(app.metadata.name, app.spec.project, self._owner.app_namespace)
        evidence = await self._overview(app)
        if suspects.is_well(app) and not suspects.troubled(evidence):
            return evidence
        await self._details(evidence)
        await self._words(evidence)
        evidence.unseen = list(self._unseen)
        return evidence

    async def _overview(self, app: Application) -> Evidence:
        owner = self._owner
        async with Together(_AT_ONCE) as group:
            tree = self._begin(group, "the resource tree", resources.tree(owner))
            managed = self._begin(group, "what Git declares of each resource", resources.managed(owner))
        found, declared = tree.result(), managed.result()
        return Evidence(
            application=app,
            resources=_joined(app, found, (declared.items or []) if declared is not None else []),
            now=stamp(time.time()),
            unseen=list(self._unseen),
        )

    async def _details(self, evidence: Evidence) -> None:
        """Events, manifests, commits, and the state of what the application needs: all at the same time."""
        app, owner = evidence.application, self._owner
        troubled = suspects.troubled(evidence)
        looked_at = [*suspects.in_detail(evidence), *suspects.held(evidence), *suspects.drifting(evidence)]
        whole = list({key(one.node): one for one in looked_at}.values())
        self._left("events", troubled, _EVENTS)
        self._left("manifests", whole, _MANIFESTS)
        shas = _revisions(app)
        is_compared = app.status.sync.status != "Unknown" and not app.status.conditions
        async with Together(_AT_ONCE) as group:
            own = self._begin(group, "the application's events", resources.events(owner))
            windows = self._begin(group, "its sync windows", syncing.windows(owner))
            happened = [(one, group.start(self._events(one.node))) for one in troubled[:_EVENTS]]
            manifest = [(one, group.start(self._live(one.node))) for one in whole[:_MANIFESTS]]
            drifting = [
                (one, self._begin(group, f"how {describe(one.node)} differs", self._states(one.node)))
                for one in suspects.drifting(evidence)[:_DIFFERENCES]
            ]
            told = {
                sha: self._begin(group, f"commit {sha[:8]}", revisions.commit(owner, sha, source_index=index))
                for sha, index in shas.items()
            }
            registry = None if is_compared else self._begin(group, "repositories", repositories.listed())
            reached = None if is_compared else self._begin(group, "clusters", clusters.listed())
        said = own.result()
        evidence.events = (said.items or []) if said is not None else []
        evidence.windows = windows.result()
        for one, events in happened:
            one.events = events.result()
        for one, live in manifest:
            one.live = live.result()
        for one, states in drifting:
            one.differs = _differing(one.node, states.result())
        evidence.commits = {sha: known for sha, task in told.items() if (known := task.result()) is not None}
        urls = {normal(source.repo_url) for source in app.sources()}
        registered = registry.result() if registry is not None else None
        if registered is not None:
            evidence.repositories = [one for one in registered.items or [] if normal(one.repo) in urls]
        there = reached.result() if reached is not None else None
        if there is not None:
            at = app.spec.destination
            evidence.cluster = next(
                (one for one in there.items or [] if at.server == one.server or (at.name and at.name == one.name)), None
            )

    async def _words(self, evidence: Evidence) -> None:
        """The last lines of containers that failed; which they are is known once the pods' manifests were read."""
        wanted = list(suspects.speaking(evidence))[:_LOGS]
        async with Together(_AT_ONCE) as group:
            reading = [
                (pod, Log(container, previous), group.start(self._log(pod.node, container, previous=previous)))
                for pod, container, previous in wanted
            ]
        for pod, log, task in reading:
            log.lines = task.result()
            if log.lines:
                pod.logs.append(log)

    async def _events(self, node: Node) -> list[Event]:
        found = await self._ask(f"events of {describe(node)}", resources.events(self._owner, node))
        return (found.items or []) if found is not None else []

    async def _live(self, node: Node) -> dict[str, Any] | None:
        found = await self._ask(f"the manifest of {describe(node)}", resources.live(self._owner, node))
        return manifests.parse(found.manifest) if found is not None else None

    def _states(self, node: Node) -> Call[ManagedResources]:
        return resources.managed(self._owner, states=_STATES, node=node)

    async def _log(self, pod: Node, container: str, *, previous: bool) -> list[str]:
        async def read() -> list[str]:
            call = resources.logs(self._owner, pod, container, tail_lines=_LINES, previous=previous)
            lines: deque[str] = deque(maxlen=_LINES)
            try:
                async with asyncio.timeout(_SECONDS), self._deps.argocd.stream(call) as messages:
                    async for one in messages:
                        if one.content and not one.is_argocds:
                            lines.append(one.content)
            except TimeoutError as error:
                raise TimedOut(f"The logs of {describe(pod)} did not end.") from error
            return without_private_keys(list(lines))

        return await self._try(f"logs of {describe(pod)}", read()) or []

    def _begin(self, group: Together, what: str, call: Call[A]) -> asyncio.Task[A | None]:
        return group.start(self._ask(what, call))

    async def _ask(self, what: str, call: Call[A]) -> A | None:
        return await self._try(what, self._deps.argocd.send(call))

    async def _try(self, what: str, asked: Awaitable[T]) -> T | None:
        """What was asked for; None, and a sentence in `unseen`, where it cannot be had."""
        try:
            return await asked
        except Forbidden as error:
            self._unseen[f"{what}: this token may not read it ({error.code}{_right(error)})"] = None
        except TimedOut as error:
            self._unseen[f"{what}: Argo CD did not answer in time ({error.code})"] = None
        except GitOpsError as error:
            self._unseen[f"{what}: {error.code}"] = None
        return None

    def _left(self, what: str, found: Sequence[Resource], most: int) -> None:
        if len(found) > most:
            self._unseen[
                f"{what} of {len(found) - most} more resources that are not well: {most} are read at a time"
            ] = None


def _differing(node: Node, found: ManagedResources | None) -> list[list[str]]:
    """The fields in which a resource is not as a sync would make it."""
    items = (found.items or []) if found is not None else []
    for one in items:
        if key(one) == key(node):
            live, wanted = manifests.parse(one.normalized_live_state), manifests.parse(one.predicted_live_state)
            return [list(steps) for steps in islice(fields.differing(live, wanted), _FIELDS)]
    return []


def _joined(app: Application, tree: ResourceTree | None, declared: Sequence[ManagedResource]) -> list[Resource]:
    """Each resource once: of the tree, and those that Git declares and the tree does not have."""
    status = {key(one): one for one in app.status.resources or []}
    modified = {key(one) for one in declared if one.modified}
    every = {key(node): node for node in (nodes(tree) if tree is not None else [])}
    for at, one in status.items():
        every.setdefault(
            at, Node(group=one.group, version=one.version, kind=one.kind, namespace=one.namespace, name=one.name)
        )
    return [Resource(node=node, status=status.get(at), modified=at in modified) for at, node in every.items()]


def _revisions(app: Application) -> dict[str, int | None]:
    """Commits worth knowing, each with the place of its source: what is deployed, what was before, what Git has now."""
    history = (app.status.history or [])[-2:]
    state = app.status.operation_state
    result = state.sync_result if state is not None else None
    found: dict[str, int | None] = {}
    for many, one in (
        *((entry.revisions, entry.revision) for entry in history),
        *([(result.revisions, result.revision)] if result is not None else []),
        (app.status.sync.revisions, app.status.sync.revision),
    ):
        for index, sha in enumerate(many or [one]):
            if _SHA.fullmatch(sha):
                found.setdefault(sha, index if many else None)
    return found


def _right(error: Forbidden) -> str:
    said = _MISSING.match(error.upstream)
    return f": it lacks the right {said[1]}" if said else ""
