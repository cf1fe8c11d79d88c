"""What Kubernetes accepts as a name, checked before anything is sent."""

import difflib
import re
from collections.abc import Iterable

_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_UNSAFE = re.compile(r"[\x00-\x1f\x7f/\\?#%]")


def subdomain(value: str) -> str:
    """Accept a DNS-1123 subdomain (an object's name), at most 253 characters."""
    if len(value) > 253 or not _SUBDOMAIN.fullmatch(value):  # noqa: PLR2004
        raise ValueError(f"{value[:80]!r} is not a DNS-1123 name: lower-case letters, digits, '-' and '.', at most 253")
    return value


def label(value: str) -> str:
    """Accept a DNS-1123 label (a namespace), at most 63 characters."""
    if len(value) > 63 or not _LABEL.fullmatch(value):  # noqa: PLR2004
        raise ValueError(f"{value[:80]!r} is not a DNS-1123 label: lower-case letters, digits and '-', at most 63")
    return value


def segment(value: str) -> str:
    """Accept what can stand in one path segment: some kinds (RBAC) allow more than DNS-1123, none allows these."""
    if not value or value in {".", ".."} or len(value) > 253 or _UNSAFE.search(value):  # noqa: PLR2004
        raise ValueError(f"{value[:80]!r} is not a Kubernetes name")
    return value


def nearest(value: str, known: Iterable[str], count: int = 5) -> list[str]:
    """The known names that look most like `value`, best first."""
    lower = {name.lower(): name for name in known}
    return [lower[match] for match in difflib.get_close_matches(value.lower(), lower, count, cutoff=0.5)]
