"""What a token says of itself, read without its key: never a proof, only an explanation."""

import base64
import binascii
from datetime import UTC, datetime
from functools import lru_cache

import msgspec


class Claims(msgspec.Struct, frozen=True):
    """The claims Argo CD writes; times are seconds since 1970."""

    iss: str = ""
    sub: str = ""
    jti: str = ""
    iat: float | None = None
    exp: float | None = None


@lru_cache(maxsize=8)
def claims(bearer: str) -> Claims | None:
    """The token's claims, or None where it is not a JWT."""
    parts = bearer.split(".")
    if len(parts) != 3:  # noqa: PLR2004
        return None
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)), type=Claims)
    except (binascii.Error, ValueError, msgspec.DecodeError):
        return None


def stamp(seconds: float) -> str:
    """Seconds since 1970 as RFC 3339 in UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def expired_at(bearer: str) -> str | None:
    """When the token expired, if it says that it did."""
    known = claims(bearer)
    if known is None or known.exp is None or known.exp > datetime.now(UTC).timestamp():
        return None
    return stamp(max(known.exp, 0))
