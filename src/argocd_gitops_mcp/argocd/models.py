"""Argo CD's objects, as far as we read them: names and types as in its JSON, the rest is skipped while parsing.

Absent and null mean the same; the reference is Argo CD's swagger 3.6 (v1alpha1*).
"""

from typing import Any

from msgspec import Struct, field


class ObjectMeta(Struct, rename="camel"):
    name: str = ""
    namespace: str = ""
    uid: str = ""
    resource_version: str = ""
    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None
    finalizers: list[str] | None = None
    creation_timestamp: str | None = None
    deletion_timestamp: str | None = None
    owner_references: list[dict[str, Any]] | None = None


class Source(Struct, rename="camel", omit_defaults=True):
    """One source; `repoURL` is Argo CD's spelling, the tools' parameters stay as they are."""

    repo_url: str = field(default="", name="repoURL")
    path: str = ""
    chart: str = ""
    target_revision: str = ""
    ref: str = ""
    name: str = ""
    helm: dict[str, Any] | None = None
    kustomize: dict[str, Any] | None = None
    directory: dict[str, Any] | None = None
    plugin: dict[str, Any] | None = None


class Destination(Struct):
    server: str = ""
    name: str = ""
    namespace: str = ""


class Automated(Struct, rename="camel"):
    prune: bool = False
    self_heal: bool = False
    enabled: bool | None = None
    """3.2 and later; absent means on."""


class SyncPolicy(Struct, rename="camel"):
    automated: Automated | None = None
    sync_options: list[str] | None = None


class SourceHydrator(Struct, rename="camel"):
    dry_source: Source = field(default_factory=Source)


class IgnoredDifference(Struct, rename="camel"):
    """What of which resources is not compared; an empty name or namespace means any."""

    group: str = ""
    kind: str = ""
    name: str = ""
    namespace: str = ""
    json_pointers: list[str] | None = None
    jq_path_expressions: list[str] | None = None
    managed_fields_managers: list[str] | None = None


class ApplicationSpec(Struct, rename="camel"):
    project: str = ""
    source: Source | None = None
    sources: list[Source] | None = None
    source_hydrator: SourceHydrator | None = None
    destination: Destination = field(default_factory=Destination)
    sync_policy: SyncPolicy | None = None
    ignore_differences: list[IgnoredDifference] | None = None

    @property
    def automated(self) -> Automated | None:
        """The automated policy, if it is on."""
        policy = self.sync_policy.automated if self.sync_policy is not None else None
        return None if policy is None or policy.enabled is False else policy


class SyncStatus(Struct):
    status: str = ""
    revision: str = ""
    revisions: list[str] | None = None


class Health(Struct, rename="camel"):
    status: str = ""
    message: str = ""
    last_transition_time: str | None = None


class ResourceStatus(Struct, rename="camel"):
    """One managed resource as the controller last compared it."""

    group: str = ""
    version: str = ""
    kind: str = ""
    namespace: str = ""
    name: str = ""
    status: str = ""
    health: Health | None = None
    hook: bool = False
    requires_pruning: bool = False
    """True of hooks too, which are never pruned: ask `prunable`."""

    @property
    def prunable(self) -> bool:
        """Whether it is in the cluster but no longer in Git."""
        return self.requires_pruning and not self.hook


class Condition(Struct, rename="camel"):
    type: str = ""
    message: str = ""
    last_transition_time: str | None = None


class ResourceResult(Struct, rename="camel"):
    """What a sync did to one resource."""

    group: str = ""
    kind: str = ""
    namespace: str = ""
    name: str = ""
    status: str = ""
    message: str = ""
    hook_type: str = ""
    hook_phase: str = ""


class SyncResult(Struct):
    revision: str = ""
    revisions: list[str] | None = None
    resources: list[ResourceResult] | None = None


class Info(Struct):
    name: str = ""
    value: str = ""


class InitiatedBy(Struct):
    username: str = ""
    automated: bool = False


