"""A call to Argo CD as a value: built by pure functions, read by policy and tests, sent by the client."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import quote

from argocd_gitops_mcp.effects import Effect

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Call(Generic[Answer]):
    """One request and the type of its answer.

    `subject` is what the request is about, in words, for errors; `hides_missing` says that Argo CD answers a bare 403
    both for a missing and for a forbidden subject.
    """

    method: str
    path: str
    answer: type[Answer]
    subject: str
    effect: Effect = Effect.READ
    query: tuple[tuple[str, str], ...] = ()
    body: Mapping[str, Any] | str | None = None
    hides_missing: bool = False


def path(*segments: str) -> str:
    """Join segments under /api/v1, each quoted whole."""
    return "/api/v1/" + "/".join(quote(segment, safe="") for segment in segments)


def query(**values: str | bool | int | list[str] | None) -> tuple[tuple[str, str], ...]:
    """Query parameters in camelCase as given; None and "" are left out, lists repeat the key."""
    pairs: list[tuple[str, str]] = []
    for key, value in values.items():
        if value is None or value == "":
            continue
        many = value if isinstance(value, list) else [value]
        pairs += [(key, str(one).lower() if isinstance(one, bool) else str(one)) for one in many]
    return tuple(pairs)


def body(**values: Any) -> dict[str, Any]:
    """A JSON body without what is None or empty: Argo CD reads absent as its default."""
    return {key: value for key, value in values.items() if value not in (None, "", [], {})}
