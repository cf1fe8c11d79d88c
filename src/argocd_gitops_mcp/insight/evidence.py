"""What was read about one application before anybody reasons about it: data only, so that it can be recorded. Pure."""

from collections import defaultdict, deque
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from msgspec import Struct, field

from argocd_gitops_mcp.argocd.clusters import Cluster
from argocd_gitops_mcp.argocd.models import Application, HistoryEntry, ResourceStatus, SyncWindows
from argocd_gitops_mcp.argocd.repositories import Repository
from argocd_gitops_mcp.argocd.resource_models import Event, Node
from argocd_gitops_mcp.argocd.revisions import Commit
from argocd_gitops_mcp.argocd.tree import Key, key


class Log(Struct):
    """The last lines of one container, oldest first; `previous` is the one before its last restart."""

    container: str
    previous: bool = False
    lines: list[str] = field(default_factory=list)


class Resource(Struct, kw_only=True):
    """One resource of the tree with what was read of it: most have neither events, manifest nor logs."""

    node: Node
    status: ResourceStatus | None = None
    """As the controller last compared it; None of what Git does not declare."""
    modified: bool = False
    events: list[Event] = field(default_factory=list)
    live: dict[str, Any] | None = None
    """The live manifest, Secrets masked."""
    logs: list[Log] = field(default_factory=list)
    differs: list[list[str]] = field(default_factory=list)
    """Fields in which it is not as a sync would make it, step by step; read of what drifts."""

    @property
    def health(self) -> str:
        """Its health status; empty where it has none."""
        known = self.node.health or (self.status.health if self.status is not None else None)
        return known.status if known is not None else ""

    @property
    def said(self) -> str:
        """What its health check says."""
        known = self.node.health or (self.status.health if self.status is not None else None)
        return known.message if known is not None else ""


class Evidence(Struct, kw_only=True, dict=True):
    """Everything that was read.

    Args:
        application: as Argo CD holds it.
        resources: of its tree, and those Git declares that are not in the cluster.
        events: of the Application object itself.
        commits: by revision.
        repositories: registered ones that its sources use.
        cluster: its destination.
        windows: its sync windows.
        now: the time of reading, RFC 3339.
        unseen: what could not be read, and why: each a sentence of ours.
    """

    application: Application
    resources: list[Resource] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    commits: dict[str, Commit] = field(default_factory=dict)
    repositories: list[Repository] = field(default_factory=list)
    cluster: Cluster | None = None
    windows: SyncWindows | None = None
    now: str = ""
    unseen: list[str] = field(default_factory=list)

    @cached_property
    def by_key(self) -> dict[Key, Resource]:
        """Resources by group, kind, namespace and name."""
        return {key(one.node): one for one in self.resources}

    def owner(self, resource: Resource) -> Resource:
        """The resource at the top of those that own this one: of a pod mostly its Deployment."""
        seen: set[Key] = set()
        while key(resource.node) not in seen:
            seen.add(key(resource.node))
            for ref in resource.node.parent_refs or []:
                above = self.by_key.get(key(ref))
                if above is not None:
                    resource = above
                    break
        return resource

    @cached_property
    def _made_by(self) -> dict[Key, list[Resource]]:
        """What each resource owns, by the owner."""
        found: dict[Key, list[Resource]] = defaultdict(list)
        for one in self.resources:
            for ref in one.node.parent_refs or []:
                found[ref.group, ref.kind, ref.namespace, ref.name].append(one)
        return dict(found)

    def below(self, resource: Resource) -> Iterator[Resource]:
        """A resource, and what it owns over any number of steps."""
        waiting, seen = deque([resource]), {key(resource.node)}
        while waiting:
            one = waiting.popleft()
            yield one
            for each in self._made_by.get(key(one.node), []):
                if key(each.node) not in seen:
                    seen.add(key(each.node))
                    waiting.append(each)

    def of_kind(self, *kinds: str) -> Iterator[Resource]:
        """Resources of these kinds that are in the cluster."""
        return (one for one in self.resources if one.node.kind in kinds and one.node.uid)

    def deployed_before(self, moment: str) -> HistoryEntry | None:
        """The last deployment that was begun by then: what happened since may come of it."""
        history = self.application.status.history or []
        begun = [one for one in history if (one.deploy_started_at or one.deployed_at or "") <= moment]
        return max(begun, key=lambda one: one.id, default=None)
