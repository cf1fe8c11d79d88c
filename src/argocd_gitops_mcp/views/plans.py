"""A write as a plan: what it would do, on what that rests, and the very request. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import urlencode

from msgspec import field as column

from argocd_gitops_mcp.argocd.call import Call
from argocd_gitops_mcp.views.budget import listed, some
from argocd_gitops_mcp.views.masking import by_name
from argocd_gitops_mcp.views.redaction import masked_values
from argocd_gitops_mcp.views.text import line
from argocd_gitops_mcp.views.view import Record


@dataclass(slots=True)
class Preview:
    """What a write would do, found by reading only.

    Args:
        call: the request it would send, or, of what is no single request, its name.
        effect: what it comes to, in words.
        world: by name, what it rests on; a plan is not applied where one of these moved.
        removes: what would be gone afterwards.
        diff: of files, unified.
        findings: what validation found.
    """

    call: Call[Any] | str
    effect: str
    world: Mapping[str, Any]
    changes: list[str] = field(default_factory=list)
    removes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    windows: list[str] = field(default_factory=list)
    rights: list[str] = field(default_factory=list)
    owner: str = ""
    resource_version: str = ""
    diff: str = ""
    findings: list[str] = field(default_factory=list)


class PlanView(Record):
    """A plan; `planId` seals it."""

    MORE = "plan a part of it (fewer resources, fields or files) to see that whole"
    WHOLE: ClassVar[frozenset[str]] = frozenset({"planId"})

    result: str
    effect: str
    changes: list[str] = column(default_factory=list)
    removes: list[str] = column(default_factory=list)
    warnings: list[str] = column(default_factory=list)
    diff: str = ""
    findings: list[str] = column(default_factory=list)
    owner: str = ""
    windows: list[str] = column(default_factory=list)
    rights: list[str] = column(default_factory=list)
    request: str = ""
    resource_version: str = ""
    plan_id: str = ""
    expires: str = ""
    next: str = ""


_REQUEST = 1500
_REMOVED = 40
_QUESTION = 1_600
"""Bytes of what is removed, and of the notes, in a question: it has to be read by a person."""


def plan(preview: Preview, *, plan_id: str, expires: str, following: str) -> PlanView:
    """The answer to plan=true."""
    return PlanView(
        result="planned; nothing was sent",
        effect=preview.effect,
        changes=preview.changes or ["none"],
        removes=preview.removes,
        warnings=preview.warnings,
        diff=preview.diff,
        findings=preview.findings,
        owner=preview.owner,
        windows=preview.windows,
        rights=preview.rights,
        request=request(preview.call),
        resource_version=preview.resource_version,
        plan_id=plan_id,
        expires=expires,
        next=following,
    )


def request(call: Call[Any] | str) -> str:
    """A call as it goes out: method, path, query, body; secrets are masked."""
    if isinstance(call, str):
        return call
    query = f"?{urlencode(call.query)}" if call.query else ""
    body = masked_values(_body(call.body) if isinstance(call.body, Mapping) else masked_patch(call.body))
    return line(f"{call.method} {call.path}{query} {json.dumps(body) if body is not None else ''}".rstrip(), _REQUEST)


def _body(body: Mapping[str, Any]) -> Any:
    """A body to be read: a patch inside it as the JSON it holds, what it only tests left out."""
    shown = dict(body)
    if isinstance(shown.get("patch"), str):
        shown["patch"] = [
            {**one, "value": "(as read)"} if one.get("op") == "test" else one for one in _steps(shown["patch"])
        ]
    return by_name(shown)


def masked_patch(text: str | None) -> Any:
    """A patch as the JSON its text holds, secrets by name masked."""
    if text is None:
        return None
    try:
        patch = json.loads(text)
    except ValueError:
        return text
    return _steps(text) if isinstance(patch, list) else by_name(patch)


def _steps(text: str) -> list[dict[str, Any]]:
    """The steps of a JSON patch; a value is masked by the name at the end of its path."""
    return [
        {**one, "value": by_name(one["value"], str(one.get("path", "")).replace("/", "."))} if "value" in one else one
        for one in json.loads(text)
    ]


def question(preview: Preview) -> str:
    """What a person is asked before a destructive write; the same words as long as the world is the same."""
    parts = [f"{preview.effect}."]
    if preview.removes:
        parts.append(f"Removes {len(preview.removes)}: {listed(preview.removes, _REMOVED, _QUESTION)}.")
    notes = some([line(one, 500) for one in preview.warnings], _QUESTION, "warnings")
    parts += [f"Note: {one}" for one in notes]
    return " ".join(parts) + " Go ahead?"
