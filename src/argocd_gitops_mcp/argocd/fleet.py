"""All applications at once, each as little as a row of a table needs, and what changes of them.

Shapes: ApplicationService in Argo CD's swagger 3.6. Its `fields` parameter stands nowhere, and differs between the two.
"""

from typing import Any

from msgspec import Struct, field

from argocd_gitops_mcp.argocd.call import Call, path, query
from argocd_gitops_mcp.argocd.models import Destination

# The list knows only these spellings, each one whole; anything else comes back empty.
_LISTED = (
    "metadata.name",
    "metadata.namespace",
    "metadata.labels",
    "metadata.creationTimestamp",
    "metadata.deletionTimestamp",
    "spec.project",
    "spec.destination",
    "spec.source",
    "spec.sources",
    "spec.sourceHydrator",
    "status.sync.status",
    "status.sync.revision",
    "status.health",
    "status.operationState.phase",
    "status.operationState.startedAt",
    "status.operationState.finishedAt",
)
# The watch takes any path. Of an application's messages in a row that are then equal only the first is sent, so with
# nothing that every comparison changes (resourceVersion, reconciledAt) it says only what is news. It tells equal
# messages apart by name alone: the namespace is among the fields so that two of one name never look equal.
_WATCHED = (
    *_LISTED[:7],
    "spec.source.repoURL",
    "spec.sources.repoURL",
    "spec.sourceHydrator.drySource.repoURL",
    "status.sync.status",
    "status.sync.revision",
    "status.health.status",
    "status.health.lastTransitionTime",
    *_LISTED[-3:],
)
_NOWHERE = "_"
"""No namespace can be called so."""


class Meta(Struct, rename="camel"):
    name: str = ""
    namespace: str = ""
    labels: dict[str, str] | None = None
    creation_timestamp: str | None = None
    deletion_timestamp: str | None = None


class Repository(Struct):
    url: str = field(default="", name="repoURL")


class Hydrator(Struct, rename="camel"):
    dry_source: Repository = field(default_factory=Repository)


class Spec(Struct, rename="camel"):
    project: str = ""
    destination: Destination = field(default_factory=Destination)
    source: Repository | None = None
    sources: list[Repository] | None = None
    source_hydrator: Hydrator | None = None

    def repositories(self) -> list[str]:
        """Of every source; a hydrated application's is the dry one. As Argo CD does, `sources` wins."""
        if self.sources:
            found = [one.url for one in self.sources]
        elif self.source_hydrator is not None:
            found = [self.source_hydrator.dry_source.url]
        else:
            return [self.source.url] if self.source is not None and self.source.url else []
        return [url for url in dict.fromkeys(found) if url]


class Sync(Struct):
    status: str = ""
    revision: str = ""


class Rated(Struct, rename="camel"):
    status: str = ""
    last_transition_time: str | None = None


class Operated(Struct, rename="camel"):
    phase: str = ""
    started_at: str | None = None
    finished_at: str | None = None


class Status(Struct, rename="camel"):
    sync: Sync = field(default_factory=Sync)
    health: Rated = field(default_factory=Rated)
    operation_state: Operated | None = None


class Item(Struct):
    """An application as the list and the watch tell it; its metadata is never absent: `{}` is no application."""

    metadata: Meta
    spec: Spec = field(default_factory=Spec)
    status: Status = field(default_factory=Status)


class Change(Struct):
    """One message of the watch: ADDED, MODIFIED or DELETED."""

    type: str
    application: Item


class ListMeta(Struct, rename="camel"):
    resource_version: str = ""


class Frame(Struct):
    """The list without its items: null where there are none, but never absent, since `{}` is no empty list."""

    items: list[Any] | None
    metadata: ListMeta = field(default_factory=ListMeta)


def listed(*, project: str | None = None, app_namespace: str | None = None) -> Call[Frame]:
    """Every application the token may see. Read it in pieces: an Argo CD that ignores `fields` sends 17 kB each."""
    fields = ",".join(f"items.{one}" for one in _LISTED)
    asked = query(projects=[project] if project else None, appNamespace=app_namespace, fields=fields)
    return Call("GET", path("applications"), Frame, "the list of applications", query=asked)


def changes() -> Call[Change]:
    """Whatever changes from now on, as a stream; with any version, what is there already is not told first."""
    fields = ["result.type", *(f"result.application.{one}" for one in _WATCHED)]
    asked = query(resourceVersion="0", fields=",".join(fields))
    return Call("GET", path("stream", "applications"), Change, "the changes of applications", query=asked)


def version() -> Call[Frame]:
    """The list of a namespace that cannot be, which tells the version that all lists have by now, and costs nothing."""
    asked = query(appNamespace=_NOWHERE, fields="items.metadata.name")
    return Call("GET", path("applications"), Frame, "the version of the applications", query=asked)
