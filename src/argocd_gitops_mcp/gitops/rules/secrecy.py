"""Telling a secret by the name of its setting, from references, placeholders and ordinary values. Pure."""

import re
from collections.abc import Iterator

from argocd_gitops_mcp.gitops.secrets.shapes import is_stand_in, shapes

URL = "a URL with a password"
_REFERENCE = re.compile(r"/|\.\.?/|file:|env:|https?://|secret://|gcp-?sm:|aws-?sm:", re.IGNORECASE)
_WORD = re.compile(r"true|false|yes|no|on|off|enabled|disabled|none|null|string|optional|required", re.IGNORECASE)
_OBJECT_NAME = re.compile(r"[a-z0-9.-]+[.-](password|passwd|passphrase|token|secret|credentials?|key|auth)s?")
_NAMES = ("password", "passwd", "passphrase", "apikey", "privatekey", "clientsecret", "token")
_IN_CAPITALS = ("_SECRET", "_SECRET_KEY", "_ACCESS_KEY", "_PWD", "_KEY_BASE")
_CAPITALS = re.compile(r"[A-Z][A-Z0-9_]*")


def is_placeholder(value: str) -> bool:
    """Whether a value only stands for a secret: empty, templated, a reference, the name of a Secret, encrypted."""
    bare = value.strip()
    is_named = _WORD.fullmatch(bare) or _OBJECT_NAME.fullmatch(bare)
    return bool(is_stand_in(bare) or is_named or _REFERENCE.match(bare))


def is_secret(name: str, value: str) -> bool:
    """Whether a value under this name is a secret in clear.

    Args:
        name: of a variable, key or parameter; of a dotted one the last part counts.
        value: its text.
    """
    last = re.split(r"[.\[\]]", name)[-1]
    bare = re.sub(r"[_-]", "", last).lower()
    is_named = bare.endswith(_NAMES) or bool(_CAPITALS.fullmatch(last) and f"_{last}".endswith(_IN_CAPITALS))
    if not is_named or is_placeholder(value) or len(value.strip()) == 1:  # a switch: 1 for yes
        return False
    return not (bare.endswith("token") and value.strip().isdigit())  # a language model's, or a number of them


def told_by_shape(value: str) -> Iterator[str]:
    """What a text holds that is a secret by its form alone, in words."""
    for _, _, what in shapes(value):
        yield what


def is_encrypted(value: object) -> bool:
    """Whether a document was encrypted with SOPS."""
    return isinstance(value, dict) and isinstance(sops := value.get("sops"), dict) and "mac" in sops
