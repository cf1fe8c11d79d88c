"""Text from logs, events and commits with what looks like a secret masked: nobody masks it before us. Pure."""

import re
from functools import cache

from argocd_gitops_mcp.later import Later
from argocd_gitops_mcp.views.masking import MASK
from argocd_gitops_mcp.views.text import MAX_TEXT, line

# Most lines hold nothing of the kind, and are told by this alone.
_HINTS = re.compile(
    r"pass(?:w|phrase)|pwd|secret|token|api[_.-]?key|access[_.-]?key|private|credential|authorization|bearer|basic "
    r"|://[^\s/]*@|eyJ|AKIA|ASIA|gh[pousr]_|github_pat|gl[a-z]{2,5}-|xox|xapp-|AIza|GOCSPX|[sr]k_|whsec|npm_|pypi-|dckr_"
    r"|hv[sbr]\.|glsa_|do[opr]_v1|SG\.|sk-|AGE-SECRET|LS0tLS1|hooks\.slack",
    re.IGNORECASE,
)
_WHOLE = 20_000
# Imported where a line looks like it: shapes of secrets are no part of starting.
_shapes = Later("argocd_gitops_mcp.gitops.secrets.shapes")


def mask_text(text: str) -> str:
    """The text, with the values of secrets replaced by plusses; names and everything else stay."""
    if not _HINTS.search(text):
        return text
    spans = [(start, end) for start, end, _ in _shapes.shapes(text)]
    for pattern in _patterns():
        spans += [
            match.span("value")
            for match in pattern.finditer(text)
            if not _is_harmless(match["value"], bare=match.groupdict().get("sign", "=") == ":")
        ]
    return _masked(text, spans)


def safe_line(text: str, limit: int = MAX_TEXT) -> str:
    """Text of any origin on one line: cleaned, masked, then cut, so that no half of a secret is left."""
    return line(mask_text(line(text, _WHOLE)), limit)


def _is_harmless(value: str, *, bare: bool) -> bool:
    """Whether a value under a secret's name is none: a placeholder, a mask, or a mere word after a colon."""
    return _shapes.is_stand_in(value) or set(value) <= {"+", "*"} or (bare and not _shapes.is_random(value))


def _masked(text: str, spans: list[tuple[int, int]]) -> str:
    parts, at = [], 0
    for start, end in sorted(spans):
        if end <= at:
            continue
        parts += [text[at : max(start, at)], MASK]
        at = end
    return "".join([*parts, text[at:]])


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    """Of values by their names: HTTP headers, quoted values, assignments, and words after a colon."""
    name = (
        r"(?:pass(?:word|wd|phrase)|pwd|secret|token|credentials?"
        r"|(?:api|access|secret|private|auth|encryption|signing)[_.-]?key)"
    )
    return (
        re.compile(r"\b(?:bearer|basic)[ \t]+(?P<value>[A-Za-z0-9._~+/-]{8,4096}={0,2})", re.IGNORECASE),
        re.compile(rf"{name}\\?[\"']?[ \t]*[:=][ \t]*\\?[\"'](?P<value>[^\"'\\\n]{{4,4096}})", re.IGNORECASE),
        re.compile(rf"{name}[ \t]*(?P<sign>[:=])[ \t]*(?P<value>[^\s\"'\\,;&)}}\]]{{4,4096}})", re.IGNORECASE),
    )
