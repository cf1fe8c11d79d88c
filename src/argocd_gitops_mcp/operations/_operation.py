"""The one decorator: an async function becomes an operation; everything else is derived from it."""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, get_type_hints

from pydantic import BaseModel, ConfigDict

from argocd_gitops_mcp.argocd.client import Client
from argocd_gitops_mcp.effects import Effect
from argocd_gitops_mcp.fleet.fleets import Fleets
from argocd_gitops_mcp.gitops.repositories import Repositories
from argocd_gitops_mcp.gitops.urls import public
from argocd_gitops_mcp.views.plans import Preview
from argocd_gitops_mcp.views.view import NORMAL, View

APPLICATION = "manage_argocd_application"
RESOURCE = "manage_argocd_resource"
INSTANCE = "manage_argocd_instance"
INSTANCE_READING = "read_argocd_instance"
"""No twin of the one above: it alone carries what only reads, so that nothing is listed twice."""
REPOSITORY = "manage_gitops_repository"


@dataclass(frozen=True, slots=True)
class Deps:
    """What an operation may use besides its arguments.

    Args:
        argocd: the client.
        request_id: of this request; travels to Argo CD with the operations it starts.
        limit: bytes the answer may have.
        usual: bytes of a usual answer.
        progress: tells the asker what is going on.
        now: seconds on a monotonic clock.
        sleep: waits seconds.
        planned: the plan that is to be applied, opened; only `apply_plan` has one.
        notices: what happened on the way and belongs into the answer.
        repositories: the Git repositories that may be worked on.
        spelled: a call of an operation, by its name, as the asker's tools want it; empty where there is no such tool.
        fleets: all applications, as far as this token may see them.
    """

    argocd: Client
    request_id: str
    limit: int
    progress: Callable[[str], Awaitable[None]]
    now: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]]
    planned: "Planned | None" = None
    notices: list[str] = field(default_factory=list)
    repositories: Repositories = field(default_factory=Repositories)
    spelled: Callable[[str, Mapping[str, Any]], dict[str, Any]] = lambda name, given: {"operation": name, **given}
    fleets: Fleets = field(default_factory=Fleets)
    usual: int = NORMAL


class Arguments(BaseModel):
    """Base of every operation's arguments: an unknown one is refused."""

    # Built at first use: a read-only server never needs what writes.
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, defer_build=True)

    @property
    def target(self) -> str:
        """What is acted on: the application, or the repository."""
        said = (getattr(self, name, None) for name in ("application_name", "name", "repository"))
        return public(str(next((one for one in said if one), "")))

    @property
    def confirmed_as(self) -> str:
        """What must be named again to confirm: the target, unless something else goes."""
        return self.target


Run = Callable[[Deps, Any], Awaitable[View]]
Look = Callable[[Deps, Any], Awaitable[Preview]]


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that can be done.

    Args:
        title: for people.
        effect: what it does at least.
        tools: the unified tools that carry it.
        verb: its name there.
        run: the function.
        arguments: the model of its second parameter.
        destructive_when: boolean arguments that raise the effect to DESTRUCTIVE.
        limit: bytes of an answer.
        preview: of a write, what it would do, found by reading only.
        permission: the setting that allows it, where allow_write is not enough.
    """

    title: str
    effect: Effect
    tools: tuple[str, ...]
    verb: str
    run: Run
    arguments: type[Arguments]
    destructive_when: tuple[str, ...]
    limit: int
    preview: Look | None = None
    permission: str = ""

    @property
    def name(self) -> str:
        """The function's name: the tool of the split surface and the command."""
        return self.run.__name__

    @property
    def description(self) -> str:
        """The docstring."""
        return inspect.cleandoc(self.run.__doc__ or "")

    @property
    def summary(self) -> str:
        """The docstring's first line."""
        return self.description.partition("\n")[0]

    @property
    def toolset(self) -> str:
        """The module."""
        return self.run.__module__.rpartition(".")[2]

    @property
    def highest_effect(self) -> Effect:
        """What it may do at most; annotations tell this."""
        return Effect.DESTRUCTIVE if self.destructive_when else self.effect

    def effect_of(self, arguments: Arguments | None) -> Effect:
        """What it does with these arguments; without any, at least."""
        if arguments is None:
            return self.effect
        return Effect.DESTRUCTIVE if any(getattr(arguments, name) for name in self.destructive_when) else self.effect


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, opened: the operation, its arguments, and digests of what it rested on, by name."""

    operation: Operation
    arguments: Arguments
    world: Mapping[str, str]


def operation(
    title: str,
    effect: Effect,
    *,
    tool: str | tuple[str, ...],
    verb: str = "",
    destructive_when: tuple[str, ...] = (),
    limit: int = NORMAL,
    preview: Look | None = None,
    permission: str = "",
) -> Callable[[Run], Operation]:
    """Make an operation of `async def verb_noun(deps, asked: Arguments) -> View`; `verb` is its name unless given."""

    def decorate(run: Run) -> Operation:
        arguments: type[Arguments] = get_type_hints(run, include_extras=True)["asked"]
        tools = tool if isinstance(tool, tuple) else (tool,)
        name = verb or run.__name__
        return Operation(title, effect, tools, name, run, arguments, destructive_when, limit, preview, permission)

    return decorate
