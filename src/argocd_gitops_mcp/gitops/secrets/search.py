"""Secrets that a change would bring into Git: where, and what they look like, never the value itself. Pure."""

import bisect
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from argocd_gitops_mcp.gitops.secrets.objects import Suspect, documents, plain_values
from argocd_gitops_mcp.gitops.secrets.shapes import decoded, is_random, is_stand_in, shapes

_NAME = r"""(?:pass(?:word|wd|phrase)|pwd|secret|token|credentials?
    |(?:api|access|secret|private|auth|encryption|signing)[_.-]?key)"""
_VALUE = r"""(?:"(?P<double>[^"\n]{0,4096})"|'(?P<single>[^'\n]{0,4096})'|(?P<bare>[^\s,}"'\#][^\s,}"'\#]{0,4095}))"""
_PAIR = re.compile(rf"""(?P<name>{_NAME})["']?[ \t]*[:=][ \t]*{_VALUE}""", re.IGNORECASE | re.VERBOSE)
_NAMED = re.compile(
    rf"""\bname["']?[ \t]*:[ \t]*["']?(?P<name>[\w.-]{{0,200}}?{_NAME})["']?[ \t]*,?\s{{0,80}}
    ["']?value["']?[ \t]*:[ \t]*{_VALUE}""",
    re.IGNORECASE | re.VERBOSE,
)
_BEFORE = re.compile(r"[\w./-]*\Z")
_OBJECT_NAME = re.compile(r"[a-z0-9]+(?:[-.][a-z0-9]+)+")
_REGISTRY_LOGIN = re.compile(r"""["']auth["'][ \t]*:[ \t]*["'](?P<login>[A-Za-z0-9+/=]{8,})["']""")
_KEY = re.compile(r"""[ \t]*(?:- )?["']?[\w./-]{1,100}["']?[ \t]*[:=][ \t]*""")
_NAME_OF = re.compile(r"""[ \t]*(?:- )?["']?name["']?[ \t]*:""")
_VALUE_OF = re.compile(r"""[ \t]*["']?value["']?[ \t]*:[ \t]*""")
_MASK = "++++++++"
"""As Argo CD masks."""
_SEALED = re.compile(r"""^["']?kind["']?\s*:\s*["']?SealedSecret\b""", re.MULTILINE)


@dataclass(frozen=True, slots=True, order=True)
class Hit:
    """One secret.

    Args:
        line: from 1.
        what: it looks like, e.g. `a GitHub token`.
    """

    path: str
    line: int
    what: str


def found(files: Mapping[str, str | None], before: Mapping[str, str]) -> list[Hit]:
    """Secrets on lines that are new, at most one a line.

    Args:
        files: texts as they shall be, by path; None is a removed file.
        before: texts as they are, of the same or other files: what Git has already is not brought in.
    """
    known = {line.strip() for text in before.values() for line in text.split("\n")}
    return [hit for path, text in sorted(files.items()) if text for hit in _of_file(path, text, known)]


def hidden(text: str) -> str:
    """The text with what stands on a secret's lines masked, but for the name before it; all else stays at its line."""
    lines = text.split("\n")
    for first, last, _ in _suspects(text):
        for at in range(first - 1, last):
            if at == first - 1 < last - 1 and _NAME_OF.match(lines[at]):
                continue  # `name: PASSWORD`, whose value is on the next line
            # Deeper in a block a line of Base64 may end like a name.
            name = (_KEY if at == first - 1 else _VALUE_OF).match(lines[at])
            lines[at] = f"{name[0] if name else ''}{_MASK}"
    return "\n".join(lines)


def _of_file(path: str, text: str, known: set[str]) -> list[Hit]:
    lines = [line.strip() for line in text.split("\n")]
    hits: dict[int, Hit] = {}
    for first, last, what in _suspects(text):
        if any(line not in known for line in lines[first - 1 : last]):
            hits.setdefault(first, Hit(path, first, what))
    return sorted(hits.values())


def _suspects(text: str) -> Iterator[Suspect]:
    """The surest first."""
    breaks = [match.start() for match in re.finditer("\n", text)]

    def lines(start: int, end: int) -> tuple[int, int]:
        return bisect.bisect_left(breaks, start) + 1, bisect.bisect_left(breaks, max(start, end - 1)) + 1

    for start, end, what in shapes(text):
        yield (*lines(start, end), what)
    yield from plain_values(text)
    for match in _REGISTRY_LOGIN.finditer(text):
        if b":" in (decoded(match["login"]) or b"") and not is_stand_in(match["login"]):
            yield (*lines(*match.span()), "a login of a container registry")
    for start, end, name in _named(text):
        yield (*lines(start, end), f"a value that looks secret ({name})")


def _named(text: str) -> Iterator[tuple[int, int, str]]:
    sealed = list(_sealed(text))
    for pattern in (_PAIR, _NAMED):
        for match in pattern.finditer(text):
            value = match["double"] or match["single"] or match["bare"] or ""
            name = match["name"]
            if pattern is _PAIR:
                # Looked up backwards: a pattern that may begin anywhere in a long word takes quadratic time.
                name = f"{_before(text, match.start())}{name}"
            if _is_secret(name, value) and not any(start <= match.start() < end for start, end in sealed):
                yield match.start(), match.end(), name[-60:]


def _before(text: str, at: int) -> str:
    match = _BEFORE.search(text[max(0, at - 60) : at])
    return match[0] if match else ""


def _is_secret(name: str, value: str) -> bool:
    word = name.lower()
    if word.startswith("checksum") or not is_random(value):
        return False
    refers = word.endswith(("secret", "credentials", "credential")) and not word.endswith(
        ("clientsecret", "client_secret")
    )
    return not (refers and _OBJECT_NAME.fullmatch(value))


def _sealed(text: str) -> Iterator[tuple[int, int]]:
    """Where SealedSecrets stand: their values are ciphertext under the names of secrets."""
    return (span for span in documents(text) if _SEALED.search(text, *span))