class SyncOperation(Struct, rename="camel"):
    revision: str = ""
    revisions: list[str] | None = None
    prune: bool = False
    dry_run: bool = False
    auto_heal_attempts_count: int = 0
    """How often in a row self-heal has synced this commit; the specification calls it selfHealAttemptsCount."""

    def wanted(self) -> list[str]:
        """The revision of each source."""
        return self.revisions or [self.revision]


class Operation(Struct, rename="camel"):
    """A requested operation; stays on the application for its whole run."""

    sync: SyncOperation | None = None
    initiated_by: InitiatedBy | None = None
    info: list[Info] | None = None


class OperationState(Struct, rename="camel"):
    phase: str = ""
    message: str = ""
    started_at: str | None = None
    finished_at: str | None = None
    retry_count: int = 0
    operation: Operation = field(default_factory=Operation)
    sync_result: SyncResult | None = None


class HistoryEntry(Struct, rename="camel"):
    """One deployment; rolling back to it repeats its source, too."""

    id: int = 0
    revision: str = ""
    revisions: list[str] | None = None
    deploy_started_at: str | None = None
    deployed_at: str | None = None
    initiated_by: InitiatedBy | None = None
    source: Source | None = None
    sources: list[Source] | None = None

    def deployed(self) -> list[str]:
        """The revision of each source."""
        return self.revisions or [self.revision]


class Summary(Struct, rename="camel"):
    images: list[str] | None = None
    external_urls: list[str] | None = field(default=None, name="externalURLs")


class ApplicationStatus(Struct, rename="camel"):
    sync: SyncStatus = field(default_factory=SyncStatus)
    health: Health = field(default_factory=Health)
    resources: list[ResourceStatus] | None = None
    conditions: list[Condition] | None = None
    operation_state: OperationState | None = None
    history: list[HistoryEntry] | None = None
    summary: Summary = field(default_factory=Summary)
    reconciled_at: str | None = None
    source_type: str = ""
    source_types: list[str] | None = None
    controller_namespace: str = ""


class Application(Struct):
    """Its metadata is never absent: `{}` is no application."""

    metadata: ObjectMeta
    spec: ApplicationSpec = field(default_factory=ApplicationSpec)
    status: ApplicationStatus = field(default_factory=ApplicationStatus)
    operation: Operation | None = None

    def sources(self) -> list[Source]:
        """Every source, one or many; a hydrated application's is the dry one."""
        if self.spec.sources:
            return self.spec.sources
        if self.spec.source_hydrator is not None:
            return [self.spec.source_hydrator.dry_source]
        return [self.spec.source] if self.spec.source is not None else []


class ApplicationEvent(Struct):
    """One message of the watch: ADDED (also for what was there before), MODIFIED or DELETED."""

    type: str
    application: Application


class SyncWindow(Struct, rename="camel"):
    kind: str = ""
    schedule: str = ""
    duration: str = ""
    manual_sync: bool = False


class SyncWindows(Struct, rename="camel"):
    """`can_sync` speaks of syncs by hand; false is left out of Argo CD's JSON."""

    active_windows: list[SyncWindow] | None = None
    assigned_windows: list[SyncWindow] | None = None
    can_sync: bool = False


class ApplicationList(Struct):
    """Null where nothing was found, but never absent: `{}` is no empty list."""

    items: list[Application] | None


class SessionToken(Struct):
    token: str


class UserInfo(Struct, rename="camel"):
    logged_in: bool = False
    username: str = ""
    iss: str = ""
    groups: list[str] | None = None


class AccountToken(Struct, rename="camel"):
    id: str = ""
    issued_at: int = 0
    expires_at: int = 0


class Account(Struct):
    name: str = ""
    enabled: bool = False
    capabilities: list[str] | None = None
    tokens: list[AccountToken] | None = None


class CanI(Struct):
    value: str = ""


class Version(Struct, rename="pascal"):
    version: str = ""


class Settings(Struct, rename="camel"):
    url: str = ""
    controller_namespace: str = ""


class Empty(Struct):
    """An answer nobody reads."""
