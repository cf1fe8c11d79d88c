"""What a story is: how an application comes to fail on a real Argo CD, when that shows, and what must be said of it."""

import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import anyio

from tests.contract.bench import IN_CLUSTER, App, Bench, manifest
from tests.e2e.stories.kubernetes import Kubernetes, Object, path
from tests.stage import Stage

SECONDS = 120
"""A CronJob runs at the next minute only."""
_APPLICATION = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application"}


@dataclass(frozen=True)
class Look:
    """What Argo CD shows of the application at a moment, and what Kubernetes tells of its namespace."""

    app: Mapping[str, Any]
    tree: Mapping[str, Any]
    events: str

    @property
    def status(self) -> Mapping[str, Any]:
        status: Mapping[str, Any] = self.app["status"]
        return status

    @property
    def conditions(self) -> str:
        return "\n".join(f"{one['type']} {one['message']}" for one in self.status.get("conditions") or [])

    @property
    def state(self) -> Mapping[str, Any]:
        """Of its last operation."""
        return self.status.get("operationState") or {}

    def health(self, kind: str) -> set[str]:
        """Of its resources of a kind."""
        nodes = self.tree.get("nodes") or []
        return {(one.get("health") or {}).get("status", "") for one in nodes if one["kind"] == kind}


Seen = Callable[[Look], bool]


def told(text: str) -> Seen:
    """An event says so."""
    return lambda look: text in look.events


def shown(text: str) -> Seen:
    """The tree says so."""
    return lambda look: text in json.dumps(look.tree)


def left_without(kind: str, seen: Seen) -> Seen:
    """Beside that, no resource of the kind is left."""
    return lambda look: seen(look) and not look.health(kind)


def compared(text: str) -> Seen:
    """A condition says so."""
    return lambda look: text in look.conditions


def ended(phase: str, text: str = "") -> Seen:
    """The operation has come to this."""
    return lambda look: look.state.get("phase") == phase and text in look.state.get("message", "")


def is_at(sync: str, health: str) -> Seen:
    """No operation runs, and that is what it came to."""

    def seen(look: Look) -> bool:
        now = look.status.get("sync", {}).get("status"), look.status.get("health", {}).get("status")
        return now == (sync, health) and "operation" not in look.app and look.state.get("phase") != "Running"

    return seen


