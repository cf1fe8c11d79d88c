"""ApplicationSets and projects that a test makes for itself; all are removed at its end."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.contract.bench import IN_CLUSTER, NAMESPACE, Bench, config_map
from tests.stage import Answer, Raw, until

SETS = "/api/v1/applicationsets"
PROJECTS = "/api/v1/projects"
INSTANCE = "manage_argocd_instance"
READING = "read_argocd_instance"


@dataclass
class SetBench:
    """One set of list elements, and what it deploys."""

    bench: Bench
    name: str
    url: str
    projects: list[str] = field(default_factory=list)

    def spec(self, elements: Sequence[str], revision: str = "main", **more: Any) -> dict[str, Any]:
        """Each element is an application of the set's name and its own."""
        source = {"repoURL": self.url, "path": "{{path}}", "targetRevision": revision}
        template = {
            "metadata": {"name": f"{self.name}-{{{{name}}}}"},
            "spec": {
                "project": "default",
                "source": source,
                "destination": {"server": IN_CLUSTER, "namespace": NAMESPACE},
            },
        }
        rows = [{"name": one, "path": one} for one in elements]
        return {"generators": [{"list": {"elements": rows}}], "template": template, **more}

    def elements(self, elements: Sequence[str]) -> dict[str, Any]:
        """A change of these only."""
        return {"generators": self.spec(elements)["generators"]}

    def stored(self, elements: Sequence[str], **more: Any) -> None:
        """By Argo CD's own API."""
        body = {"metadata": {"name": self.name}, "spec": self.spec(elements, **more)}
        answer = self.bench.stage.raw("POST", SETS, body=body)
        assert answer.status == 200, answer.text

    async def made(self, elements: Sequence[str], **more: Any) -> None:
        """The same, and all its applications are there and in its status, whose conditions come last."""
        self.stored(elements, **more)
        wanted = [self.app(one) for one in elements]
        await until(self.resources, lambda found: found == wanted, 30)
        await until(self.whole, lambda whole: bool(whole["status"].get("conditions")), 30)

    def app(self, element: str) -> str:
        return f"{self.name}-{element}"

    def whole(self) -> dict[str, Any]:
        found: dict[str, Any] = self.read().json
        return found

    def read(self) -> Raw:
        return self.bench.stage.raw("GET", f"{SETS}/{self.name}")

    def resources(self) -> list[str]:
        return [one["name"] for one in self.whole().get("status", {}).get("resources") or []]

    def application(self, element: str) -> dict[str, Any] | None:
        query = {"project": "default"}
        answer = self.bench.stage.raw("GET", f"/api/v1/applications/{self.app(element)}", query)
        whole: dict[str, Any] = answer.json
        return whole if answer.status == 200 else None

    async def call(self, operation: str, **arguments: Any) -> Answer:
        tool = READING if operation.startswith("preview") else INSTANCE
        return await self.bench.tools.call(tool, operation=operation, name=self.name, **arguments)


@contextmanager
def set_bench(bench: Bench) -> Iterator[SetBench]:
    """A repository with a directory for each of the elements a, b, c and d."""
    stage, name = bench.stage, bench.stage.unique("set")
    files = {f"{one}/settings.yaml": config_map(f"{name}-{one}") for one in "abcd"}
    url = stage.new_repository(name, files)
    bench.repositories.append(name)
    try:
        yield SetBench(bench, name, url)
    finally:
        stage.raw("DELETE", f"{SETS}/{name}")
        for one in "abcd":
            stage.raw("DELETE", f"/api/v1/applications/{name}-{one}")
