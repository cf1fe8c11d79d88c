"""`call OPERATION`: any operation from a shell, with flags made from its arguments."""

import asyncio
import inspect
import json
import sys
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import typer

from argocd_gitops_mcp import assembly
from argocd_gitops_mcp.effects import Effect
from argocd_gitops_mcp.errors import GitOpsError, InvalidArgument
from argocd_gitops_mcp.invoke import Consent
from argocd_gitops_mcp.operations._operation import Operation
from argocd_gitops_mcp.settings import Loaded
from argocd_gitops_mcp.views.refusals import refusal

_KINDS: dict[str, Any] = {"string": str, "integer": int, "boolean": bool, "array": list[str], "object": str}


class Terminal:
    """The person at the terminal, if there is one."""

    name = "cli"

    def __init__(self, *, yes: bool) -> None:
        self._yes = yes

    @property
    def can_ask(self) -> bool:
        """Whether somebody sits there, or said yes beforehand."""
        return self._yes or sys.stdin.isatty()

    async def confirm(self, question: str) -> Consent:
        """Ask on the terminal, unless --yes said it already."""
        return "yes" if self._yes or typer.confirm(question, err=True) else "no"

    async def progress(self, message: str) -> None:
        """On stderr."""
        typer.echo(f"… {message}", err=True)


def app(operations: Sequence[Operation], given: Callable[[typer.Context], Loaded]) -> typer.Typer:
    """One command an operation."""
    group = typer.Typer(help="Run one operation, as a tool call would.", no_args_is_help=True, rich_markup_mode=None)
    for operation in operations:
        group.command(operation.name, help=operation.description)(_command(operation, given))
    return group


def _command(operation: Operation, given: Callable[[typer.Context], Loaded]) -> Callable[..., None]:
    schema = operation.arguments.model_json_schema(by_alias=True)
    types = {name: _type(one) for name, one in schema["properties"].items()}

    def command(context: typer.Context, **said: Any) -> None:
        as_json, yes = said.pop("json"), said.pop("yes", False)
        arguments = {
            name: _value(name, value, types[name]) if name in types else value
            for name, value in said.items()
            if value not in (None, []) and not (name == "plan" and value is False)
        }
        sys.exit(asyncio.run(_run(operation, arguments, given(context), as_json=as_json, yes=yes)))

    parameters = [inspect.Parameter("context", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)]
    for name, one in schema["properties"].items():
        needed = name in schema.get("required", [])
        dashed = f"--{name.replace('_', '-')}"
        flags = f"{dashed}/--no-{dashed[2:]}" if types[name] == "boolean" else dashed
        shape = f"{one.get('description', '')}{' (JSON)' if types[name] == 'object' else ''}"
        default = one.get("default")
        shown = "on" if default is True else str(default)
        option = typer.Option(flags, help=shape, show_default=shown if default else False)
        kind: Any = Annotated[_KINDS[types[name]] | None, option]
        empty = ... if needed else None
        parameters.append(inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=empty, annotation=kind))
    parameters.append(_switch("json", "Print the structured answer, where there is one."))
    if operation.preview is not None:
        parameters.append(_switch("plan", "Only tell what it would do, and a plan id for apply_plan."))
    if operation.highest_effect is Effect.DESTRUCTIVE:
        parameters.append(_switch("yes", "Confirm a destructive call without being asked."))
        confirm = Annotated[
            str | None, typer.Option("--confirm", help="The target's name again, as confirmation without a terminal.")
        ]
        parameters.append(
            inspect.Parameter("confirm", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=confirm)
        )
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {one.name: one.annotation for one in parameters}
    return command


def _switch(name: str, text: str) -> inspect.Parameter:
    option = Annotated[bool, typer.Option(f"--{name}", help=text)]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=False, annotation=option)


def _type(schema: dict[str, Any]) -> str:
    options = [one for one in schema.get("anyOf", [schema]) if one.get("type") != "null"]
    return str(options[0].get("type", "string"))


def _value(name: str, value: Any, kind: str) -> Any:
    if kind != "object":
        return value
    try:
        return json.loads(value)
    except ValueError as error:
        raise InvalidArgument(f"--{name.replace('_', '-')} is not JSON: {error}.") from error


async def _run(operation: Operation, arguments: dict[str, Any], loaded: Loaded, *, as_json: bool, yes: bool) -> int:
    hallway = assembly.hallway(loaded.settings, once=True)
    try:
        answer = await hallway.invoke(operation.name, arguments, Terminal(yes=yes))
    except asyncio.CancelledError:
        if operation.effect is not Effect.READ:
            typer.echo("Interrupted. What was sent goes on: get the application to see how it ends.", err=True)
        raise
    except GitOpsError as error:
        typer.echo(refusal(error, hallway.usual), err=True)
        return 1
    finally:
        await hallway.close()
    typer.echo(json.dumps(answer.structured, indent=2) if as_json and answer.structured is not None else answer.text)
    return 0