@dataclass
class Scene:
    """Where a story is played: an application of its own in a namespace of its own, both of the same name."""

    stage: Stage
    kubernetes: Kubernetes
    app: App
    story: "Story"
    ends: list[Callable[[], object]] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.app.name

    def make(self, one: Object) -> None:
        """Something in the cluster that lasts as long as the story."""
        self.at_end(lambda: self.kubernetes.remove(one))
        self.kubernetes.apply(one)

    def at_end(self, undo: Callable[[], object]) -> None:
        self.ends.append(undo)

    def create(self) -> None:
        metadata, spec = self.filled(self.story.metadata), self.filled(self.story.spec)
        given = {"destination": {"server": IN_CLUSTER, "namespace": self.name}, **spec}
        source = {"repoURL": self.app.url, "path": "app", "targetRevision": "main", **given.pop("source", {})}
        body = manifest(self.name, self.app.url, metadata=metadata, source=source, **given)
        if "sources" in given:
            del body["spec"]["source"]
        # As a manifest, not by Argo CD's API, which refuses some of what can be declared.
        metadata = {**body["metadata"], "namespace": "argocd"}
        self.kubernetes.apply(
            {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", **body, "metadata": metadata}
        )

    def filled(self, data: Any) -> Any:
        """Data with the application's name, its repository, and a server that asks for a password, in their places."""
        text = json.dumps(data).replace("{name}", self.name).replace("{url}", self.app.url)
        return json.loads(text.replace("{private}", self.private) if "{private}" in text else text)

    @property
    def private(self) -> str:
        registered = self.stage.raw("GET", "/api/v1/repositories").json["items"]
        url: str = next(one["repo"] for one in registered if one["repo"].endswith("/private.git"))
        return url.removesuffix("/private.git")

    def commit(self, files: Mapping[str, str | None], message: str = "Change") -> str:
        given = {name: text and text.replace("{name}", self.name) for name, text in files.items()}
        return self.app.commit(given, message)

    def sync(self, **body: Any) -> None:
        self.app.start_sync(**body)

    async def synced(self) -> None:
        """Deployed well, which a later failure presupposes."""
        self.sync()
        operation = await self.app.ended()
        assert operation["phase"] == "Succeeded", operation
        self.app.refresh()

    def look(self) -> Look:
        tree = self.stage.raw("GET", f"{self.app.path}/resource-tree").json
        events = self.kubernetes.events(self.name)
        return Look(self.declared(), tree, events)

    def declared(self) -> dict[str, Any]:
        """The application itself, which Argo CD does not always show."""
        app: dict[str, Any] = self.kubernetes.api.get(path(self.itself))
        return {"status": {}, **app}

    @property
    def itself(self) -> Object:
        return {**_APPLICATION, "metadata": {"name": self.name, "namespace": "argocd"}}

    async def until(self, seen: Seen, seconds: float = SECONDS) -> Look:
        look = self.look()
        with anyio.move_on_after(seconds):
            while not seen(look):
                await anyio.sleep(0.3)
                look = self.look()
        assert seen(look), (look.app["status"], look.tree.get("nodes"), look.events)
        return look


Play = Callable[[Scene], Awaitable[None]]


async def sync(scene: Scene) -> None:
    scene.sync()


async def refresh(scene: Scene) -> None:
    scene.app.refresh()


async def wait(_: Scene) -> None:
    """Argo CD looks at it by itself."""


def release(files: Mapping[str, str | None], message: str = "Change") -> Play:
    """First as it is, and well; then as another commit has it."""

    async def play(scene: Scene) -> None:
        await scene.synced()
        scene.commit(files, message)
        scene.app.refresh()
        scene.sync()

    return play


@dataclass(frozen=True)
class Story:
    """One story.

    Args:
        name: of the story, and of its recording.
        files: of the application's directory.
        seen: whether what the story is about shows.
        rule: the rule that has to find it, first; empty where nothing must be found.
        resource: what it has to be found of, as `Kind/name`; empty for the application itself.
        spec: of the application, where it is another than usual.
        metadata: of the application.
        around: objects of the cluster that last as long as the story; {name} stands for its namespace.
        namespace: whether there is one.
        labels: the namespace's.
        play: what is done once the application exists.
        account: whose token asks for the diagnosis.
        unseen: what the diagnosis has to say that it could not see.
        lasting: seconds it has to last before it is worth telling.
    """

    name: str
    files: Mapping[str, str]
    seen: Seen
    rule: str = ""
    resource: str = ""
    spec: Mapping[str, Any] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    around: tuple[Object, ...] = ()
    namespace: bool = True
    labels: Mapping[str, str] = field(default_factory=dict)
    play: Play = sync
    account: str = "ci"
    unseen: str = ""
    lasting: float = 0


def scene_of(story: Story, bench: Bench, kubernetes: Kubernetes) -> Scene:
    """Everything stands, and nothing was done yet."""
    scene = Scene(bench.stage, kubernetes, bench.planned(story.files), story)
    if story.namespace:
        metadata = {"name": scene.name, "labels": dict(story.labels)}
        scene.make({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
    for one in story.around:
        scene.make(scene.filled(one))
    scene.create()
    return scene


def close(scene: Scene) -> None:
    """Remove the application, and then what stood around, last first."""
    scene.stage.raw("DELETE", f"{scene.app.path}/operation")
    if scene.stage.raw("DELETE", scene.app.path, {"cascade": "false"}).status == 403:
        scene.kubernetes.remove(scene.itself)
    for undo in reversed(scene.ends):
        with suppress(OSError):
            undo()
