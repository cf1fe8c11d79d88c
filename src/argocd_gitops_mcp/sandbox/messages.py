"""Request bodies with the types that Go gives them: unknown names and zero values go, wrong types are refused."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from argocd_gitops_mcp.sandbox.errors import StatusError, go_kind, invalid

SCALARS: dict[type, str] = {str: "string", bool: "bool", int: "int64"}


@dataclass(frozen=True)
class Struct:
    """A Go struct: its name in errors, and the kinds of its fields; `always` are shown even when empty."""

    name: str
    fields: Mapping[str, "Kind"]
    always: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class Each:
    """A list."""

    kind: "type | Struct"
    pointers: bool = False


Kind = type | Struct | Each

FORCE = {"force": bool}
STRATEGY = Struct(
    "v1alpha1.SyncStrategy",
    {"apply": Struct("v1alpha1.SyncStrategyApply", FORCE), "hook": Struct("v1alpha1.SyncStrategyHook", FORCE)},
)
BACKOFF = Struct("v1alpha1.Backoff", {"duration": str, "factor": int, "maxDuration": str})
RETRY = Struct("v1alpha1.RetryStrategy", {"limit": int, "refresh": bool, "backoff": BACKOFF})
RESOURCE = Struct(
    "v1alpha1.SyncOperationResource", dict.fromkeys(("group", "kind", "name", "namespace"), str), ("name",)
)
SYNC = Struct(
    "ApplicationSyncRequest",
    {
        "revision": str,
        "dryRun": bool,
        "prune": bool,
        "strategy": STRATEGY,
        "resources": Each(RESOURCE, pointers=True),
        "syncOptions": Struct("application.SyncOptions", {"items": Each(str)}),
        "retryStrategy": RETRY,
        "infos": Each(Struct("v1alpha1.Info", {"name": str, "value": str}), pointers=True),
        "revisions": Each(str),
        "sourcePositions": Each(int),
        "appNamespace": str,
        "project": str,
    },
)
WINDOW = Struct(
    "v1alpha1.SyncWindow",
    {
        **dict.fromkeys(("kind", "schedule", "duration", "timeZone", "description"), str),
        **dict.fromkeys(("applications", "namespaces", "clusters"), Each(str)),
        **dict.fromkeys(("manualSync", "andOperator", "syncOverrun"), bool),
    },
)
WINDOWS = Struct("v1alpha1.AppProjectSpec", {"syncWindows": Each(WINDOW, pointers=True)})
PROJECT = Struct("ProjectCreateRequest.project", {"spec": WINDOWS})


def decode(body: dict[str, Any], message: Struct) -> dict[str, Any]:
    """The body of a request as Go reads it."""
    return _struct(body, message, message.name)


def _struct(value: dict[str, Any], kind: Struct, path: str) -> dict[str, Any]:
    read = {name: _value(value.get(name), below, f"{path}.{name}") for name, below in kind.fields.items()}
    return {name: found for name, found in read.items() if found is not None or name in kind.always} | {
        name: "" for name in kind.always if read[name] is None
    }


def _value(value: Any, kind: Kind, path: str, *, element: bool = False) -> Any:
    if value is None:
        return None
    if not _fits(value, kind):
        raise _refusal(value, kind, path, element=element)
    if isinstance(kind, Struct):
        return _struct(value, kind, path)
    if isinstance(kind, Each):
        below = kind.kind
        return [_value(item, below, f"{path}.{index}", element=True) for index, item in enumerate(value)] or None
    return value if value or element else None


def _fits(value: Any, kind: Kind) -> bool:
    if isinstance(kind, Each):
        return isinstance(value, list)
    if isinstance(kind, Struct):
        return isinstance(value, dict)
    return isinstance(value, kind) and not (kind is int and isinstance(value, bool))


def _refusal(value: Any, kind: Kind, path: str, *, element: bool) -> StatusError:
    place = path if element else f"Go struct field {path}"
    return invalid(f"json: cannot unmarshal {go_kind(value)} into {place} of type {_name(kind)}")


def _name(kind: Kind) -> str:
    if isinstance(kind, Each):
        return f"[]{'*' if kind.pointers else ''}{_name(kind.kind)}"
    return kind.name if isinstance(kind, Struct) else SCALARS[kind]
