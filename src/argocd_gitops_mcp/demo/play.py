"""What a step can do: call, wait for a state, check a claim. Counts calls and tokens."""

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from argocd_gitops_mcp.demo.client import Answer, Session
from argocd_gitops_mcp.demo.errors import StepFailed
from argocd_gitops_mcp.demo.repository import Repository
from argocd_gitops_mcp.demo.screen import Screen, asked

APPLICATION = "manage_argocd_application"
RESOURCE = "manage_argocd_resource"
REPOSITORY = "manage_gitops_repository"
_PATIENCE = 90.0
"""Seconds a state is waited for; a real Argo CD takes a few."""
_MOST_FOLLOWED = 60
_LOOK_EVERY = 0.25


class Play:
    """The stage that every step acts on; `name` is the application's."""

    def __init__(self, session: Session, screen: Screen, repository: Repository, name: str, pause: float) -> None:
        self.session = session
        self.screen = screen
        self.repository = repository
        self.name = name
        self.title = "Connect"
        self.steps = 0
        self.calls = 0
        self.asked = 0
        self.answered = 0
        self._pause = pause

    @property
    def patience(self) -> int:
        """Seconds that the server may follow something."""
        return int(min(_PATIENCE, _MOST_FOLLOWED))

    async def step(self, title: str, says: str) -> None:
        """Begin the next step."""
        if self.steps and self._pause:
            await asyncio.sleep(self._pause)
        self.steps += 1
        self.title = title
        self.screen.step(self.steps, title, says)

    def check(self, claim: str, holds: bool) -> None:  # noqa: FBT001 - a claim and whether it holds read as a sentence
        """Show a claim that holds.

        Raises:
            StepFailed: it does not.
        """
        if not holds:
            raise StepFailed(f"this is not so: {claim}")
        self.screen.checked(claim)

    async def read(self, uri: str) -> Answer:
        """Read a resource, shown."""
        answer = await self.session.read(uri)
        self._count("resources/read", {"uri": uri}, answer)
        self.screen.call("resources/read", {"uri": uri}, answer, 1)
        return answer

    async def application(self, operation: str, **arguments: Any) -> Answer:
        """Call the one tool, about our application unless it lists."""
        about = {} if operation in ("list", "apply_plan") else {"name": self.name}
        return await self._call(APPLICATION, {"operation": operation, **about, **arguments})

    async def resource(self, operation: str, **arguments: Any) -> Answer:
        """Call the other tool, about our application's resources."""
        return await self._call(RESOURCE, {"operation": operation, "application_name": self.name, **arguments})

    async def git(self, operation: str, **arguments: Any) -> Answer:
        """Call the third tool, about our repository unless the application tells it."""
        about = {} if "application_name" in arguments else {"repository": self.repository.name}
        return await self._call(REPOSITORY, {"operation": operation, **about, **arguments})

    async def application_until(self, claim: str, arrived: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Get our application again and again until it has arrived; the last answer is shown."""
        answer = await self._until(
            claim, APPLICATION, {"operation": "get", "name": self.name}, lambda text: arrived(json.loads(text))
        )
        return record(answer)

    async def resource_until(
        self, claim: str, arrived: Callable[[str], bool], operation: str, **arguments: Any
    ) -> Answer:
        """The same with an operation on its resources."""
        return await self._until(
            claim, RESOURCE, {"operation": operation, "application_name": self.name, **arguments}, arrived
        )

    async def _call(self, tool: str, arguments: Mapping[str, Any]) -> Answer:
        answer = await self.session.call(tool, arguments)
        self._count(tool, arguments, answer)
        self.screen.call(tool, arguments, answer, 1)
        return answer

    async def _until(
        self, claim: str, tool: str, arguments: Mapping[str, Any], arrived: Callable[[str], bool]
    ) -> Answer:
        deadline = time.monotonic() + _PATIENCE
        looks = 0
        while True:
            answer = await self.session.call(tool, arguments)
            self._count(tool, arguments, answer)
            looks += 1
            there = not answer.is_error and arrived(answer.text)
            if there or answer.is_error or time.monotonic() > deadline:
                self.screen.call(tool, arguments, answer, looks)
                self.check(claim, there)
                return answer
            await asyncio.sleep(_LOOK_EVERY)

    def _count(self, name: str, arguments: Mapping[str, Any], answer: Answer) -> None:
        self.calls += 1
        self.asked += asked(name, arguments)
        self.answered += answer.tokens


def record(answer: Answer) -> dict[str, Any]:
    """The fields of an answer that is a record.

    Raises:
        StepFailed: it is an error.
    """
    if answer.is_error:
        raise StepFailed(f"the answer is {answer.text.partition(chr(10))[0]}")
    found: dict[str, Any] = json.loads(answer.text)
    return found
