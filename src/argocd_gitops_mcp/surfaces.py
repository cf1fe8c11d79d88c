"""Operations as tools: the two unified ones of the guide with their read-only twins, or one tool an operation. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from argocd_gitops_mcp import names
from argocd_gitops_mcp.effects import Effect
from argocd_gitops_mcp.errors import UnknownOperation
from argocd_gitops_mcp.operations._operation import (
    APPLICATION,
    INSTANCE,
    INSTANCE_READING,
    REPOSITORY,
    RESOURCE,
    Arguments,
    Operation,
)
from argocd_gitops_mcp.policy import Policy

_TOOLS = (APPLICATION, RESOURCE, INSTANCE_READING, INSTANCE, REPOSITORY)
_TWINS = {
    APPLICATION: "read_argocd_application",
    RESOURCE: "read_argocd_resource",
    REPOSITORY: "read_gitops_repository",
}
_ALIASES = {APPLICATION: "manage_application", RESOURCE: "manage_resource"}
_ABOUT = {
    APPLICATION: "Argo CD applications",
    RESOURCE: "the resources of one Argo CD application",
    INSTANCE_READING: "Argo CD's projects, clusters, ApplicationSets, rights and settings",
    INSTANCE: "ApplicationSets and projects of Argo CD",
    REPOSITORY: "GitOps repositories: templates, validation, changes through pull requests",
}
_CONFIRM = {"type": "string", "description": "The target's name, once the user agreed, if the client cannot ask"}
_LEFT_OUT = ("title", "additionalProperties", "anyOf", "minimum")
_PLAN = {"type": "boolean", "description": "Only tell what it would do; answers a plan_id"}


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """One tool; `listed` is false for aliases and for what the policy forbids."""

    name: str
    title: str
    description: str
    schema: Mapping[str, Any]
    effect: Effect
    listed: bool
    operations: Mapping[str, Operation]
    unified: bool = True

    def route(self, arguments: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        """The operation's name and its arguments.

        Raises:
            UnknownOperation: names those there and the nearest.
        """
        if not self.unified:
            return next(iter(self.operations.values())).name, dict(arguments)
        rest = dict(arguments)
        verb = rest.pop("operation", None)
        found = self.operations.get(verb) if isinstance(verb, str) else None
        if found is None:
            close = names.nearest(verb, self.operations, 1) if isinstance(verb, str) else []
            what = f"{self.name} has no operation {str(verb)[:80]!r}." if verb else f"{self.name} needs operation."
            raise UnknownOperation(
                what + (f" Did you mean {close[0]!r}?" if close else ""),
                hint=f"Operations: {', '.join(self.operations)}.",
            )
        return found.name, rest


def tools(operations: Sequence[Operation], policy: Policy, surface: str) -> list[ToolSpec]:
    """Every tool that answers; those listed depend on the policy, so that clients see what they can use."""
    if surface == "split":
        return [_split(one, policy) for one in operations]
    specs: list[ToolSpec] = []
    for tool in _TOOLS:
        members = [one for one in operations if tool in one.tools]
        if all(len(one.tools) > 1 for one in members):
            continue  # of a toolset that is not offered: nothing is its own
        allowed = [one for one in members if policy.lists(one.effect, one.permission)]
        specs.append(_unified(tool, members, allowed or members, listed=bool(allowed)))
        if tool in _TWINS:
            reading = [one for one in members if one.effect is Effect.READ]
            specs.append(_unified(_TWINS[tool], reading, reading, listed=policy.allow_write, about=_ABOUT[tool]))
        if tool in _ALIASES:
            specs.append(_unified(_ALIASES[tool], members, allowed, listed=False, about=_ABOUT[tool]))
    return specs


def _split(one: Operation, policy: Policy) -> ToolSpec:
    return ToolSpec(
        one.name,
        one.title,
        one.description,
        _object(_properties([one], policy, mark=False), _required([one])),
        one.highest_effect,
        policy.lists(one.effect, one.permission),
        {one.name: one},
        unified=False,
    )


def _unified(
    name: str, members: Sequence[Operation], shown: Sequence[Operation], *, listed: bool, about: str = ""
) -> ToolSpec:
    effect = max(one.highest_effect for one in shown)
    what = about or _ABOUT[name]
    reads, changes = any(one.effect is Effect.READ for one in shown), effect is not Effect.READ
    verb = ("Read and change" if changes else "Read") if reads else "Change"
    lines = [f"{verb} {what}. Operations:", *(f"- {one.verb}: {one.summary}" for one in shown)]
    properties: dict[str, Any] = {"operation": {"type": "string", "enum": [one.verb for one in shown]}}
    if listed:  # else nobody reads them, and they are dear
        properties |= _properties(shown, Policy(allow_write=effect is not Effect.READ), mark=True)
    return ToolSpec(
        name,
        f"{verb} {what}",
        "\n".join(lines),
        _object(properties, ["operation", *_required(shown)] if listed else ["operation"]),
        effect,
        listed,
        {one.verb: one for one in members},
    )


def _object(properties: Mapping[str, Any], required: Sequence[str]) -> dict[str, Any]:
    return {"type": "object", "properties": dict(properties), "required": list(required), "additionalProperties": False}


@cache
def _schema(arguments: type[Arguments]) -> Mapping[str, Any]:
    """Built once for all tools that carry the operation: this is most of what building the tools takes."""
    return arguments.model_json_schema(by_alias=True)


def _required(operations: Sequence[Operation]) -> list[str]:
    """What every one of them needs."""
    needed = [_schema(one.arguments).get("required", []) for one in operations]
    return [name for name in needed[0] if all(name in other for other in needed)]


def _properties(operations: Sequence[Operation], policy: Policy, *, mark: bool) -> dict[str, Any]:
    """Every argument once; with `mark`, those of few operations say which."""
    found: dict[str, dict[str, Any]] = {}
    users: dict[str, list[str]] = {}
    for one in operations:
        for name, schema in _schema(one.arguments)["properties"].items():
            found.setdefault(name, portable(schema))
            users.setdefault(name, []).append(one.verb)
    if policy.allow_write:
        own = {
            "plan": (_PLAN, [one.verb for one in operations if one.preview is not None]),
            "confirm": (_CONFIRM, [one.verb for one in operations if one.highest_effect is Effect.DESTRUCTIVE]),
        }
        for name, (schema, verbs) in own.items():
            if verbs:
                found[name], users[name] = dict(schema), verbs
    if mark:
        for name, schema in found.items():
            if name != "plan" and len(users[name]) <= min(3, len(operations) - 1):
                schema["description"] = f"({', '.join(users[name])}) {schema.get('description', '')}".rstrip()
    return found


def portable(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON Schema that every client takes: no union, no null, no title; optional is what is not required.

    A least number is left out, too: nobody asks for no rows, and who does is told.
    """
    options = [one for one in schema.get("anyOf", []) if one != {"type": "null"}]
    if options:
        schema = {**{name: value for name, value in schema.items() if name != "anyOf"}, **options[0]}
    kept = {
        name: value
        for name, value in schema.items()
        if name not in _LEFT_OUT and not (name == "default" and value in (None, False))
    }
    if "const" in kept:
        kept["enum"] = [kept.pop("const")]
    if "items" in kept:
        kept["items"] = portable(kept["items"])
    return kept
