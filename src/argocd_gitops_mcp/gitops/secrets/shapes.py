"""What a secret looks like by itself: published shapes of tokens, and what only stands in for a secret. Pure."""

import base64
import binascii
import json
import math
import re
from collections import Counter
from collections.abc import Iterator

_LEAST_BITS = 2.5  # of Shannon's entropy a character; `changeme1` has 2.9, `xxxxxxxx` none
_SHORTEST = 8

# Prefix, alphabet and length as each vendor publishes them. Tokens of Gitea and Forgejo are 40 bare hexadecimal digits,
# like a commit: only their name tells them.
_SHAPES: tuple[tuple[str, str], ...] = (
    ("an AWS access key", r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}(?![A-Za-z0-9])"),
    ("a GitHub token", r"gh[pousr]_[A-Za-z0-9_]{36,255}"),
    ("a GitHub token", r"github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}"),
    ("a GitLab token", r"gl(?:pat|dt|rt|rtr|cbt|ptt|ft|imt|agent|oas|soat)-[A-Za-z0-9_.-]{20,}"),
    ("a Slack token", r"xox[abeoprs]-[A-Za-z0-9-]{10,}"),
    ("a Slack token", r"xapp-\d-[A-Za-z0-9-]{20,}"),
    ("a Slack webhook", r"https://hooks\.slack\.com/(?:services|workflows)/[A-Za-z0-9/_-]{20,}"),
    ("a Google API key", r"AIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])"),
    ("a Google client secret", r"GOCSPX-[A-Za-z0-9_-]{28}"),
    ("a Stripe key", r"(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,}"),
    ("a Stripe webhook secret", r"whsec_[A-Za-z0-9+/]{32,}"),
    ("an npm token", r"npm_[A-Za-z0-9]{36}(?![A-Za-z0-9])"),
    ("a PyPI token", r"pypi-AgE[A-Za-z0-9_-]{50,}"),
    ("a Docker Hub token", r"dckr_(?:pat|oat)_[A-Za-z0-9_-]{27,}"),
    ("a Vault token", r"hv[sbr]\.[A-Za-z0-9_-]{24,}"),
    ("a Grafana token", r"glsa_[A-Za-z0-9]{32}_[a-f0-9]{8}"),
    ("a DigitalOcean token", r"do[opr]_v1_[a-f0-9]{64}"),
    ("a SendGrid key", r"SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}"),
    ("an API key of a model vendor", r"sk-(?:ant|proj|svcacct)-[A-Za-z0-9_-]{24,}"),
    ("a private age key", r"AGE-SECRET-KEY-1[A-Z0-9]{58}"),
)
_SHAPE = re.compile(
    r"(?<![A-Za-z0-9_-])(?:" + "|".join(f"(?P<s{at}>{shape})" for at, (_, shape) in enumerate(_SHAPES)) + ")"
)
_JWT = re.compile(r"(?<![A-Za-z0-9_-])(eyJ[A-Za-z0-9_-]{10,})\.(eyJ[A-Za-z0-9_-]{10,})\.[A-Za-z0-9_-]{16,}")
_URL = re.compile(r"(?<![A-Za-z0-9])[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s/:@\"'<>]{0,200}:([^\s/@\"'<>]{3,200})@[\w\[]")
_PRIVATE_KEY = re.compile(r"-----BEGIN (?:[A-Z]{2,10} ){0,2}PRIVATE KEY(?: BLOCK)?-----")
_LONGEST_KEY = 20_000
_KEY_BODY = re.compile(r"[A-Za-z0-9+/]{40}")
_ENCODED_PEM = re.compile(r"LS0tLS1CRUdJTi[A-Za-z0-9+/]{40,}")

_STAND_IN = re.compile(
    r"""change[-_ ]?(?:me|it)|replace[-_ ]?|example|placeholder|dummy|redacted|todo|fixme|your[-_ ]|x{4}|\*{3}|\.{3}
    |\{\{|\$\{|\$\(|^<.*>$|^\$[\w.:-]+$|^%.*%$|^ENC\[|^ref\+|^vault:|^op://|^arn:|^projects/|^sha\d+:
    |^(?:pass(?:word)?|passwd|secret|token|pw|none|null|true|false)$""",
    re.IGNORECASE | re.VERBOSE,
)
_PARTS = re.compile(r"[-._/:@]+")
_WORD = re.compile(r"[A-Za-z]*|v?[0-9]{1,3}|[a-z]+[0-9]{1,2}")


def is_stand_in(value: str) -> bool:
    """Whether a value is a placeholder, a reference to a secret, or ciphertext of SOPS."""
    return not value.strip() or bool(_STAND_IN.search(value))


def is_random(value: str) -> bool:
    """Whether a value looks drawn by lot or typed as a password: no word, no path, no name of an object."""
    if len(value) < _SHORTEST or is_stand_in(value) or value.startswith("/"):
        return False
    if not (any(one.isdigit() for one in value) and any(one.isalpha() for one in value)):
        return False
    parts = _PARTS.split(value)
    if len(parts) > 1 and all(_WORD.fullmatch(part) for part in parts):
        return False
    return _bits(value) >= _LEAST_BITS


def _bits(value: str) -> float:
    """Shannon's entropy, in bits a character."""
    return -sum(count / len(value) * math.log2(count / len(value)) for count in Counter(value).values())


def shapes(text: str) -> Iterator[tuple[int, int, str]]:
    """Secrets that their shape alone tells: start, end, and what it is, without the value."""
    for match in _SHAPE.finditer(text):
        what = next(name for at, (name, _) in enumerate(_SHAPES) if match[f"s{at}"])
        if not is_stand_in(match[0]) and _bits(match[0]) >= _LEAST_BITS:
            yield match.start(), match.end(), what
    for match in _JWT.finditer(text):
        header, claims = _object(match[1]), _object(match[2])
        if "alg" in header:
            yield (
                match.start(),
                match.end(),
                "an Argo CD token" if claims.get("iss") == "argocd" else "a JSON Web Token",
            )
    for match in _URL.finditer(text):
        if not is_stand_in(match[1]):
            yield match.start(1), match.end(1), "a URL with a password"
    yield from _private_keys(text)


def _private_keys(text: str) -> Iterator[tuple[int, int, str]]:
    begins = [*_PRIVATE_KEY.finditer(text)]
    for match, after in zip(begins, [*(one.start() for one in begins[1:]), len(text)], strict=False):
        # Up to the next one only: each character is looked at once, however many there are.
        most = min(after, match.end() + _LONGEST_KEY)
        end = text.find("-----END", match.end(), most)
        body_end = most if end < 0 else end
        if _KEY_BODY.search(text, match.end(), body_end):
            yield match.start(), body_end, "a private key"
    for match in _ENCODED_PEM.finditer(text):
        if b"PRIVATE KEY" in (decoded(match[0][:80]) or b""):
            yield match.start(), match.end(), "a private key"


def decoded(value: str) -> bytes | None:
    """Base64 decoded, padded or not; None of what is none."""
    packed = "".join(value.split()).rstrip("=")
    try:
        return base64.b64decode(packed + "=" * (-len(packed) % 4), validate=True)
    except (ValueError, binascii.Error):
        return None


def _object(part: str) -> dict[str, object]:
    try:
        read = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}
