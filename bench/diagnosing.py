"""One diagnosis beside the plain REST calls of a person with the same question: calls, tokens, milliseconds."""

import json
import ssl
import statistics
import time
from collections.abc import Iterator
from typing import Any

import httpx2

from bench.place import Place
from bench.results import Row
from bench.stdio import Server

_APPLICATIONS = ("crashing", "unpullable", "unrenderable")
_RUNS = 5
_TOKENS = 1_500
_TAIL = 100


def measure(server: Server, place: Place) -> Iterator[Row]:
    """Each application that is broken in the seeds."""
    verify: ssl.SSLContext | bool = ssl.create_default_context(cafile=place.ca_file) if place.ca_file else False
    with httpx2.Client(base_url=place.url, headers=place.headers, verify=verify, timeout=30) as client:
        for name in _APPLICATIONS:
            yield from _one(server, place, client, name)


def _one(server: Server, place: Place, client: httpx2.Client, name: str) -> Iterator[Row]:
    ours: list[float] = []
    theirs: list[float] = []
    answer, plain = "", _Plain(client)
    for _ in range(_RUNS):
        begun = time.perf_counter()
        answer = server.call("manage_argocd_application", operation="diagnose", name=name)
        ours.append((time.perf_counter() - begun) * 1000)
        plain = _Plain(client)
        begun = time.perf_counter()
        plain.ask(name)
        theirs.append((time.perf_counter() - begun) * 1000)
    found = json.loads(answer).get("findings")
    if not found:
        raise RuntimeError(f"nothing was found of {name}: {answer}")
    what = f"diagnosis of {name}, {place.what}"
    tokens = len(answer.encode()) / 4
    yield Row(f"{what}, tokens", tokens, "tokens", "size", _TOKENS, f"1 call; first finding {found[0]['rule']}")
    by_hand = f"{plain.calls} calls: {', '.join(plain.asked)}"
    yield Row(f"{what}, tokens by plain REST", plain.characters / 4, "tokens", "size", None, by_hand)
    yield Row(f"{what}, time", statistics.median(ours), "ms", "time", None, f"median of {_RUNS}")
    detail = f"median of {_RUNS}, one call after the other, kept-alive"
    yield Row(f"{what}, time by plain REST", statistics.median(theirs), "ms", "time", None, detail)


class _Plain:
    """What is asked for by hand, as a model would have to read it."""

    def __init__(self, client: httpx2.Client) -> None:
        self._client = client
        self.asked: dict[str, int] = {}
        self.characters = 0

    @property
    def calls(self) -> int:
        return sum(self.asked.values())

    def ask(self, name: str) -> None:
        """The application, tree, states; events of what is not well, both logs of a pod, the commit."""
        path = f"/api/v1/applications/{name}"
        app = self._get("application", path)
        nodes = self._get("tree", f"{path}/resource-tree").get("nodes") or []
        self._get("managed resources", f"{path}/managed-resources")
        bad = [node for node in nodes if node.get("health", {}).get("status", "Healthy") != "Healthy" and "uid" in node]
        for node in bad:
            about = {"resourceName": node["name"], "resourceNamespace": node["namespace"], "resourceUID": node["uid"]}
            self._get("events", f"{path}/events", about)
        for pod in [node for node in bad if node["kind"] == "Pod"][:1]:
            where = {"podName": pod["name"], "namespace": pod["namespace"], "tailLines": str(_TAIL)}
            self._get("logs", f"{path}/logs", where)
            self._get("logs", f"{path}/logs", {**where, "previous": "true"})
        for entry in (app["status"].get("history") or [])[-1:]:
            self._get("commit", f"{path}/revisions/{entry['revision']}/metadata")

    def _get(self, what: str, path: str, query: dict[str, str] | None = None) -> dict[str, Any]:
        response = self._client.get(path, params=query or {})
        self.asked[what] = self.asked.get(what, 0) + 1
        self.characters += len(response.content)
        try:
            whole: dict[str, Any] = response.json()
        except ValueError:
            return {}
        return whole
