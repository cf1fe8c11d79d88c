"""Everything the sandbox knows: accounts, projects, applications, the objects of one simulated cluster, and a clock."""

import json
import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from argocd_gitops_mcp.sandbox.git import Git

if TYPE_CHECKING:
    from argocd_gitops_mcp.sandbox.syncing import Run

Object = dict[str, Any]
Clock = Callable[[], datetime]
Watcher = Callable[[str, "Application"], None]

T = TypeVar("T")

# Drawn from in a thread of its own: the random numbers of the whole process are other people's.
LOT = random.Random()  # noqa: S311 - names and orders, no secrets
CONTROL_PLANE = "argocd"
CLUSTER = "https://kubernetes.default.svc"
TRACKING_ID = "argocd.argoproj.io/tracking-id"
CLUSTER_SCOPED = frozenset(
    {
        "Namespace",
        "Node",
        "ClusterRole",
        "ClusterRoleBinding",
        "CustomResourceDefinition",
        "PersistentVolume",
        "StorageClass",
        "PriorityClass",
        "IngressClass",
    }
)


class Key(NamedTuple):
    """What names an object in a cluster."""

    group: str
    kind: str
    namespace: str
    name: str


class Stage(NamedTuple):
    """How far a pod has come; its status is written anew only when this changes."""

    name: str
    restarts: int = 0


@dataclass
class Account:
    """A local account, its password and the API keys minted for it."""

    name: str
    password: str
    capabilities: tuple[str, ...] = ("login", "apiKey")
    tokens: list[Object] = field(default_factory=list)


@dataclass
class Application:
    """One Application object and what its controller remembers about it."""

    metadata: Object
    spec: Object
    status: Object
    operation: Object | None = None
    refresh: str | None = None
    run: "Run | None" = None
    targets: dict[Key, Object] | None = None
    hooks: list[Object] = field(default_factory=list)
    failure: str = ""
    compared: datetime | None = None
    ended: datetime | None = None  # when an operation did, and nothing was compared since
    seen: int = 0
    asleep: bool = False  # synthetic applications are never reconciled

    @property
    def name(self) -> str:
        return str(self.metadata["name"])

    @property
    def namespace(self) -> str:
        return str(self.metadata["namespace"])

    @property
    def project(self) -> str:
        return str(self.spec["project"])

    @property
    def rbac_name(self) -> str:
        return "/".join(filter(None, (self.project, self.namespace.replace(CONTROL_PLANE, "", 1), self.name)))

    @property
    def target_namespace(self) -> str:
        return str(self.spec["destination"].get("namespace", ""))

    @property
    def tracking_name(self) -> str:
        return self.name if self.namespace == CONTROL_PLANE else f"{self.namespace}_{self.name}"

    @property
    def sources(self) -> list[Object]:
        return list(self.spec.get("sources") or [self.spec["source"]])

    @property
    def automated(self) -> Object | None:
        block = (self.spec.get("syncPolicy") or {}).get("automated")
        return None if block is None or block.get("enabled") is False else dict(block)

    def view(self, *, health: bool = True) -> Object:
        """The object as the API shows it, shared with the live one: dump it, do not change it.

        Only get and watch fill in the health of the resources.
        """
        status = self.status
        if not health and "resources" in status:
            status = {**status, "resources": without_health(status["resources"])}
        shown = {"metadata": self.metadata, "spec": self.spec, "status": status}
        return shown if self.operation is None else {**shown, "operation": self.operation}

    def head(self) -> Object:
        """What of the view is short, at least."""
        return self.view()


@dataclass
class World:
    """The state behind the API. Every change goes through here so that versions and watchers stay right."""

    clock: Clock
    git: Git
    secret: bytes = b"sandbox signing key"
    accounts: dict[str, Account] = field(default_factory=dict)
    projects: dict[str, Object] = field(default_factory=dict)
    repositories: dict[str, Object] = field(default_factory=dict)
    applications: dict[tuple[str, str], Application] = field(default_factory=dict)
    application_sets: dict[tuple[str, str], Object] = field(default_factory=dict)
    made: dict[str, set[tuple[str, str]]] = field(default_factory=dict)
    """By the uid of a set, the applications that have it for an owner."""
    sets_seen: int = -1
    objects: dict[Key, Object] = field(default_factory=dict)
    born: dict[str, datetime] = field(default_factory=dict)
    stages: dict[str, Stage] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)
    events: list[Object] = field(default_factory=list)
    watchers: set[Watcher] = field(default_factory=set)
    watch_buffer: int = 1000
    """Messages that wait for a watch to be read; server/broadcast of the real one drops the others without a word."""
    revisions: dict[tuple[str, str], str] = field(default_factory=dict)
    rendered: dict[str, list[Object]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    failed_logins: dict[str, int] = field(default_factory=dict)
    application_namespaces: frozenset[str] = frozenset({CONTROL_PLANE, "argocd-apps"})
    version: int = 1000
    applications_version: int = 1000
    """Of the last application that changed: what argocd-server's cache of them has come to."""
    cluster_version: int = 0
    settled: tuple[int, int] = (-1, 0)
    listed: int = 0
    awake: list[Application] = field(default_factory=list)

    def next_version(self) -> int:
        self.version += 1
        return self.version

    def touch(self, application: Application, change: str = "MODIFIED") -> None:
        """Give the application a new version and tell the watchers."""
        self.applications_version = self.next_version()
        application.metadata["resourceVersion"] = str(self.applications_version)
        application.metadata["generation"] = application.metadata.get("generation", 0) + 1
        for watcher in tuple(self.watchers):
            watcher(change, application)

    def put(self, obj: Object) -> None:
        """Store a cluster object; a new one gets its uid and time of birth."""
        metadata = obj["metadata"]
        now = self.clock()
        if "uid" not in metadata:
            metadata["uid"] = str(uuid.uuid4())
            metadata["creationTimestamp"] = stamp(now)
            self.born[metadata["uid"]] = now
        metadata["resourceVersion"] = str(self.next_version())
        key = key_of(obj)
        self.objects[key] = obj
        self.changed[key.namespace] = self.cluster_version = self.version

    def remove(self, key: Key, *, orphan: bool = False) -> None:
        """Delete a cluster object and, unless they become orphans, everything it owns."""
        obj = self.objects.pop(key, None)
        if obj is None:
            return
        self.born.pop(obj["metadata"]["uid"], None)
        self.stages.pop(obj["metadata"]["uid"], None)
        self.changed[key.namespace] = self.cluster_version = self.next_version()
        for child in self.children(obj):
            if orphan:
                self.put({**child, "metadata": {**child["metadata"], "ownerReferences": []}})
            else:
                self.remove(key_of(child))

    def children(self, obj: Object) -> list[Object]:
        uid = obj["metadata"]["uid"]
        return [
            o for o in self.objects.values() if any(r["uid"] == uid for r in o["metadata"].get("ownerReferences", ()))
        ]

    def age(self, obj: Object) -> float:
        return (self.clock() - self.born[obj["metadata"]["uid"]]).total_seconds()


def without_health(resources: list[Object]) -> list[Object]:
    return [{name: value for name, value in row.items() if name != "health"} for row in resources]


def now() -> datetime:
    return datetime.now(UTC)


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def split_api_version(obj: Object) -> tuple[str, str]:
    group, _, version = str(obj.get("apiVersion", "")).rpartition("/")
    return group, version


def key_of(obj: Object) -> Key:
    return Key(split_api_version(obj)[0], obj["kind"], obj["metadata"].get("namespace", ""), obj["metadata"]["name"])


def clone(value: T) -> T:
    copied: T = json.loads(json.dumps(value))
    return copied
