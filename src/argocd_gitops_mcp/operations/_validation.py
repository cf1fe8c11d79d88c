"""The arguments of a call as its operation's model, or what is wrong with them, in words of ours. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from argocd_gitops_mcp import names
from argocd_gitops_mcp.effects import Effect
from argocd_gitops_mcp.errors import InvalidArgument, UnknownArgument
from argocd_gitops_mcp.operations._operation import Arguments, Operation

OWN_ARGUMENTS = ("confirm", "plan")
"""Arguments that are the hallway's, not an operation's."""


def validated(operation: Operation, given: Mapping[str, Any]) -> tuple[Arguments, dict[str, Any]]:
    """The arguments as the operation's model, and those of the hallway. Null means not given.

    Raises:
        UnknownArgument: names it and the nearest.
        InvalidArgument: each problem in words of ours.
    """
    said = {name: value for name, value in given.items() if value is not None}
    taken = accepted(operation)
    own = {name: said.pop(name) for name in OWN_ARGUMENTS if name in said and name in taken}
    if not isinstance(own.get("plan", False), bool):
        raise InvalidArgument(f"{operation.name}: plan: must be true or false.")
    known = [name for name in taken if name not in OWN_ARGUMENTS]
    unknown = [name for name in said if name not in known]
    if unknown:
        close = names.nearest(unknown[0], known, 1)
        raise UnknownArgument(
            f"{operation.name} has no argument {', '.join(map(repr, unknown))}."
            + (f" Did you mean {close[0]!r}?" if close else ""),
            hint=f"It takes: {', '.join(known)}.",
        )
    try:
        return operation.arguments.model_validate(said), own
    except ValidationError as error:
        problems = [
            _problem(one["loc"], one["type"], one["msg"])
            for one in error.errors(include_url=False, include_input=False)
        ]
        raise InvalidArgument(f"{operation.name}: {'; '.join(problems)}.") from error


def accepted(operation: Operation) -> list[str]:
    """Every argument an operation takes: `plan` where it can be planned, `confirm` where it may need one."""
    found = [field.alias or name for name, field in operation.arguments.model_fields.items()]
    found += ["plan"] if operation.preview is not None else []
    return [*found, "confirm"] if operation.highest_effect is Effect.DESTRUCTIVE else found


def _problem(where: Sequence[int | str], kind: str, message: str) -> str:
    name = ".".join(map(str, where))
    if kind == "missing":
        return f"{name} is needed"
    return f"{name}: {message.removeprefix('Value error, ')}"
