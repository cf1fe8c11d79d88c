"""A sandbox for all tests of this folder, and a small HTTP client that answers status and JSON."""

import http.client
import itertools
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest

from argocd_gitops_mcp.sandbox.server import Sandbox

PATIENCE = 5.0
START = datetime.now(UTC)
COUNTER = itertools.count()


@dataclass
class Client:
    sandbox: Sandbox
    account: str = "ci"

    def raw(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None, timeout: float = PATIENCE
    ) -> tuple[int, dict[str, str], bytes]:
        target = urlsplit(self.sandbox.url)
        connection = http.client.HTTPConnection(str(target.hostname), target.port, timeout=timeout)
        given = {"Authorization": f"Bearer {self.sandbox.tokens[self.account]}", "Content-Type": "application/json"}
        content = None if body is None else json.dumps(body)
        try:
            connection.request(method, path, content, {**given, **(headers or {})})
            response = connection.getresponse()
            return response.status, {k.lower(): v for k, v in response.getheaders()}, response.read()
        finally:
            connection.close()

    def __call__(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        status, headers, content = self.raw(method, path, body)
        assert headers["content-type"].startswith("application/json"), content
        return status, json.loads(content)

    def get(self, path: str) -> Any:
        status, answer = self("GET", path)
        assert status == 200, answer
        return answer

    def lines(self, path: str) -> list[Any]:
        status, _, content = self.raw("GET", path)
        assert status == 200, content
        return [json.loads(line) for line in content.splitlines()]

    def app(self, name: str, query: str = "") -> Any:
        return self.get(f"/api/v1/applications/{name}{query}")


def eventually(check: Callable[[], Any]) -> Any:
    """The first true answer; fails when there is none in time."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if found := check():
            return found
        time.sleep(0.01)
    pytest.fail("waited in vain")


def done(client: Client, name: str) -> Any:
    """The application after its operation has ended and been judged."""

    def finished() -> Any:
        app = client.app(name)
        phase = app["status"].get("operationState", {}).get("phase")
        return (
            "operation" not in app and phase in {"Succeeded", "Failed", "Error"} and client.app(name, "?refresh=normal")
        )

    return eventually(finished)


def hurried() -> datetime:
    """A clock that runs four times as fast as the real one: pods get ready, and tests done, that much sooner."""
    return START + (datetime.now(UTC) - START) * 4


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    running = Sandbox(clock=hurried)
    running.pause = 0.004
    with running:
        client = Client(running)
        for name in ("guestbook", "sidecar", "waves", "crashing"):
            done(client, name)
        eventually(lambda: client.app("guestbook")["status"]["health"]["status"] == "Healthy")
        eventually(lambda: client.app("sidecar")["status"]["health"]["status"] == "Healthy")
        yield running


@pytest.fixture
def client(sandbox: Sandbox) -> Client:
    return Client(sandbox)


@pytest.fixture
def new_app(sandbox: Sandbox, client: Client, request: pytest.FixtureRequest) -> Iterator[str]:
    """A Manual application of the test's own, with a repository of the same name; deleted afterwards."""
    words = request.node.originalname.removeprefix("test_").replace("_", "-")[:40].strip("-")
    name = f"{words}-{next(COUNTER)}"
    url = sandbox.new_repository(name, {"app/web.yaml": deployment("v1"), "app/settings.yaml": config("blue")})
    source = {"repoURL": url, "path": "app", "targetRevision": "main"}
    status, answer = client("POST", "/api/v1/applications", application(name, source))
    assert status == 200, answer
    eventually(lambda: client.app(name)["status"]["sync"]["status"] == "OutOfSync")
    yield name
    client("DELETE", f"/api/v1/applications/{name}")


def application(name: str, source: dict[str, Any], **spec: Any) -> dict[str, Any]:
    destination = {"server": "https://kubernetes.default.svc", "namespace": name}
    policy = {"syncOptions": ["CreateNamespace=true"]}
    spec = {"project": "default", "source": source, "destination": destination, "syncPolicy": policy, **spec}
    return {"metadata": {"name": name}, "spec": spec}


def deployment(tag: str) -> str:
    labels = "{app: web}"
    container = f"{{name: main, image: 'example.com/web:{tag}'}}"
    return (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: 1\n"
        f"  selector: {{matchLabels: {labels}}}\n  template:\n    metadata: {{labels: {labels}}}\n"
        f"    spec: {{containers: [{container}]}}\n"
    )


def config(color: str) -> str:
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: settings}}\ndata: {{color: {color}}}\n"


@pytest.fixture
def as_account(sandbox: Sandbox) -> Callable[[str], Client]:
    return lambda account: Client(sandbox, account)
