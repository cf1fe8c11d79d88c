"""A write of a set or project is sent once, too: where its answer is lost, Argo CD is looked at."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import anyio
import pytest

from argocd_gitops_mcp.operations import _sending
from tests.contract.bench import Bench
from tests.contract.instance_bench import INSTANCE, PROJECTS, SETS, SetBench, set_bench
from tests.contract.test_broken_connections import Line, line
from tests.stage import Answer, until

pytestmark = pytest.mark.anyio


@dataclass(frozen=True)
class Write:
    """What is sent, what it says when it arrived after all, and how often the object was changed by then."""

    operation: str
    result: str
    given: Callable[[SetBench], dict[str, Any]]
    generation: int | None

    @property
    def path(self) -> str:
        return SETS if "set" in self.operation else PROJECTS

    async def send(self, sets: SetBench, broken: Line) -> Answer:
        given = self.given(sets)
        return await broken.tools.call(INSTANCE, operation=self.operation, name=sets.name, **given)

    def now(self, sets: SetBench) -> int | None:
        """How often the object's spec was written; None where it is not there."""
        answer = sets.bench.stage.raw("GET", f"{self.path}/{sets.name}")
        return answer.json["metadata"]["generation"] if answer.status == 200 else None


SPEC = {"description": "Shops", "sourceRepos": ["*"]}
TEMPLATE = {"template": {"spec": {"source": {"targetRevision": "HEAD"}}}}
FORESEEN = "its applications are as foreseen"
WRITES = [
    Write("create_applicationset", f"created; {FORESEEN}", lambda sets: {"spec": sets.spec(["a"])}, 1),
    Write("update_applicationset", f"updated; {FORESEEN}", lambda _: {"spec": TEMPLATE}, 2),
    Write("delete_applicationset", "deleted", lambda _: {}, None),
    Write("create_project", "created", lambda _: {"spec": SPEC}, 1),
    Write("update_project", "updated", lambda _: {"spec": {"description": "All"}}, 2),
    Write("delete_project", "deleted", lambda _: {}, None),
]


@pytest.fixture
def sets(bench: Bench) -> Iterator[SetBench]:
    with set_bench(bench) as found:
        try:
            yield found
        finally:
            bench.stage.raw("DELETE", f"{PROJECTS}/{found.name}")


async def begun(write: Write, sets: SetBench) -> None:
    """What is to be changed or deleted is there."""
    if write.operation.startswith("create"):
        return
    if write.path == SETS:
        await sets.made(["a"])
    else:
        body = {"project": {"metadata": {"name": sets.name}, "spec": SPEC}}
        assert sets.bench.stage.raw("POST", PROJECTS, body=body).status == 200


def writes(broken: Line) -> int:
    return sum(not one.path.endswith("/generate") for one in broken.tools.writes)


@pytest.mark.parametrize("write", WRITES, ids=lambda one: one.operation)
async def test_an_answer_that_was_lost_is_found_and_nothing_is_sent_twice(sets: SetBench, write: Write) -> None:
    await begun(write, sets)
    async with line(sets.bench.stage, writes="cut") as broken:
        told = (await write.send(sets, broken)).ok.structured
        assert told["result"] == write.result
        assert "it had arrived" in told["notices"][0]
        assert broken.struck is not None
        assert broken.struck.hit.is_set()
        assert writes(broken) == 1
    assert write.now(sets) == write.generation


@pytest.mark.parametrize("write", WRITES, ids=lambda one: one.operation)
async def test_a_request_that_never_arrived_is_said_to_be_looked_for(
    sets: SetBench, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_sending, "_LOOKS", (0.05, 0.1, 0.2, 0.2))
    await begun(write, sets)
    before = write.now(sets)
    async with line(sets.bench.stage, writes="drop") as broken:
        text = (await write.send(sets, broken)).refused("connection_lost")
        assert "Argo CD was looked at and does not show it" in text
        assert "Before sending it again" in text
        assert writes(broken) == 1
    assert write.now(sets) == before


async def test_what_was_to_be_removed_and_is_still_there_did_not_arrive(
    sets: SetBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else writes the set meanwhile, as its controller does all the time."""
    monkeypatch.setattr(_sending, "_LOOKS", (0.5, 0.1))
    stage = sets.bench.stage
    policy: dict[str, Any] = {"syncPolicy": {"preserveResourcesOnDeletion": True}}
    await sets.made(["a"], **policy)

    async def touched(broken: Line) -> None:
        struck = await until(lambda: broken.struck, lambda one: one is not None)
        assert struck is not None
        await struck.hit.wait()
        body = {"metadata": {"name": sets.name, "labels": {"seen": "yes"}}, "spec": sets.spec(["a"], **policy)}
        assert stage.raw("POST", SETS, {"upsert": "true"}, body=body).status == 200

    async with line(stage, writes="drop") as broken, anyio.create_task_group() as group:
        group.start_soon(touched, broken)
        change = {"spec": {"syncPolicy": None}}
        answer = await broken.tools.call(INSTANCE, operation="update_applicationset", name=sets.name, **change)
    assert "does not show it" in answer.refused("connection_lost")
    assert sets.whole()["metadata"]["labels"] == {"seen": "yes"}
    assert sets.whole()["spec"]["syncPolicy"] == policy["syncPolicy"]
