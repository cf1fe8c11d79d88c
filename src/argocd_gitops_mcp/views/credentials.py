"""Where secrets stand in text: by their own shape, their name, or the header, flag or URL around them. Pure."""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from argocd_gitops_mcp.gitops.secrets.shapes import decoded, is_random, is_stand_in, shapes

Span = tuple[int, int]

_NAME = (
    r"(?<!checksum/)(?P<name>pass(?:word|wd|phrase)|(?<![a-z])pass|pwd|client[_-]?secret|secret|token|credentials?"
    r"|(?:api|access|secret|private|auth|encryption|signing|account)[_.\ -]?key)"
)
# `name=x`, `name: x`, `"name":"x"`, `\"name\":\"x\"`; what stands in quotes goes to their end.
_PAIR = re.compile(
    rf"""{_NAME}(?:\\?["'])?[ \t]*(?:=|(?P<colon>:))[ \t]*(?:\\"(?P<escaped>[^"\\\n]{{3,4096}})
    |"(?P<double>(?:[^"\\\n]|\\.){{3,4096}})|'(?P<single>[^'\n]{{3,4096}})|(?P<bare>[^\s"'\\,;&)}}\]]{{3,4096}}))""",
    re.IGNORECASE | re.VERBOSE,
)
_FORMS = ("escaped", "double", "single", "bare")
_OBJECT = re.compile(r"[a-z]{2,}[a-z0-9]*(?:[-./][a-z0-9]+)+")
_PROSE = re.compile(r"[^\sA-Za-z0-9]*[A-Za-z']+[^\sA-Za-z0-9]*")
_WORDS = re.compile(r"[A-Za-z]?[a-z]+(?:[-_./][a-z]+)*\.?")
_NOTHING = frozenset({"nil", "undefined", "empty", "unset"})


def _is_login(value: str) -> bool:
    return b":" in (decoded(value) or b"")


def _is_no_word(value: str) -> bool:
    return not _WORDS.fullmatch(value) and not is_stand_in(value)


def _is_any(value: str) -> bool:
    return not is_stand_in(value) and set(value) != {"+"}


def _is_password(value: str) -> bool:
    return not _is_harmless("password", value, in_prose=False)


_HEADER = r"""\bauthorization(?:\\?["'])?[ \t]*[:=][ \t]*(?:\["|\[|\\?["'])?"""
_COOKIE = r"""\b(?:set-)?cookie(?:\\?["'])?[ \t]*[:=][ \t]*(?:\["|\[|\\?["'])?"""
_SIGNED = r"(?:sig|signature|x-amz-signature|x-amz-security-token|x-goog-signature)"
# What must be there, or the pattern need not be tried; the pattern; what its value must be.
_PLACES: tuple[tuple[str, re.Pattern[str], Callable[[str], bool]], ...] = tuple(
    (hint, re.compile(pattern, re.IGNORECASE), is_secret)
    for hint, pattern, is_secret in (
        (
            "authorization",
            _HEADER + r"""(?:bearer|basic|token|apikey)[ \t]+(?P<value>[^\s"'\\,;\]]{3,4096})""",
            _is_any,
        ),
        ("authorization", _HEADER + r"""(?P<value>[^\s"'\\,;\]]{8,4096})""", is_random),
        ("bearer", r"\bbearer[ \t]+(?P<value>[A-Za-z0-9._~+/=-]{8,4096})", _is_no_word),
        ("basic ", r"\bbasic[ \t]+(?P<value>[A-Za-z0-9+/]{6,4096}={0,2})", _is_login),
        # All of it: which of its values is the session's nobody knows.
        ("cookie", _COOKIE + r"""(?P<value>[\w.-]{1,100}=[^"'\n\\]{3,4096})""", bool),
        ("--", rf"""--(?:[a-z0-9-]{{1,40}}-)?{_NAME}[ ]+(?P<value>[^\s"'-][^\s"']{{2,4095}})""", _is_password),
        # MySQL's driver: user:password@tcp(host)/database
        ("@", r"""\b[\w.-]{1,64}:(?P<value>[^\s:@/"']{3,200})@(?:tcp|unix)\(""", _is_any),
        ("@", r"""://(?P<value>[^\s/:@"'<>]{16,400})@[\w\[]""", is_random),
        ("=", rf"""[?&;]{_SIGNED}=(?P<value>[^\s&"'\#]{{8,4096}})""", _is_any),
    )
)

_LONGEST_KEY = 200
"""Lines."""
# A logger may have put something before it.
_BODY = re.compile(r"(?:.{0,200}?[\s\"'|])?[A-Za-z0-9+/]{16,80}={0,2}(?:\\n)?[\"',]{0,2}\s{0,4}")


def spans(text: str) -> Iterator[Span]:
    """Start and end of each secret's value; they may overlap."""
    for start, end, _ in shapes(text):
        yield start, end
    low = text.lower()
    for hint, pattern, is_secret in _PLACES:
        if hint in low:
            yield from (match.span("value") for match in pattern.finditer(text) if is_secret(match["value"]))
    for match in _PAIR.finditer(text):
        form = next(one for one in _FORMS if match[one] is not None)
        # `password: hunter2` may be prose, `password:hunter2` is none.
        in_prose = form == "bare" and bool(match["colon"]) and match.end("colon") < match.start(form)
        if not _is_harmless(match["name"].lower(), match[form], in_prose=in_prose):
            yield match.span(form)


def _is_harmless(name: str, value: str, *, in_prose: bool) -> bool:
    """Whether a value under a secret's name is none: a placeholder, a path, the name of an object, a word of prose."""
    if is_stand_in(value) or value.lower() in _NOTHING or set(value) <= {"+", "*"}:
        return True
    if value[0] == "/" and not is_random(value.strip("/")):
        return True
    is_password = name.startswith(("passw", "passp"))
    if not is_password and value.isdigit():
        return True
    if name.startswith(("secret", "credential")) and _OBJECT.fullmatch(value):
        return True
    return in_prose and (bool(_PROSE.fullmatch(value)) if is_password else not is_random(value))


def private_keys(lines: Sequence[str]) -> Iterator[Span]:
    """Lines between the markers of private keys; beside a marker that stands alone those that look like a key's."""
    marks = [(at, line) for at, line in enumerate(lines) if "PRIVATE KEY" in line]
    for (at, line), (after, then) in pairwise([*marks, (len(lines), "")]):
        begins, ends = "-----BEGIN" in line, "-----END" in line
        if begins and not ends:
            is_closed = "-----END" in then and "-----BEGIN" not in then and after - at <= _LONGEST_KEY
            yield at + 1, after if is_closed else _last_of(lines, at + 1, after)
        elif ends and not begins:
            yield _first_of(lines, at), at


def _last_of(lines: Sequence[str], at: int, most: int) -> int:
    while at < most and _BODY.fullmatch(lines[at]):
        at += 1
    return at


def _first_of(lines: Sequence[str], at: int) -> int:
    while at and _BODY.fullmatch(lines[at - 1]):
        at -= 1
    return at
