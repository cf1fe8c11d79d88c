"""Where a page of a list ended, and up to where changes are known, as short text that only we need to read. Pure."""

import hashlib
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Any

import msgspec

from argocd_gitops_mcp.errors import InvalidArgument

Place = tuple[int, int, int, str, str]
"""What rows are sorted by: fit, health, sync, name, namespace. It stays where it is when rows come and go."""

_SINCE = re.compile(r"([0-9a-f]{8})-([0-9a-z]{1,12})")


class _Page(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    asked: bytes
    place: Place


def digest(asked: Mapping[str, Any]) -> bytes:
    """Of what a list was asked for; its order does not matter."""
    return hashlib.blake2s(msgspec.json.encode(sorted(asked.items())), digest_size=4).digest()


def after(place: Place, asked: Mapping[str, Any]) -> str:
    """The cursor of what comes after this place."""
    return urlsafe_b64encode(msgspec.msgpack.encode(_Page(digest(asked), place))).rstrip(b"=").decode()


def place(cursor: str, asked: Mapping[str, Any]) -> Place:
    """The place that a cursor means.

    Raises:
        InvalidArgument: it is none of ours, or of a list that was asked for otherwise.
    """
    try:
        page = msgspec.msgpack.decode(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)), type=_Page)
    except (ValueError, msgspec.DecodeError) as error:
        raise InvalidArgument(
            f"cursor {cursor[:80]!r} is none that this server gives.", hint="Leave it out to begin with the worst."
        ) from error
    if page.asked != digest(asked):
        raise InvalidArgument(
            f"cursor {cursor[:80]!r} belongs to a list with other filters.",
            hint="Repeat the filters that it was given for, or leave it out.",
        )
    return page.place


def moment(index: str, serial: int) -> str:
    """The cursor of all that this index knows up to a change."""
    digits = ""
    while serial or not digits:
        serial, digit = divmod(serial, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return f"{index}-{digits}"


def serial(cursor: str, index: str, last: int) -> int:
    """The change up to which all was known.

    Raises:
        InvalidArgument: it is none of ours, or of an index that is no more.
    """
    match = _SINCE.fullmatch(cursor)
    if match is None:
        raise InvalidArgument(
            f"since {cursor[:80]!r} is no cursor that summary gives.", hint="Call summary without it for one."
        )
    found = int(match[2], 36)
    if match[1] != index or found > last:
        raise InvalidArgument(
            f"since {cursor!r} is of an index that is no more: the server was started anew, or has another token.",
            hint="Call summary without it for a new one; list with changed_within goes by Argo CD's own times.",
        )
    return found
