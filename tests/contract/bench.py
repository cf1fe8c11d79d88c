"""Applications and repositories that a test makes for itself; all are removed at its end."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx2

from tests.stage import Answer, Files, Stage, Tools, state, until

NAMESPACE = "default"
IN_CLUSTER = "https://kubernetes.default.svc"
BROKEN_YAML = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: broken\ndata:\n  LIST: [one, two\n  MODE: normal\n"
# A kind that no cluster knows: it renders, and cannot be applied.
UNKNOWN_KIND = "apiVersion: example.com/v1\nkind: Gadget\nmetadata:\n  name: {name}\n"


def deployment(name: str, image: str = "example.com/web:v1", replicas: int = 1, wave: int = 0) -> str:
    return f"""\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
  annotations:
    argocd.argoproj.io/sync-wave: "{wave}"
spec:
  replicas: {replicas}
  selector:
    matchLabels:
      app: {name}
  template:
    metadata:
      labels:
        app: {name}
    spec:
      containers:
        - name: main
          image: {image}
"""


def config_map(name: str, mode: str = "normal", wave: int = 0) -> str:
    return f"""\
apiVersion: v1
kind: ConfigMap
metadata:
  name: {name}
  annotations:
    argocd.argoproj.io/sync-wave: "{wave}"
data:
  MODE: {mode}
"""


def secret(name: str, value: str) -> str:
    return f"apiVersion: v1\nkind: Secret\nmetadata:\n  name: {name}\nstringData:\n  password: {value}\n"


def hook(when: str, image: str = "example.com/job:v1") -> str:
    """A Job that a sync runs before (PreSync) or after it (PostSync)."""
    return f"""\
apiVersion: batch/v1
kind: Job
metadata:
  name: {{name}}-{when.lower()}
  annotations:
    argocd.argoproj.io/hook: {when}
spec:
  backoffLimit: 0
  template:
    spec:
      restartPolicy: Never
      containers:
        - name: main
          image: {image}
"""


STUCK = {"web.yaml": deployment("{name}", image="example.com/web:broken"), "late.yaml": config_map("{name}", wave=1)}
"""Its second wave waits for a Deployment that never becomes healthy."""


@dataclass(frozen=True)
class App:
    """One application, with the repository it is deployed from."""

    stage: Stage
    tools: Tools
    name: str
    url: str
    namespace: str = ""

    @property
    def path(self) -> str:
        return f"/api/v1/applications/{self.name}"

    @property
    def where(self) -> dict[str, str]:
        return {"appNamespace": self.namespace} if self.namespace else {}

    def commit(self, files: Files, message: str = "Change") -> str:
        return self.stage.commit(self.name, {f"app/{name}": text for name, text in files.items()}, message)

    def whole(self) -> dict[str, Any]:
        """As Argo CD holds it now."""
        return self.stage.get(self.name, **self.where)

    @property
    def version(self) -> int:
        """Of what Argo CD holds now."""
        return int(self.whole()["metadata"]["resourceVersion"])

    def refresh(self) -> dict[str, Any]:
        """As Argo CD holds it after comparing it anew; a real one loses the request now and then."""
        for _ in range(3):
            with suppress(httpx2.ReadTimeout):
                query = {"refresh": "normal", **self.where}
                whole: dict[str, Any] = self.stage.raw("GET", self.path, query, timeout=5).json
                return whole
        raise AssertionError(f"{self.name}: three refreshes in a row were not answered")

    async def ended(self) -> dict[str, Any]:
        """Its operation's state, after its end."""
        whole = await until(self.whole, lambda app: "operation" not in app and "operationState" in app["status"])
        operation: dict[str, Any] = whole["status"]["operationState"]
        return operation

    async def healthy(self) -> dict[str, Any]:
        """As it is when Synced and Healthy, and nothing goes on any more."""
        good = ("Synced", "Healthy")
        return await until(self.refresh, lambda app: state(app["status"]) == good and "operation" not in app)

    async def sync(self, **arguments: Any) -> Answer:
        return await self.tools.application("sync", name=self.name, **arguments)

    async def resource(self, operation: str, **arguments: Any) -> Answer:
        return await self.tools.resource(operation, self.name, **arguments)

    def start_sync(self, **body: Any) -> None:
        """Without waiting, and not by the tools."""
        answer = self.stage.raw("POST", f"{self.path}/sync", body=body)
        assert answer.status == 200, answer.text


@dataclass
class Bench:
    """Makes applications, and removes them."""

    stage: Stage
    tools: Tools
    apps: list[App] = field(default_factory=list)
    repositories: list[str] = field(default_factory=list)

    def planned(self, files: Mapping[str, str] | None = None, namespace: str = "") -> App:
        """A repository, and an application that a test is going to create from its directory `app`."""
        name = self.stage.unique()
        given = files if files is not None else {"web.yaml": deployment(name), "settings.yaml": config_map(name)}
        files = {f"app/{path}": text.replace("{name}", name) for path, text in given.items()}
        url = self.stage.new_repository(name, {"README.md": f"# {name}\n", **files})
        self.repositories.append(name)
        app = App(self.stage, self.tools, name, url, namespace)
        self.apps.append(app)
        return app

    def created(self, files: Mapping[str, str] | None = None, **changes: Any) -> App:
        """An application as Argo CD's own API creates it; `changes` are parts of its spec, or `metadata`."""
        app = self.planned(files)
        body = manifest(app.name, app.url, **changes)
        answer = self.stage.raw("POST", "/api/v1/applications", {"validate": "false"}, body=body)
        assert answer.status == 200, answer.text
        return app

    async def synced(self, files: Mapping[str, str] | None = None, **changes: Any) -> App:
        """The same, deployed."""
        app = self.created(files, **changes)
        app.start_sync()
        operation = await app.ended()
        assert operation["phase"] == "Succeeded", operation
        app.refresh()
        self.tools.http.sent.clear()
        return app

    def close(self) -> None:
        try:
            for app in self.apps:
                self.stage.raw("DELETE", f"{app.path}/operation", app.where)
                self.stage.raw("DELETE", app.path, app.where)
        finally:
            for repository in self.repositories:
                self.stage.remove_repository(repository)


def manifest(name: str, url: str, metadata: Mapping[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    return {
        "metadata": {"name": name, **(metadata or {})},
        "spec": {
            "project": "default",
            "source": {"repoURL": url, "path": "app", "targetRevision": "main"},
            "destination": {"server": IN_CLUSTER, "namespace": NAMESPACE},
            **spec,
        },
    }
